"""Methods by seeds by test folds, trained once each, compared in pairs.

``mvkt.study(study, corpus, out)`` runs a study: see :func:`mvkt.study.compare_methods.compare_methods`.
"""
