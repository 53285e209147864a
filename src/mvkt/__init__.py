"""Read a single-lead ECG for many diseases with a student that learned from 12-lead recordings.

::

    import mvkt

    diagnosis = mvkt.load("lead-I").diagnose(mvkt.read(mvkt.example()))

    corpus = mvkt.prepare("folder", "corpus", root="recordings")
    result = mvkt.train("own", corpus, "run")

Names are imported on first use: ``import mvkt`` stays cheap, and a base install needs no PyTorch to read recordings.
"""

from __future__ import annotations

import os
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mvkt.corpora.corpus import Corpus
    from mvkt.corpora.prepare import prepare
    from mvkt.diagnosis.diagnoser import load
    from mvkt.diagnosis.diagnosis import Diagnosis
    from mvkt.ecg.example import example
    from mvkt.ecg.formats import read
    from mvkt.ecg.record import Record
    from mvkt.study.compare_methods import compare_methods as study
    from mvkt.training.recipe import Recipe
    from mvkt.training.train_recipe import train_recipe as train
    from mvkt.training.transfer_archive import transfer_archive as transfer

# ONNX Runtime reports its use to its makers from the moment it is imported, unless this is set before. Nothing about a
# recording leaves the machine, not even that there was one.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

__version__ = "0.1.0"
__all__ = [
    "Corpus",
    "Diagnosis",
    "Recipe",
    "Record",
    "__version__",
    "example",
    "load",
    "prepare",
    "read",
    "study",
    "train",
    "transfer",
]

_LAZY = {
    "Corpus": ("mvkt.corpora.corpus", "Corpus"),
    "Diagnosis": ("mvkt.diagnosis.diagnosis", "Diagnosis"),
    "Recipe": ("mvkt.training.recipe", "Recipe"),
    "Record": ("mvkt.ecg.record", "Record"),
    "example": ("mvkt.ecg.example", "example"),
    "load": ("mvkt.diagnosis.diagnoser", "load"),
    "prepare": ("mvkt.corpora.prepare", "prepare"),
    "read": ("mvkt.ecg.formats", "read"),
    "study": ("mvkt.study.compare_methods", "compare_methods"),
    "train": ("mvkt.training.train_recipe", "train_recipe"),
    "transfer": ("mvkt.training.transfer_archive", "transfer_archive"),
}
"""Name to module and attribute."""

_PACKAGES = ("study", "transfer")
"""Names that are packages as well: the package can be called, and is then the function."""


class _CallablePackage(ModuleType):
    """A package with the name of a public function, which it is when it is called."""

    def __call__(self, *args: Any, **settings: Any) -> Any:
        """See the function."""
        return _function(self.__name__.removeprefix("mvkt."))(*args, **settings)


class _Face(ModuleType):
    """The package ``mvkt``: whenever a package of :data:`_PACKAGES` is imported, it can be called from then on."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _PACKAGES and isinstance(value, ModuleType):
            value.__class__ = _CallablePackage
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Face


def __getattr__(name: str) -> Any:
    """Import the public names on first use.

    Raises:
        MissingExtraError: The name needs an optional part of mvkt that is not installed.
    """
    if name not in _LAZY:
        raise AttributeError(f"module 'mvkt' has no attribute {name!r}")
    return _imported(f"mvkt.{name}", name) if name in _PACKAGES else _function(name)


def _function(name: str) -> Any:
    module, attribute = _LAZY[name]
    return getattr(_imported(module, name), attribute)


def _imported(module: str, name: str) -> ModuleType:
    from importlib import import_module

    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "mvkt").partition(".")[0] == "mvkt":
            raise
        from mvkt.errors import MissingExtraError

        raise MissingExtraError(f"mvkt.{name} needs {error.name}: pip install 'mvkt[train]'") from error


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
