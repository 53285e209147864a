from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from mvkt.transfer import LOSSES, PAPER, PLAIN, TransferSettings


def test_every_registered_loss_has_its_weight_under_its_name() -> None:
    everything = TransferSettings(**dict.fromkeys(LOSSES, 0.25))
    assert everything.weights == dict.fromkeys(LOSSES, 0.25)
    for name, loss in LOSSES.items():
        assert isinstance(everything.of(name), loss.Settings)


def test_a_number_is_a_table_with_a_weight_and_the_defaults() -> None:
    number = TransferSettings(relational=1.5)
    table = TransferSettings(relational={"weight": 1.5, "angle": 2.0})
    assert number == table
    assert number.weights == {"relational": 1.5}
    assert number.of("relational").distance == 1.0


def test_settings_are_written_in_full_and_read_back_equal() -> None:
    settings = TransferSettings(
        clt={"weight": 0.05, "negatives": "jaccard", "negatives_per_anchor": "all"},
        mkd={"weight": 0.5, "class_weights": [1.0, 2.0]},
        relational={"weight": 1.0, "angle": 3.0},
        fitnet={"weight": 0.5, "stages": [1, 3]},
    )
    written = settings.model_dump(mode="json")
    assert written["relational"] == {"weight": 1.0, "distance": 1.0, "angle": 3.0}
    assert written["fitnet"] == {"weight": 0.5, "stages": [1, 3]}
    assert written["clt"]["negatives_per_anchor"] == "all"
    assert written["mkd"]["class_weights"] == [1.0, 2.0]
    assert TransferSettings(**json.loads(json.dumps(written))) == settings
    # A loss that is not mentioned is not written: a new one does not change what older runs have written.
    assert "infonce" not in written


def test_features_are_needed_only_by_a_loss_that_counts() -> None:
    assert TransferSettings(fitnet=1.0).needs_features
    assert not TransferSettings(fitnet=0.0).needs_features
    assert not TransferSettings(relational=1.0).needs_features


def test_paper_is_what_was_published() -> None:
    assert PAPER.model_dump() == {
        "bce": 1.0,
        "mkd": {
            "weight": 1.0,
            "temperature": 1.0,
            "temperature_rule": "probabilities",
            "reduction": "sum",
            "class_weights": "equal",
        },
        "clt": {
            "weight": 0.8,
            "negatives": "disjoint",
            "negatives_per_anchor": 1024,
            "temperature": 0.07,
            "projection_dim": 128,
            "momentum": 0.5,
        },
    }


def test_plain_uses_no_teacher() -> None:
    assert not PLAIN.uses_teacher
    assert PLAIN.bce == 1.0
    assert TransferSettings() == PLAIN
    assert TransferSettings(mkd=0.0, clt=0.8).weights == {"clt": 0.8}
    assert not TransferSettings(mkd=0.0).uses_teacher


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"mkd": -1.0}, r"mkd.weight\n.*greater than or equal to 0"),
        ({"clt": float("nan")}, "finite number|greater than or equal"),
        ({"mkd": {"weight": 1.0, "temperature": 0.0}}, r"mkd.temperature\n.*greater than 0"),
        ({"clt": {"weight": 1.0, "momentum": 1.0}}, "less than 1"),
        ({"clt": {"weight": 1.0, "negatives": "same"}}, "'disjoint', 'different', 'any', 'jaccard' or 'hamming'"),
        ({"clt": {"weight": 1.0, "negatives_per_anchor": 0}}, "greater than or equal to 1"),
        ({"mkd": {"weight": 1.0, "class_weights": (0.0, 0.0)}}, "all class weights are 0"),
        ({"mkd": {"weight": 1.0, "class_weights": (1.0, -1.0)}}, "greater than or equal to 0"),
        ({"relational": -1.0}, r"relational.weight\n.*greater than or equal to 0"),
        ({"relational": {"angle": 1.0}}, r"relational.weight\n.*Field required"),
        ({"relational": {"weight": 1.0, "angel": 1.0}}, r"relational.angel\n.*Extra inputs are not permitted"),
        ({"relational": "much"}, "expected its weight, or a table with weight and its settings, got 'much'"),
        ({"relational": True}, "expected its weight"),
        (
            {"clt": {"weight": 1.0, "negatives_per_anchor": "most"}},
            r"negatives_per_anchor.text\n.*Input should be 'all'",
        ),
        ({"fitnet": {"weight": 1.0, "stages": (0,)}}, r"fitnet.stages.number.0\n.*greater than or equal to 1"),
        ({"mkd": {"weight": 1.0, "temperature_rule": "both"}}, "'logits' or 'probabilities'"),
        ({"alpha": 1.0}, "Extra inputs are not permitted"),
        ({"mkd": 1.0, "teacher_scale": 0.0}, r"teacher_scale\n.*greater than 0"),
        ({"bce": 0.0}, "the weights of all losses are 0"),
    ],
)
def test_faults_are_found(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TransferSettings(**settings)


def test_all_faults_are_found_at_once() -> None:
    with pytest.raises(ValidationError) as caught:
        TransferSettings(bce=-1.0, mkd=-1.0, relational={"weight": -1.0, "angle": -1.0}, infonze=1.0)
    places = {".".join(map(str, fault["loc"])) for fault in caught.value.errors()}
    assert places == {"bce", "mkd.weight", "relational.weight", "relational.angle", "infonze"}


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        TransferSettings().bce = 2.0
    with pytest.raises(ValidationError, match="frozen"):
        TransferSettings(relational=1.0).of("relational").angle = 2.0


def test_labels_of_all_records_are_needed_where_a_loss_chooses_by_them():
    assert TransferSettings(clt=1.0).needs_targets
    assert TransferSettings(infonce={"weight": 1.0, "negatives": "jaccard"}).needs_targets
    for weightless in ({}, {"clt": 0.0}, {"mkd": 1.0, "supcon": 1.0}, {"infonce": 1.0}):
        assert not TransferSettings(**weightless).needs_targets
