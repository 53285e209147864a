"""The text of a table: decoded, and cut where its rows begin and end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mvkt.ecg.formats.broken_rows import CUT_ROW_NOTE, may_have_blank_lines, with_missing_samples, without_cut_number
from mvkt.ecg.formats.cell_values import as_plain_table, millivolts_of
from mvkt.ecg.formats.columns import LARGEST_BYTES, LONGEST_LINE, end_of_rows
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.table_layout import Layout, cells_of
from mvkt.ecg.formats.text import decode, is_missing, is_number, lines_of, utf16_of
from mvkt.ecg.formats.time_cells import is_time
from mvkt.errors import RecordFormatError

_HEAD = 64
_COUNTS = re.compile(rb"(\d{1,12})(?:[\s,;]+(\d{1,12}))?")
_LEAST_RATE, _LARGEST_RATE = 20, 5000
"""Hz of a number that stands above samples with their number."""

_RECORDING = re.compile(
    r"id|(subject|patient|person|participant|user|recording|record|session|file|ecg|exam|study)[\s_]*"
    r"(id|name|no|nr|number|#)?|fs|sampl\w*[\s_]*(rate|freq\w*)|units?|age|sex|gender",
    re.IGNORECASE,
)
"""What a column is called that names the recording of a row, or states something of it."""

_BEGINNING = 4
_LETTER = re.compile(r"[^\W\d_]")


def content_of(file: RecordingFile) -> tuple[bytes, bool]:
    """Return the file as text that has ASCII's numbers, after a look at its size, and whether its last line ends."""
    if file.size > LARGEST_BYTES:
        raise RecordFormatError(f"a table of {file.size:,} bytes is longer than {LARGEST_BYTES:,}: use EDF or WFDB")
    start = file.peek(LONGEST_LINE + 1)
    if len(start) > LONGEST_LINE and b"\n" not in start and b"\r" not in start:
        raise RecordFormatError(f"the table has a line of over {LONGEST_LINE:,} bytes: it is none of samples")
    content = plain_bytes(file)
    # Ends of DOS, and of files that were laid out, are no rows.
    rows = as_plain_table(content)
    return rows.rstrip(b"\x1a\0\r\n "), content[-1:] in (b"\n", b"\r", b"\x1a", b"\0")


def plain_bytes(file: RecordingFile) -> bytes:
    """Return a file as UTF-8 with ASCII's numbers, whatever its encoding is, and the digits of its script."""
    content = file.read_bytes().removeprefix(b"\xef\xbb\xbf")
    is_wide, is_long = bool(utf16_of(content)), len(content) > LARGEST_BYTES // 8
    if is_wide and is_long:
        raise RecordFormatError("a table as long as this must be UTF-8, not UTF-16")
    end = content.find(b"\n", LONGEST_LINE) + 1
    if not is_wide and end and (is_long or content[end:].isascii()):
        return decode(content[:end]).encode() + content[end:]
    return decode(content).encode()


@dataclass(frozen=True)
class TableRows:
    """The rows of a table.

    Attributes:
        content: The table up to its last row.
        start: Where its first row begins.
        rate: Hz, as a number above the samples of a single column states them; None where none does.
        notes: On what is left out or missing.
    """

    content: bytes
    start: int
    rate: float | None
    notes: tuple[str, ...]


def rows_of(content: bytes, layout: Layout, needed: Sequence[int], *, ends: bool) -> TableRows:
    """Return the rows of a table.

    Args:
        content: The table.
        layout: How it is laid out.
        needed: The columns of which a row holds what they hold; lines after the last such row are left out.
        ends: Whether the last line ends: otherwise its last number may be cut off.

    Raises:
        RecordFormatError: Their names are there again: another recording follows.
    """

    def is_cell(column: int, cell: str) -> bool:
        if layout.kinds[column] == "time":
            return is_time(cell)
        is_value = millivolts_of(cell) is not None if layout.in_millivolts[column] else is_number(cell)
        return is_value or is_missing(cell)

    def is_row(cells: list[str]) -> bool:
        return any(cells) and all(is_cell(column, cells[column]) for column in needed)

    start = line_start(content, layout.header_lines)
    _check_names(content, start, layout)
    _check_recordings(content, start, layout)
    end = end_of_rows(content, start, layout.separator.encode(), len(layout.kinds), is_row)
    lines = content[end:].count(b"\n") or content[end:].count(b"\r")
    is_part = lines == 1 and not ends and _begin_alike(content[end:], content[last_row(content[:end], start) : end])
    notes = (CUT_ROW_NOTE if is_part else f"lines left out after the last row: {lines}",) * bool(lines)
    content = content[:end]
    if not ends and not lines:
        content, cut = without_cut_number(content, comma=layout.comma)
        notes += cut
    rate = None
    if len(layout.kinds) == 1 and not layout.names:
        start, rate, numbers = _below_numbers(content, start)
        notes += numbers
    if len(layout.kinds) == 1 and may_have_blank_lines(content, start):
        rows, missing = with_missing_samples(content[start:])
        return TableRows(rows, 0, rate, (*notes, *missing))
    return TableRows(content, start, rate, notes)


