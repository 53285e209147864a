"""What a source offers."""

from __future__ import annotations

import pytest

from mvkt.corpora.source import REASONS, Entry, safe_path, skipped_because
from mvkt.errors import LeadError, RecordError


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
