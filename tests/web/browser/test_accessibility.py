"""axe-core finds nothing serious, whatever is shown, in light and dark, large and small; and all works by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}


def load(page: Page, *paths: Path) -> None:
    page.set_input_files("#files", [str(path) for path in paths])
    expect(page.locator(".finding").first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [{"width": 1440, "height": 900}, PHONE], ids=["wide", "phone"])
def test_nothing_serious(
    open_page: Callable[..., Page],
    watch: Path,
    faults_of: Callable[[Page], list[str]],
    scheme: str,
    size: dict[str, int],
) -> None:
    page = open_page(color_scheme=scheme, viewport=size)
    assert faults_of(page) == []
    load(page, watch)
    page.locator(".finding-head").first.click()
    page.locator(".finding-group summary").first.click()
    page.keyboard.press("c")
    page.locator(".networks > summary").click()
    page.wait_for_timeout(300)
    assert faults_of(page) == []


def test_nothing_serious_in_errors_dialogs_and_series(
    page: Page, watch: Path, twelve_leads: list[Path], tmp_path: Path, faults_of: Callable[[Page], list[str]]
) -> None:
    bad = tmp_path / "bad.txt"
    bad.write_text("bad")
    load(page, bad, watch, *twelve_leads)
    expect(page.locator(".card-verdict")).to_have_count(2)
    page.locator(".options summary").first.click()
    assert faults_of(page) == []
    for name in ("help", "scale"):
        page.locator(f"#{name}").click()
        assert faults_of(page) == []
        page.locator(f"#{name}-dialog .close").click()
    for box in page.locator(".card-box").all():
        box.check()
    page.locator("#series-button").click()
    expect(page.locator(".series-table")).to_be_visible()
    assert faults_of(page) == []


def test_keyboard_only(page: Page) -> None:
    reach(page, "example")
    page.keyboard.press("Enter")
    expect(page.locator(".finding").first).to_be_visible()
    reach(page, "paper")
    before = page.locator(".paper").get_attribute("aria-label")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".paper")).not_to_have_attribute("aria-label", before or "")
    page.keyboard.press("+")
    expect(page.locator("select[name=speed]")).to_have_value("31.25")
    page.keyboard.press("0")
    expect(page.locator("select[name=speed]")).to_have_value("25")
    page.keyboard.press("ArrowUp")
    expect(page.locator("select[name=gain]")).to_have_value("20")
    page.keyboard.press("f")
    expect(page.locator("[data-tool=filter]")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("c")
    expect(page.locator(".paper [role=slider]").first).to_be_visible()  # drawn with the next frame
    page.keyboard.press("Tab")
    leg = page.locator(":focus")
    expect(leg).to_have_attribute("role", "slider")
    value = float(leg.get_attribute("aria-valuenow") or 0)
    page.keyboard.press("Shift+ArrowRight")
    expect(leg).to_have_attribute("aria-valuenow", f"{value + 10 / 512:.3f}")
    expect(page.locator("#live")).to_contain_text("ms")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('finding-head')"):
            break
    page.keyboard.press("Enter")
    expect(page.locator(".finding-details")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".decision-words")).to_have_text("confirmed")
    page.keyboard.press("?")
    expect(page.locator("#help-dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#help-dialog")).not_to_be_visible()


def reach(page: Page, name: str) -> None:
    """Press Tab until an element has the focus."""
    found = "(name) => document.activeElement.id === name || document.activeElement.dataset.focus === name"
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(found, name):
            return
    raise AssertionError(f"{name} cannot be reached by Tab")


def test_a_phone_shows_all_without_scrolling_sideways(
    open_page: Callable[..., Page], watch: Path, picture: Callable[[Page, str], None]
) -> None:
    page = open_page(viewport=PHONE, has_touch=True, is_mobile=True)
    load(page, watch)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    expect(page.locator(".headline")).to_be_visible()
    buttons = page.locator("button:visible").all()
    assert len(buttons) > 10
    boxes = [box for box in (button.bounding_box() for button in buttons) if box]
    assert min(box["height"] for box in boxes) >= 19
    picture(page, "page-phone")
