"""Arrays without pickle."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mvkt.errors import ResultError
from mvkt.evaluation.npz_arrays import load_arrays


def test_named_arrays(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.arange(3), y=np.ones(2), more=np.zeros(1))
    found = load_arrays(tmp_path / "a.npz", ("x", "y"))
    assert list(found) == ["x", "y"]
    np.testing.assert_array_equal(found["x"], [0, 1, 2])


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="is missing"):
        load_arrays(tmp_path / "a.npz", ("x",))
    np.savez(tmp_path / "a.npz", x=np.arange(3))
    with pytest.raises(ResultError, match="lacks y, z; it holds x"):
        load_arrays(tmp_path / "a.npz", ("x", "y", "z"))


def test_pickles_and_damaged_files_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "pickle.npz", x=np.array([{"a": 1}], dtype=object))
    np.savez(tmp_path / "cut.npz", x=np.arange(1000))
    whole = (tmp_path / "cut.npz").read_bytes()
    for name, content in (("cut", whole[:-300]), ("text", b"no archive"), ("empty", b"")):
        (tmp_path / f"{name}.npz").write_bytes(content)
    for name in ("pickle", "cut", "text", "empty"):
        with pytest.raises(ResultError, match=r"not a readable \.npz file"):
            load_arrays(tmp_path / f"{name}.npz", ("x",))
