"""Verdicts, and what a long recording adds up to."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mvkt.bundle.manifest import BundleManifest
from mvkt.diagnosis import words
from mvkt.diagnosis.finding import Course, Finding, Rule
from mvkt.diagnosis.verdicts import (
    CHANCE,
    CHANCE_ABOVE_A_BAND,
    LEAST_BURDEN,
    Stretches,
    findings,
    needed_in_a_row,
    rule_for,
    verdicts_of,
)
from mvkt.ecg.signal import SignalSpec


def manifest(band: tuple[float, float] = (0.0, 0.0), **others: Any) -> BundleManifest:
    return BundleManifest(
        name="made-up",
        task="rhythm",
        classes=("AF",),
        titles={"AF": "atrial fibrillation"},
        typical={"AF": "an irregular beat without P waves"},
        view="I",
        signal=SignalSpec(),
        temperatures=(2.0,),
        thresholds=(0.5,),
        inconclusive=(band,),
        architecture={},
        tool_version="0",
        **others,
    )


def stretches(windows: int, judged: NDArray[np.bool_] | None = None, last: float = 10.0) -> Stretches:
    starts = 10.0 * np.arange(windows)
    ends = np.append(starts[1:], starts[-1] + last)
    return Stretches(starts, ends, np.ones(windows, dtype=bool) if judged is None else judged)


def finding_of(pattern: str, band: tuple[float, float] = (0.0, 0.0), code: str = "AF") -> Finding:
    """Diagnose a recording of a window a letter: Certain, Found, ``-`` not, ``?`` in the band, ``.`` not judged."""
    logits = {"C": 7.0, "F": 4.0, "-": -4.0, "?": 0.1}
    judged = np.array([letter != "." for letter in pattern])
    values = np.array([[logits[letter]] for letter in pattern if letter != "."], dtype=np.float32)
    made = manifest(band).model_copy(update={"classes": (code,)})
    (finding,) = findings(values, made, stretches(len(pattern), judged), "course")
    return finding


def course(finding: Finding) -> Course:
    assert finding.course is not None
    return finding.course


def test_verdicts() -> None:
    values = np.array([[0.29], [0.3], [0.49], [0.5], [0.549], [0.55]])
    assert verdicts_of(values, manifest())[:, 0].tolist() == [*["not found"] * 3, *["found"] * 3]
    assert verdicts_of(values, manifest(band=(0.3, 0.55)))[:, 0].tolist() == [
        "not found",
        *["inconclusive"] * 4,
        "found",
    ]


def test_short_recordings_are_judged_by_the_mean_logit() -> None:
    logits = np.array([[6.0], [-4.0], [1.0]], dtype=np.float32)
    (finding,) = findings(logits, manifest(), stretches(3), "mean of windows")
    assert finding.probability == pytest.approx(1 / (1 + np.exp(-0.5)))
    assert (finding.verdict, finding.course, finding.band, finding.reason) == ("found", None, None, "")
    assert (finding.title, finding.typical) == ("atrial fibrillation", "an irregular beat without P waves")


def test_inconclusive_has_a_reason() -> None:
    (finding,) = findings(np.zeros((1, 1), np.float32), manifest((0.3, 0.55)), stretches(1), "mean of windows")
    assert finding.verdict == "inconclusive"
    assert finding.reason == "probability 0.50 lies in the uncertain band 0.30 to 0.55"
    assert finding.band == (0.3, 0.55)


def test_which_rule() -> None:
    assert [rule_for(seconds) for seconds in (10, 30, 60.0, 60.1, 86_400)] == ["mean of windows"] * 3 + ["course"] * 2


def test_episodes_bridge_one_window_and_not_two() -> None:
    made = course(finding_of("-FF-F--F.F---" + "-" * 20))
    assert [(episode.start_seconds, episode.end_seconds, episode.windows) for episode in made.episodes] == [
        (10, 50, 3),
        (70, 100, 2),
    ]
    assert made.in_a_row == 2
    assert made.burden == pytest.approx(5 / 32)


def test_an_episode_knows_its_peak_and_ends_with_the_recording() -> None:
    logits = np.array([[-4.0], [2.0], [5.0], [3.0]], dtype=np.float32)
    (finding,) = findings(logits, manifest(), stretches(4, last=4.0), "course")
    (episode,) = course(finding).episodes
    assert (episode.start_seconds, episode.end_seconds, episode.peak_seconds) == (10, 34, 20)
    assert episode.peak_probability == pytest.approx(1 / (1 + np.exp(-2.5)))
    assert course(finding).burden == pytest.approx(24 / 34), "windows weigh by the time that they stand for"
    assert course(finding).longest == episode


def test_found_for_half_of_the_time_however_spread() -> None:
    finding = finding_of("F-" * 50)
    assert (finding.verdict, course(finding).burden) == ("found", LEAST_BURDEN)
    assert finding.probability == pytest.approx(0.5, abs=0.01), "the mean of the probabilities"


def test_found_in_so_many_windows_in_a_row_as_chance_does_not_give() -> None:
    needed = needed_in_a_row(300, CHANCE)
    assert finding_of("-" * 100 + "F" * needed + "-" * (200 - needed)).verdict == "found"
    assert finding_of("-" * 100 + "F" * (needed - 1) + "-" * (201 - needed)).verdict == "not found"


def test_more_than_chance_but_never_in_a_row_is_inconclusive() -> None:
    finding = finding_of("F--" * 100)
    assert finding.verdict == "inconclusive"
    assert finding.reason == "in 33% of the judged time, more than chance gives, but scattered"
    assert finding_of("F----" * 100).verdict == "not found", "this is no more than chance"


def test_one_certain_window_is_enough_but_not_in_a_day() -> None:
    finding = finding_of("-" * 90 + "C" + "-" * 90)
    assert (finding.verdict, finding.reason) == ("found", "nearly certain in 1 window")
    assert finding_of("-" * 90 + "F" + "-" * 90).verdict == "not found"
    assert finding_of("C" + "-" * 1500).verdict == "not found"
    assert finding_of("C" + "-" * 750 + "C" + "-" * 749).verdict == "found"


def test_a_slow_or_fast_rate_has_to_last() -> None:
    for code in ("SBRAD", "STACH"):
        assert finding_of("-" * 90 + "C" + "-" * 90, code=code).verdict == "not found"
        assert finding_of("-" * 90 + "C" * 6 + "-" * 90, code=code).verdict == "found"
        short = finding_of("-" * 90 + "C" + "-" * 90, code=code)
        assert len(course(short).episodes) == 1
        assert words.isolated([short]) == []
    assert words.isolated([finding_of("-" * 90 + "F" + "-" * 90)]) != []


def test_uncertain_for_half_of_the_time_is_inconclusive() -> None:
    finding = finding_of("?-" * 20, band=(0.45, 0.6))
    assert (finding.verdict, course(finding).uncertain) == ("inconclusive", 0.5)
    assert finding.reason == "uncertain in 50% of the judged time"
    assert finding_of("?--" * 20, band=(0.45, 0.6)).verdict == "not found"


def test_nothing_found() -> None:
    made = course(finding_of("-" * 10))
    assert (made.episodes, made.longest, made.in_a_row, made.burden) == ((), None, 0, 0.0)


@pytest.mark.parametrize("chance", [CHANCE, CHANCE_ABOVE_A_BAND])
@pytest.mark.parametrize("windows", [7, 180, 8640])
def test_so_many_in_a_row_are_needed(windows: int, chance: float) -> None:
    needed = needed_in_a_row(windows, chance)
    assert windows * chance**needed < 0.05 <= windows * chance ** (needed - 1)


def test_a_class_with_a_band_needs_fewer() -> None:
    pattern = "F-----" * 50
    assert finding_of(pattern).verdict == "not found"
    banded = finding_of(pattern, band=(0.4, 0.6))
    assert banded.verdict == "inconclusive"
    assert "more than chance" in banded.reason
    assert course(banded).needed_in_a_row < course(finding_of(pattern)).needed_in_a_row
    assert (finding_of(pattern).found_from, banded.found_from) == (0.5, 0.6)


def test_chance_brings_about_a_finding_in_less_than_a_twentieth_of_recordings() -> None:
    generator = np.random.default_rng(0)
    made = [finding_of("".join(np.where(generator.random(180) < CHANCE, "F", "-"))).verdict for _ in range(400)]
    assert made.count("found") / len(made) < 0.05


@given(st.text(alphabet="F-?.", min_size=7, max_size=80).filter(lambda pattern: set(pattern) != {"."}))
def test_any_course_adds_up(pattern: str) -> None:
    made = course(finding_of(pattern, band=(0.45, 0.6)))
    assert sum(episode.windows for episode in made.episodes) == pattern.count("F")
    assert made.burden == pytest.approx(pattern.count("F") / sum(letter != "." for letter in pattern))
    assert made.in_a_row == max(map(len, pattern.replace("-", " ").replace("?", " ").replace(".", " ").split() or [""]))
    for before, after in zip(made.episodes, made.episodes[1:], strict=False):
        assert after.start_seconds - before.end_seconds > 10


@pytest.mark.parametrize("rule", ["mean of windows", "course"])
def test_shape_is_not_judged_in_recordings_unlike_those_of_training(rule: Rule) -> None:
    logits = np.full((20, 1), 5.0, dtype=np.float32)
    (judged,) = findings(logits, manifest(), stretches(20), rule, "another lead")
    assert judged.verdict == "found", "it does not rest on shape"
    (left,) = findings(logits, manifest(shape=("AF",)), stretches(20), rule, "another lead")
    assert (left.verdict, left.reason, left.course, left.positive) == ("not judged", "another lead", None, False)
    assert left.probability == judged.probability
    assert findings(logits, manifest(shape=("AF",)), stretches(20), rule) == (judged,)


def test_findings_know_whether_they_are_normal_and_how_often_they_are_missed() -> None:
    measured = {"abstention": {"classes": [{"code": "AF", "missed": {"records": 20, "share": {"value": 0.25}}}]}}
    logits = np.zeros((1, 1), np.float32)
    (finding,) = findings(logits, manifest(normal=("AF",), figures=measured), stretches(1), "mean of windows")
    assert (finding.normal, finding.missed) == (True, 0.25)
    absent = {"abstention": {"classes": [{"code": "AF", "missed": {"records": 20, "share": None}}]}}
    few = {"abstention": {"classes": [{"code": "AF", "missed": {"records": 19, "share": {"value": 0.25}}}]}}
    for figures in ({}, {"abstention": None}, absent, few):
        (other,) = findings(logits, manifest(figures=figures), stretches(1), "mean of windows")
        assert (other.normal, other.missed) == (False, None)
