from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mvkt.errors import ResultError
from mvkt.evaluation import Predictions


def predictions(**changes: Any) -> Predictions:
    parts: dict[str, Any] = {
        "record_id": ["b", "a", "b", "a", "c"],
        "patient_id": ["p1", "p2", "p1", "p2", ""],
        "targets": [[1, 0], [0, 1], [1, 0], [0, 1], [0, 0]],
        "logits": [[1.0, -1.0], [0.5, 2.0], [3.0, -2.0], [0.0, 1.0], [-5.0, 5.0]],
        "classes": ("AF", "NORM"),
    }
    return Predictions(**{**parts, **changes})


def test_by_record_averages_the_logits_and_keeps_the_order_of_first_appearance() -> None:
    records = predictions().by_record()
    assert records.record_id.tolist() == ["b", "a", "c"]
    assert records.patient_id.tolist() == ["p1", "p2", ""]
    np.testing.assert_allclose(records.logits, [[2.0, -1.5], [0.25, 1.5], [-5.0, 5.0]])
    assert records.logits.dtype == np.float32
    assert records.targets.tolist() == [[True, False], [False, True], [False, False]]
    assert records.by_record() is records


@pytest.mark.parametrize(
    ("column", "value"),
    [("targets", [[1, 0], [0, 1], [1, 1], [0, 1], [0, 0]]), ("patient_id", ["p1", "p2", "p3", "p2", ""])],
)
def test_windows_of_a_record_must_agree(column: str, value: Any) -> None:
    with pytest.raises(ResultError, match="record 'b'"):
        predictions(**{column: value}).by_record()


def test_unknown_patients_are_not_one_patient() -> None:
    unknown = predictions(patient_id=["b", "", "b", "", ""])
    numbers, patients = unknown.patient_numbers()
    assert patients == 3  # patient "b", and the unknown patients of records a and c
    assert numbers[0] == numbers[2]
    assert numbers[1] == numbers[3]
    assert len({numbers[0], numbers[1], numbers[4]}) == 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"logits": [[0.0, 0.0]] * 4}, r"logits has shape \(4, 2\); 5 windows and 2 classes need \(5, 2\)"),
        ({"targets": [0] * 5}, r"targets has shape \(5,\)"),
        ({"patient_id": ["p"]}, "patient_id has shape"),
        ({"classes": ("AF", "AF")}, "must differ"),
        ({"record_id": []}, "at least one window"),
        (
            {"logits": [[0.0, 0.0], [np.nan, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]},
            "record 'a' are not finite",
        ),
    ],
)
def test_parts_that_contradict_each_other(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ResultError, match=message):
        predictions(**changes)


def test_save_and_load(tmp_path: Path) -> None:
    path = tmp_path / "student" / "test.npz"
    predictions().save(path)
    loaded = Predictions.load(path)
    original = predictions()
    assert loaded.classes == original.classes
    for name in ("record_id", "patient_id", "targets", "logits"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(original, name))
    assert [file.name for file in path.parent.iterdir()] == ["test.npz"]
    first = path.read_bytes()
    predictions().save(path)
    assert path.read_bytes() == first


def test_an_interrupted_save_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "test.npz"
    predictions().save(path)
    before = path.read_bytes()

    def fail(handle: Any, **arrays: Any) -> None:
        handle.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez_compressed", fail)
    with pytest.raises(KeyboardInterrupt):
        predictions().save(path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["test.npz"]


def test_load_names_the_fault(tmp_path: Path) -> None:
    path = tmp_path / "test.npz"
    with pytest.raises(ResultError, match=r"test\.npz is missing"):
        Predictions.load(path)
    path.write_bytes(b"not a zip file")
    with pytest.raises(ResultError, match=r"test\.npz is not a readable \.npz file"):
        Predictions.load(path)
    np.savez(path, record_id=np.array(["a"]))
    with pytest.raises(ResultError, match="lacks patient_id, targets, logits, classes"):
        Predictions.load(path)
    predictions().save(path)
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(ResultError, match="is not a readable"):
        Predictions.load(path)


def test_load_refuses_pickles_and_other_types(tmp_path: Path) -> None:
    path = tmp_path / "test.npz"
    arrays: dict[str, Any] = {
        "record_id": np.array(["a"]),
        "patient_id": np.array(["p"]),
        "targets": np.array([[True]]),
        "logits": np.array([[0.0]], dtype=np.float32),
        "classes": np.array(["AF"]),
    }
    np.savez(path, **{**arrays, "record_id": np.array([{"a": 1}], dtype=object)})
    with pytest.raises(ResultError, match="is not a readable"):
        Predictions.load(path)
    np.savez(path, **{**arrays, "targets": np.array([[0.5]])})
    with pytest.raises(ResultError, match="bool expected"):
        Predictions.load(path)
    np.savez(path, **{**arrays, "logits": np.array([[np.inf]], dtype=np.float32)})
    with pytest.raises(ResultError, match=r"test\.npz: the logits of record 'a'"):
        Predictions.load(path)
