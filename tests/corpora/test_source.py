"""What a source offers, and reading its tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from mvkt.corpora.source import REASONS, Entry, read_table, safe_path, skipped_because
from mvkt.errors import CorpusError, LeadError, RecordError


def test_a_table(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('\ufeffa,b\n1,"x,y"\n2\n', encoding="utf-8")
    assert read_table(tmp_path / "t.csv", ["a"]) == [{"a": "1", "b": "x,y"}, {"a": "2", "b": ""}]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"there is no t\.csv in"),
        (b"a,c\n1,2\n", "has no column b; it has a, c"),
        (b"a,b\n1,2,3\n4,5,6,7\n", r"has 2 rows with more cells than its header \(the first is row 2\)"),
        (b"a,b\n\x81\xfe\n", "t.csv is no CSV file .*save it as CSV in UTF-8"),
    ],
)
def test_tables_that_are_refused(tmp_path: Path, content: bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(CorpusError, match=message):
        read_table(tmp_path / "t.csv", ["a", "b"])


def test_paths_stay_inside() -> None:
    assert safe_path("a\\b/c.hea") == "a/b/c.hea"
    for path in ("", "/etc/passwd", "../x", "a/../../x", "C:/x", "a\0b"):
        with pytest.raises(RecordError, match="unsafe path"):
            safe_path(path)


def test_why_a_record_was_left_out() -> None:
    found = skipped_because("7", RecordError("missing file: no 7.dat"))
    assert (found.record_id, found.reason, found.detail) == ("7", "missing file", "no 7.dat")
    assert skipped_because("7", LeadError("no V1")).reason == "missing lead"
    assert skipped_because("7", RecordError("something: else")).reason == "unreadable recording"
    assert {"missing lead", "unreadable recording"} <= {*REASONS}


def test_nothing_is_known_of_an_entry_unless_it_is_stated() -> None:
    entry = Entry("1", "1")
    assert (entry.fold, entry.age, entry.sex, entry.labelled, dict(entry.labels)) == (None, None, None, None, {})


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_tables_of_spreadsheet_programs(tmp_path: Path, separator: str, encoding: str) -> None:
    rows = [["Größe", "b"], ["1,5" if separator != "," else "1.5", '"x;y"'], ["2", ""]]
    (tmp_path / "t.csv").write_bytes("\r\n".join(map(separator.join, rows)).encode(encoding))
    found = read_table(tmp_path / "t.csv", ["Größe"])
    assert found == [{"Größe": rows[1][0], "b": "x;y"}, {"Größe": "2", "b": ""}]
