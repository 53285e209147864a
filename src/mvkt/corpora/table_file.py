"""CSV tables: as they are, and as a collection published them, whatever program has saved them again since."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import TextIO

from mvkt.corpora.collection_files import absent
from mvkt.corpora.table_cells import is_absent, without_decimals
from mvkt.ecg.formats.not_a_recording import signature
from mvkt.ecg.formats.text import utf16_of, windows_encoding
from mvkt.errors import CorpusError

_SEPARATORS = ",;\t|"
_EXCEL = re.compile(r'"?sep=([,;\t|])"?', re.IGNORECASE)
"""Excel's own first line."""

_MOST_LINES_ABOVE = 20
_HEAD_BYTES = 2**20
_NUMBER = re.compile(r"-?\d+([.,]\d+)?(E\+?\d+)?", re.IGNORECASE)


def read_table(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Read a CSV file with a header row.

    Raises:
        CorpusError: It is absent, no CSV, or lacks one of ``columns``, or has rows longer than its header.
    """
    return list(iterate_table(path, columns))


def iterate_table(path: Path, columns: Sequence[str]) -> Iterator[dict[str, str]]:
    """Read a CSV file with a header row, one row at a time: for tables of hundreds of thousands of rows.

    Spreadsheet programs write ``;`` or a tab between the cells in some countries, and UTF-16 or Windows-1252.

    Raises:
        CorpusError: As in :func:`read_table`; rows longer than the header when all others have been read.
    """
    longer = []
    with _opened(path) as (file, separator):
        reader = _rows_of(file, separator)
        names, first = next(reader, []), list(islice(reader, 2))
        if _are_counted(first, len(names) + 1):
            names = ["", *names]  # as R writes names of rows
        missing = [column for column in columns if column not in names]
        if missing:
            raise CorpusError(f"{path.name} has no column {', '.join(missing)}; it has {', '.join(names)}")
        twice = next((name for name in names if name.strip() and names.count(name) > 1), None)
        if twice is not None:
            raise CorpusError(f"{path.name} has the column {twice!r} twice; take one of them out")
        for number, cells in enumerate(filter(None, chain(first, reader)), start=2):
            if any(cell.strip() for cell in cells[len(names) :]):
                longer.append(number)
            elif any(cell.strip() for cell in cells):
                yield dict(zip_longest(names, cells[: len(names)], fillvalue=""))
    if longer:
        raise CorpusError(
            f"{path.name} has {len(longer)} rows with more cells than its header (the first is row {longer[0]}); "
            "put cells that hold a comma in quotes"
        )


def table_rows(path: Path) -> list[list[str]]:
    """Read the cells of a CSV file, the header among them, without blank rows; separators as :func:`iterate_table`.

    Raises:
        CorpusError: It is absent, or no CSV.
    """
    with _opened(path) as (file, separator):
        return [row for row in _rows_of(file, separator) if any(cell.strip() for cell in row)]


def published_rows(path: Path, columns: Sequence[str], optional: Sequence[str] = ()) -> Iterator[dict[str, str]]:
    """Read a table of a published collection, one row at a time, as it was before other programs saved it again.

    Columns are found in capitals and small letters. In the cells of ``columns`` and ``optional``, what pandas, R and
    databases write for a missing value is empty, ``17.0`` and ``17,0`` are 17, and ``4.26783006E8`` is 426783006.

    Args:
        path: Of the table.
        columns: That it must have.
        optional: That it may have; their cells are empty where it has not.

    Raises:
        CorpusError: As in :func:`iterate_table`.
    """
    with _opened(path) as (file, separator):
        header = next(_rows_of(file, separator), [])
    plain = {name.strip().casefold(): name for name in reversed(header)}
    names = {column: plain.get(column.casefold(), column) for column in (*columns, *optional)}
    commas = separator != ","
    for row in iterate_table(path, [names[column] for column in columns]):
        yield {**row, **{column: _published(row.get(name, ""), commas) for column, name in names.items()}}


def _rows_of(file: TextIO, separator: str) -> Iterator[list[str]]:
    """Yield the cells of each row, also where spreadsheet programs wrote all of them as the first one, in quotes."""
    is_cell = False
    for number, row in enumerate(csv.reader(file, delimiter=separator)):
        filled = [cell for cell in row if cell]
        is_cell = is_cell if number else len(filled) == 1 and separator in filled[0]
        yield next(csv.reader(filled, delimiter=separator), []) if is_cell and len(filled) == 1 else row


@lru_cache(maxsize=4_096)
def _published(cell: str, decimal_commas: bool) -> str:
    """Return a cell as it was published. Of hundreds of thousands of rows, most cells are as others before."""
    cell = cell.strip()
    if is_absent(cell):
        return ""
    if not _NUMBER.fullmatch(cell) or ("," in cell and not decimal_commas):
        return cell
    return without_decimals(cell.replace(",", "."))


def _are_counted(rows: Sequence[Sequence[str]], width: int) -> bool:
    """Whether rows of a width begin with 1 and 2."""
    numbered = [row[0].strip() for row in rows if len(row) == width]
    return any(row[-1].strip() for row in rows) and numbered == [str(number) for number in range(1, len(rows) + 1)]


@contextmanager
def _opened(path: Path) -> Iterator[tuple[TextIO, str]]:
    """Open a CSV file with what separates its cells; what goes wrong with it is a :class:`CorpusError`."""
    try:
        with path.open(newline="", encoding=_encoding(path)) as file:
            start, header = _header(file)
            excel = _EXCEL.fullmatch(header.strip())
            if excel is None:
                file.seek(start)
            yield file, excel[1] if excel else max(_SEPARATORS, key=header.count)
    except FileNotFoundError:
        what = f"{path.name} in {path.parent}; expected a folder that holds one, and the recordings"
        raise absent(path.parent, what) from None
    except (csv.Error, UnicodeDecodeError) as error:
        raise CorpusError(f"{path.name} is no CSV file ({error}); save it as CSV in UTF-8") from error


def _header(file: TextIO) -> tuple[int, str]:
    """Return where the header row begins, and the row: below comments, and titles without separators."""
    start, header = file.tell(), file.readline()
    for _ in range(_MOST_LINES_ABOVE):
        below = file.tell()
        following = file.readline()
        while following and not following.strip():
            below, following = file.tell(), file.readline()
        separator = max(_SEPARATORS, key=following.count)
        is_comment = header.startswith("#") and (
            following.startswith("#") or header.count(separator) != following.count(separator)
        )
        is_title = separator in following and not any(mark in header for mark in _SEPARATORS)
        if not (is_comment or is_title) or _EXCEL.fullmatch(header.strip()):
            break
        start, header = below, following
    file.seek(start)
    return start, file.readline()


def _encoding(path: Path) -> str:
    """Return the encoding of a table: by its mark, else UTF-8, else one of Windows by the words of its headings."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        raise CorpusError(f"{path.name} is a file of a spreadsheet program, not CSV; save its table as CSV")
    if words := signature(head):
        raise CorpusError(f"{path.name} is no CSV file, but {words}")
    if wide := utf16_of(head):
        return wide
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return windows_encoding(head)
    return "utf-8-sig"
