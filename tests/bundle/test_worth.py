"""The figures that a bundle has of its student, which may be anything."""

from __future__ import annotations

from typing import Any

import pytest

from mvkt.bundle.manifest import BundleManifest
from mvkt.bundle.worth import licence, limits, macro_auc, worth
from mvkt.ecg.signal import SignalSpec

PROVENANCE = {"corpus": {"source": "ptb-xl", "licence": "CC BY 4.0"}, "records": {"training": 3091}}
FIGURES = {"evaluation": {"records": 405, "macro_auc": {"value": 0.8261, "low": 0.7998, "high": 0.8507}}}


def manifest(view: str = "I", **overrides: Any) -> BundleManifest:
    return BundleManifest(
        name="s",
        task="t",
        classes=("A",),
        titles={},
        view=view,
        signal=SignalSpec(),
        temperatures=(1.0,),
        thresholds=(0.5,),
        architecture={},
        tool_version="0",
        **overrides,
    )


def test_worth() -> None:
    assert worth(manifest(provenance=PROVENANCE, figures=FIGURES)) == (
        "learned from 3,091 recordings of ptb-xl; macro AUC 0.826 (0.800 to 0.851) on 405 test recordings"
    )
    assert licence(manifest(provenance=PROVENANCE)) == "CC BY 4.0"


def test_what_was_learned_from_without_labels() -> None:
    few = {**PROVENANCE, "records": {"training": 120}, "unlabelled_records": 1991}
    assert worth(manifest(provenance=few)) == "learned from 120 recordings of ptb-xl; and from 1,991 without labels"
    for other in (0, "many", None):
        assert "without" not in worth(manifest(provenance={**few, "unlabelled_records": other}))


@pytest.mark.parametrize(
    "figures",
    [
        {},
        {"evaluation": 3},
        {"evaluation": {"macro_auc": [0.8]}},
        {"evaluation": {"macro_auc": {"value": "0.8", "low": 0.7, "high": 0.9}}},
        {"evaluation": {"macro_auc": {"value": True, "low": 0.7, "high": 0.9}}},
    ],
)
def test_figures_of_another_form_are_none(figures: dict[str, Any]) -> None:
    made = manifest(figures=figures, provenance={"corpus": "x", "records": []})
    assert macro_auc(made) is None
    assert licence(made) == ""
    assert worth(made) == "the bundle does not state what it learned from"


def test_limits() -> None:
    assert "one lead does not show everything" in limits(manifest())
    assert "one lead" not in limits(manifest("12-lead"))
    assert "not for children" in limits(manifest("12-lead"))
    assert "simulated" in limits(manifest(provenance={"corpus": {"source": "simulated"}}))
