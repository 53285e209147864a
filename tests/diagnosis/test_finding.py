"""Findings, and how they come and go."""

from __future__ import annotations

from typing import Any

import pytest

from mvkt.diagnosis.finding import Course, Episode, Finding


def episode(start: float, end: float, windows: int, peak: float) -> Episode:
    return Episode(start_seconds=start, end_seconds=end, windows=windows, peak_probability=peak, peak_seconds=start)


def course(*episodes: Episode, burden: float = 0.3) -> Course:
    return Course(
        burden=burden, uncertain=0.1, in_a_row=2, needed_in_a_row=4, certain=0, needed_certain=3, episodes=episodes
    )


def finding(**changes: Any) -> Finding:
    usual = {"code": "AF", "title": "atrial fibrillation", "probability": 0.7, "threshold": 0.4, "verdict": "found"}
    return Finding.model_validate(usual | changes)


def test_longest_and_strongest_episodes() -> None:
    short, long, weak = episode(0, 20, 2, 0.9), episode(50, 90, 3, 0.7), episode(120, 130, 2, 0.5)
    made = course(short, long, weak)
    assert [each.duration for each in made.episodes] == [20, 40, 10]
    assert made.longest == long
    assert made.strongest == (long, short, weak)
    assert course().longest is None


def test_presence_is_the_probability_or_the_burden() -> None:
    assert finding().presence == 0.7
    assert finding(course=course(burden=0.25)).presence == 0.25


@pytest.mark.parametrize(("band", "below", "above"), [(None, 0.4, 0.4), ((0.2, 0.6), 0.2, 0.6), ((0.1, 0.3), 0.1, 0.4)])
def test_the_probabilities_between_which_it_is_open(
    band: tuple[float, float] | None, below: float, above: float
) -> None:
    assert (finding(band=band).not_found_below, finding(band=band).found_from) == (below, above)


def test_names() -> None:
    assert finding().name == "atrial fibrillation (AF)"
    assert finding(title="AF").name == "AF"
    assert finding().positive
    assert not finding(verdict="inconclusive").positive
