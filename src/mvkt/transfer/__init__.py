"""What a student learns from a teacher: the losses, their memory, and the module that owns them.

``mvkt.transfer(archive, out, view=...)`` trains a student from recordings without labels: see
:func:`mvkt.training.transfer_archive.transfer_archive`.
"""

from __future__ import annotations

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
