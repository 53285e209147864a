"""The code blocks of a page, to be run as a reader would run them.

The first line of a block says what becomes of it in the tests:

- ``sh``, ``python``, ``pycon``: it is run, in the order of the page, in one folder for the page;
- the same with ``no-run``: it is not, because it needs data from elsewhere or takes minutes;
- ``python`` whose first line is ``# name.py``: it is written to that file;
- a page with ``<!-- continues start/first-training.md -->`` begins with what that page has left in its folder;
- ``text output``: what the block before it prints, where ``...`` stands for anything.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"

_FENCE = re.compile(r"^```([a-z]+)((?: [a-z-]+)*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A fenced block: its language, the words after it, and its text."""

    language: str
    words: tuple[str, ...]
    text: str


def read_blocks(page: Path) -> list[Block]:
    """Return all fenced blocks of a page."""
    found = _FENCE.findall(page.read_text(encoding="utf-8"))
    return [Block(language, tuple(words.split()), text) for language, words, text in found]


def blocks(page: str, language: str) -> list[str]:
    """Return the texts of the blocks of a language that are run."""
    return [block.text for block in read_blocks(DOCS / page) if (block.language, block.words) == (language, ())]
