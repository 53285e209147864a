"""The text of a table: decoded, and cut where its rows begin and end."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mvkt.ecg.formats.broken_rows import may_have_blank_lines, with_missing_samples, without_cut_number
from mvkt.ecg.formats.cell_values import millivolts_of, without_formulas
from mvkt.ecg.formats.columns import LARGEST_BYTES, LONGEST_LINE, end_of_rows
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.table_layout import Layout
from mvkt.ecg.formats.text import MISSING_CELLS, is_number, lines_of, utf16_of
from mvkt.ecg.formats.time_cells import is_time
from mvkt.errors import RecordFormatError

_LONGEST_COUNT = 12
_LETTER = re.compile(r"[^\W\d_]")


def content_of(file: RecordingFile) -> tuple[bytes, bool]:
    """Return the file as text that has ASCII's numbers, after a look at its size, and whether its last line ends."""
    if file.size > LARGEST_BYTES:
        raise RecordFormatError(f"a table of {file.size:,} bytes is longer than {LARGEST_BYTES:,}: use EDF or WFDB")
    start = file.peek(LONGEST_LINE + 1)
    if len(start) > LONGEST_LINE and b"\n" not in start and b"\r" not in start:
        raise RecordFormatError(f"the table has a line of over {LONGEST_LINE:,} bytes: it is none of samples")
    content = file.read_bytes()
    wide = utf16_of(start)
    if wide:
        if file.size > LARGEST_BYTES // 8:
            raise RecordFormatError("a table as long as this must be UTF-8, not UTF-16")
        content = content.decode(wide, errors="replace").encode()
    # Ends of DOS, and of files that were laid out, are no rows.
    stripped = without_formulas(content.removeprefix(b"\xef\xbb\xbf")).rstrip(b"\x1a\0\r\n ")
    return stripped, content[-1:] in (b"\n", b"\r", b"\x1a", b"\0")


def rows_of(content: bytes, layout: Layout, needed: Sequence[int], *, ends: bool) -> tuple[bytes, int, tuple[str, ...]]:
    """Return a table up to its last row, where its rows begin, and notes on what is left out or missing.

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
        return is_value or cell.lower() in MISSING_CELLS

    def is_row(cells: list[str]) -> bool:
        return any(cells) and all(is_cell(column, cells[column]) for column in needed)

    start = line_start(content, layout.header_lines)
    _check_names(content, start, layout)
    end = end_of_rows(content, start, layout.separator.encode(), len(layout.kinds), is_row)
    lines = content[end:].count(b"\n") or content[end:].count(b"\r")
    notes = (f"lines left out after the last row: {lines}",) * bool(lines)
    content = content[:end]
    if not ends and not lines:
        content, cut = without_cut_number(content, comma=layout.comma)
        notes += cut
    if len(layout.kinds) == 1 and not layout.names:
        start, count = _without_count(content, start)
        notes += count
    if len(layout.kinds) == 1 and may_have_blank_lines(content, start):
        rows, missing = with_missing_samples(content[start:])
        return rows, 0, (*notes, *missing)
    return content, start, notes


def _without_count(content: bytes, start: int) -> tuple[int, tuple[str, ...]]:
    """Return where the samples of a column begin, below a line that is their number, and a note on that line."""
    mark = b"\n" if content.find(b"\n", start) >= 0 else b"\r"
    first = content[start : max(start, content.find(mark, start, start + LONGEST_LINE))].strip()
    if not first.isdigit() or len(first) > _LONGEST_COUNT or int(first) != content.count(mark, start):
        return start, ()
    return content.find(mark, start) + 1, (f"{int(first):,}, the first line, is the number of samples",)


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


def line_start(content: bytes, lines: int) -> int:
    """Return where the line of a number begins."""
    start = 0
    for _ in range(lines):
        ends = [at for mark in (b"\n", b"\r") if (at := content.find(mark, start, start + LONGEST_LINE)) >= 0]
        start = min(ends) + 1
        start += content[start - 1 : start + 1] == b"\r\n"
    return start
