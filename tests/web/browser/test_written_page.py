"""The page that ``mvkt diagnose --html`` writes is one file that needs nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, Page, expect

from mvkt.cli import main

pytestmark = pytest.mark.browser


def test_a_written_page_requests_nothing(
    browser: Browser, tmp_path: Path, picture: Callable[[Page, str], None]
) -> None:
    written = tmp_path / "page.html"
    assert CliRunner().invoke(main, ["diagnose", "--example", "--html", str(written)]).exit_code == 0
    context = browser.new_context(viewport={"width": 1000, "height": 1500})
    requested: list[str] = []
    context.on("request", lambda request: requested.append(request.url))
    page = context.new_page()
    page.goto(written.as_uri())
    expect(page.locator("h1")).to_have_text("watch-lead-I.csv")
    assert page.locator("svg").first.bounding_box() is not None
    picture(page, "diagnosis")
    context.close()
    assert [url for url in requested if not url.startswith("data:")] == [written.as_uri()]
