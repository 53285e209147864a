"""From a file to its trace and findings."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.slowness import slowness

pytestmark = pytest.mark.browser

DROP = """([files, wait]) => {
  const transfer = new DataTransfer();
  for (const [name, content] of files) {
    transfer.items.add(new File([Uint8Array.from(atob(content), (c) => c.charCodeAt(0))], name));
  }
  for (const type of ["dragenter", "dragover", "drop"]) {
    window.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }));
  }
}"""


def drop(page: Page, *paths: Path) -> None:
    page.evaluate(DROP, [[[path.name, base64.b64encode(path.read_bytes()).decode()] for path in paths], 0])


def test_a_dropped_export_shows_trace_and_findings(
    page: Page, watch: Path, picture: Callable[[Page, str], None]
) -> None:
    picture(page, "page-empty")
    begun = time.monotonic()
    drop(page, watch)
    expect(page.locator(".finding").first).to_be_visible()
    took = time.monotonic() - begun
    expect(page.locator(".card-title")).to_have_text("ecg_2024-05-01.csv")
    expect(page.locator(".headline")).to_contain_text("Nothing found")
    expect(page.locator(".measurement").first).to_contain_text("/min")
    assert took < 5 * slowness(time.monotonic)  # the benchmark measures it on a quiet machine
    assert ink(page) > 1000


def test_a_wfdb_pair_dropped_together_is_one_recording(page: Page, twelve_leads: list[Path]) -> None:
    drop(page, *reversed(twelve_leads))
    expect(page.locator(".finding").first).to_be_visible()
    expect(page.locator(".card")).to_have_count(1)
    expect(page.locator(".card-title")).to_have_text("twelve.hea")


def test_a_bad_file_is_a_message_and_the_others_go_on(page: Page, watch: Path, tmp_path: Path) -> None:
    bad = tmp_path / "notes.txt"
    bad.write_text("no recording at all")
    drop(page, bad, watch)
    expect(page.locator(".finding").first).to_be_visible()
    error = page.locator(".card.error")
    expect(error.locator(".card-title")).to_have_text("notes.txt")
    expect(error.locator(".card-error")).to_have_text("This is a text file, not a recording of a known format.")
    page.get_by_role("button", name="Remove notes.txt").click()
    expect(error).to_have_count(0)


def test_what_a_file_does_not_state_can_be_filled_in(page: Page, tmp_path: Path) -> None:
    bare = tmp_path / "bare.csv"
    wave = [0.0, 0.0, 0.1, 0.0, -0.1, 1.0, -0.2, 0.0, 0.1, 0.2, 0.1, 0.0] + [0.0] * 63
    bare.write_text("ecg\n" + "\n".join(str(value) for value in wave * 14) + "\n")
    drop(page, bare)
    expect(page.locator(".card-error").first).to_contain_text("does not state")
    page.get_by_text("Read again with…").first.click()
    page.locator(".card select[name=lead]").select_option("I")
    page.locator(".card input[name=sampling_frequency]").fill("100")
    page.locator(".card select[name=unit]").select_option("mV")
    page.locator(".card").get_by_role("button", name="Read", exact=True).click()
    expect(page.locator(".measurement").first).to_contain_text("80 /min")
    expect(page.locator(".card")).to_have_count(1)


def test_the_example_is_there_for_those_who_have_no_recording(page: Page) -> None:
    page.get_by_role("button", name="Show an example").click()
    expect(page.locator(".finding").first).to_be_visible()
    expect(page.locator(".card-line").first).to_contain_text("Apple Health")


def test_a_recording_that_the_server_forgot_is_read_again(page: Page, watch: Path) -> None:
    with page.expect_response("**/api/recordings") as answer:
        drop(page, watch)
    expect(page.locator(".finding").first).to_be_visible()
    forgotten = next(
        line.split('"id": "')[1].split('"')[0] for line in answer.value.text().splitlines() if '"id"' in line
    )
    page.evaluate("(id) => fetch(`/api/recordings/${id}`, { method: 'DELETE' })", forgotten)
    with page.expect_response("**/api/recordings"):
        page.get_by_role("button", name="Filter").click()
    expect(page.locator(".finding").first).to_be_visible()
    assert ink(page) > 1000


def test_formats_and_card_are_a_click_away(page: Page, watch: Path) -> None:
    page.get_by_role("button", name="Formats that are read").click()
    expect(page.locator("#formats-list")).to_contain_text("Apple Health")
    page.locator("#formats-dialog .close").click()
    drop(page, watch)
    page.locator(".networks > summary").click()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Card of this network").click()
    expect(opened.value.locator("h1")).to_be_visible()
    assert opened.value.locator("table").count() > 0


def ink(page: Page) -> int:
    """Dark pixels on the paper: those of traces and letters."""
    page.wait_for_timeout(200)
    return int(
        page.evaluate("""() => {
          const canvas = document.querySelector(".paper-canvas");
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          let dark = 0;
          for (let at = 0; at < data.length; at += 4) if (data[at] + data[at + 1] + data[at + 2] < 300) dark += 1;
          return dark;
        }""")
    )
