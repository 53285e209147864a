"""Columns of numbers in long text files, block by block so that memory stays bounded."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import DTypeLike, NDArray

from mvkt.ecg.formats.broken_rows import CUT_ROW_NOTE, with_blank_rows, without_cut_number
from mvkt.ecg.formats.cell_kinds import FEWEST_OF_A_WORD, MOST_WORDS
from mvkt.ecg.formats.cell_values import millivolts_of
from mvkt.ecg.formats.stored_numbers import without_code
from mvkt.ecg.formats.text import MISSING_CELLS, begins_with_error, is_error
from mvkt.errors import RecordFormatError

LARGEST_BYTES = 768 * 1024**2
MOST_CELLS = 32_000_000
"""A day at 250 Hz has 21.6 million samples; with what becomes of it a cell takes 16 bytes."""

LONGEST_LINE = 64 * 1024

_MOST_LINES_AFTER = 50
_BLOCK_BYTES = 2 * 1024**2
_NARROW = re.compile(rb"##+[ \"]*[,;\t|]")
"""What Excel writes for a number in a narrow column."""

_LONGEST_ERROR = 64
_WORD = re.compile(rb"[<(\[]?[^\W\d_][^\d,;\t]{0,15}|[<(\[]?(?:[\xc3-\xf4][\x80-\xbf]+)[^\d,;\t]{0,40}")
_NO_NUMBER = (
    "a cell of the table is no number with one decimal mark (-0.25 or -0,25): the file is damaged, or was changed by a "
    "spreadsheet program; export it again"
)
_EMPTY = frozenset(cell.encode() for cell in MISSING_CELLS)


def read_columns(
    content: bytes,
    start: int,
    separator: bytes,
    width: int,
    wanted: Mapping[int, DTypeLike],
    *,
    comma: bool,
    plain: bool = True,
    in_millivolts: Collection[int] = (),
    millivolts: Mapping[int, float] = MappingProxyType({}),
    with_words: bool = False,
    with_blank: bool = False,
) -> list[NDArray[np.floating]]:
    """Read some columns of a table.

    Args:
        content: The file, in an encoding that has ASCII's numbers.
        start: Where the first row begins.
        separator: Between the cells; empty in a table of one column, a space for any white space.
        width: Cells in a row.
        wanted: The columns to read, and the type of each.
        comma: Whether the decimal mark is a comma.
        plain: Whether all columns are numbers; where not, only the wanted ones are looked at.
        in_millivolts: Of the columns, those that have a unit of voltage in each cell; these are returned in mV.
        with_words: Whether one or two words that come again and again are missing samples; else all are damage.
        with_blank: Whether rows of empty cells are rows, unless they are the last ones.
        millivolts: Of 1 in a column, where it is known: :data:`~mvkt.ecg.formats.text.MISSING_CODE` may be a sample.

    Returns:
        One array for each of the wanted columns; NaN for empty cells and
        :data:`~mvkt.ecg.formats.text.MISSING_CODE`.

    Raises:
        RecordFormatError: There are too many rows, or one is not as the others.
    """
    rows = content.count(b"\n", start) + content.count(b"\r", start) + 1
    if rows * len(wanted) > MOST_CELLS:
        raise RecordFormatError(f"the table has {rows:,} rows; up to {MOST_CELLS:,} numbers are read: use EDF or WFDB")
    columns = [np.empty(rows, dtype=kind) for kind in wanted.values()]
    with_units = [column in in_millivolts for column in wanted]
    words: Counter[bytes] = Counter()
    filled = 0
    for block in _blocks(content, start):
        block = with_blank_rows(block, separator, width) if with_blank else block
        if plain:
            values = _parse(block, separator, width, list(wanted), words, comma=comma)
        else:
            cells = b"\n".join(
                b"\t".join(cell or b"nan" for cell in row) for row in _rows(block, separator, width, list(wanted))
            )
            values = _parse(
                cells, b"\t", len(wanted), list(range(len(wanted))), words, comma=comma, with_units=with_units
            )
        for column, found in zip(columns, values.T, strict=True):
            column[filled : filled + len(found)] = found
        filled += len(values)
    if len(words) > MOST_WORDS * with_words or min(words.values(), default=FEWEST_OF_A_WORD) < FEWEST_OF_A_WORD:
        raise RecordFormatError(_NO_NUMBER)
    while with_blank and filled and all(np.isnan(column[filled - 1]) for column in columns):
        filled -= 1
    found = zip(wanted, columns, strict=True)
    return [without_code(column[:filled], millivolts.get(number, 0.0)) for number, column in found]


def end_of_rows(content: bytes, start: int, separator: bytes, width: int, is_row: Callable[[list[str]], bool]) -> int:
    """Return where the last row ends: summaries, and a row that was cut off, may follow it.

    Args:
        content: As for :func:`read_columns`, as are ``start``, ``separator`` and ``width``.
        start: Where the first row begins.
        separator: Between the cells.
        width: Cells in a row.
        is_row: Whether the cells of a line are those of a row.
    """
    end = len(content)
    for _ in range(_MOST_LINES_AFTER):
        first = max(start, end - LONGEST_LINE)  # one of the two marks may be nowhere in the file
        line_start = max(content.rfind(b"\n", first, end), content.rfind(b"\r", first, end)) + 1
        if line_start <= start:
            break
        try:
            if is_row(
                [
                    cell.decode("utf-8", "replace").strip("\"' ")
                    for cell in _cells(content[line_start:end], separator, width)
                ]
            ):
                return end
        except RecordFormatError:
            pass
        end = line_start - 1
    return len(content)


def whole_rows(content: bytes, start: int, separator: bytes, width: int) -> tuple[bytes, tuple[str, ...]]:
    """Return a table without a last row that was cut off, and a note on it; arguments as of :func:`read_columns`."""
    content, cut = without_cut_number(content)
    if cut:
        return content, cut
    end = end_of_rows(content, start, separator, width, any)
    after = content[end:].strip()
    if not after or b"\n" in after:  # several such rows are damage
        return content, ()
    return content[:end], (CUT_ROW_NOTE,)


def read_cells(content: bytes, start: int, separator: bytes, width: int, column: int) -> Iterator[str]:
    """Yield the cells of one column as text; arguments as of :func:`read_columns`.

    Raises:
        RecordFormatError: A row is not as the others.
    """
    for block in _blocks(content, start):
        for (cell,) in _rows(block, separator, width, [column]):
            yield cell.decode("utf-8", errors="replace").strip("\"' ")


def _rows(block: bytes, separator: bytes, width: int, wanted: Sequence[int]) -> Iterator[list[bytes]]:
    """Yield the wanted cells of each row of a block."""
    for line in block.split(b"\n"):
        if _is_row(line, separator):
            cells = _cells(line, separator, width)
            yield [cells[column] for column in wanted]


def _is_row(line: bytes, separator: bytes) -> bool:
    """Whether a line is neither blank nor a comment; ``#N/A`` may be the first cell of a row."""
    start = line.lstrip()
    if not start.startswith(b"#"):
        return bool(line.strip(b" \t" + separator))
    return _NARROW.match(start) is not None or begins_with_error(start[:_LONGEST_ERROR].decode("utf-8", "replace"))


