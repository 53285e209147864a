"""Counts of beats and durations of fibrillation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks.quality.ec57 import beat_table, measured
from benchmarks.quality.ec57_fibrillation import Durations, table
from benchmarks.reference.annotated import annotated_in
from benchmarks.reference.beat_counts import Counts, matched


def test_each_beat_is_matched_once_with_the_nearest() -> None:
    found, beats = np.array([0.9, 1.0, 2.4, 3.05]), np.array([1.02, 2.0, 3.0])
    assert matched(found, beats).tolist() == [[1, 0], [3, 2]]


def test_counts_add_up_in_the_gross_row() -> None:
    rows = {"1": [Counts(10, 10, 9), Counts(0, 1, 0), Counts()], "2": [Counts(10, 8, 8), Counts(4, 3, 3), Counts()]}
    lines = beat_table(rows).splitlines()
    assert lines[2] == "| 1 | 10 | 90.00 | 90.00 |  | 0.00 |  |  |"
    assert lines[-1] == "| gross | 20 | 85.00 | 94.44 | 75.00 | 75.00 |  |  |"


def test_durations_and_episodes_overlap() -> None:
    durations = Durations(((0.0, 100.0), (200.0, 250.0)), ((50.0, 120.0), (300.0, 330.0)))
    assert durations.seconds == pytest.approx((150.0, 100.0, 50.0))
    assert durations.episodes == (2, 1, 2, 1)
    lines = table({"1": durations, "2": Durations((), ())}).splitlines()
    assert lines[-1] == "| gross | 150 | 100 | 33.3 | 50.0 | 50.0 | 50.0 |"
    assert len(lines) == 4  # nothing to report of the second


@pytest.mark.data
@pytest.mark.filterwarnings("ignore:The inplace keyword")  # of the reader of annotations
def test_extra_beats_of_a_half_hour_that_took_no_part(shared_data: Path) -> None:
    """Record 100: 33 premature atrial beats and a ventricular one, each in its place and nothing else."""
    (record,) = annotated_in(shared_data / "holter-sample")
    _, ventricular, supraventricular = measured(record, 0)
    assert (ventricular, supraventricular) == (Counts(1, 1, 1), Counts(33, 33, 33))
