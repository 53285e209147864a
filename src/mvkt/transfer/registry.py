"""Transfer losses by name.

A new one is a module beside this, a line here and a test. Its name is the key of its weight, or of its table, in
``[transfer]``: :class:`mvkt.transfer.settings.TransferSettings` is made from this registry.
"""

from __future__ import annotations

from collections.abc import Mapping

from mvkt.transfer.attention import AttentionTransfer
from mvkt.transfer.clt import Clt
from mvkt.transfer.decoupled import Decoupled
from mvkt.transfer.embedding_regression import EmbeddingRegression
from mvkt.transfer.fitnet import FitNet
from mvkt.transfer.infonce import InfoNce
from mvkt.transfer.loss import TransferLoss
from mvkt.transfer.mkd import Mkd
from mvkt.transfer.relational import Relational
from mvkt.transfer.softmax_kd import SoftmaxKd
from mvkt.transfer.supcon import SupCon

LOSSES: Mapping[str, type[TransferLoss]] = {
    "mkd": Mkd,
    "clt": Clt,
    "softmax_kd": SoftmaxKd,
    "decoupled": Decoupled,
    "fitnet": FitNet,
    "attention": AttentionTransfer,
    "relational": Relational,
    "embedding_regression": EmbeddingRegression,
    "infonce": InfoNce,
    "supcon": SupCon,
}
"""The name of a loss is that of its module."""
