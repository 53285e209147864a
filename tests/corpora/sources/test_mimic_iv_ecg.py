from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mvkt.corpora import prepare
from mvkt.corpora.sources.mimic_iv_ecg import MimicIvEcg
from mvkt.errors import BadRecordsError, CorpusError

Make = Callable[..., Any]
REPORTS = {
    "41": ("Sinus rhythm with PVC(s)", "Left axis deviation", "Abnormal ECG"),
    "42": ("Atrial fibrillation", "Possible inferior infarct - age undetermined"),
    "43": ("Borderline ECG",),
}


@pytest.fixture
def database(tmp_path: Path, make_wfdb: Make) -> Path:
    root = tmp_path / "mimic"
    records = [("10000032", "41"), ("10000032", "42"), ("10000117", "43"), ("10000117", "44")]
    rows = []
    for number, (subject, study) in enumerate(records):
        path = f"files/p{subject[:4]}/p{subject}/s{study}/{study}"
        make_wfdb((root / path).parent, study, number)
        rows.append({"subject_id": subject, "study_id": study, "file_name": study, "ecg_time": "2180-07-23 08:44:00",
                     "path": path})  # fmt: skip
    write(root / "record_list.csv", rows)
    columns = {f"report_{number}": "" for number in range(18)}
    write(
        root / "machine_measurements.csv",
        [
            {"subject_id": "1", "study_id": study, "cart_id": "6", "ecg_time": "2180-07-23 08:44:00"}
            | columns
            | {f"report_{number}": text for number, text in enumerate(reports)}
            for study, reports in REPORTS.items()
        ],
    )
    return root


def write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def test_records_and_targets(database: Path, tmp_path: Path) -> None:
    corpus = prepare(MimicIvEcg(database), tmp_path / "c")
    assert corpus.record_id.tolist() == ["41", "42", "43", "44"]
    assert corpus.manifest.patients == 2
    assert len(set(corpus.fold[:2].tolist())) == 1, "a patient is in one fold"
    targets = corpus.targets("cart-statements")
    assert targets.classes == ("AF", "LAD", "NSR", "PVC")
    assert targets.matrix.astype(int).tolist() == [[0, 1, 1, 1], [1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert targets.labelled.tolist() == [True, True, True, False], "a cart that reports nothing of these has looked"
    assert "no physician has confirmed" in corpus.manifest.warnings[0]


def test_age_and_sex_from_the_table_of_patients(database: Path, tmp_path: Path) -> None:
    patients = tmp_path / "patients.csv"
    write(
        patients,
        [
            {"subject_id": "10000032", "gender": "F", "anchor_age": "52", "anchor_year": "2178", "dod": ""},
            {"subject_id": "10000117", "gender": "M", "anchor_age": "old", "anchor_year": "2178", "dod": ""},
        ],
    )
    entries, skipped = MimicIvEcg(database, patients).entries()
    assert skipped == []
    assert [(entry.sex, entry.age) for entry in entries] == [("female", 54.0)] * 2 + [("male", None)] * 2
    assert [(entry.sex, entry.age) for entry in MimicIvEcg(database).entries()[0]] == [(None, None)] * 4


def test_an_archive_without_statements(database: Path, tmp_path: Path) -> None:
    (database / "machine_measurements.csv").unlink()
    corpus = prepare(MimicIvEcg(database), tmp_path / "c")
    assert all(labels == {} for labels in corpus.labels)
    assert not corpus.targets("cart-statements").labelled.any()


def test_unusable_records_are_errors_with_their_number(database: Path, tmp_path: Path) -> None:
    with (database / "record_list.csv").open("a") as file:
        file.write(
            "1,45,45,2180-07-23 08:44:00,../../etc/passwd\n1,46,46,2180-07-23 08:44:00,files/p1/46\n,,,,files/47\n"
        )
    with pytest.raises(BadRecordsError) as caught:
        prepare(MimicIvEcg(database), tmp_path / "c")
    for line in ("unsafe path: 1", "missing file: 1", "unusable row: 1"):
        assert line in str(caught.value)
    (database / "record_list.csv").unlink()
    with pytest.raises(CorpusError, match=r"no record_list\.csv"):
        MimicIvEcg(database).entries()


def change(path: Path, *pairs: tuple[str, str]) -> None:
    """Replace patterns in a file; each has to be there."""
    text = path.read_text()
    for pattern, replacement in pairs:
        assert re.search(pattern, text)
        text = re.sub(pattern, replacement, text)
    path.write_text(text)


@pytest.mark.parametrize(
    ("table", "pair"),
    [
        ("record_list.csv", (r"\b(1\d{7}|4\d),", r"\1.0,")),
        ("record_list.csv", ("subject_id,study_id", "SUBJECT_ID,Study_ID")),
        ("record_list.csv", (r"2180-07-23 08:44:00", "23/07/2180 08:44")),
        ("record_list.csv", (r"(files.*)", r"\1.hea")),
        ("machine_measurements.csv", (r"\b(4\d),", r"\1.0,")),
        ("machine_measurements.csv", (r",(?=,)", ",nan")),
        ("patients.csv", (r"(\d),", r"\1.0,")),
        ("patients.csv", (r",F,", ",Female,")),
    ],
)
def test_tables_saved_again_by_other_programs(database: Path, table: str, pair: tuple[str, str]) -> None:
    rows = [("10000032", "F", "52", "2178"), ("10000117", "M", "48", "2174")]
    names = ("subject_id", "gender", "anchor_age", "anchor_year", "dod")
    write(database / "patients.csv", [dict(zip(names, (*row, ""), strict=True)) for row in rows])
    source = MimicIvEcg(database, database / "patients.csv")
    expected = source.entries()
    change(database / table, pair)
    assert source.entries() == expected
    assert expected[0][0].age == 54.0
    assert expected[0][0].labels == {"LAD": 100.0, "NSR": 100.0, "PVC": 100.0}


def test_measurements_of_other_studies_and_packed_ones_are_errors(database: Path) -> None:
    table = database / "machine_measurements.csv"
    change(table, (r"\b4(\d),", r"9\1,"))
    with pytest.raises(CorpusError, match=r"has none of the studies of record_list\.csv"):
        MimicIvEcg(database).entries()
    table.rename(database / "machine_measurements.csv.gz")
    with pytest.raises(CorpusError, match=r"unpack machine_measurements\.csv\.gz first"):
        MimicIvEcg(database).entries()


def test_a_part_of_the_recordings(database: Path, tmp_path: Path) -> None:
    shutil.rmtree(database / "files" / "p1000" / "p10000117")
    with pytest.raises(BadRecordsError, match="missing file: 2"):
        prepare(MimicIvEcg(database), tmp_path / "c")
    assert prepare(MimicIvEcg(database), tmp_path / "c", skip_bad=True).record_id.tolist() == ["41", "42"]
