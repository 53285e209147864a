"""The frame of the HTML pages."""

from __future__ import annotations

from mvkt.bundle.worth import DISCLAIMER
from mvkt.diagnosis.page.html import disclaimer, document, footer, sentence, text


def test_text_cannot_be_markup() -> None:
    assert text('<script>"&\u202e\n') == "&lt;script&gt;&quot;&amp;\ufffd\ufffd"


def test_sentences() -> None:
    assert [sentence(words) for words in ("too short", "Why?", "Done.")] == ["Too short.", "Why?", "Done."]


def test_a_page_may_load_nothing() -> None:
    page = document("<title>", "<p>body</p>")
    assert "default-src 'none'" in page
    assert "<title>&lt;title&gt;</title>" in page
    assert "<main><p>body</p></main>" in page
    assert "http://" not in page


def test_the_disclaimer_goes_with_every_page() -> None:
    assert text(DISCLAIMER) in disclaimer()
    assert text(DISCLAIMER) in footer()
