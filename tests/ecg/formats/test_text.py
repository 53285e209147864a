"""Text of exports."""

from __future__ import annotations

import numpy as np
import pytest

from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.text import LARGEST_TEXT_BYTES, bare, decode, is_number, lines_of, numbers, read_text
from mvkt.errors import RecordFormatError


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_encodings_of_exports(encoding: str) -> None:
    text = "time [s],I [mV]\n" * 3 + "Größe µV"
    assert decode(text.encode(encoding)) == text


def test_lines_end_at_line_ends_only() -> None:
    assert lines_of("a\r\nb\rc\nd\x0b\u2028e") == ["a", "b", "c", "d\x0b\u2028e"]


def test_fields_without_what_stands_around_them() -> None:
    assert bare(' "1,5";\u00a0') == "1,5"
    assert all(map(is_number, ("-1", "+2.5", "3,5e-3", "\u22124")))
    assert not any(map(is_number, ("", "1.2.3", "1,2,3", "nan", "٣", "0x10")))


def test_numbers_with_points_commas_and_missing_samples() -> None:
    np.testing.assert_array_equal(numbers(["1,5", "", " -2 ", "-32768"], 1), [1.5, -2.0, np.nan])
    assert not len(numbers(["", " "], 1))


def test_errors_name_the_line() -> None:
    with pytest.raises(RecordFormatError, match="line 12 of the ECG is no number"):
        numbers(["1", "2", "x"], 10)
    with pytest.raises(RecordFormatError, match="decimal points and decimal commas"):
        numbers(["1.5", "1,5"], 1)


def test_a_long_text_is_refused() -> None:
    assert read_text(RecordingFile.open(b"a")) == "a"
    with pytest.raises(RecordFormatError, match="too many for a short recording"):
        read_text(RecordingFile.open(b"1" * (LARGEST_TEXT_BYTES + 1)))
