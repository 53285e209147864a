"""The model card."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from mvkt.ecg.signal import SignalSpec
from mvkt.evaluation.result import Role, RunResult
from mvkt.models import build_model
from mvkt.training.card import model_card
from mvkt.training.export import bundle_manifest


@pytest.fixture
def result(finished_run: Callable[..., Path]) -> RunResult:
    network = build_model("resnet1d", leads=1, classes=3)
    return RunResult.load(finished_run(network, network) / "result.json")


def card(result: RunResult, role: Role = "student") -> str:
    return model_card(result, role, bundle_manifest(result, role))


def test_front_matter(result: RunResult) -> None:
    start, front, _ = card(result).split("---\n", maxsplit=2)
    assert start == ""
    auc = result.models.student.evaluation.macro_auc.value
    assert "license: cc-by-4.0" in front
    assert '- name: "made-up"' in front
    assert f"{{type: roc_auc, name: macro AUC, value: {auc:.4f}}}" in front


def test_sections_and_figures(result: RunResult) -> None:
    text = card(result)
    sections = [line[3:] for line in text.splitlines() if line.startswith("## ")]
    assert sections == [
        "What it reads",
        "Intended use",
        "Data",
        "Figures",
        "Preprocessing, exactly",
        "How it was trained",
        "Limits",
        "How to run it",
    ]
    auc = result.models.student.evaluation.macro_auc
    assert f"| macro AUC | {auc.value:.3f} ({auc.low:.3f} to {auc.high:.3f}) |" in text
    assert "| `AF` | atrial \\| fibrillation |" in text
    assert "| `STD` | STD |" in text
    assert "not a medical device" in text
    assert "Student minus baseline, paired:" in text
    assert "Band-pass 0.5 to 40 Hz" in text
    assert "One lead does not show everything" in text
    assert "| test | 10 | 60 |" in text
    assert "(batch, 1, 1000)" in text


def test_tables_are_whole(result: RunResult) -> None:
    lines = card(result).splitlines()
    for above, line in pairwise(lines):
        if line.startswith("|") and above.startswith("|"):
            assert line.replace("\\|", "").count("|") == above.replace("\\|", "").count("|")
        if line.startswith("|") != above.startswith("|"):
            assert "" in (line, above), f"a table touches a paragraph: {above!r} {line!r}"


def test_other_roles_and_settings(result: RunResult) -> None:
    teacher = card(result, "teacher")
    assert "Reads leads I, II, V2 of an ECG" in teacher
    assert "One lead does not show everything" not in teacher
    assert "Student minus baseline" not in teacher
    spec = SignalSpec(band=None, standardise="global", mean=0.01, std=0.2)
    content = json.loads(result.model_dump_json())
    content["models"]["baseline"]["signal"] = spec.model_dump(mode="json")
    content["corpus"] |= {"licence": "internal", "source": "simulated"}
    baseline = card(RunResult.model_validate(content), "baseline")
    assert "license: other" in baseline
    assert "figures below say nothing about patients" in baseline
    assert "figures below say nothing about patients" not in teacher
    assert "3. No filter." in baseline
    assert "6. Minus 0.01 mV, divided by 0.2 mV." in baseline
    assert "learned from the labels alone, without the teacher" in baseline


def test_a_share_that_means_nothing_is_not_given(result: RunResult) -> None:
    content = json.loads(result.model_dump_json())
    content["transfer"] |= {"gap_closed": None, "note": "the teacher is not better than the baseline"}
    text = card(RunResult.model_validate(content))
    assert "cannot be given: the teacher is not better than the baseline." in text
