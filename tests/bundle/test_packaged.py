"""The students that come with mvkt."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import mvkt
from mvkt.bundle import packaged
from mvkt.errors import BundleError
from mvkt.numbers import Interval

InTheBox = Callable[..., Path]


def test_names_and_loading_by_name(in_the_box: InTheBox) -> None:
    in_the_box("lead-II", view="II")
    folder = in_the_box("lead-I")
    assert packaged.names() == ("lead-I", "lead-II")
    assert packaged.find("lead-I") == folder
    assert mvkt.load("lead-I").bundle.manifest.view == "I"
    assert mvkt.load("lead-II").bundle.path == packaged.find("lead-II")


def test_a_path_stays_a_path(in_the_box: InTheBox, tmp_path: Path) -> None:
    in_the_box("lead-I")
    assert packaged.find(tmp_path) == tmp_path
    assert packaged.find("some/where") == Path("some/where")
    with pytest.raises(BundleError, match="there is no bundle at"):
        mvkt.load(tmp_path / "nowhere")


def test_a_misspelt_name_is_answered_with_the_nearest(in_the_box: InTheBox) -> None:
    in_the_box("lead-I")
    with pytest.raises(BundleError, match=r"no student 'lead-1'.*did you mean 'lead-I'"):
        mvkt.load("lead-1")


def test_an_empty_box(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(packaged, "_STUDENTS", tmp_path / "none")
    assert (packaged.names(), packaged.students(), packaged.manifests()) == ((), (), {})


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("file", ["bundle.json", "model.onnx", "README.md"])
def test_a_changed_file_of_a_student_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: str) -> None:
    box = tmp_path / "students"
    shutil.copytree(packaged._STUDENTS, box)
    monkeypatch.setattr(packaged, "_STUDENTS", box)
    assert mvkt.load("lead-I").bundle.path == box / "lead-I"
    damage(box / "lead-I" / file)
    uses: list[Callable[[], object]] = [
        lambda: mvkt.load("lead-I"),
        packaged.manifests,
        packaged.students,
    ]
    for use in uses:
        with pytest.raises(BundleError, match="lead-I is not the one that came with this mvkt"):
            use()
    assert mvkt.load("lead-II").bundle.path == box / "lead-II"


def test_a_forged_student_is_refused(in_the_box: InTheBox) -> None:
    """A whole bundle whose own checksums agree: another network under the name of a student, or one more student."""
    folder = in_the_box("lead-I", classes=("AF",))
    forged = in_the_box("other", temperatures=(2.0, 2.0, 2.0))
    for file in folder.iterdir():
        file.write_bytes((forged / file.name).read_bytes())
    with pytest.raises(BundleError, match="changed, added or taken away"):
        mvkt.load("lead-I")
    shutil.copytree(forged, folder.with_name("unknown"))
    with pytest.raises(BundleError, match="student unknown is not"):
        packaged.find("unknown")


def test_a_students_folder_holds_files_alone(in_the_box: InTheBox) -> None:
    folder = in_the_box("lead-I")
    (folder / "weights").mkdir()
    with pytest.raises(BundleError, match="files alone"):
        mvkt.load("lead-I")


def test_the_digests_are_those_of_the_students() -> None:
    """When students are trained anew, `python -m benchmarks.fit.student_digests` writes them."""
    assert {name: packaged.student_digest(packaged.find(name)) for name in packaged.names()} == packaged.DIGESTS


def test_students_are_described(in_the_box: InTheBox) -> None:
    figures = {"evaluation": {"macro_auc": {"value": 0.83, "low": 0.8, "high": 0.85}}}
    folder = in_the_box("lead-I", figures=figures, provenance={"corpus": {"source": "ptb-xl", "licence": "CC BY 4.0"}})
    in_the_box("lead-II", view="II", figures={"evaluation": {"macro_auc": "high"}})
    first, second = packaged.students()
    assert (first.name, first.view, first.licence, first.macro_auc) == (
        "lead-I",
        "I",
        "CC BY 4.0",
        Interval(value=0.83, low=0.8, high=0.85),
    )
    assert first.bytes == (folder / "model.onnx").stat().st_size
    assert first.classes["AF"] == "atrial fibrillation"
    assert (second.macro_auc, second.licence) == (None, "")
    assert json.loads(first.model_dump_json())["macro_auc"]["low"] == 0.8


def test_every_student_in_the_box_opens() -> None:
    assert packaged.names() == ("12-lead", "device", "lead-I", "lead-II", "limb")
    for name in packaged.names():
        assert mvkt.load(name).bundle.manifest.classes


def test_the_shipped_students_are_there() -> None:
    """Without them `mvkt diagnose` has no network, and the tests of their figures have no subject."""
    folder = Path(mvkt.__file__).parent / "students"
    for name in packaged.names():
        sizes = {path.name: path.stat().st_size for path in sorted((folder / name).glob("*"))}
        files = set(sizes) - {"model.safetensors"}
        assert files == {"README.md", "bundle.json", "model.onnx"}, (
            f"src/mvkt/students/{name} has {files}: make students"
        )
        assert sizes["model.onnx"] < 700_000, f"the network {name} has {sizes['model.onnx']:,} bytes"


def test_the_networks_of_more_leads_come_with_weights_to_start_a_training_from() -> None:
    for name in ("12-lead", "limb"):
        manifest = packaged.manifests()[name]
        assert "model.safetensors" in manifest.checksums
        assert manifest.signal.standardise == "global"
