"""Text of exports: encodings, and columns of one number a line."""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.errors import RecordFormatError

MISSING_CODE = -32768
"""Stands for a sample that was not recorded, as in 16-bit formats: the smart-watch recordings of PhysioNet have it."""

_ERROR = r"#(?:[^\W\d_]/[^\W\d_][!?]?|[¡¿]?[^\W\d_]{2,14}(?:/0)?[!?]|na|nv|yok|hiányzik|nedostupný)"
ERROR = re.compile(_ERROR, re.IGNORECASE)
"""What spreadsheet programs write where there is no number, in any language: ``#N/A``, ``#NV``, ``#WERT!``."""

_BEGINS_WITH_ERROR = re.compile(rf"{_ERROR}(?=\s*(?:[,;\t|\"]|$))", re.IGNORECASE)

MISSING_CELLS = frozenset(
    {
        *("#" * width for width in range(2, 33)),
        "",
        *"?!.*-–—∞",
        "-∞",
        "--",
        "---",
        "\\n",
        "nan",
        "na",
        "n/a",
        "n.a.",
        "<na>",
        "nat",
    }
    | {"null", "nil", "none", "missing", "invalid", "void", "err", "error", "ovf", "overflow", "off"}
    | {f"{lead}{mark}off" for lead in ("lead", "leads", "electrode") for mark in ("", " ", "-", "_")}
    | {f"{sign}1.#{word}" for sign in ("", "-") for word in ("qnan", "snan", "ind", "inf")}
)
"""What tables write where there is no number; in small letters."""

LARGEST_TEXT_BYTES = 8 * 1024**2
"""Of exports of a short recording; one of 30 s has 0.2 MB. Lines take ten times their length in memory."""

