"""Transfer losses by name.

The name is the key of a table in ``[transfer]``. A new loss is a module in ``losses/``, a line here and a test, or a
file outside the package that calls ``LOSSES.register(name, loss)``: see :mod:`mvkt.plugins`.
"""

from __future__ import annotations

from mvkt.plugins import Registry
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

LOSSES: Registry[type[TransferLoss]] = Registry(
    "loss",
    {
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
    },
)
"""The name of a loss is that of its module."""
