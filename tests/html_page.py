"""The references and the text of a page of HTML."""

from __future__ import annotations

from html.parser import HTMLParser

_VOID = {"base", "br", "circle", "hr", "img", "input", "line", "link", "meta", "path", "rect", "use"}


class HtmlPage(HTMLParser):
    """A page whose tags all close.

    Attributes:
        tags: Names of all tags.
        attributes: Tag, name and value.
        text: Without styles and scripts.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self._words: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []
        self.text = " ".join(" ".join(self._words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & {*self._open[-1:]}:
            self._words.append(data)
