"""CODE-15%: HDF5 files built to the published layout."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.corpora import prepare
from mvkt.corpora.label_sets import UNKNOWN, positive
from mvkt.corpora.sources.code15 import Code15
from mvkt.errors import BadRecordsError, CorpusError, MissingExtraError, RecordError

COLUMNS = ("exam_id", "age", "is_male", "nn_predicted_age", "1dAVb", "RBBB", "LBBB", "SB", "ST", "AF", "patient_id",
           "death", "timey", "normal_ecg", "trace_file")  # fmt: skip


def tracing(seed: int, samples: int = 4000) -> NDArray[np.float32]:
    """Beats of 1 mV in units of 0.1 mV, in the middle of 4,096 samples."""
    time = np.arange(samples)[:, np.newaxis] / 400
    beats = sum(np.exp(-(((time - at) / 0.02) ** 2)) for at in np.arange(0.3, samples / 400, 0.8))
    padded = np.zeros((4096, 12), dtype=np.float32)
    start = (4096 - samples) // 2
    padded[start : start + samples] = 10 * beats * (1 + np.arange(12) / 12) + 0.01 + 0.001 * seed
    return padded


def write_part(path: Path, exams: list[int], tracings: list[NDArray[np.float32]]) -> None:
    """The last row of each published file is empty."""
    with h5py.File(path, "w") as file:
        file["exam_id"] = np.array([*exams, 0])
        file["tracings"] = np.stack([*tracings, np.zeros((4096, 12), dtype=np.float32)])


def row(exam: int, part: int, **changed: object) -> dict[str, object]:
    about = dict.fromkeys(("1dAVb", "RBBB", "LBBB", "SB", "ST", "AF"), False)
    return about | {
        "exam_id": exam, "age": 40 + exam % 30, "is_male": exam % 2 == 0, "patient_id": exam // 10,
        "normal_ecg": False, "trace_file": f"exams_part{part}.hdf5",
    } | changed  # fmt: skip


@pytest.fixture
def database(tmp_path: Path) -> Path:
    root = tmp_path / "code15"
    root.mkdir()
    write_part(root / "exams_part0.hdf5", [101, 102, 103], [tracing(1), tracing(2, 2800), tracing(3)])
    write_part(root / "exams_part1.hdf5", [211, 212], [tracing(4), tracing(5)])
    write_table(root, [row(212, 1, RBBB=True, AF=True), row(101, 0, normal_ecg=True), row(103, 0), row(102, 0, ST=True),
                       row(211, 1, **{"1dAVb": True}), row(999, 7, SB=True)])  # fmt: skip
    return root


def write_table(root: Path, rows: list[dict[str, object]]) -> None:
    with (root / "exams.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)


def test_records_and_targets(database: Path, tmp_path: Path) -> None:
    corpus = prepare(Code15(database), tmp_path / "c")
    order = ["101", "102", "103", "211", "212"]
    assert list(dict.fromkeys(corpus.record_id.tolist())) == order, "one file after the other"
    assert corpus.manifest.patients == 2
    first = [corpus.record_id.tolist().index(name) for name in order]
    assert corpus.sex[first].tolist() == ["female", "male", "female", "female", "male"]
    assert corpus.age[first].tolist() == [51, 52, 53, 41, 42]
    targets = corpus.targets("code15")
    assert targets.classes == ("AF", "IAVB", "NORM", "RBBB", "STach")
    assert targets.matrix[first].astype(int).tolist() == [
        [0, 0, 1, 0, 0], [0, 0, 0, 0, 1], [0, 0, 0, 0, 0], [0, 1, 0, 0, 0], [1, 0, 0, 1, 0],
    ]  # fmt: skip
    assert targets.labelled.all(), "where none of the six was found, somebody looked"


def test_padding_and_unit(database: Path) -> None:
    source = Code15(database)
    entries, skipped = source.entries()
    assert skipped == []
    ten, seven = (source.read(entry) for entry in entries[:2])
    assert (ten.sampling_frequency, len(ten.signal), len(seven.signal)) == (400.0, 4000, 2800)
    np.testing.assert_allclose(ten.signal, tracing(1)[48:4048] * 0.1, atol=1e-6)


def test_a_wrong_unit_is_noticed(database: Path) -> None:
    with pytest.raises(CorpusError, match=r"move by 2[\d.]+ mV within a second.*--millivolts-per-unit"):
        Code15(database, millivolts_per_unit=1.5).entries()
    with pytest.raises(CorpusError, match="which is not that of an ECG"):
        Code15(database, millivolts_per_unit=0.001).entries()


def test_cells_that_a_program_has_rewritten(database: Path, tmp_path: Path) -> None:
    text = (database / "exams.csv").read_text().replace("False", "0.0").replace("True", "1.0")
    text = text.replace("\n101,", "\n101.0,").replace("\n212,", "\n212.0,")
    (database / "exams.csv").write_text(text)
    targets = prepare(Code15(database), tmp_path / "c").targets("code15")
    assert targets.matrix.sum() > 0
    assert targets.classes == ("AF", "IAVB", "NORM", "RBBB", "STach")


def test_unusable_records_are_errors_with_their_number(database: Path, tmp_path: Path) -> None:
    write_part(database / "exams_part1.hdf5", [211, 212], [tracing(4), np.zeros((4096, 12), dtype=np.float32)])
    write_table(database, [row(101, 0), row(102, 0, AF="maybe"), row(103, 0, age=400), row(211, 1), row(212, 1),
                           row(213, 1)])  # fmt: skip
    with pytest.raises(BadRecordsError) as caught:
        prepare(Code15(database), tmp_path / "c")
    for line in ("unknown label: 1", "unusable row: 1", "no recorded samples: 1", "missing file: 1"):
        assert line in str(caught.value)


def test_missing_samples(database: Path) -> None:
    gone = tracing(1)
    gone[1000:1100] = np.nan
    write_part(database / "exams_part0.hdf5", [101, 102, 103], [gone, tracing(2), tracing(3)])
    source = Code15(database)
    record = source.read(source.entries()[0][0])
    assert np.isnan(record.signal).sum(axis=0).tolist() == [100] * 12


@pytest.mark.parametrize("kind", ["external", "soft", "virtual", "text", "shape", "absent", "damaged"])
def test_files_that_are_none(database: Path, tmp_path: Path, kind: str) -> None:
    path = database / "exams_part0.hdf5"
    with h5py.File(path, "w") as file:
        file["exam_id"] = np.array([101])
        file["elsewhere"] = tracing(1)[np.newaxis]
        if kind == "external":
            file["tracings"] = h5py.ExternalLink(str(database / "exams_part1.hdf5"), "tracings")
        elif kind == "soft":
            file["tracings"] = h5py.SoftLink("/elsewhere")
        elif kind == "virtual":
            layout = h5py.VirtualLayout((1, 4096, 12), dtype="f4")
            layout[:] = h5py.VirtualSource(str(database / "exams_part1.hdf5"), "tracings", (3, 4096, 12))[:1]
            file.create_virtual_dataset("tracings", layout)
        elif kind == "text":
            file["tracings"] = np.full((1, 4096, 12), b"Doe")
        elif kind == "shape":
            file["tracings"] = np.zeros((1, 4096, 8))
    if kind == "damaged":
        path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(CorpusError, match=r"exams_part0\.hdf5") as caught:
        Code15(database).entries()
    assert "Doe" not in str(caught.value)


def test_a_damaged_row(database: Path) -> None:
    source = Code15(database)
    entries, _ = source.entries()
    content = bytearray((database / "exams_part0.hdf5").read_bytes())
    (database / "exams_part0.hdf5").write_bytes(content[: len(content) // 2])
    with pytest.raises((RecordError, CorpusError)):
        source.read(entries[2])


def test_without_tables_files_or_the_library(database: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"there is no \.hdf5 file"):
        Code15(tmp_path / "nowhere").entries()
    write_table(database, [row(999, 7)])
    with pytest.raises(CorpusError, match="lists no recording of the HDF5 files"):
        Code15(database).entries()
    (database / "exams.csv").unlink()
    with pytest.raises(CorpusError, match=r"no exams\.csv"):
        Code15(database).entries()
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'mvkt\[train\]'"):
        Code15(database).entries()


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(",", ";").replace("\n101;", "\n101,0;").replace(";10;", ";10,0;"),
        lambda text: (
            text.upper().replace("TRUE", "WAHR").replace("EXAMS_PART", "C:\\Data\\exams_part").replace(".HDF5", ".hdf5")
        ),
        lambda text: text.replace("False", "F").replace("True", "T"),
        lambda text: text.replace(",trace_file", "").replace(",exams_part0.hdf5", "").replace(",exams_part1.hdf5", ""),
        lambda text: text.replace("\n101,", "\n1.01e+02,"),
    ],
    ids=["decimal commas", "capitals", "R", "no parts", "power of ten"],
)
def test_the_table_saved_again_by_other_programs(database: Path, change: Callable[[str], str]) -> None:
    write_table(database, [row(212, 1, RBBB=True, AF=True), row(101, 0, normal_ecg=True), row(102, 0, ST=True)])
    expected = Code15(database).entries()
    text = (database / "exams.csv").read_text()
    assert change(text) != text
    (database / "exams.csv").write_text(change(text))
    assert Code15(database).entries() == expected


def test_missing_values_are_unknown(database: Path) -> None:
    nothing = dict.fromkeys(("1dAVb", "RBBB", "LBBB", "SB", "ST", "AF", "normal_ecg"), "")
    write_table(
        database,
        [row(101, 0, age="nan", patient_id="nan", is_male="nan"), row(102, 0, normal_ecg="", ST=True),
         row(103, 0, patient_id="nan", is_male="M", **nothing), row(211, 1, is_male="?")],
    )  # fmt: skip
    entries, skipped = Code15(database).entries()
    assert skipped == []
    assert [(entry.patient_id, entry.sex) for entry in entries] == [
        ("101", None), ("10", "male"), ("103", "male"), ("21", None),
    ]  # fmt: skip
    assert entries[0].age is None
    assert entries[1].labels["normal_ecg"] == UNKNOWN
    assert [entry.labelled for entry in entries] == [True, True, False, True]
    assert positive(entries[1].labels) == ("ST",)


def test_files_as_people_have_them(database: Path) -> None:
    expected = [entry.record_id for entry in Code15(database).entries()[0]]
    (database / "._exams_part0.hdf5").write_bytes(b"Mac OS X")
    (database / "exams_part0").mkdir()
    (database / "exams_part0.hdf5").rename(database / "exams_part0" / "exams_part0.h5")
    with h5py.File(database / "features.hdf5", "w") as file:
        file["embeddings"] = np.zeros((3, 4))
    with h5py.File(database / "exams_part1.hdf5", "w") as file:
        file["exam_id"] = np.array([[211.0], [212.0], [np.nan]])
        file["tracings"] = np.stack([tracing(4), tracing(5), tracing(6)])
    entries, skipped = Code15(database).entries()
    assert ([entry.record_id for entry in entries], skipped) == (expected, [])
    assert entries[0].path == "exams_part0/exams_part0.h5#0"
    assert len(Code15(database).read(entries[0]).signal) == 4000
