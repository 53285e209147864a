"""Every error that mvkt raises on purpose.

::

    MvktError
    ├── RecordError (ValueError)            a recording that cannot be what it claims
    │   ├── RecordFormatError               a file that is no readable ECG
    │   └── LeadError (LookupError)         a lead or view that a recording does not have
    ├── CorpusError (ValueError)            a corpus that is missing, damaged or contradictory
    │   └── BadRecordsError                 records of a source that cannot be used, reported together
    ├── DownloadError (OSError)             a file that could not be fetched whole
    ├── StoreError (OSError)                a store of recordings that cannot be read
    ├── HubError (OSError)                  a model hub that cannot be reached, or refuses
    ├── ResultError (ValueError)            a stored result that is missing, damaged or contradictory
    │   └── PredictionsError                predictions that are no good, or that cannot be evaluated
    ├── BootstrapError (ValueError)         resamples from which no interval follows
    ├── StudyError (RuntimeError)           a study folder that is missing, damaged, in use or without results
    ├── RecipeError (ValueError)            a configuration with faults, all of them at once
    ├── OutputFolderError (FileExistsError)  a folder for results that holds something else
    ├── TrainingError (RuntimeError)        a run that cannot go on
    │   ├── NonFiniteLossError (ArithmeticError)
    │   └── OtherProcessError               the run ended in another of its processes, which has the reason
    ├── BundleError (ValueError)            a bundle that is missing, damaged or of another version
    │   ├── SignatureError                  a bundle whose signature is missing, or not by this key
    │   └── ExportMismatchError             an exported model that differs from the trained model
    ├── WorkerError (RuntimeError)          a worker process that died
    ├── PluginError (ImportError)           a plugin that is missing, fails, or takes a name that is taken
    └── MissingExtraError (ImportError)     an optional part of mvkt that is not installed

A message states what came, what was expected, and what to do about it. None holds anything of a patient.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


class MvktError(Exception):
    """Base of all errors raised by mvkt."""


class RecordError(MvktError, ValueError):
    """A recording that cannot be what it claims to be."""


class RecordFormatError(RecordError):
    """A file that is not a readable ECG recording."""


class LeadError(RecordError, LookupError):
    """A lead or view that a recording does not have."""


class CorpusError(MvktError, ValueError):
    """A corpus that is missing, damaged or contradictory."""


class BadRecordsError(CorpusError):
    """Records of a source that cannot be used, reported together."""


class DownloadError(MvktError, OSError):
    """A file that could not be fetched whole."""


class StoreError(MvktError, OSError):
    """A store of recordings that cannot be read."""


class HubError(MvktError, OSError):
    """A model hub that cannot be reached, or refuses."""


class ResultError(MvktError, ValueError):
    """A stored result that is missing, damaged or contradictory."""


class PredictionsError(ResultError):
    """Predictions that are contradictory, not finite, or that cannot be evaluated."""


class BootstrapError(MvktError, ValueError):
    """Resamples from which no interval follows."""


class StudyError(MvktError, RuntimeError):
    """A study folder that is missing, damaged, in use or without results."""


class RecipeError(MvktError, ValueError):
    """A configuration with faults; the message lists all of them."""


class OutputFolderError(MvktError, FileExistsError):
    """A folder for results that holds something else already."""


class TrainingError(MvktError, RuntimeError):
    """A run that cannot go on."""


class NonFiniteLossError(TrainingError, ArithmeticError):
    """A loss that became NaN or infinite; the message names the batch."""


class OtherProcessError(TrainingError):
    """A run that ended in another of its processes; that one reports why."""


class BundleError(MvktError, ValueError):
    """A bundle that is missing, damaged or of another version."""


class SignatureError(BundleError):
    """A bundle whose signature is missing, damaged, or not by this key."""


class ExportMismatchError(BundleError):
    """The exported model does not compute what the trained one computes."""


class WorkerError(MvktError, RuntimeError):
    """A worker process that died."""


class PluginError(MvktError, ImportError):
    """A plugin that is missing, fails when it is imported, or takes a name that is taken."""


class MissingExtraError(MvktError, ImportError):
    """An optional part of mvkt that is not installed."""


def hint(name: str, known: Iterable[str], otherwise: str = "known here") -> str:
    """Return ``did you mean 'x'?`` with the nearest known name, or the list of all where none is near.

    Args:
        name: An unknown name.
        known: All names that would have been right.
        otherwise: Introduction of the list.
    """
    names = list(known)
    return nearest(name, names) or f"{otherwise}: {', '.join(names)}"


def nearest(name: str, known: Sequence[str]) -> str:
    """Return ``did you mean 'x'?`` with the nearest known name; empty where none is near."""
    found = get_close_matches(name, known, n=1)
    return f"did you mean {found[0]!r}?" if found else ""
