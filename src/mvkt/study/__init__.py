"""The method lab: methods by seeds by test folds, trained once each, compared in pairs.

The package can be called: ``mvkt.study("smoke", corpus, "out")`` is :func:`mvkt.study.compare_methods.compare_methods`.
"""

import sys
from types import ModuleType
from typing import Any


class _CallablePackage(ModuleType):
    """A package that runs a study when it is called."""

    def __call__(self, *args: Any, **settings: Any) -> Any:
        """See :func:`mvkt.study.compare_methods.compare_methods`."""
        from mvkt.study.compare_methods import compare_methods

        return compare_methods(*args, **settings)


sys.modules[__name__].__class__ = _CallablePackage
