"""Transfer losses by name.

A new one is a module beside this, a line here and a test. Its name is the key of its weight, or of its table, in
``[transfer]``: :class:`mvkt.transfer.settings.TransferSettings` is made from this registry.
"""

from __future__ import annotations

from collections.abc import Mapping

from mvkt.transfer.loss import TransferLoss
from mvkt.transfer.losses.attention import AttentionTransfer
from mvkt.transfer.losses.clt import Clt
from mvkt.transfer.losses.decoupled import Decoupled
from mvkt.transfer.losses.embedding_regression import EmbeddingRegression
from mvkt.transfer.losses.fitnet import FitNet
from mvkt.transfer.losses.infonce import InfoNce
from mvkt.transfer.losses.mkd import Mkd
from mvkt.transfer.losses.relational import Relational
from mvkt.transfer.losses.softmax_kd import SoftmaxKd
from mvkt.transfer.losses.supcon import SupCon

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
