"""Transfer losses by name.

A new one is a module beside this, a line here, its weight in the settings and a test.
"""

from __future__ import annotations

from collections.abc import Mapping

from mvkt.transfer.clt import Clt
from mvkt.transfer.loss import TransferLoss
from mvkt.transfer.mkd import Mkd

LOSSES: Mapping[str, type[TransferLoss]] = {"mkd": Mkd, "clt": Clt}
"""The name of a loss is the name of its weight in :class:`mvkt.transfer.settings.TransferSettings`."""
