"""What a student learns from a teacher: the losses, their memory, and the module that owns them.

The package can be called: ``mvkt.transfer("archive", "out", view="II")`` is
:func:`mvkt.training.transfer_archive.transfer_archive`.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

from mvkt.transfer.committee import Committee, combined
from mvkt.transfer.distiller import Distiller
from mvkt.transfer.loss import LossSettings, ModelOutput, Outputs, TransferBatch, TransferContext, TransferLoss
from mvkt.transfer.losses.clt import Clt, clt_loss
from mvkt.transfer.losses.mkd import Mkd, mkd_loss
from mvkt.transfer.recoverability import record_recoverability
from mvkt.transfer.registry import LOSSES
from mvkt.transfer.settings import PAPER, PLAIN, TransferSettings

__all__ = [
    "LOSSES",
    "PAPER",
    "PLAIN",
    "Clt",
    "Committee",
    "Distiller",
    "LossSettings",
    "Mkd",
    "ModelOutput",
    "Outputs",
    "TransferBatch",
    "TransferContext",
    "TransferLoss",
    "TransferSettings",
    "clt_loss",
    "combined",
    "mkd_loss",
    "record_recoverability",
]


class _CallablePackage(ModuleType):
    """A package that trains a student from an archive when it is called."""

    def __call__(self, *args: Any, **settings: Any) -> Any:
        """See :func:`mvkt.training.transfer_archive.transfer_archive`."""
        return import_module("mvkt.training.transfer_archive").transfer_archive(*args, **settings)


sys.modules[__name__].__class__ = _CallablePackage
