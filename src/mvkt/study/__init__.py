"""The method lab: methods by seeds by test folds, trained once each, compared in pairs."""