_BYTES_OF_UTF16, _FEW_BYTES_OF_UTF16 = 1024, 64
_LEAST_ASCII = 0.3
"""Of the characters at the beginning of UTF-16 without a mark; few are all of ASCII."""

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_NUMBER = re.compile(r"[-+]?(\d+([.,]\d+|\.)?|[.,]\d+)([eE][-+]?\d+)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"-?(?:0,\d+|\d+,(?:\d\d?|\d{4,}))")
_WITHOUT_NUMBERS = str.maketrans("", "", "0123456789+-.eE\n")
_WINDOWS = ("cp1251", "cp1253", "cp932", "euc_jp", "gb18030", "big5", "cp949")
_WINDOWS_OF_LETTERS = ("cp1250", "cp1254", "cp1255", "cp1256", "cp874")
_WORDS = re.compile(
    'врем|отвед|відвед|частот|единиц|одиниц|сигнал|экг|екг|\\b(?:мкв|мс|мв)\\b|(?:^|[\\s\\[(,;_/="])μv|χρον|χρόν|απαγωγ|μονάδ|時間|誘導|リード|単位|时间|导联|单位|毫伏|微伏|心电|'
    "時間|導聯|單位|心電|시간|유도|단위|심전|"
    "płeć|częst|próbk|věk|pohlaví|mérték|életkor|idő|vârst|kadın|yaş|"
    "пол[,;\\t\\r\\n]|диагн|возраст|пациен|файл|性別|性别|年齢|年龄|年齡|診断|诊断|診斷|患者|성별|진단|환자|"
    "זמן|לידה|יחידה|דגימה|גיל:|الزمن|الوقت|الوحدة|القطب|เวลา|ลีด|หน่วย|อายุ|เพศ|อัตรา"
)
"""Of headings in other scripts; no word is one in another encoding."""

_BYTES_OF_WORDS = 4096
_ZEROS = (0x660, 0x6F0, 0x966, 0x9E6, 0xE50, 0xFF10)
"""Arabic, Persian, Hindi, Bengali, Thai and wide ones; the other digits follow them."""

_PLAIN = {
    **{chr(zero + digit): str(digit) for zero in _ZEROS for digit in range(10)},
    **dict(zip("٫．－＋，；：＝؛،、–\u2011", "..-+,;:=;,,--", strict=True)),
    **dict.fromkeys("\u00a0\u2007\u2009\u202f\u3000", " "),
    **dict.fromkeys("\u061c\u200b\u200e\u200f\u2066\u2067\u2068\u2069", ""),
}
_NOT_PLAIN = re.compile(f"[{''.join(_PLAIN)}]")
_AROUND = ' \t\r\n",;\u00a0\u202f\ufeff\u200e\u200f\u061c'


def read_text(file: RecordingFile) -> str:
    """Return the text of a short export.

    Raises:
        RecordFormatError: It is too long to be one.
    """
    if file.size > LARGEST_TEXT_BYTES:
        raise RecordFormatError(
            f"{file.size:,} bytes are too many for a short recording of a watch (up to {LARGEST_TEXT_BYTES:,})"
        )
    return decode(file.read_bytes())


def decode(content: bytes) -> str:
    """Decode UTF-16 or UTF-8 with or without a mark, or else what Windows writes; the last character may be cut off."""
    wide = utf16_of(content)
    if wide:
        return plain(content.decode(wide, errors="replace").rstrip("\0\ufffd"))
    content = content.rstrip(b"\0")  # as after a crash while the file was written
    try:
        return plain(codecs.getincrementaldecoder("utf-8-sig")().decode(content))
    except UnicodeDecodeError:
        return plain(content.decode(windows_encoding(content), errors="replace"))


def plain(text: str) -> str:
    """Return text with ASCII for what other scripts have for digits, decimal marks, separators, spaces and dashes."""
    return text if text.isascii() else _NOT_PLAIN.sub(lambda found: _PLAIN[found[0]], text)


def windows_encoding(content: bytes) -> str:
    """Return the encoding of Windows by which a text has a word of headings; by default that of western Europe."""
    start = content[:_BYTES_OF_WORDS]
    for encoding in (*_WINDOWS, *_WINDOWS_OF_LETTERS):
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(start)
        except UnicodeDecodeError:
            continue
        if _WORDS.search(text.replace("\u00b5", "u").casefold()):  # of Windows in many countries; the Greek mu is none
            return encoding
    return "cp1252"


def utf16_of(content: bytes) -> str:
    """Return the name of the encoding where a text begins as UTF-16 or UTF-32, with or without a mark; else nothing.

    Without a mark most characters are of ASCII, as numbers are, and none is a control character.
    """
    if content.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "utf-32"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    start = content[: min(_BYTES_OF_UTF16, len(content) // 2 * 2)]
    zeros = {"utf-16-le": start[1::2].count(0), "utf-16-be": start[::2].count(0)}
    encoding = max(zeros, key=lambda name: zeros[name])
    least = _LEAST_ASCII if len(start) > _FEW_BYTES_OF_UTF16 else 1.0
    if len(start) < 4 or 2 * zeros[encoding] < least * len(start):
        return ""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(start)
    except UnicodeDecodeError:
        return ""
    return encoding if _CONTROL.search(text) is None else ""


def lines_of(text: str) -> list[str]:
    """Cut text at line ends, and at nothing else that Unicode has for them."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def is_error(cell: str) -> bool:
    """Whether a cell is that of an error, see :data:`ERROR`."""
    return cell.startswith("#") and ERROR.fullmatch(cell) is not None


def begins_with_error(line: str) -> bool:
    """Whether the first cell of a line that begins with ``#`` is that of an error: then it is no comment."""
    return _BEGINS_WITH_ERROR.match(line) is not None


def is_missing(cell: str) -> bool:
    """Whether a cell stands for no number."""
    return cell.lower() in MISSING_CELLS or is_error(cell)


def bare(field: str) -> str:
    """Return a field without what stands around it: spaces, quotes, separators."""
    return field.strip(_AROUND)


def is_number(text: str) -> bool:
    """Whether a field is a number with at most one decimal mark, a point or a comma."""
    return _NUMBER.fullmatch(text.replace("\u2212", "-")) is not None


def numbers(lines: Sequence[str], first: int) -> NDArray[np.float64]:
    """Read one number a line, with a decimal point or comma; blank lines are none, :data:`MISSING_CODE` is NaN.

    Args:
        lines: As they are in the file.
        first: Number of the first of them, for messages.

    Raises:
        RecordFormatError: A line is no number, or the decimal marks are mixed.
    """
    text = "\n".join(filter(None, map(bare, lines))).replace("\u2212", "-")
    points = text.replace(",", ".")
    try:
        if points.translate(_WITHOUT_NUMBERS) or ("." in text and "," in text):
            raise ValueError
        values = np.array([float(number) for number in points.split("\n")] if points else [], dtype=np.float64)
    except ValueError:
        raise RecordFormatError(_what_is_wrong(lines, first)) from None
    values[values == MISSING_CODE] = np.nan
    return values


def _what_is_wrong(lines: Sequence[str], first: int) -> str:
    for number, line in enumerate(lines, first):
        if bare(line) and not is_number(bare(line)):
            return (
                f"line {number} of the ECG is no number with one decimal mark (-180.596 or -180,596): "
                "the file is damaged, or was changed by a spreadsheet program; export it again"
            )
    return "the ECG has decimal points and decimal commas; one of them is expected throughout"


def number(value: Any) -> float | None:
    """Return a finite number, also one written as text, there with a comma if it is no mark of thousands; else None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and _DECIMAL_COMMA.fullmatch(value.strip()):
        value = value.replace(",", ".")
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None
