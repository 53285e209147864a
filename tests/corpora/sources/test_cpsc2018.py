"""CPSC2018: native files and their reference table."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mvkt.corpora import prepare
from mvkt.corpora.sources.cpsc2018 import CLASSES, Cpsc2018
from mvkt.errors import BadRecordsError, CorpusError


@pytest.fixture
def sample(shared_data: Path, tmp_path: Path) -> Path:
    """A copy that may be spoiled, in the layout of the challenge."""
    root = tmp_path / "cpsc"
    (root / "TrainingSet1").mkdir(parents=True)
    for file in sorted((shared_data / "cpsc2018-sample").glob("A*.mat"))[:4]:
        shutil.copy(file, root / "TrainingSet1")
    (root / "REFERENCE.csv").write_text(
        "Recording,First_label,Second_label,Third_label\nA1980,6,,\nA1981,8,5,\nA1982,3,,\nA1983,1,,\n"
    )
    return root


@pytest.mark.data
def test_the_sample(shared_data: Path, tmp_path: Path) -> None:
    corpus = prepare(Cpsc2018(shared_data / "cpsc2018-sample"), tmp_path / "c")
    manifest = corpus.manifest
    assert (manifest.records, manifest.patients, sum(manifest.folds.values())) == (10, 10, 10)
    assert manifest.rows > 10  # some are longer than a window
    assert "no patient identifiers" in manifest.warnings[0]
    targets = corpus.targets("cpsc2018")
    assert targets.classes == ("IAVB", "NORM", "PAC", "RBBB", "STD")
    assert targets.labelled.all()
    assert set(corpus.sex) <= {"female", "male"}
    assert ((corpus.age > 0) & (corpus.age < 110)).all()


def test_nine_classes() -> None:
    task = Cpsc2018(Path()).tasks["cpsc2018"]
    assert len(task.titles) == len(CLASSES) == 9
    assert task.titles["STE"] == "ST-segment elevation"


@pytest.mark.data
def test_training_set_folders_and_several_labels(sample: Path) -> None:
    entries, skipped = Cpsc2018(sample).entries()
    assert skipped == []
    assert entries[1].labels == {"STD": 100.0, "RBBB": 100.0}
    assert entries[1].path == "TrainingSet1/A1981.mat"
    assert {entry.fold for entry in entries} == {None}


@pytest.mark.data
def test_bad_records(sample: Path, tmp_path: Path) -> None:
    table = sample / "REFERENCE.csv"
    table.write_text(table.read_text().replace("A1981,8,5,", "A1981,8,10,").replace("A1983,1,,\n", "") + "A9999,1,,\n")
    damaged = sample / "TrainingSet1" / "A1982.mat"
    damaged.write_bytes(damaged.read_bytes()[:10_000])
    with pytest.raises(BadRecordsError) as caught:
        prepare(Cpsc2018(sample), tmp_path / "c")
    for line in (
        "A1981: 10; expected 1 to 9", "A9999: there is no A9999.mat", "A1983: REFERENCE.csv does not list it",
        "unknown label: 1", "missing file: 1", "not in the label table: 1", "unreadable recording: 1",
    ):  # fmt: skip
        assert line in str(caught.value)
    corpus = prepare(Cpsc2018(sample), tmp_path / "c", skip_bad=True)
    assert set(corpus.record_id) == {"A1980"}


def test_no_reference_table(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"no REFERENCE.csv"):
        Cpsc2018(tmp_path).entries()


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    """Files of the right names; entries do not look into them."""
    root = tmp_path / "cpsc"
    for name in ("TrainingSet1/A0001.mat", "TrainingSet2/A0002.mat", "TrainingSet2/._A0002.mat"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    (root / "REFERENCE.csv").write_text(
        "Recording,First_label,Second_label,Third_label\nA0001,6,,\nA0002,8,5,\n",
    )
    return root


@pytest.mark.parametrize(
    "table",
    [
        ",Recording,First_label,Second_label,Third_label\n0,A0001,6,nan,nan\n1,A0002,8,5.0,nan\n",
        "recording;first_label;second_label;third_label\nA0001;6;NA;NA\nA0002;8,0;5,0;\n",
        "Recording,First_label,Second_label\nTrainingSet1\\A0001.mat,6,\nTrainingSet2/A0002,8,5\n",
    ],
)
def test_tables_saved_again_by_other_programs(collection: Path, table: str) -> None:
    expected = Cpsc2018(collection).entries()
    assert expected[1] == []
    (collection / "REFERENCE.csv").write_text(table)
    assert Cpsc2018(collection).entries() == expected


def test_a_table_in_each_folder(collection: Path) -> None:
    expected = Cpsc2018(collection).entries()
    header, first, second = (collection / "REFERENCE.csv").read_text().splitlines(keepends=True)
    (collection / "TrainingSet1" / "REFERENCE.csv").write_text(header + first)
    assert Cpsc2018(collection).entries() == expected, "a copy"
    (collection / "REFERENCE.csv").unlink()
    (collection / "TrainingSet2" / "REFERENCE.csv").write_text(header + second)
    assert Cpsc2018(collection).entries() == expected, "its parts"
