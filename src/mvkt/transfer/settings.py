"""Weights and settings of the losses: the table ``[transfer]`` of a recipe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import InitErrorDetails

from mvkt.transfer.loss import LossSettings, Positive, Weight
from mvkt.transfer.registry import LOSSES


class TransferSettings(BaseModel):
    """What a network learns from: the labels, and a table for each transfer loss.

    The key of a table is the name of a registered loss (:data:`mvkt.transfer.registry.LOSSES`): a number is its weight,
    a table has ``weight`` and the settings of the loss. A loss that is not named has weight 0; a loss of weight 0 is
    not computed.

    Attributes:
        bce: Weight of the binary cross-entropy with the labels.
        teacher_scale: Factor of the teacher's logits; below 1, a teacher that is too sure becomes less sure.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    bce: Weight = 1.0
    # Left out where it is 1, so that networks from before it keep their keys.
    teacher_scale: Annotated[Positive, Field(exclude_if=lambda scale: scale == 1.0)] = 1.0

    @model_validator(mode="wrap")
    @classmethod
    def _tables_by_the_settings_of_their_losses(
        cls, data: Any, handler: ModelWrapValidatorHandler[TransferSettings]
    ) -> TransferSettings:
        if not isinstance(data, Mapping):
            return handler(data)
        validated: dict[str, Any] = {}
        faults: list[InitErrorDetails] = []
        for name, given in data.items():
            if name in cls.model_fields:
                validated[name] = given
            elif name not in LOSSES:
                faults.append(InitErrorDetails(type="extra_forbidden", loc=(name,), input=given))
            else:
                try:
                    validated[name] = LOSSES[name].Settings.model_validate(given)
                except ValidationError as error:
                    faults += [_below(name, dict(fault)) for fault in error.errors(include_url=False)]
        try:
            made = handler(validated)
        except ValidationError as error:
            faults += [_below("", dict(fault)) for fault in error.errors(include_url=False)]
        if faults:
            raise ValidationError.from_exception_data(cls.__name__, faults)
        return made

    @model_validator(mode="after")
    def _something_to_learn(self) -> TransferSettings:
        if self.bce == 0 and not self.uses_teacher:
            raise ValueError(f"the weights of all losses are 0: give bce or one of {', '.join(LOSSES)} a weight")
        return self

    @classmethod
    def known_keys(cls) -> list[str]:
        """Return the keys that the table may have."""
        return [*cls.model_fields, *LOSSES]

    @classmethod
    def table_of(cls, name: str) -> type[LossSettings] | None:
        """Return the settings class of a registered loss."""
        return LOSSES[name].Settings if name in LOSSES else None

    def of(self, name: str) -> LossSettings | None:
        """Return the settings of a loss, an instance of its ``Settings``; None where it is not named."""
        settings: LossSettings | None = (self.model_extra or {}).get(name)
        return settings

    @property
    def weights(self) -> dict[str, float]:
        """The transfer losses that have a weight, in the order of their registration."""
        named = {name: self.of(name) for name in LOSSES}
        return {name: table.weight for name, table in named.items() if table is not None and table.weight}

    @property
    def uses_teacher(self) -> bool:
        """Whether anything is learned from a teacher."""
        return bool(self.weights)

    @property
    def needs_targets(self) -> bool:
        """Whether a loss is built from the labels of all training records."""
        tables = (self.of(name) for name in self.weights)
        return any(table is not None and table.needs_targets for table in tables)

    @property
    def needs_features(self) -> bool:
        """Whether a loss compares features of the stages, so that the teacher has to run on every batch."""
        return any(LOSSES[name].needs_features for name in self.weights)


def _below(name: str, fault: Mapping[str, Any]) -> InitErrorDetails:
    """The fault of a table as a fault of the table that holds it."""
    return InitErrorDetails(
        type=fault["type"], loc=(*filter(None, [name]), *fault["loc"]), input=fault["input"], ctx=fault.get("ctx", {})
    )


PAPER = TransferSettings.model_validate(
    {
        "mkd": {"weight": 1.0, "temperature_rule": "probabilities", "reduction": "sum"},
        "clt": {"weight": 0.8},
    }
)
"""MVKT-ECG's published code: gamma 1, alpha 1, beta 0.8, with its own averaging and temperature rule."""

PLAIN = TransferSettings()
"""No transfer: how a teacher and a baseline are trained."""
