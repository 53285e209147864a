"""The code blocks of a page, to be run as a reader would run them.

The first line of a block states what becomes of it in the tests:

- ``sh``, ``python``, ``pycon``: it is run, in the order of the page, in one folder for the page;
- ``sh fails``: it is run, and ends with an error; what it prints is its error output;
- the same with ``no-run``: it is not, and a comment before it gives the reason: ``<!-- not run: takes minutes -->``;
- ``python`` whose first line is ``# name.py``: it is written to that file;
- a page with ``<!-- continues start/first-training.md -->`` begins with what that page has left in its folder;
- ``text output``: what the block before it prints, where ``...`` stands for anything.
"""

from __future__ import annotations

import doctest
import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"

PERCENT_POINTS = 1.0
"""How far a printed probability may lie from that of the page: arithmetic differs from processor to processor."""

_FENCE = re.compile(
    r"(?:^<!-- not run: ([^\n]+) -->\n)?^```([a-z]+)((?: [a-z-]+)*)\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)(?=%)")
_FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


class Block(NamedTuple):
    """A fenced block: its language, the words after it, its text, and why it is not run."""

    language: str
    words: tuple[str, ...]
    text: str
    reason: str


def read_blocks(page: Path) -> list[Block]:
    """Return all fenced blocks of a page."""
    found = _FENCE.findall(page.read_text(encoding="utf-8"))
    return [Block(language, tuple(words.split()), text, reason) for reason, language, words, text in found]


def blocks(page: str, language: str) -> list[str]:
    """Return the texts of the blocks of a language that are run."""
    return [block.text for block in read_blocks(DOCS / page) if (block.language, block.words) == (language, ())]


def plain(text: str) -> str:
    """Text without the spaces at the ends of its lines, which a page does not keep."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines()) + "\n"


def same_output(expected: str, got: str) -> bool:
    """Whether a text is that of the page; its percentages, in their order, may differ as processors differ."""
    if not doctest.OutputChecker().check_output(_PERCENT.sub("0%", expected), _PERCENT.sub("0%", got), _FLAGS):
        return False
    pairs = zip(_PERCENT.findall(expected), _PERCENT.findall(got), strict=False)  # a page may leave out the end
    return all(abs(float(left) - float(right)) <= PERCENT_POINTS for left, right in pairs)
