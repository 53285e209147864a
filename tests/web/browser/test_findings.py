"""Findings: shaded where they rest, decided by a person, compared, downloaded, in two languages."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from tests.web.browser.waiting import wait_until

pytestmark = pytest.mark.browser

BLUE = """() => {
  const canvas = document.querySelector(".paper-canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let blue = 0;
  for (let at = 0; at < data.length; at += 4) if (data[at] > 120 && data[at + 2] > data[at] + 20) blue += 1;
  return blue;
}"""

RED = """() => {
  const canvas = document.querySelector(".paper-canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let red = 0;
  for (let at = 0; at < data.length; at += 4) if (data[at] > 130 && data[at] < 190 && data[at + 1] < 60) red += 1;
  return red;
}"""


def load(page: Page, *paths: Path) -> None:
    page.set_input_files("#files", [str(path) for path in paths])
    expect(page.locator(".headline")).to_be_visible(timeout=60_000)


def test_pointing_at_a_finding_shades_what_it_rests_on(
    page: Page, twelve_leads: list[Path], picture: Callable[[Page, str], None]
) -> None:
    load(page, *twelve_leads)
    page.wait_for_timeout(400)
    plain = page.evaluate(BLUE)
    with page.expect_response("**/support?*"):
        page.locator(".finding").first.hover()
    wait_until(page, f"({BLUE})() > {plain + 500}")
    page.mouse.move(5, 5)
    wait_until(page, f"Math.abs(({BLUE})() - {plain}) < 200")
    page.locator(".finding-head").first.click()
    page.mouse.move(5, 5)
    page.wait_for_timeout(400)  # for the shade to go, which it must not
    wait_until(page, f"({BLUE})() > {plain + 500}")  # an open finding stays shaded
    picture(page, "page-finding")


def test_a_finding_has_its_probability(page: Page, watch: Path) -> None:
    load(page, watch)
    page.locator(".finding-group summary").first.click()
    item = page.locator(".finding.absent:not([data-code=SR]):not([data-code=NORM])").first
    item.locator(".finding-head").click()
    details = item.locator(".finding-details")
    expect(details).to_contain_text(re.compile("Typical of|typical of"))
    expect(details).to_contain_text("found from")
    expect(details).to_contain_text(re.compile("Missed in|How often it is missed"))
    expect(details).to_contain_text("One lead cannot show everything")


def test_what_is_measured_has_a_unit_and_what_is_not_has_a_reason(
    open_page: Callable[..., Page], watch: Path, twelve_leads: list[Path]
) -> None:
    page = open_page(locale="de-DE")
    load(page, *twelve_leads)
    shown = page.locator(".measurement")
    expect(shown).to_have_count(7)
    names = ["Herzfrequenz", "QRS", "QT", "QTc", "Lagetyp", "Extraschläge", "PQ"]
    assert shown.locator("dt").all_text_contents() == names  # atrial fibrillation: PQ is not measured
    for words in shown.all_text_contents():
        assert re.search(r"\d+( /min| ms|°| Schlägen)|nicht gemessen: ", words), words
    expect(shown.last).to_contain_text("nicht gemessen: ")
    load(page, watch)
    expect(page.locator(".card-button")).to_have_count(2)
    page.locator(".card-button").last.click()
    expect(shown.last).to_contain_text("nicht gemessen: die Ableitungen I und II wurden nicht beide aufgezeichnet")
    page.get_by_role("button", name="English").click()
    expect(shown.last).to_contain_text("not measured because leads I and II were not recorded both")


def test_extra_beats_are_counted_and_gone_to(page: Page, picture: Callable[[Page, str], None]) -> None:
    load(page, Path(str(files("mvkt") / "examples" / "watch-lead-I.csv")))
    entry = page.locator(".measurement", has_text="Extra beats")
    expect(entry).to_contain_text("5 ventricular (V) of 31 beats")
    plain = page.evaluate(RED)
    entry.get_by_role("button", name="Next extra beat").click()
    expect(page.locator("#live")).to_have_text(re.compile(r"^Extra beat at 08:00:08\.\d$"))
    wait_until(page, f"({RED})() > {plain + 20}")  # a ring
    picture(page, "page-extra-beats")
    for key, second in (("e", "16"), ("e", "19"), ("Shift+E", "16"), ("Shift+E", "08"), ("Shift+E", "29")):
        page.keyboard.press(key)
        expect(page.locator("#live")).to_have_text(re.compile(rf"^Extra beat at 08:00:{second}\.\d$"))


@pytest.mark.data
def test_what_the_device_measured_stands_beside(page: Page, shared_data: Path) -> None:
    load(page, shared_data / "device-samples" / "philips_sierra_3191723_ZZDEMOPTONLY_1-04_orig.xml")
    shown = page.locator(".measurement")
    for name, value in (
        ("Heart rate", "84 /min"),
        ("PR", "144 ms"),
        ("QT", "352 ms"),
        ("QTc", "394 ms"),
        ("Axis", "78°"),
    ):
        mine = shown.filter(has=page.locator(f'dt:text-is("{name}")'))
        expect(mine).to_contain_text(f"device: {value}")
    expect(shown.last).to_contain_text("RR 714 ms, QTc (Bazett) 417 ms")


def test_a_person_confirms_changes_rejects_and_adds(page: Page, twelve_leads: list[Path]) -> None:
    load(page, *twelve_leads)
    page.locator("#review input[data-focus=reviewer]").fill("Dr. Ärztin")
    items = page.locator("#findings > .finding-list .finding")
    names = [item.get_attribute("data-code") or "" for item in items.all()]
    first = page.locator(f".finding[data-code={names[0]}]")
    verdict = first.locator(".verdict").inner_text()
    first.locator(".finding-head").click()
    first.get_by_role("button", name="Confirm").click()
    first.locator("input[data-focus^=note]").fill("since May")
    expect(first.locator(".decision-words")).to_have_text("confirmed")
    first.get_by_role("button", name="Change").click()
    first.locator("input[data-focus^=instead]").fill("atrial flutter")
    first.locator("input[data-focus^=instead]").press("Tab")
    expect(first.locator(".decision-words")).to_have_text("changed to atrial flutter")
    first.get_by_role("button", name="Reject").click()
    expect(first.locator(".decision-words")).to_have_text("rejected")
    expect(first.locator(".verdict")).to_have_text(verdict)  # the network's answer stays
    page.locator("input[data-focus=own-title]").fill("electrode off")
    page.get_by_role("button", name="Add a finding").click()
    expect(page.locator(".own-finding")).to_contain_text("electrode off")
    with page.expect_download() as downloaded:
        page.locator("[data-take=json]").click()
    review = json.loads(Path(downloaded.value.path()).read_text())["recordings"][0]["review"]
    assert review["reviewer"] == "Dr. Ärztin"
    assert (review["decisions"][0]["judgement"], review["decisions"][0]["note"]) == ("rejected", "since May")
    page.reload()
    load(page, *twelve_leads)
    expect(page.locator(f".finding[data-code={names[0]}] .decision-words")).to_have_text("rejected")
    expect(page.locator(".own-finding")).to_contain_text("electrode off")
    page.get_by_role("button", name="Remove my reading").click()
    expect(page.locator(".decision-words")).to_have_count(0)


@pytest.mark.parametrize(
    ("kind", "begins", "ending"),
    [
        ("pdf", b"%PDF", ".pdf"),
        ("png", b"\x89PNG", ".png"),
        ("json", b'{\n  "format_version"', ".json"),
        ("csv", b"file,part,", ".csv"),
        ("fhir", b'{"resourceType": "Bundle"', ".fhir.json"),
    ],
)
def test_what_can_be_taken_away(page: Page, watch: Path, kind: str, begins: bytes, ending: str) -> None:
    load(page, watch)
    with page.expect_download() as downloaded:
        page.locator(f"[data-take={kind}]").click()
    assert downloaded.value.suggested_filename == f"ecg_2024-05-01{ending}"
    assert Path(downloaded.value.path()).read_bytes().startswith(begins)


def test_the_german_report_has_no_sentence_in_english(
    open_page: Callable[..., Page], watch: Path, twelve_leads: list[Path]
) -> None:
    if shutil.which("pdftotext") is None:
        pytest.skip("needs Poppler: apt-get install poppler-utils")
    page = open_page(locale="de-DE")
    load(page, watch)
    load(page, *twelve_leads)
    expect(page.locator(".card-verdict")).to_have_count(2)
    table = json.loads(files("mvkt.web").joinpath("static", "texts", "german_messages.json").read_text("utf-8"))
    pieces = {piece.strip() for english in table for piece in english.split("{}") if piece.strip().count(" ") > 1}
    for card in page.locator(".card-button").all():
        card.click()
        with page.expect_download() as downloaded:
            page.locator("[data-take=pdf]").click()
        command = ["pdftotext", downloaded.value.path(), "-"]
        words = " ".join(subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.split())
        assert "Gelesen vom Netz" in words
        assert [piece for piece in pieces if piece.lower() in words.lower()] == []
        assert re.findall(r"\b(the|and|not|with|found|likely|read|beats?|of|missed|would)\b", words) == []


def test_nothing_judged_is_not_nothing_found(page: Page, tmp_path: Path, make_watch_file: Callable[..., bytes]) -> None:
    noise = np.random.default_rng(0).normal(0, 2.0, 512 * 20)
    path = tmp_path / "noise.csv"
    head, _, _ = make_watch_file().decode().rpartition("Unit")
    path.write_text(f"{head}Unit,µV\n\n" + "\n".join(f"{1000 * value:.1f}" for value in noise))
    load(page, path)
    expect(page.locator(".headline")).to_have_text("Nothing could be judged.")
    expect(page.locator(".card-verdict")).to_have_text("not judged")
    expect(page.locator(".measurement")).to_have_count(1)
    expect(page.locator(".measurement")).to_contain_text("nothing of the recording was good enough to judge")


def test_the_page_prints(page: Page, watch: Path, tmp_path: Path) -> None:
    load(page, watch)
    page.pdf(path=tmp_path / "page.pdf")
    content = (tmp_path / "page.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    assert len(content) > 20_000
    page.emulate_media(media="print")
    expect(page.locator(".toolbar")).not_to_be_visible()
    expect(page.locator(".headline")).to_be_visible()


def test_a_recording_of_twelve_leads_is_compared_with_one_lead(page: Page, twelve_leads: list[Path]) -> None:
    load(page, *twelve_leads)
    expect(page.locator(".networks > summary")).to_contain_text("12-lead")
    page.locator(".networks > summary").click()
    expect(page.locator(".networks")).to_contain_text("sees the most of this recording, 12 leads", ignore_case=True)
    page.get_by_role("button", name="Compare with one lead").click()
    heads = page.locator(".comparison thead th")
    expect(heads).to_have_count(2, timeout=60_000)
    expect(heads.first).to_contain_text("12-lead")
    expect(heads.last).to_contain_text("lead-I")
    expect(page.get_by_role("button", name="Compare with one lead")).to_have_count(0)


def test_networks_side_by_side(page: Page, twelve_leads: list[Path]) -> None:
    load(page, *twelve_leads)
    page.locator(".networks > summary").click()
    for box in page.locator(".network-form input").all():
        box.check()
    page.locator(".network-form button").click()
    table = page.locator(".comparison table")
    expect(table).to_be_visible()
    columns = page.locator(".network-form input").count()
    assert table.locator("thead th").count() == columns >= 2
    assert table.locator("tbody tr").count() > 3


def test_recordings_of_one_person_over_time(
    page: Page, watch: Path, twelve_leads: list[Path], picture: Callable[[Page, str], None]
) -> None:
    load(page, watch, *twelve_leads)
    expect(page.locator(".card-verdict")).to_have_count(2)
    for box in page.locator(".card-box").all():
        box.check()
    page.get_by_role("button", name="Compare over time").click()
    expect(page.locator(".strip")).to_have_count(2)
    expect(page.locator(".series-table thead th")).to_have_count(2)
    page.wait_for_timeout(400)
    picture(page, "page-over-time")
    page.get_by_role("button", name="Back to the trace").click()
    expect(page.locator(".series")).not_to_be_visible()
    expect(page.locator(".paper").first).to_be_visible()


def test_german_leaves_no_english_behind(
    open_page: Callable[..., Page], twelve_leads: list[Path], picture: Callable[[Page, str], None]
) -> None:
    page = open_page(locale="de-DE", color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_role("button", name="Dateien wählen")).to_be_visible()
    load(page, *twelve_leads)
    page.locator(".finding-head").first.click()
    picture(page, "page-german-dark")
    words = page.evaluate("""() => {
      const copy = document.body.cloneNode(true);
      for (const foreign of copy.querySelectorAll("[lang=en], script, dialog")) foreign.remove();
      return copy.textContent;
    }""")
    english = re.findall(r"\b(the|and|not|with|found|likely|read|beats?|of|(?<!12-)lead(?!-)|missed)\b", words)
    assert english == []
    expect(page.locator("#findings [lang=en]")).to_have_count(0)
    expect(page.locator("#findings")).to_contain_text("Gelernt aus")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#findings h2")).to_have_text("Findings")


def test_messages_about_files_are_in_german_too(open_page: Callable[..., Page], tmp_path: Path) -> None:
    page = open_page(locale="de-DE")
    names = {"notes.txt": "no recording at all", "short.csv": "I [mV]\n0.1\n0.2\n", "data.json": '{"a": 1}'}
    for name, content in names.items():
        (tmp_path / name).write_text(content)
    page.set_input_files("#files", [str(tmp_path / name) for name in names])
    errors = page.locator(".card-error")
    expect(errors).to_have_count(len(names))
    expect(page.locator(".card-error[lang=en]")).to_have_count(0)
    expect(errors.first).to_have_text("Das ist keine Aufzeichnung in einem bekannten Format, sondern eine Textdatei.")
    page.get_by_role("button", name="English").click()
    expect(errors.first).to_have_text("This is a text file, not a recording of a known format.")
    expect(page.locator(".card-error[lang=en]")).to_have_count(len(names))


def test_every_text_is_there_in_both_languages_and_used(page: Page) -> None:
    keys = page.evaluate("async () => (await import('/static/js/base/texts.js')).keys()")
    scripts = Path(__file__).parents[3] / "src" / "mvkt" / "web" / "static"
    source = "".join(path.read_text() for path in [*scripts.rglob("js/**/*.js"), scripts / "index.html"])
    source = source.replace((scripts / "js" / "base" / "texts.js").read_text(), "")
    unused = [key for key in keys if not re.search(rf"""["'`]{re.escape(key)}["'`]""", source)]
    assert unused == []
    both = page.evaluate("""async () => {
      const { keys, t } = await import("/static/js/base/texts.js");
      const { settings } = await import("/static/js/base/settings.js");
      return keys().map((key) => ["en", "de"].map((language) => { settings.language = language; return t(key); }));
    }""")
    assert all(english and german for english, german in both)


def test_the_page_is_light(page: Page, link: str) -> None:
    sizes = page.evaluate("""() => performance.getEntriesByType("resource").map((entry) => entry.decodedBodySize)
      .concat(performance.getEntriesByType("navigation").map((entry) => entry.decodedBodySize))""")
    assert sum(sizes) < 300_000
    policy = page.request.get(link).headers["content-security-policy"]
    assert "unsafe" not in policy