def _cells(line: bytes, separator: bytes, width: int) -> list[bytes]:
    """Cut a row into its cells; empty ones beyond the others' number are none, and neither are comments there."""
    if b'"' in line and separator.strip(b" "):
        cells = [
            cell.strip().encode() for cell in quoted_cells(line.decode("utf-8", errors="replace"), separator.decode())
        ]
    else:
        cells = [cell.strip() for cell in line.split(separator.strip(b" ") or None)] if separator else [line.strip()]
    while len(cells) > width and (not cells[-1] or cells[-1].startswith(b"#")):
        cells.pop()
    if len(cells) != width:
        raise RecordFormatError(f"the table is damaged: a row has {len(cells)} cells where others have {width}")
    return cells


def quoted_cells(line: str, separator: str) -> list[str]:
    """Cut a row at the separators that are not within double quotes.

    Raises:
        RecordFormatError: The row is damaged.
    """
    try:
        return next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    except csv.Error:
        raise RecordFormatError("the table is damaged: a row with quotes cannot be cut into its cells") from None


def _blocks(content: bytes, start: int) -> Iterator[bytes]:
    """Cut the rows into pieces of whole lines, with plain line ends."""
    while start < len(content):
        cut = content.find(b"\n", start + _BLOCK_BYTES)
        stop = len(content) if cut < 0 else cut + 1
        block = content[start:stop]
        if b"\r" in block:
            block = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if max(map(len, block.split(b"\n"))) > LONGEST_LINE:
            raise RecordFormatError(f"the table has a line of over {LONGEST_LINE:,} bytes: it is none of samples")
        yield block
        start = stop


