"""Text of exports."""

from __future__ import annotations

import numpy as np
import pytest

from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.text import LARGEST_TEXT_BYTES, bare, decode, is_number, lines_of, number, numbers, read_text
from mvkt.errors import RecordFormatError


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_encodings_of_exports(encoding: str) -> None:
    text = "time [s],I [mV]\n" * 3 + "Größe µV"
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1251", "Час;Відведення II [mV]"),
        ("cp1251", "Время, с;Отведение I, мВ"),
        ("cp932", "時間(秒),I誘導(mV)"),
        ("gb18030", "时间(秒),导联I(毫伏)"),
        ("big5", "時間(s),導聯I(mV)"),
        ("cp949", "시간(초),I유도(mV)"),
        ("cp1253", "χρόνος;Απαγωγή I"),
        ("euc_jp", "時間(秒),誘導 I(mV)"),
        ("cp1250", "Płeć;Częstotliwość próbkowania"),
        ("cp1254", "Süre (ms);Cinsiyet;Kadın"),
        ("cp1255", "זמן (ms),לידה I"),
        ("cp1255", "תדירות דגימה: 125 Hz"),
        ("cp1256", "الزمن;القطب I"),
        ("cp874", "เวลา,ลีด I"),
        ("cp1252", "Größe;Ableitung I [µV];déjà"),
    ],
)
def test_encodings_of_windows_are_known_by_a_word(encoding: str, text: str) -> None:
    assert decode((text + "\n0.004,0.1\n").encode(encoding)).startswith(text)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("names", ["時間[ms]\tI誘導[mV]", "一二三一二三", "Время, мс\tI, мкВ"])
def test_wide_text_without_a_mark(encoding: str, names: str) -> None:
    text = f"{names}\n" + "0\t0.05\n" * 200
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("٠٫٠٠٤؛-١٢", "0.004;-12"),
        ("۰٫۵", "0.5"),
        ("๐.๐๐๔", "0.004"),
        ("０．００４，－１", "0.004,-1"),
        ("fs：250 Гц", "fs:250 Гц"),
        ("\u200e0.1\u00a0;–0.2", "0.1 ;-0.2"),
    ],
)
def test_digits_and_marks_of_other_scripts(text: str, plain: str) -> None:
    assert decode(text.encode()) == plain


def test_a_last_character_may_be_cut_off() -> None:
    content = "µV" * 9 + "時"
    assert decode(content.encode()[:-1]) == "µV" * 9


def test_lines_end_at_line_ends_only() -> None:
    assert lines_of("a\r\nb\rc\nd\x0b\u2028e") == ["a", "b", "c", "d\x0b\u2028e"]


def test_fields_without_what_stands_around_them() -> None:
    assert bare(' "1,5";\u00a0') == "1,5"
    assert all(map(is_number, ("-1", "+2.5", "3,5e-3", "\u22124", ".5", "-,5", "5.")))
    assert not any(map(is_number, ("", "1.2.3", "1,2,3", "nan", "٣", "0x10", ".", "5,", "-")))


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


def test_zeros_at_the_end() -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        assert decode("Größe 1\n".encode(encoding) + bytes(10)) == "Größe 1\n"


def test_numbers_also_as_text() -> None:
    assert (number(1), number("2.5"), number(-3.0)) == (1.0, 2.5, -3.0)
    assert (number("4,88"), number("0,005"), number("1,000")) == (4.88, 0.005, None)
    assert all(number(value) is None for value in (True, None, [], {}, "x", "nan", "inf", 10**400))
