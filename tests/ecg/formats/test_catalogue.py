from __future__ import annotations

from pathlib import Path

from mvkt.ecg.formats import ARCHIVES, READERS
from mvkt.ecg.formats.catalogue import COLUMNS, cells, formats, markdown

DOCUMENT = Path(__file__).parents[3] / "docs" / "reference" / "formats.md"


def test_every_reader_is_listed() -> None:
    listed = formats()
    assert len(listed) == sum(len(reader.formats) for reader in (*READERS, *ARCHIVES))
    assert len({entry.name for entry in listed}) == len(listed)
    assert all(len(cells(entry)) == len(COLUMNS) and all(cells(entry)) for entry in listed)


def test_the_document_has_the_table() -> None:
    """To write it anew: python -c 'from mvkt.ecg.formats.catalogue import markdown; print(markdown())'."""
    assert markdown() in DOCUMENT.read_text(encoding="utf-8")