def _parse(
    block: bytes,
    separator: bytes,
    width: int,
    wanted: list[int],
    words: Counter[bytes],
    *,
    comma: bool,
    with_units: Sequence[bool] = (),
) -> NDArray[np.float64]:
    """Return ``(rows, wanted columns)`` of a block, and count the words among its numbers."""
    block = block.replace(b"\xe2\x88\x92", b"-").replace(b"'", b"")
    if comma:
        if b"." in block and b"," in block:
            raise RecordFormatError("the table has decimal points and decimal commas; one of them is expected")
        block = block.replace(b",", b".")
    clean = block.strip(b"\n")
    if b"#" in clean:  # comments, or cells of errors
        clean = b"\n".join(line for line in clean.split(b"\n") if _is_row(line, separator))
    rows = clean.count(b"\n") + 1
    regular = clean.count(separator) == rows * (width - 1) if separator else True
    if clean and regular and not any(with_units) and not any(code in clean for code in (b"_", b"#")):
        try:
            return np.loadtxt(
                io.BytesIO(clean.replace(b'"', b"")),
                delimiter=separator.decode() or ",",
                usecols=wanted,
                comments=None,
                ndmin=2,
            )
        except ValueError:
            pass
    lines = [line for line in clean.split(b"\n") if _is_row(line, separator)]
    if not lines:
        return np.empty((0, len(wanted)))
    with_units = with_units or [False] * len(wanted)
    return np.array([_row(line, separator, width, wanted, words, with_units) for line in lines], dtype=np.float64)


def _row(
    line: bytes,
    separator: bytes,
    width: int,
    wanted: Sequence[int],
    words: Counter[bytes],
    with_units: Sequence[bool],
) -> list[float]:
    cells = [cell.replace(b'"', b"") for cell in _cells(line, separator, width)]
    return [
        _millivolts(cells[column]) if with_unit else _number(cells[column], words)
        for column, with_unit in zip(wanted, with_units, strict=True)
    ]


def _is_missing(cell: bytes) -> bool:
    return cell.lower() in _EMPTY or (cell.startswith(b"#") and is_error(cell.decode("utf-8", "replace")))


def _millivolts(cell: bytes) -> float:
    if _is_missing(cell):
        return np.nan
    millivolts = millivolts_of(cell.decode("utf-8", errors="replace"))
    if millivolts is None:
        raise RecordFormatError("a cell of the table is no number with a unit of voltage, as others of its column are")
    return millivolts


def _number(cell: bytes, words: Counter[bytes]) -> float:
    """Return the number of a cell; NaN for what stands for none, and for a word, which is counted."""
    if _is_missing(cell):
        return np.nan
    try:
        if b"_" in cell:
            raise ValueError
        return float(cell)
    except ValueError:
        if not _WORD.fullmatch(cell):
            raise RecordFormatError(_NO_NUMBER) from None
    words[cell.lower()] += 1
    return np.nan
