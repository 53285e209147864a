"""JSON of exports."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from mvkt.ecg.formats.readers.json_file import load, samples, time
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.errors import RecordFormatError


def test_samples_with_gaps() -> None:
    np.testing.assert_array_equal(samples([1, None, -32768, 2.5]), [1.0, np.nan, np.nan, 2.5])
    for damaged in ("1,2", {"a": 1}, [[1], [2]], [1, "x"], [1, [2]], None):
        with pytest.raises(RecordFormatError, match="no list of numbers"):
            samples(damaged)


def test_times() -> None:
    assert time("2024-05-01T08:00:00+00:00") == datetime(2024, 5, 1, 8, tzinfo=UTC)
    assert time("yesterday") is time(5) is time(None) is None


@pytest.mark.parametrize(
    ("content", "message"),
    [(b'{"a":\n1}\n{"a": 2}\n', "several documents"), (b'{"a": 1', "damaged or incomplete")],
)
def test_documents_that_are_not_one(content: bytes, message: str) -> None:
    with pytest.raises(RecordFormatError, match=message):
        load(RecordingFile.open(content))


def test_a_document_a_line() -> None:
    assert load(RecordingFile.open(b'{"a": 1}\n\n{"a": 2}\n')) == [{"a": 1}, {"a": 2}]


def test_numbers_as_text_with_decimal_commas() -> None:
    np.testing.assert_array_equal(samples(["0,5", "-1,25", "3", None]), [0.5, -1.25, 3, np.nan])
