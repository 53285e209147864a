from __future__ import annotations

import csv
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
    for line in ("unsafe path: 1", "unreadable recording: 1", "unusable row: 1"):
        assert line in str(caught.value)
    (database / "record_list.csv").unlink()
    with pytest.raises(CorpusError, match=r"no record_list\.csv"):
        MimicIvEcg(database).entries()
