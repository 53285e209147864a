"""What a student learns from a teacher: the losses, their memory, and the module that owns them."""

from __future__ import annotations

from mvkt.transfer.clt import Clt, clt_loss
from mvkt.transfer.distiller import Distiller
from mvkt.transfer.loss import ModelOutput, Outputs, TransferBatch, TransferContext, TransferLoss
from mvkt.transfer.mkd import Mkd, mkd_loss
from mvkt.transfer.registry import LOSSES
from mvkt.transfer.settings import PAPER, PLAIN, TransferSettings

__all__ = [
    "LOSSES",
    "PAPER",
    "PLAIN",
    "Clt",
    "Distiller",
    "Mkd",
    "ModelOutput",
    "Outputs",
    "TransferBatch",
    "TransferContext",
    "TransferLoss",
    "TransferSettings",
    "clt_loss",
    "mkd_loss",
]
