"""How much of each loss, and how it is computed."""

from __future__ import annotations

from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    SerializerFunctionWrapHandler,
    create_model,
    model_serializer,
    model_validator,
)

from mvkt.transfer.loss import LossSettings, Weight
from mvkt.transfer.losses.clt import CltSettings
from mvkt.transfer.losses.mkd import MkdSettings
from mvkt.transfer.registry import LOSSES

# A field for each registered loss that has a table of its own: `relational = 1.0`, or a table with its settings.
_tables: dict[str, Any] = {
    name: (loss.Settings | None, None) for name, loss in LOSSES.items() if issubclass(loss.Settings, LossSettings)
}
_Tables: Any = create_model("_Tables", __config__=ConfigDict(frozen=True, extra="forbid"), **_tables)


class _Labels(BaseModel):
    """What is learned from the labels.

    Attributes:
        bce: Weight of the binary cross-entropy with the labels.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    bce: Weight = 1.0


class TransferSettings(_Tables, CltSettings, MkdSettings, _Labels):
    """Weights of the losses and their settings.

    The keys of ``bce``, MKD (:class:`~mvkt.transfer.losses.mkd.MkdSettings`) and CLT
    (:class:`~mvkt.transfer.losses.clt.CltSettings`) stand side by side; the defaults are the published weights, in the
    units of our temperature rule. Every other
    registered loss has its name as a key: a number is its weight, a table has ``weight`` and the settings of the loss.
    A loss of weight 0, or that is not mentioned, is not computed.
    """

    @model_validator(mode="after")
    def _something_to_learn(self) -> TransferSettings:
        if self.bce == 0 and not self.uses_teacher:
            raise ValueError(f"the weights of all losses are 0: give bce or one of {', '.join(LOSSES)} a weight")
        return self

    @model_serializer(mode="wrap")
    def _without_what_is_not_used(self, serialise: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave the losses out that are not mentioned: a new loss does not change what older runs have written."""
        return {key: value for key, value in serialise(self).items() if value is not None}

    def of(self, name: str) -> BaseModel:
        """Return the settings of a registered loss that is mentioned, an instance of its ``Settings``."""
        table: Any = getattr(self, name)
        return table if isinstance(table, LossSettings) else self

    @property
    def transfer_weights(self) -> dict[str, float]:
        """The transfer losses that have a weight."""
        given = {name: getattr(self, name) for name in LOSSES}
        weights = {name: one.weight if isinstance(one, LossSettings) else one for name, one in given.items()}
        return {name: weight for name, weight in weights.items() if weight}

    @property
    def uses_teacher(self) -> bool:
        """Whether anything is learnt from a teacher."""
        return bool(self.transfer_weights)

    @property
    def needs_features(self) -> bool:
        """Whether a loss compares the networks on the way, so that the teacher has to run on every batch."""
        return any(LOSSES[name].needs_features for name in self.transfer_weights)


PAPER = TransferSettings(bce=1.0, mkd=1.0, clt=0.8, temperature=1.0, temperature_rule="probabilities")
"""MVKT-ECG's published code: gamma 1, alpha 1, beta 0.8, with its own averaging and temperature rule."""

PLAIN = TransferSettings(mkd=0.0, clt=0.0)
"""No transfer: how a teacher and a baseline are trained."""
