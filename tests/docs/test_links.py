"""Every page works as plain Markdown: links lead to files and headings that are there, named tests exist."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from tests.pages import DOCS, ROOT

PAGES = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]
_LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_TEST = re.compile(r"\btest_[a-z0-9_]+\b")


def links(page: Path) -> list[tuple[str, str]]:
    return _LINK.findall(_FENCE.sub("", page.read_text(encoding="utf-8")))


def anchors(page: Path) -> set[str]:
    """The anchors of the headings of a page, as code hosts make them."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for path, anchor in links(page):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{path} is not there"
        if anchor:
            assert anchor in anchors(target), f"{path} has no heading #{anchor}; it has {sorted(anchors(target))}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_headings_go_down_a_level_at_a_time(page: Path) -> None:
    """The site refuses a page whose headings leave out a level."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    levels = [len(marks) for marks in re.findall(r"^(#+) ", text, re.MULTILINE)]
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), levels


def test_links_are_found() -> None:
    assert ("docs/start/first-diagnosis.md", "") in links(ROOT / "README.md")
    assert ("", "not-judged") in _LINK.findall("see [there](#not-judged)")
    assert anchors(DOCS / "concepts" / "diagnosis.md") >= {"verdicts", "more-than-a-minute-the-course"}


def test_every_test_that_a_page_names_exists() -> None:
    files = [*(ROOT / "tests").rglob("test_*.py")]
    known = {file.stem for file in files} | {
        name for file in files for name in re.findall(r"def (test_\w+)", file.read_text(encoding="utf-8"))
    }
    named = {name for page in PAGES for name in _TEST.findall(page.read_text(encoding="utf-8"))}
    assert named
    assert named - known == set()


def test_every_folder_that_risks_names_exists() -> None:
    named = re.findall(r"`(tests/[\w/.]+)`", (DOCS / "concepts" / "risks.md").read_text(encoding="utf-8"))
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []
