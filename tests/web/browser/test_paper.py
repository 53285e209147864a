"""The paper: layouts, zoom and pan, calipers against a known signal, a day of recording."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect
from tests.web.browser.waiting import wait_until

pytestmark = pytest.mark.browser

LEADS = re.compile(r"Trace of [^,]+, (.*), from ")
FROM = re.compile(r"from ([\d:.]+) to ([\d:.]+)")
LANE_NAMES = 136
"""Pixels that the names of the lanes of the overview take."""

LONGEST_PAN_FRAME_MS = 50
"""Beside other tests on the same processors; benchmarks/speed/page.py measures it on a quiet machine."""


def load(page: Page, *paths: Path) -> Locator:
    page.set_input_files("#files", [str(path) for path in paths])
    expect(page.locator(".headline")).to_be_visible(timeout=60_000)
    return page.locator(".paper")


def leads(paper: Locator) -> list[str]:
    found = LEADS.search(paper.get_attribute("aria-label") or "")
    assert found
    return found[1].split(", ")


def seconds(clock: str) -> float:
    total = 0.0
    for part in clock.split(":"):
        total = total * 60 + float(part)
    return total


def shown(paper: Locator) -> tuple[float, float]:
    paper.page.wait_for_timeout(150)
    found = FROM.search(paper.get_attribute("aria-label") or "")
    assert found
    return seconds(found[1]), seconds(found[2])


def test_layouts_of_twelve_leads(page: Page, twelve_leads: list[Path], picture: Callable[[Page, str], None]) -> None:
    paper = load(page, *twelve_leads)
    assert leads(paper)[:4] == ["I", "II", "III", "aVR"]
    picture(page, "page-twelve-leads")
    layout = page.locator("#toolbar select[name=layout]")
    expected = {"rows": 1, "stack": 12, "limb": 6, "6x2": 12, "3x4": 12}
    assert [option.get_attribute("value") for option in layout.locator("option").all()] == list(expected)
    for name, count in expected.items():
        layout.select_option(name)
        page.wait_for_timeout(150)
        assert len(leads(paper)) == count, name
    layout.select_option("rows")
    page.locator("#toolbar select[name=lead]").select_option("V4")
    page.wait_for_timeout(150)
    assert leads(paper) == ["V4"]


def test_the_paper_is_square_and_25_millimetres_a_second(page: Page, pulses: list[Path]) -> None:
    paper = load(page, *pulses)
    page.locator("[data-tool=filter]").click()
    page.wait_for_timeout(300)
    width = paper.bounding_box() or {"width": 0}
    begin, end = shown(paper)
    rows = page.evaluate("document.querySelector('.paper-canvas').height") > 0
    assert rows
    # 12 s in strips of equal length; the grid has a bold line each 5 mm, both ways.
    spacing = page.evaluate("""() => {
      const canvas = document.querySelector(".paper-canvas");
      const context = canvas.getContext("2d");
      const bold = getComputedStyle(document.documentElement).getPropertyValue("--ecg-bold").trim();
      const probe = document.createElement("canvas").getContext("2d");
      probe.fillStyle = bold; probe.fillRect(0, 0, 1, 1);
      const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
      const near = (data, at) => Math.abs(data[at] - r) + Math.abs(data[at + 1] - g) + Math.abs(data[at + 2] - b) < 24;
      const row = context.getImageData(0, canvas.height - 3, canvas.width, 1).data;
      const column = context.getImageData(canvas.width - 3, 0, 1, canvas.height).data;
      const places = (data) => [...Array(data.length / 4).keys()].filter((at) => near(data, at * 4));
      return [places(row), places(column)];
    }""")
    millimetre = 96 / 25.4
    for places in spacing:
        bold = np.array(places)
        assert len(bold) > 8
        off = (bold - bold[0] + 5 * millimetre / 2) % (5 * millimetre) - 5 * millimetre / 2
        assert np.abs(off).max() < 2  # each at a multiple of 5 mm, as far as pixels are whole
        assert np.ptp(bold) > 100 * millimetre
    assert begin == seconds("08:00:00")
    assert end - begin <= 12
    assert width["width"] > 0


def test_zoom_and_pan(page: Page, pulses: list[Path]) -> None:
    paper = load(page, *pulses)
    box = paper.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 60)
    page.locator("select[name=speed]").select_option("100")
    begin, end = shown(paper)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 - 378, box["y"] + 60, steps=4)
    page.mouse.up()
    moved = shown(paper)
    assert moved[0] - begin == pytest.approx(1.0, abs=0.11)  # 378 pixels are 100 mm, a second
    page.mouse.wheel(378, 0)
    assert shown(paper)[0] - moved[0] == pytest.approx(1.0, abs=0.11)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    expect(page.locator("select[name=speed]")).not_to_have_value("100")
    after = shown(paper)
    assert after[1] - after[0] < end - begin
    page.keyboard.press("0")
    expect(page.locator("select[name=speed]")).to_have_value("25")


def test_pinch(open_page: Callable[..., Page], pulses: list[Path]) -> None:
    page = open_page(viewport={"width": 600, "height": 900}, has_touch=True)
    paper = load(page, *pulses)
    box = paper.bounding_box()
    assert box
    touch = page.context.new_cdp_session(page)
    middle, y = box["x"] + box["width"] / 2, box["y"] + 80

    def fingers(kind: str, apart: float) -> None:
        points = (
            [] if kind == "touchEnd" else [{"x": middle + side * apart / 2, "y": y, "id": side} for side in (-1, 1)]
        )
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    fingers("touchStart", 100)
    for apart in (120, 150, 200):
        fingers("touchMove", apart)
    fingers("touchEnd", 0)
    page.wait_for_timeout(200)
    speed = float(page.locator("select[name=speed]").input_value())
    assert speed == pytest.approx(50, rel=0.1)


def test_calipers_measure_what_is_known(page: Page, pulses: list[Path], picture: Callable[[Page, str], None]) -> None:
    load(page, *pulses)
    page.locator("[data-tool=filter]").click()
    page.locator("[data-tool=calipers]").click()
    page.wait_for_timeout(300)
    expect(page.locator(".caliper-reading.time")).to_have_text("1,000 ms · 60.0 /min")
    expect(page.locator(".caliper-reading.voltage")).to_have_text("1.00 mV")
    end = page.locator("[data-leg=end]")
    box, paper = end.bounding_box(), page.locator(".paper").bounding_box()
    assert box
    assert paper
    x, y = box["x"] + box["width"] / 2, box["y"] + 40
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 96.5, y, steps=5)  # about a second to the right: it snaps to the beat there
    page.mouse.up()
    expect(page.locator(".caliper-reading.time")).to_have_text("2,000 ms · 30.0 /min")
    end.focus()
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
    expect(page.locator(".caliper-reading.time")).to_have_text("1,980 ms · 30.3 /min")
    page.keyboard.press("Control+ArrowLeft")
    expect(page.locator(".caliper-reading.time")).to_have_text(re.compile("1,00[0-2] ms|99[89] ms"))
    page.locator("[data-tool=march]").click()
    assert page.locator(".caliper-march i").count() >= 3
    high = page.locator("[data-leg=high]")
    high.focus()
    page.keyboard.press("Shift+ArrowUp")
    expect(page.locator(".caliper-reading.voltage")).to_have_text("1.10 mV")
    expect(high).to_have_attribute("aria-valuetext", "1.10 mV; 1.10 mV")
    picture(page, "page-calipers")


def test_the_filter_is_named_and_applied(page: Page, pulses: list[Path]) -> None:
    load(page, *pulses)
    words, before = page.locator(".filter-words"), page.evaluate(PRINT)
    expect(words).to_have_text("filtered to 0.5 to 40 Hz, as the network sees it")
    page.locator("[data-tool=filter]").click()
    expect(words).to_have_text("as it was recorded, not filtered")
    wait_until(page, f"before => {PRINT} !== before", before)


PRINT = "document.querySelector('.paper-canvas').toDataURL()"

FRAMES = """async () => {
  const paper = document.querySelector(".paper");
  const { x, y } = paper.getBoundingClientRect();
  const frames = [];
  for (let number = 0; number < 40; number += 1) {
    await new Promise(requestAnimationFrame);
    let begun = 0;
    requestAnimationFrame(() => (begun = performance.now()));
    paper.dispatchEvent(new WheelEvent("wheel", { deltaX: 40, clientX: x + 300, clientY: y + 50, bubbles: true }));
    await new Promise(requestAnimationFrame);
    frames.push(performance.now() - begun);
  }
  return frames;
}"""


def test_a_day_is_looked_at_without_waiting(page: Page, day: list[Path], picture: Callable[[Page, str], None]) -> None:
    page.set_input_files("#files", [str(path) for path in day])
    paper = page.locator(".paper")
    expect(paper).to_have_attribute("aria-label", re.compile("from 08:00:00"), timeout=60_000)
    expect(page.locator(".finding").first).to_be_visible(timeout=120_000)
    frames = sorted(page.evaluate(FRAMES))
    assert frames[len(frames) // 2] < LONGEST_PAN_FRAME_MS
    for _ in range(45):
        page.keyboard.press("-")
    expect(page.locator(".overview-window")).to_be_visible()
    frame, whole = page.locator(".overview-window").bounding_box(), page.locator(".overview").bounding_box()
    assert frame
    assert whole
    assert frame["width"] > 0.9 * (whole["width"] - LANE_NAMES - 10)
    overview = page.locator(".overview")
    box = overview.bounding_box()
    assert box
    page.keyboard.press("0")
    page.mouse.click(box["x"] + LANE_NAMES + (box["width"] - LANE_NAMES - 10) * 0.5, box["y"] + 20)
    assert shown(paper)[0] == pytest.approx(seconds("20:00:00"), abs=180)
    expect(overview).to_have_attribute("aria-valuetext", re.compile("19:5|20:0"))
    picture(page, "page-day")
    overview.focus()
    page.keyboard.press("Home")
    assert shown(paper)[0] == seconds("08:00:00")
    found = page.locator(".finding", has_text="atrial fibrillation")
    if not found.is_visible():
        page.locator(".finding-group summary").first.click()
    found.locator(".finding-head").click()
    found.locator(".episodes button").first.click()
    assert seconds("13:50:00") < shown(paper)[0] < seconds("15:05:00")
