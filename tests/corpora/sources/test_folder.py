"""One's own recordings with a table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mvkt.corpora import prepare
from mvkt.corpora.sources.folder import Folder
from mvkt.errors import BadRecordsError, CorpusError

Make = Callable[..., Any]


@pytest.fixture
def recordings(tmp_path: Path, make_wfdb: Make) -> Path:
    root = tmp_path / "own"
    for number in range(12):
        make_wfdb(root / "ward", f"r{number}", number)
    return root


def table(root: Path, *rows: str, header: str = "record,patient,labels", name: str = "labels.csv") -> Path:
    (root / name).write_text("\n".join((header, *rows)) + "\n")
    return root / name


def row(number: int, patient: str = "", labels: str = "AF") -> str:
    return f"ward/r{number}.hea,{patient or f'p{number}'},{labels}"


def test_labels_patients_and_made_folds(recordings: Path, tmp_path: Path) -> None:
    labels = ["AF", "AF; SR", "SR|AF", "", " X "]
    table(recordings, *(row(n, f"p{n // 2}", labels[n % 5]) for n in range(12)))
    corpus = prepare(Folder(recordings), tmp_path / "c")
    assert corpus.labels[1] == {"AF": 100.0, "SR": 100.0}
    assert corpus.labels[2] == {"SR": 100.0, "AF": 100.0}
    assert (corpus.labels[3], corpus.labels[4]) == ({}, {"X": 100.0})
    assert corpus.manifest.patients == 6
    assert (corpus.fold[::2] == corpus.fold[1::2]).all()
    assert corpus.targets("labels").classes == ("AF", "SR", "X")
    assert corpus.manifest.warnings == ()
    assert corpus.record_id[0] == "ward/r0.hea"


def test_folds_age_and_sex_of_the_table(recordings: Path, tmp_path: Path) -> None:
    rows = ["ward/r0.hea,a,AF,1,40,F", "ward/r1.hea,b,AF,10,,male", "ward/r2.hea,c,AF,9,7.5,"]
    table(recordings, *rows, header="record,patient,labels,fold,age,sex")
    corpus = prepare(Folder(recordings), tmp_path / "c")
    assert corpus.fold.tolist() == [1, 10, 9]
    assert corpus.age.tolist()[::2] == [40.0, 7.5]
    assert corpus.sex.tolist() == ["female", "male", ""]


def test_without_patients_there_is_a_warning(recordings: Path, tmp_path: Path) -> None:
    table(recordings, "ward/r0.hea,AF", "ward\\r1.hea,SR", header="record,labels")
    corpus = prepare(Folder(recordings), tmp_path / "c")
    assert corpus.manifest.patients == 2
    assert "no column 'patient'" in corpus.manifest.warnings[0]


def test_a_table_elsewhere_with_a_byte_order_mark_and_quotes(recordings: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "t.csv"
    elsewhere.write_bytes('\ufeffrecord,labels\r\n"ward/r0.hea","AF;SR"\r\n'.encode())
    assert prepare(Folder(recordings, labels=elsewhere), tmp_path / "c").labels == [{"AF": 100.0, "SR": 100.0}]


def test_known_classes_have_titles_and_others_are_bad(recordings: Path, tmp_path: Path) -> None:
    table(recordings, row(0), row(1, labels="AFF"), row(2, labels="SR"))
    source = Folder(recordings, classes=("AF=atrial fibrillation", "SR"))
    with pytest.raises(BadRecordsError, match=r"unknown label: 1\n    ward/r1.hea: AFF"):
        prepare(source, tmp_path / "c")
    corpus = prepare(source, tmp_path / "c", skip_bad=True)
    assert corpus.targets("labels").titles == {"AF": "atrial fibrillation", "SR": "SR"}


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("../r1.hea,p,AF,1,,", "unsafe path"),
        ("/etc/passwd,p,AF,1,,", "unsafe path"),
        ("C:\\r1.hea,p,AF,1,,", "unsafe path"),
        (",p,AF,1,,", "unusable row"),
        ("ward/absent.hea,p,AF,1,,", "missing file"),
        ("labels.csv,p,AF,1,,", "unreadable recording"),
        ("ward/r1.hea,,AF,1,,", "unusable row"),
        ("ward/r1.hea,p,AF,0,,", "unusable row"),
        ("ward/r1.hea,p,AF,,,", "unusable row"),
        ("ward/r1.hea,p,AF,1,old,", "unusable row"),
        ("ward/r1.hea,p,AF,1,200,", "unusable row"),
        ("ward/r0.hea,q,AF,1,,", "duplicate id"),
    ],
)
def test_each_kind_of_bad_row(recordings: Path, tmp_path: Path, bad: str, reason: str) -> None:
    table(recordings, "ward/r0.hea,a,AF,1,,", bad, header="record,patient,labels,fold,age,sex")
    with pytest.raises(BadRecordsError, match=f"{reason}: 1\n"):
        prepare(Folder(recordings), tmp_path / "c")
    assert len(prepare(Folder(recordings), tmp_path / "c", skip_bad=True)) == 1


def test_a_patient_in_two_folds(recordings: Path, tmp_path: Path) -> None:
    rows = ["ward/r0.hea,a,AF,1", "ward/r1.hea,a,AF,2", "ward/r2.hea,b,AF,2"]
    table(recordings, *rows, header="record,patient,labels,fold")
    with pytest.raises(BadRecordsError, match="patient in two folds: 2"):
        prepare(Folder(recordings), tmp_path / "c")


def test_tables_that_are_none(recordings: Path, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"there is no labels.csv"):
        Folder(recordings).entries()
    table(recordings, "x,y", header="record,patient")
    with pytest.raises(CorpusError, match="has no column labels"):
        Folder(recordings).entries()
    table(recordings, "x,y,z", header="record,labels,lables")
    with pytest.raises(CorpusError, match="unknown columns lables; known are record, labels, patient"):
        Folder(recordings).entries()
    table(recordings, "ward/r0.hea,a,AF,surplus")
    with pytest.raises(CorpusError, match=r"1 rows with more cells than its header .the first is row 2"):
        Folder(recordings).entries()
    table(recordings, "ward/r0.hea,a,")
    with pytest.raises(CorpusError, match=r"no record of labels.csv has a label"):
        prepare(Folder(recordings), tmp_path / "c")
    (recordings / "labels.csv").write_bytes(b"record,labels\n\xff\xfe,AF\n")
    with pytest.raises(CorpusError, match="no CSV file in UTF-8"):
        Folder(recordings).entries()
