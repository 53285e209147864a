from __future__ import annotations

import numpy as np
import pytest

from mvkt.errors import PredictionsError
from mvkt.evaluation import Calibration, Predictions
from mvkt.evaluation.false_positives import false_positives

CLASSES = ("AF", "NORM", "PVC")
CALIBRATION = Calibration(
    temperatures=(1.0,) * 3, thresholds=(0.5, 0.5, 0.5), inconclusive=((0.3, 0.6), (0.5, 0.5), (0.5, 0.5))
)


def predictions(targets: list[list[int]], scores: list[list[float]], patients: list[str] | None = None) -> Predictions:
    names = np.array([f"r{row}" for row in range(len(targets))])
    probability = np.array(scores)
    logits = np.log(probability / (1 - probability))
    return Predictions(names, np.array(patients or names), np.array(targets, dtype=bool), logits, CLASSES)


def test_counted_by_hand() -> None:
    made = predictions(
        [[0, 1, 0], [0, 1, 0], [0, 0, 0], [0, 1, 0], [0, 1, 0], [1, 0, 0]],
        [[0.9, 0.1, 0.1], [0.4, 0.9, 0.1], [0.1, 0.9, 0.9], [0.1, 0.9, 0.1], [0.9, 0.9, 0.9], [0.9, 0.9, 0.9]],
        ["a", "a", "b", "c", "d", "e"],
    )
    # The fifth has a finding that the model does not know.
    clean = np.array([True, True, True, True, False, False])
    found = false_positives(made, CALIBRATION, {"AF": "fibrillation"}, clean, ("NORM", "SR"), resamples=300)
    assert found is not None
    assert (found.normal, found.records, found.patients) == (("NORM", "SR"), 4, 3)
    assert found.found.value == 0.5
    assert found.found_or_inconclusive.value == 0.75
    assert [class_.code for class_ in found.classes] == ["AF", "PVC"]
    assert [class_.title for class_ in found.classes] == ["fibrillation", "PVC"]
    assert [class_.found.value for class_ in found.classes] == [0.25, 0.25]
    assert [class_.found_or_inconclusive.value for class_ in found.classes] == [0.5, 0.25]
    assert found.found.low < 0.5 < found.found.high


def test_none_and_all_have_exact_intervals() -> None:
    made = predictions([[0, 1, 0]] * 20, [[0.1, 0.9, 0.9]] * 20)
    found = false_positives(made, CALIBRATION, {}, np.full(20, True), ("NORM",), resamples=50)
    assert found is not None
    assert (found.found.value, found.found.high) == (1, 1)
    assert found.found.low == pytest.approx(0.025 ** (1 / 20))
    assert (found.classes[0].found.low, found.classes[0].found.value) == (0, 0)
    assert found.classes[0].found.high == pytest.approx(1 - 0.025 ** (1 / 20))


def test_windows_of_a_record_count_once() -> None:
    made = predictions([[0, 1, 0], [0, 0, 0], [1, 0, 0]], [[0.1, 0.9, 0.1], [0.9, 0.9, 0.9], [0.9, 0.1, 0.1]])
    clean = np.array([True, True, False])
    twice = made.at(np.array([0, 0, 1, 1, 2, 2]))
    expected = false_positives(made, CALIBRATION, {}, clean, ("NORM",), 20)
    assert expected is not None
    assert false_positives(twice, CALIBRATION, {}, np.repeat(clean, 2), ("NORM",), 20) == expected


def test_nothing_to_look_at() -> None:
    sick = predictions([[1, 0, 0]], [[0.5, 0.5, 0.5]])
    assert false_positives(sick, CALIBRATION, {}, np.array([False]), ("NORM",), 5) is None
    well = predictions([[0, 1, 0]], [[0.5, 0.5, 0.5]])
    assert false_positives(well, CALIBRATION, {}, np.array([True]), CLASSES, 5) is None


@pytest.mark.parametrize("clean", [np.array([True]), np.array([[True, True]]), np.array([True, True])])
def test_marks_of_other_rows(clean: np.ndarray) -> None:
    made = predictions([[1, 0, 0], [0, 1, 0]], [[0.5, 0.5, 0.5]] * 2)
    with pytest.raises(PredictionsError, match=r"2 rows need as many marks|marked as free of findings has one"):
        false_positives(made, CALIBRATION, {}, clean, ("NORM",), 5)
