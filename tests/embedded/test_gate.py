from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.training.export.made_networks import manifest

from mvkt.embedded.gate import QuantisationFigures, compare, require_equal
from mvkt.errors import ExportMismatchError, PredictionsError
from mvkt.evaluation.predictions import Predictions

CLASSES = ("AF", "NORM", "STD")


def predictions(logits: NDArray[Any], targets: NDArray[np.bool_], records: NDArray[Any] | None = None) -> Predictions:
    names = np.array([f"r{number}" for number in range(len(logits))]) if records is None else records
    return Predictions(names, names, targets, logits.astype(np.float32), CLASSES)


@pytest.fixture
def made_up() -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    random = np.random.default_rng(0)
    targets = random.random((80, 3)) < 0.4
    return targets * 1.5 + random.normal(size=(80, 3)), targets


def figures(**overrides: Any) -> QuantisationFigures:
    plain: dict[str, Any] = {
        "ranges": "minmax",
        "calibration_windows": 512,
        "records": 80,
        "macro_auc": 0.85,
        "macro_auc_float": 0.85,
        "mean_change": 0.0,
        "mean_change_class": "AF",
        "absolute_change": 0.0,
        "changed_findings": 0.0,
        "bytes": 1,
        "bytes_float": 4,
    }
    return QuantisationFigures(**{**plain, **overrides})


def compared(exact: Predictions, quantised: Predictions) -> QuantisationFigures:
    return compare(exact, quantised, manifest(), ranges="entropy", calibration_windows=9, sizes=(10, 40))


def test_equal_networks_change_nothing(made_up: tuple[NDArray[np.float64], NDArray[np.bool_]]) -> None:
    logits, targets = made_up
    found = compared(predictions(logits, targets), predictions(logits, targets))
    assert found.auc_loss == found.mean_change == found.absolute_change == found.changed_findings == 0
    assert (found.ranges, found.calibration_windows, found.records) == ("entropy", 9, 80)
    assert (found.bytes, found.bytes_float) == (10, 40)
    require_equal(found)


def test_figures_against_loops(made_up: tuple[NDArray[np.float64], NDArray[np.bool_]]) -> None:
    logits, targets = made_up
    other = logits + np.random.default_rng(1).normal(size=logits.shape) * 0.5 + [0.0, 0.3, 0.0]
    found = compared(predictions(logits, targets), predictions(other, targets))
    described, temperatures, thresholds = manifest(), manifest().temperatures, manifest().thresholds
    moves, changed, absolute = [], 0, 0.0
    for column in range(3):
        before, after = (
            [1 / (1 + np.exp(-float(np.float32(row[column])) / temperatures[column])) for row in matrix]
            for matrix in (logits, other)
        )
        moves.append(abs(sum(after) - sum(before)) / 80)
        absolute += sum(abs(a - b) for a, b in zip(after, before, strict=True)) / 240
        limit = thresholds[column]
        changed += sum((a >= limit) != (b >= limit) for a, b in zip(after, before, strict=True))
    assert found.mean_change == pytest.approx(max(moves))
    assert found.mean_change_class == described.classes[int(np.argmax(moves))]
    assert found.absolute_change == pytest.approx(absolute)
    assert found.changed_findings == pytest.approx(changed / 240)

    def auc(scores: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
        pairs = [(a > b) + 0.5 * (a == b) for a in scores[truth] for b in scores[~truth]]
        return float(np.mean(pairs))

    for value, matrix in ((found.macro_auc_float, logits), (found.macro_auc, other)):
        exact = matrix.astype(np.float32).astype(np.float64)
        assert value == pytest.approx(np.mean([auc(exact[:, column], targets[:, column]) for column in range(3)]))
    assert found.auc_loss == pytest.approx(found.macro_auc_float - found.macro_auc)


def test_records_count_not_windows(made_up: tuple[NDArray[np.float64], NDArray[np.bool_]]) -> None:
    logits, targets = made_up
    twice, names = np.repeat(targets, 2, axis=0), np.repeat([f"r{number}" for number in range(80)], 2)
    apart = np.stack([logits + 1, logits - 1], axis=1).reshape(160, 3)
    found = compared(predictions(apart, twice, names), predictions(np.repeat(logits, 2, axis=0), twice, names))
    assert found.records == 80
    assert found.absolute_change < 1e-6


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"macro_auc": 0.8469}, r"macro AUC is 0\.8469 instead of 0\.8500 \(allowed: 0\.003 less\)"),
        ({"mean_change": 0.021, "mean_change_class": "STD"}, r"mean probability of STD moves by 0\.021"),
        ({"macro_auc": 0.5, "mean_change": 0.3}, r"macro AUC is 0\.5000 .* and the mean probability of AF moves"),
    ],
)
def test_the_gate_refuses(overrides: dict[str, Any], message: str) -> None:
    with pytest.raises(ExportMismatchError, match=message) as raised:
        require_equal(figures(**overrides))
    assert "no bundle was written" in str(raised.value)


@pytest.mark.parametrize("overrides", [{"macro_auc": 0.8471}, {"macro_auc": 0.9}, {"mean_change": 0.0199}])
def test_the_gate_lets_pass(overrides: dict[str, Any]) -> None:
    require_equal(figures(**overrides))


def test_without_positives_the_comparison_is_an_error(made_up: tuple[NDArray[np.float64], NDArray[np.bool_]]) -> None:
    logits, targets = made_up
    with pytest.raises(PredictionsError):
        compared(predictions(logits, np.zeros_like(targets)), predictions(logits, np.zeros_like(targets)))
