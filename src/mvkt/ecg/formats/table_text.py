"""The text of a table: decoded, and cut where its rows begin and end."""

from __future__ import annotations

from collections.abc import Sequence

from mvkt.ecg.formats.cell_values import millivolts_of, without_formulas
from mvkt.ecg.formats.columns import LARGEST_BYTES, LONGEST_LINE, end_of_rows
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.table_layout import Layout
from mvkt.ecg.formats.text import MISSING_CELLS, is_number, utf16_of
from mvkt.ecg.formats.time_cells import is_time
from mvkt.errors import RecordFormatError


def content_of(file: RecordingFile) -> bytes:
    """Return the file as text that has ASCII's numbers, after a look at its size and its first line."""
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
    return without_formulas(content.removeprefix(b"\xef\xbb\xbf")).rstrip(b"\x1a\0\r\n ")


def without_lines_after(content: bytes, layout: Layout, needed: Sequence[int]) -> tuple[bytes, tuple[str, ...]]:
    """Return a table without lines after its last row, and a note on these; a row needs what its columns hold."""

    def is_cell(column: int, cell: str) -> bool:
        if layout.kinds[column] == "time":
            return is_time(cell)
        is_value = millivolts_of(cell) is not None if layout.in_millivolts[column] else is_number(cell)
        return is_value or cell.lower() in MISSING_CELLS

    def is_row(cells: list[str]) -> bool:
        return any(cells) and all(is_cell(column, cells[column]) for column in needed)

    end = end_of_rows(
        content, line_start(content, layout.header_lines), layout.separator.encode(), len(layout.kinds), is_row
    )
    lines = content[end:].count(b"\n") or content[end:].count(b"\r")
    return content[:end], (f"lines left out after the last row: {lines}",) if lines else ()


def line_start(content: bytes, lines: int) -> int:
    """Return where the line of a number begins."""
    start = 0
    for _ in range(lines):
        ends = [at for mark in (b"\n", b"\r") if (at := content.find(mark, start, start + LONGEST_LINE)) >= 0]
        start = min(ends) + 1
        start += content[start - 1 : start + 1] == b"\r\n"
    return start