def _begin_alike(line: bytes, row: bytes) -> bool:
    """Whether a line begins as a row does: with a digit, or with the same first characters but for digits."""
    shapes = [re.sub(rb"\d", b"0", text.strip(b"\r\n\"' +-")[:_BEGINNING]) for text in (line, row)]
    return b"" not in shapes and (shapes[0][:1] == shapes[1][:1] == b"0" or shapes[0] == shapes[1])


def _below_numbers(content: bytes, start: int) -> tuple[int, float | None, tuple[str, ...]]:
    """Return where the samples of a column begin, the sampling frequency if it stands above them, and notes on that.

    Above them may stand their number, alone or with the frequency, before or behind it: each in a line, or in one.
    """
    mark = b"\n" if content.find(b"\n", start) >= 0 else b"\r"
    above = content[:start].rstrip(b"\r\n").rpartition(mark)[2]
    lines = content[start : start + _HEAD].split(mark)[:2]
    ends = [start + sum(map(len, lines[:count])) + count for count in (1, 2)]
    first, second = (_counts_in(line) for line in (*lines, b"")[:2])
    for numbers, begins in ((_counts_in(above), start), (first, ends[0]), (first + second, ends[1])):
        if len(numbers) not in (1, 2) or begins >= len(content):
            continue
        count = content.count(mark, begins) + 1
        rates = [number for number in numbers if number != count] or numbers[1:]
        if count in numbers and all(_LEAST_RATE <= rate <= _LARGEST_RATE for rate in rates):
            if not rates:
                return begins, None, (f"{count:,}, the first line, is the number of samples",)
            note = f"{count:,} and {rates[0]}, above the samples, are taken for their number and the sampling frequency"
            return begins, float(rates[0]), (note,)
    return start, None, ()


def _counts_in(line: bytes) -> tuple[int, ...]:
    """Return the whole numbers of a line that has one or two of them and nothing else."""
    found = _COUNTS.fullmatch(line.strip())
    return tuple(int(number) for number in found.groups() if number) if found else ()


def _check_names(content: bytes, start: int, layout: Layout) -> None:
    """Refuse a table whose names are there again, in a line of the rows."""
    above = [line for line in lines_of(content[:start].decode("utf-8", "replace")) if _LETTER.search(line)]
    names = above[-1].strip().encode() if layout.names and above else b""
    if not names or content.find(names, start) < 0:
        return
    found = re.compile(rb"[\r\n][ \t]*" + re.escape(names) + rb"[ \t]*(?:[\r\n]|$)").search(content, start)
    if found:
        again = found.start() + 1
        line = content[:again].replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n") + 1
        raise RecordFormatError(
            f"the names of the columns are there again in line {line:,}: the table holds several recordings, one after "
            "the other; write each into its own file"
        )


def _check_recordings(content: bytes, start: int, layout: Layout) -> None:
    """Refuse a table whose last row is of another recording than the first, by a column that names it."""
    last = content[last_row(content, start) :]
    first = content[start : start + LONGEST_LINE].splitlines()[0] if start < len(content) else b""
    cells = [cells_of(line.decode("utf-8", "replace").strip("\r\n"), layout.separator) for line in (first, last)]
    for column, name in enumerate(layout.names):
        is_named = layout.constant[column] and _RECORDING.fullmatch(name) is not None
        if is_named and all(len(row) == len(layout.names) for row in cells) and cells[0][column] != cells[1][column]:
            raise RecordFormatError(
                f"column {name[:40]} is another in the last row than in the first: the table holds several recordings, "
                "one after the other; write each into its own file"
            )


def last_row(content: bytes, start: int) -> int:
    """Return where the last row begins, of rows that begin at a place."""
    end = len(content.rstrip(b"\r\n")) if content[-1:] in (b"\r", b"\n") else len(content)
    return max(
        start, content.rfind(b"\n", start, end) + 1, content.rfind(b"\r", max(start, end - LONGEST_LINE), end) + 1
    )


def line_start(content: bytes, lines: int) -> int:
    """Return where the line of a number begins."""
    start = 0
    for _ in range(lines):
        ends = [at for mark in (b"\n", b"\r") if (at := content.find(mark, start, start + LONGEST_LINE)) >= 0]
        start = min(ends) + 1
        start += content[start - 1 : start + 1] == b"\r\n"
    return start
