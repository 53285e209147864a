"""Notes on files that were cut off: they have fewer samples than they promise, and are read as far as they go."""

from __future__ import annotations

from mvkt.ecg.record import Record

_TRUNCATED = "truncated: "


def truncation(there: int, promised: float | None) -> tuple[str, ...]:
    """Return a note where fewer samples are there than the file promises."""
    if promised is None or there >= promised:
        return ()
    return (f"{_TRUNCATED}{there:,} of {promised:,.0f} samples are there",)


def is_truncated(record: Record) -> bool:
    """Whether a file has fewer samples than it promises, by the notes on it."""
    return any(note.startswith(_TRUNCATED) for note in record.notes)
