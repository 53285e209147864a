"""The frame of the HTML pages: they need nothing else, no script, no font, nothing from the network."""

from __future__ import annotations

from html import escape
from importlib.resources import files

from mvkt import __version__
from mvkt.bundle.worth import DISCLAIMER


def document(title: str, body: str) -> str:
    """Return a whole page; the title is text, the body HTML."""
    style = files("mvkt.diagnosis.page").joinpath("page.css").read_text(encoding="utf-8")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{text(title)}</title><style>{style}</style></head><body><main>{body}</main></body></html>\n"
    )


def disclaimer() -> str:
    """Return what goes with every answer."""
    return f'<p class="disclaimer">{text(DISCLAIMER)}</p>'


def footer() -> str:
    """Return the end of a page."""
    return f"<footer>mvkt {__version__}. {text(DISCLAIMER)}</footer>"


def sentence(words: str) -> str:
    """Begin with a capital and end with a full stop."""
    return f"{words[:1].upper()}{words[1:]}{'' if words.endswith(('.', '!', '?')) else '.'}"


def text(words: str) -> str:
    """Return HTML of text without markup and invisible characters: the content of files and bundles is not trusted."""
    return escape("".join(character if character.isprintable() else "\ufffd" for character in words))
