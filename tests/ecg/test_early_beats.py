"""Beats that come early in a regular rhythm."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.early_beats import early_beats


def found(intervals: list[float], ventricular: tuple[int, ...] = ()) -> list[int]:
    beats = np.cumsum([50.0, *(100 * interval for interval in intervals)]).astype(np.int64)
    kinds: NDArray[np.bool_] = np.isin(np.arange(len(beats)), ventricular)
    return np.flatnonzero(early_beats(beats, kinds)).tolist()


def test_a_beat_that_comes_early_and_the_pause_after_it() -> None:
    assert found([0.8] * 10 + [0.5, 0.9] + [0.8] * 10) == [11]


def test_a_pair_and_a_run_of_early_beats() -> None:
    assert found([0.8] * 10 + [0.5, 0.5, 1.0] + [0.8] * 10) == [11, 12]
    assert found([0.8] * 20 + [0.5] * 5 + [1.0] + [0.8] * 20) == [21, 22, 23, 24, 25]


def test_a_run_of_forty_beats_is_found_and_what_is_usual_is_not() -> None:
    intervals = [0.8] * 60 + [0.5] * 40 + [1.0] + [0.8] * 60
    assert found(intervals) == list(range(61, 101))


def test_beats_that_become_faster_little_by_little_are_no_run() -> None:
    faster = np.linspace(0.8, 0.5, 12).tolist()
    assert found([0.8] * 60 + faster + [0.5] * 20 + faster[::-1] + [0.8] * 60) == []


@pytest.mark.parametrize(
    ("intervals", "early"),
    [
        ([0.58, 0.58, 0.59, 0.61, 0.67, 0.77, 0.80, 0.82, 0.84, 0.85, 0.85, 0.82, 0.79], []),  # slower with the breath
        ([0.66, 0.73, *[0.83] * 10], []),
        ([0.71, 0.75, 1.09, *[1.02] * 8], []),
        ([0.50, 1.10, *[0.80] * 10], [1]),
        ([0.60, 0.80, *[0.80] * 10], []),
        ([0.59, 0.80, *[0.80] * 10], [1]),
    ],
)
def test_what_came_before_the_first_interval_is_unknown(intervals: list[float], early: list[int]) -> None:
    assert found(intervals) == early


def test_beats_that_follow_the_breath_are_not_early() -> None:
    assert found((0.9 + 0.12 * np.sin(np.arange(80) / 1.6)).tolist()) == []


def test_in_an_irregular_rhythm_no_beat_is_early() -> None:
    assert found(np.random.default_rng(0).uniform(0.5, 1.1, 100).tolist()) == []


def test_intervals_beside_a_ventricular_beat_do_not_count() -> None:
    intervals = [0.8] * 10 + [0.5, 1.1] + [0.8] * 10
    assert found(intervals, ventricular=(11,)) == []


def test_after_ventricular_beats_a_faster_rhythm_is_not_sudden() -> None:
    intervals = [0.8] * 30 + [0.6, 1.0] + [0.65] * 12 + [0.8] * 30
    assert found(intervals, ventricular=(31,)) == []


@pytest.mark.parametrize("number", [0, 1, 7])
def test_of_few_beats_nothing_is_usual(number: int) -> None:
    assert found(([0.8] * 4 + [0.5] + [0.8] * 4)[:number]) == []
    assert not len(early_beats(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.bool_)))
