"""The model card."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from mvkt.ecg.signal import SignalSpec
from mvkt.evaluation import Predictions, fit_calibration
from mvkt.evaluation.false_positives import false_positives
from mvkt.evaluation.result import ROLES, Role, RunResult
from mvkt.evaluation.subgroups import subgroups
from mvkt.evaluation.verdicts.band_check import check_verdicts
from mvkt.models import build_model
from mvkt.training.export.card import model_card
from mvkt.training.export.run_bundle import bundle_manifest


@pytest.fixture
def result(finished_run: Callable[..., Path]) -> RunResult:
    """A run with everything that a card can state."""
    network = build_model("resnet1d", leads=1, classes=3)
    bare = RunResult.load(finished_run(network, network) / "result.json")
    random = np.random.default_rng(0)
    targets = random.random((80, 3)) < 0.4
    targets[:20] = [False, True, False]
    names = np.arange(80).astype(str)
    made = Predictions(names, names, targets, 1.5 * targets + random.normal(size=(80, 3)), bare.classes)
    calibration = fit_calibration(made)
    student = bare.models.student.model_copy(
        update={
            "calibration": calibration,
            "abstention": check_verdicts(made, made, calibration, bare.titles, 20),
            "false_positives": false_positives(
                made, calibration, bare.titles, ~targets[:, [0, 2]].any(axis=1), ("NORM",), 20
            ),
            "subgroups": subgroups(made, np.linspace(20, 90, 80), np.where(targets[:, 0], "female", ""), 20),
        }
    )
    return bare.model_copy(
        update={
            "models": bare.models.model_copy(update={"student": student}),
            "corpus": bare.corpus.model_copy(update={"citation": "Someone: A base, 2020", "warnings": ("old age",)}),
            "normal": ("NORM",),
            "typical": {"AF": "typical of an irregular rhythm"},
            "training_positives": {"AF": 96},
        }
    )


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
        "Calibration",
        "When it leaves a class open",
        "Records without any target",
        "By age and sex",
        "Preprocessing, exactly",
        "How it was trained",
        "Limits",
        "Credit",
        "How to run it",
    ]
    auc = result.models.student.evaluation.macro_auc
    assert f"| macro AUC | {auc.value:.3f} ({auc.low:.3f} to {auc.high:.3f}) |" in text
    assert "| `AF` | atrial \\| fibrillation | typical of an irregular rhythm | 96 |" in text
    assert "| `STD` | STD |  |  |" in text
    assert "not a medical device" in text
    assert "Student minus baseline, paired:" in text
    assert "Band-pass 0.5 to 40 Hz" in text
    assert "One lead does not show everything" in text
    assert "| test | 10 | 60 |" in text
    assert "(batch, 1, 1000)" in text


def test_calibration_verdicts_and_people(result: RunResult) -> None:
    text, student = card(result), result.models.student
    found, abstention, clean = student.evaluation, student.abstention, student.false_positives
    assert abstention is not None
    assert clean is not None
    assert f"| Brier score | {found.brier_uncalibrated:.4f} | {found.brier:.4f} |" in text
    assert "at most 20 % get the answer\n  that a finding is there or inconclusive" in text
    assert 'gets the answer "not found": 10 %\n  where that can be had' in text
    assert 'gets the answer "found": 5 %, and more\n  for normal classes' in text
    class_ = abstention.classes[0]
    band = f"{class_.low:.3f} to {class_.high:.3f}" if class_.low < class_.high else "never"
    assert f"| `AF` | {band} | {100 * class_.decided.value:.0f} %" in text
    assert f"; at most {100 * class_.missed.promised:.0f} %: {class_.missed.words} |" in text
    assert abstention.normal is not None
    assert f"Of the {abstention.normal.records} normal records" in text
    assert abstention.overlooked is not None
    assert f"**What it overlooks**: {100 * abstention.overlooked.value:.0f} %" in text
    assert "All 7 promises are compatible with the test records" in text
    assert (
        f"{clean.records} test records of {clean.patients} patients have no other label of the task than NORM." in text
    )
    women = student.subgroups[0]
    assert f"| female | {women.records} | too few records | – | – | – | AF, NORM, STD |" in text or women.macro_auc
    assert "| unknown |" not in text
    assert "An inconclusive verdict is no reassurance" in text


def test_a_broken_promise_is_reported(result: RunResult) -> None:
    content = json.loads(result.model_dump_json())
    content["models"]["student"]["abstention"]["classes"][1]["missed"] |= {"kept": False, "p_value": 0.001}
    text = card(RunResult.model_validate(content))
    assert "**Of 7 promises 1 did not hold**" in text
    assert " %: **broken** |" in text


def test_the_measured_share_of_normal_records_takes_the_place_of_a_promise_that_it_exceeds(result: RunResult) -> None:
    content = json.loads(result.model_dump_json())
    share = {"value": 0.29, "low": 0.22, "high": 0.37}
    content["models"]["student"]["abstention"]["normal"] |= {"share": share}
    text = card(RunResult.model_validate(content))
    assert "**Of the test records with nothing but normal labels 29 % (22 to 37) got the answer" in text
    assert "The limits were chosen for at most 20 %." in text
    assert "at most 20 % get the answer" not in text
    content["models"]["student"]["abstention"]["normal"] |= {"share": share | {"low": 0.19}}
    assert "at most 20 % get the answer" in card(RunResult.model_validate(content)), "20 % is within the interval"


def test_a_part_of_a_collection_is_called_a_part(result: RunResult) -> None:
    text = card(result)
    assert "**It learned from a part of the collection**: from 480 records." in text
    assert "corpus has 600, the whole collection 21,799" in text
    assert "`mvkt corpus fetch ptb-xl`, which gets all of it" in text
    whole = result.corpus.model_copy(update={"records": 21_799})
    complete = card(result.model_copy(update={"corpus": whole}))
    assert "a part of the collection" not in complete
    assert "mvkt corpus fetch ptb-xl --out SOURCE\nmvkt corpus prepare ptb-xl SOURCE --out CORPUS" in complete
    simulated = card(result.model_copy(update={"corpus": whole.model_copy(update={"source": "simulated"})}))
    assert "fetch" not in simulated
    assert "mvkt corpus prepare simulated --out CORPUS" in simulated


def test_records_without_labels_are_stated(result: RunResult) -> None:
    few = result.model_copy(update={"unlabelled_records": 1991})
    student = card(few)
    assert "from 480 records, and from 1,991 without labels." in student
    assert "\n| training, without labels | | 1,991 |\n\nThe epoch" in student
    assert "1,991 of its records have no label, there it learned from the teacher alone." in student
    check_tables(student)
    assert "without labels" not in card(result)
    assert "without labels" not in card(few, "baseline"), "it learns from labels"


def test_how_to_make_it_again(result: RunResult) -> None:
    text = card(result)
    recipe = text.split("```toml\n")[1].split("\n```")[0]
    assert tomllib.loads(recipe) == result.recipe
    assert "mvkt train recipe.toml --corpus CORPUS --out RUN" in text
    assert "mvkt export RUN --model baseline --out BUNDLE" in card(result, "baseline")
    assert "Someone: A base, 2020. CC BY 4.0." in text
    assert "- old age" in text


def test_the_card_does_not_state_when_it_was_made(result: RunResult) -> None:
    later = result.model_copy(update={"created": "2031-01-01T00:00:00+00:00"})
    assert card(later) == card(result)
    assert result.created[:10] not in card(result)


def test_hostile_words_stay_words(result: RunResult) -> None:
    evil = "<script>alert(1)</script> | a\n\n# heading `code` {{ 7 * 7 }} [link](http://x) **bold**"
    hostile = result.model_copy(
        update={
            "name": evil.replace("\n", " "),
            "titles": {"AF": evil.replace("\n", " "), "NORM": "normal"},
            "typical": {"AF": evil.replace("\n", " ")},
            "corpus": result.corpus.model_copy(update={"citation": evil, "warnings": (evil,), "licence": evil}),
            "recipe": {"name": "```\n# heading"},
        }
    )
    text = card(hostile)
    body = text.split("---\n", maxsplit=2)[2]
    assert "<script>" not in body
    assert "\n# heading" not in body
    assert "[link]" not in body.replace("\\[link]", "")
    assert "{{ 7 \\* 7 }}" in body
    assert body.count("```") % 2 == 0
    check_tables(body)


def test_tables_are_whole(result: RunResult) -> None:
    for role in ROLES:
        check_tables(card(result, role))


def check_tables(text: str) -> None:
    lines = text.splitlines()
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
    assert "## When it leaves a class open" not in teacher
    assert "false positives are not known in\nhealthy people" in teacher
    assert "## By age and sex" not in teacher
    spec = SignalSpec(band=None, standardise="global", mean=0.01, std=0.2)
    content = json.loads(result.model_dump_json())
    content["models"]["baseline"]["signal"] = spec.model_dump(mode="json")
    content["corpus"] |= {"licence": "internal", "source": "simulated"}
    baseline = card(RunResult.model_validate(content), "baseline")
    assert "license: other" in baseline
    assert "figures below mean nothing for patients" in baseline
    assert "figures below mean nothing for patients" not in teacher
    assert "3. No filter." in baseline
    assert "6. Minus 0.01 mV, divided by 0.2 mV." in baseline
    assert "learned from the labels alone, without the teacher" in baseline


@pytest.mark.parametrize(
    ("objective", "words"), [("any-lead", "the same task from leads drawn"), ("masked", "`masked`")]
)
def test_the_pretraining_is_stated(result: RunResult, objective: str, words: str) -> None:
    content = json.loads(result.model_dump_json())
    content["recipe"]["student"] = {"view": "I", "pretraining": {"objective": objective}}
    begun = RunResult.model_validate(content)
    assert words in card(begun, "student")
    assert words in card(begun, "baseline")
    assert "Before that" not in card(begun, "teacher")
    assert "Before that" not in card(result, "student")


def test_a_share_that_means_nothing_is_not_given(result: RunResult) -> None:
    content = json.loads(result.model_dump_json())
    content["transfer"] |= {"gap_closed": None, "note": "the teacher is not better than the baseline"}
    text = card(RunResult.model_validate(content))
    assert "cannot be given: the teacher is not better than the baseline." in text
