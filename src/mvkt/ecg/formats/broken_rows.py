"""Rows of text that hold no number, or a part of one: blank lines in a column, and a file that ends within a number."""

from __future__ import annotations

import re

from mvkt.ecg.formats.text import bare, lines_of

CUT_NOTE = "truncated: the file ends within a number, which is left out"
CUT_ROW_NOTE = "truncated: the file ends within a row, which is left out"
_MARKS = (b"\n\n", b"\n\r", b"\r\r", b'\n""', b'\r""', b"\n \n", b"\n \r", b"\r \r")
"""Of blank lines as programs write them; a pattern takes far longer in a day of numbers."""

_BLANK_LINES = re.compile(rb"\n(?:[ \t\"',;]*\n)+")
_FEWEST_BLOCKS = 4
_DECIMALS = {mark: re.compile(rb"\%b(\d*)[\"']?$" % mark) for mark in (b".", b",")}
_ROWS_BEFORE = 32
_LONGEST = 64 * 1024


def whole_lines(text: str) -> tuple[list[str], tuple[str, ...]]:
    """Return the lines of a column of numbers without one that was cut off, and notes on that and on blank ones."""
    column, notes = without_cut_number(text.encode(), comma="," in text)
    lines = lines_of(column.decode())
    filled = [at for at, line in enumerate(lines) if bare(line)]
    blank = filled[-1] - filled[0] + 1 - len(filled) if filled else 0
    return lines, (*notes, *[f"blank lines between the samples are passed over: {blank:,}"] * bool(blank))


def may_have_blank_lines(content: bytes, start: int) -> bool:
    """Whether there may be blank lines in a text from a place on."""
    return any(content.find(mark, start) >= 0 for mark in _MARKS)


def with_missing_samples(column: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Return a column of a number a line with ``nan`` in blank lines, and a note on them.

    Those that part blocks of as many numbers each are none: after every number, where ends of lines came twice.
    """
    column = column.strip(b"\r\n\t ,;")
    column = column.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in column else column
    runs = [(found.start(), found.end()) for found in _BLANK_LINES.finditer(column)]
    if not runs:
        return column, ()
    blank = [column.count(b"\n", start, end) - 1 for start, end in runs]
    starts = [0, *(end for _, end in runs)]
    rows = [column.count(b"\n", start, end) + 1 for start, (end, _) in zip(starts, runs, strict=False)]
    if len(runs) >= _FEWEST_BLOCKS and len(set(blank)) == len(set(rows)) == 1:
        return column, (f"blank lines after every {rows[0]:,} samples are passed over",) if rows[0] > 1 else ()
    column = _BLANK_LINES.sub(lambda found: b"\nnan" * (found[0].count(b"\n") - 1) + b"\n", column)
    return column, (f"blank lines are taken for missing samples: {sum(blank):,}",)


def with_blank_rows(block: bytes, separator: bytes, width: int) -> bytes:
    """Return rows with ``nan`` in those that have no cell filled."""
    if width == 1 or separator not in (b",", b";", b"\t", b"|"):
        return block
    blank = re.escape(separator) + b"{%d}" % (width - 1)
    return re.sub(rb"(?m)^%b$" % blank, separator.join([b"nan"] * width), block)


def without_cut_number(content: bytes, *, comma: bool = False) -> tuple[bytes, tuple[str, ...]]:
    """Return rows without a last one whose last number has fewer decimals than those before it have, and a note on it.

    Args:
        content: Rows; where they end with the end of a line nothing was cut off.
        comma: Whether the decimal mark is a comma.
    """
    pattern = _DECIMALS[b"," if comma else b"."]
    *before, last = content[-_LONGEST:].replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")[-_ROWS_BEFORE:]
    found = [pattern.search(line) for line in before[1:] if line.strip()]
    decimals = {len(match[1]) if match else 0 for match in found}
    cut = pattern.search(last)
    if not last or len(found) < 2 or len(decimals) > 1 or (len(cut[1]) if cut else 0) >= decimals.pop():
        return content, ()
    return content[: len(content) - len(last)], (CUT_NOTE,)
