from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mvkt.errors import BundleError, RecipeError, ResultError, TrainingError
from mvkt.training.teachers.bundle_teacher import BundleTeacher
from mvkt.training.teachers.find_teacher import find_teacher
from mvkt.training.teachers.logits_table import LogitsTable


def test_a_bundle_by_its_name_and_by_its_folder(make_bundle: Callable[..., Path]) -> None:
    packaged, own = find_teacher("lead-I"), find_teacher(make_bundle(view="II"))
    assert isinstance(packaged, BundleTeacher)
    assert isinstance(own, BundleTeacher)
    assert (packaged.facts.view, own.facts.view) == ("I", "II")


def test_the_ending_of_a_file_decides(tmp_path: Path) -> None:
    (tmp_path / "logits.CSV").write_text("record,A\na,0.5\n")
    assert isinstance(find_teacher(tmp_path / "logits.CSV"), LogitsTable)
    (tmp_path / "network.onnx").write_bytes(b"")
    with pytest.raises(RecipeError, match=r"needs network\.toml beside it"):
        find_teacher(tmp_path / "network.onnx")


def test_a_run_is_read_as_a_run_and_what_is_not_there_as_a_bundle(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text("{")
    with pytest.raises(ResultError, match="is not JSON"):
        find_teacher(tmp_path)
    with pytest.raises(BundleError):
        find_teacher(tmp_path / "nothing")


@pytest.mark.parametrize(
    "name", ["nothere.onnx", "nothere.ONNX", "folder/nothere.csv", "nothere.parquet", "nothere.pt"]
)
def test_the_name_of_a_file_that_is_not_there_is_no_student(name: str) -> None:
    with pytest.raises(TrainingError, match=rf"there is no file {name}"):
        find_teacher(name)


def test_a_network_that_is_not_read_is_answered_with_those_that_are(tmp_path: Path) -> None:
    (tmp_path / "teacher.pt").write_bytes(b"PK")
    with pytest.raises(TrainingError, match=r"teacher\.pt is no teacher that is read: expected an ONNX network"):
        find_teacher(tmp_path / "teacher.pt")
