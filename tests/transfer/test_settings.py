from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from mvkt.transfer import LOSSES, PAPER, PLAIN, TransferSettings


def test_every_registered_loss_has_a_weight() -> None:
    everything = TransferSettings(**dict.fromkeys(LOSSES, 0.25))
    assert everything.transfer_weights == dict.fromkeys(LOSSES, 0.25)


def test_paper_is_what_was_published() -> None:
    assert PAPER.model_dump() == {
        "bce": 1.0,
        "mkd": 1.0,
        "clt": 0.8,
        "temperature": 1.0,
        "temperature_rule": "probabilities",
        "negatives": "disjoint",
        "negatives_per_anchor": 1024,
        "contrast_temperature": 0.07,
        "projection_dim": 128,
        "momentum": 0.5,
    }


def test_plain_uses_no_teacher() -> None:
    assert not PLAIN.uses_teacher
    assert PLAIN.bce == 1.0
    assert TransferSettings(mkd=0.0).uses_teacher
    assert TransferSettings(mkd=0.0).transfer_weights == {"clt": 0.8}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"mkd": -1.0}, "greater than or equal to 0"),
        ({"clt": float("nan")}, "finite number|greater than or equal"),
        ({"temperature": 0.0}, "greater than 0"),
        ({"momentum": 1.0}, "less than 1"),
        ({"negatives": "same"}, "'disjoint', 'different' or 'any'"),
        ({"temperature_rule": "both"}, "'logits' or 'probabilities'"),
        ({"alpha": 1.0}, "Extra inputs are not permitted"),
        ({"bce": 0.0, "mkd": 0.0, "clt": 0.0}, "the weights of all losses are 0"),
    ],
)
def test_faults_are_found(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TransferSettings(**settings)


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        TransferSettings().mkd = 2.0
