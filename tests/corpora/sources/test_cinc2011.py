from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mvkt.corpora import prepare
from mvkt.corpora.sources.cinc2011 import Cinc2011
from mvkt.errors import BadRecordsError, CorpusError

Make = Callable[..., Any]


@pytest.fixture
def database(tmp_path: Path, make_wfdb: Make) -> Path:
    root = tmp_path / "cinc2011"
    for number in range(1, 5):
        make_wfdb(root, f"100000{number}", number)
    return root


def test_without_a_table_nothing_is_labelled(database: Path, tmp_path: Path) -> None:
    corpus = prepare(Cinc2011(database), tmp_path / "c")
    assert len(corpus) == 4
    assert all(labels == {} for labels in corpus.labels)
    assert corpus.targets("quality").classes == ()


def test_the_quality(database: Path, tmp_path: Path) -> None:
    (database / "quality.csv").write_text(
        "record,quality\n1000001,acceptable\n1000002,unacceptable\n1000003,undecided\n1000004,\n"
    )
    targets = prepare(Cinc2011(database), tmp_path / "c").targets("quality")
    assert targets.classes == ("ACCEPTABLE", "UNACCEPTABLE")
    assert targets.matrix.tolist() == [[True, False], [False, True], [False, False], [False, False]]
    assert targets.labelled.tolist() == [True, True, False, False]


def test_missing_files_are_errors(database: Path, tmp_path: Path) -> None:
    (database / "quality.csv").write_text("record,quality\n9999999,acceptable\n")
    with pytest.raises(BadRecordsError, match="missing file: 1\n    9999999"):
        prepare(Cinc2011(database), tmp_path / "c")
    with pytest.raises(CorpusError, match=r"no \.hea file"):
        Cinc2011(tmp_path / "nowhere").entries()


@pytest.mark.data
def test_the_real_archive(shared_data: Path) -> None:
    source = Cinc2011(shared_data / "cinc2011-part")
    entries, skipped = source.entries()
    assert (len(entries), skipped) == (500, [])
    counts = {verdict: sum(verdict in entry.labels for entry in entries) for verdict in ("acceptable", "unacceptable")}
    assert counts == {"acceptable": 391, "unacceptable": 108}
    record = source.read(entries[0])
    assert (len(record.leads), record.sampling_frequency, record.duration) == (12, 250.0, 10.0)


@pytest.mark.parametrize(
    "table",
    [
        ",Record,Quality\n0,1000001.0,Acceptable\n1,1000002.0,UNACCEPTABLE\n2,1000003.0,nan\n",
        "record;quality\nset-a\\1000001.hea;acceptable\nset-a/1000002.dat;unacceptable\n",
    ],
)
def test_tables_saved_again_by_other_programs(database: Path, table: str) -> None:
    (database / "quality.csv").write_text(table)
    (database / "._1000001.hea").write_bytes(b"Mac OS X")
    entries, skipped = Cinc2011(database).entries()
    assert skipped == []
    assert [dict(entry.labels) for entry in entries] == [{"acceptable": 100.0}, {"unacceptable": 100.0}, {}, {}]


def test_the_published_lists(database: Path) -> None:
    (database / "RECORDS-acceptable").write_text("1000001\n1000003\n")
    (database / "RECORDS-unacceptable").write_text("1000002\n")
    entries, skipped = Cinc2011(database).entries()
    assert skipped == []
    assert [*map(len, (entry.labels for entry in entries))] == [1, 1, 1, 0]
    assert entries[1].labels == {"unacceptable": 100.0}


def test_qualities_that_are_none_or_two(database: Path) -> None:
    (database / "quality.csv").write_text(
        "record,quality\n1000001,good\n1000002,acceptable\n1000002,unacceptable\n1000003,acceptable\n"
    )
    entries, skipped = Cinc2011(database).entries()
    assert [entry.record_id for entry in entries] == ["1000003", "1000004"]
    assert [(record.record_id, record.reason) for record in skipped] == [
        ("1000001", "unknown label"), ("1000002", "duplicate id"), ("1000002", "duplicate id"),
    ]  # fmt: skip
