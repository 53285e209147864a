"""The base of the transfer losses."""

from __future__ import annotations

import pytest
import torch
from pydantic import ValidationError

from mvkt.transfer.loss import LossSettings, TransferContext, TransferLoss, full_precision, text_or_number


def test_a_number_is_the_weight() -> None:
    assert LossSettings.model_validate(0.5).weight == LossSettings.model_validate({"weight": 0.5}).weight == 0.5


@pytest.mark.parametrize("given", [True, "much", None, [1.0]])
def test_other_values_are_refused(given: object) -> None:
    with pytest.raises(ValidationError, match="expected its weight, or a table"):
        LossSettings.model_validate(given)


@pytest.mark.parametrize("weight", [-1.0, float("inf"), float("nan")])
def test_weights_are_finite_and_not_below_zero(weight: float) -> None:
    with pytest.raises(ValidationError):
        LossSettings.model_validate(weight)


def test_precision_is_never_lowered() -> None:
    assert full_precision(torch.zeros(1, dtype=torch.bfloat16)).dtype == torch.float32
    assert full_precision(torch.zeros(1, dtype=torch.float64)).dtype == torch.float64


def test_kinds_of_settings() -> None:
    assert (text_or_number("all"), text_or_number(3), text_or_number([1])) == ("text", "number", "number")


def test_the_base_computes_nothing() -> None:
    with pytest.raises(NotImplementedError):
        TransferLoss.build(LossSettings(weight=1.0), TransferContext(1, 1))
    assert not TransferLoss.needs_features
    assert not LossSettings(weight=1.0).needs_targets
