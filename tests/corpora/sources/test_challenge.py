"""PhysioNet challenges: SNOMED CT codes in WFDB headers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mvkt.corpora import prepare
from mvkt.corpora.sources.challenge import SCORED, Challenge, challenge_tasks, parse_diagnoses
from mvkt.errors import BadRecordsError, CorpusError, RecordError

Make = Callable[..., Any]


@pytest.fixture
def database(tmp_path: Path, make_wfdb: Make) -> Path:
    root = tmp_path / "challenge"
    make_wfdb(root / "georgia" / "g1", "E00001", 1, comments="#Age: 57\n#Sex: Male\n#Dx: 59118001,426783006\n")
    make_wfdb(root / "georgia" / "g1", "E00002", 2, comments="# Age: NaN\n# Sex: F\n# Dx: 713427006,111222333\n")
    make_wfdb(root / "ningbo", "JS00001", 3, comments="#Dx: 428750005\n")
    return root


def test_records_and_targets(database: Path, tmp_path: Path) -> None:
    corpus = prepare(Challenge(database), tmp_path / "c")
    assert corpus.record_id.tolist() == ["E00001", "E00002", "JS00001"]
    assert corpus.age.tolist()[:1] == [57.0]
    assert corpus.sex.tolist() == ["male", "female", ""]
    targets = corpus.targets("snomed")
    assert targets.classes == ("NSR", "RBBB")
    assert targets.matrix.tolist() == [[True, True], [False, True], [False, False]]  # CRBBB counts as RBBB
    assert targets.labelled.tolist() == [True, True, False]
    assert corpus.labels[2] == {"428750005": 100.0}  # not scored: kept, counts for nothing
    assert "no patient identifiers" in corpus.manifest.warnings[0]
    assert "PTB-XL" in corpus.manifest.warnings[1]


def test_scored_classes_and_their_equivalences() -> None:
    tasks = challenge_tasks()
    assert len(SCORED) == 30
    assert len(tasks["snomed"].titles) == 26
    assert len(tasks["snomed-2020"].statements) == 27
    assert len(tasks["snomed-2020"].titles) == 24
    pairs = (
        ("713427006", "59118001"),
        ("284470004", "63593006"),
        ("427172004", "17338001"),
        ("733534002", "164909002"),
    )
    for first, second in pairs:
        assert tasks["snomed"].statements[first] == tasks["snomed"].statements[second]


@pytest.mark.parametrize("comments", ["#Age: 50\n", "#Dx: Unknown\n", "#Dx:\n", "#Dx: 1.65E+08\n"])
def test_a_dx_line_that_cannot_be_parsed(database: Path, tmp_path: Path, make_wfdb: Make, comments: str) -> None:
    make_wfdb(database, "X1", 4, comments=comments)
    with pytest.raises(BadRecordsError, match="unknown label: 1\n    X1: the Dx line"):
        prepare(Challenge(database), tmp_path / "c")
    assert len(prepare(Challenge(database), tmp_path / "c", skip_bad=True)) == 3


def test_bad_headers_and_files(database: Path, tmp_path: Path, make_wfdb: Make) -> None:
    (database / "broken.hea").write_text("broken\n")
    (database / "ningbo" / "JS00001.dat").unlink()
    make_wfdb(database / "again", "E00001", 1, comments="#Dx: 59118001\n")
    with pytest.raises(BadRecordsError) as caught:
        prepare(Challenge(database), tmp_path / "c")
    for line in ("unreadable header: 1", "missing file: 1", "duplicate id: 1"):
        assert line in str(caught.value)


def test_a_folder_without_headers(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"no .hea file"):
        Challenge(tmp_path).entries()


def test_diagnoses() -> None:
    assert parse_diagnoses("164889003, 59118001") == ["164889003", "59118001"]
    with pytest.raises(RecordError, match="expected SNOMED CT codes"):
        parse_diagnoses(None)


@pytest.mark.parametrize(
    "text",
    ["164889003,59118001", "164889003 , 59118001,", ",164889003,,59118001", "164889003;59118001", "164889003 59118001",
     "['164889003', '59118001']", "164889003.0|59118001.0", "1.64889003E8, 59118001"],
)  # fmt: skip
def test_codes_however_they_are_separated(text: str) -> None:
    assert parse_diagnoses(text) == ["164889003", "59118001"]


def test_files_of_macos_and_hidden_folders_are_no_recordings(database: Path) -> None:
    expected = Challenge(database).entries()
    for header in [*database.rglob("*.hea")]:
        header.with_name(f"._{header.name}").write_bytes(b"Mac OS X")
    (database / ".ipynb_checkpoints").mkdir()
    (database / ".ipynb_checkpoints" / "E00001.hea").write_text("a copy")
    (database / "folder.hea").mkdir()
    assert Challenge(database).entries() == expected


def test_archives_that_were_not_unpacked(tmp_path: Path) -> None:
    (tmp_path / "challenge.zip").touch()
    with pytest.raises(CorpusError, match=r"no \.hea file in .*; unpack challenge\.zip first"):
        Challenge(tmp_path).entries()
