"""How much of each loss, and how it is computed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

TemperatureRule = Literal["logits", "probabilities"]
NegativeRule = Literal["disjoint", "different", "any"]

_Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class TransferSettings(BaseModel):
    """Weights of the losses and their settings.

    The weight of a transfer loss has the name under which the loss is registered; a loss of weight 0 is not
    computed. The defaults are the published weights, in the units of our temperature rule.

    Attributes:
        bce: Weight of the binary cross-entropy with the labels.
        mkd: Weight of multi-label knowledge distillation.
        clt: Weight of contrastive lead-information transferring.
        temperature: Softens the teacher's and the student's probabilities in MKD.
        temperature_rule: ``logits`` divides logits by the temperature; ``probabilities`` is the rule of the
            published code, which only rescales the loss. See :func:`mvkt.transfer.mkd.mkd_loss`.
        negatives: Which records an anchor is contrasted with: ``disjoint``, those that share no label with
            it; ``different``, those with another set of labels; ``any``, all others.
        negatives_per_anchor: Negatives drawn for each anchor.
        contrast_temperature: Divides the similarities in CLT.
        projection_dim: Length of the projected embeddings.
        momentum: Share of its old value that an entry of a memory bank keeps when its record is seen again.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    bce: _Weight = 1.0
    mkd: _Weight = 0.5
    clt: _Weight = 0.8
    temperature: _Positive = 1.0
    temperature_rule: TemperatureRule = "logits"
    negatives: NegativeRule = "disjoint"
    negatives_per_anchor: Annotated[int, Field(ge=1)] = 1024
    contrast_temperature: _Positive = 0.07
    projection_dim: Annotated[int, Field(ge=1)] = 128
    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.5

    @model_validator(mode="after")
    def _something_to_learn(self) -> TransferSettings:
        if self.bce == 0 and not self.uses_teacher:
            raise ValueError("the weights of all losses are 0: give at least one of bce, mkd and clt a weight")
        return self

    @property
    def transfer_weights(self) -> dict[str, float]:
        """The transfer losses that have a weight."""
        weights = {"mkd": self.mkd, "clt": self.clt}
        return {name: weight for name, weight in weights.items() if weight > 0}

    @property
    def uses_teacher(self) -> bool:
        """Whether anything is learnt from a teacher."""
        return bool(self.transfer_weights)


PAPER = TransferSettings(bce=1.0, mkd=1.0, clt=0.8, temperature=1.0, temperature_rule="probabilities")
"""MVKT-ECG's published code: gamma 1, alpha 1, beta 0.8, with its own averaging and temperature rule."""

PLAIN = TransferSettings(mkd=0.0, clt=0.0)
"""No transfer: how a teacher and a baseline are trained."""
