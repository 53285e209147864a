"""How many bytes of samples a file of MFER holds: as many as its frames promise, or its leads would be mixed.

Source: ISO 22077-1: tags with a length of one byte, or of the bytes that its lower seven bits count.
"""

from __future__ import annotations

from mvkt.errors import RecordFormatError

_CHANNEL, _WAVES, _NOTHING, _END = 0x3F, 0x1E, 0x00, 0x80
_TYPE = b"\x0a\x01"


def check_frames(content: bytes, promised: int) -> None:
    """Refuse a file with other than the promised bytes of samples: each lead would begin in another.

    Args:
        content: The file.
        promised: By its frames.

    Raises:
        RecordFormatError: There are more or fewer.
    """
    there = _wave_bytes(content)
    if there not in (None, promised):
        raise RecordFormatError(
            f"MFER: the file promises {promised:,} bytes of samples and holds {there:,}: it is damaged"
        )


def _wave_bytes(content: bytes) -> int | None:
    """Return the bytes of samples; None where a length is not stated, or channels have numbers of their own type."""
    at, total = 0, 0
    while at + 1 < len(content) and content[at] != _END:
        tag = content[at]
        at += 1
        if tag == _NOTHING:
            continue
        if tag == _CHANNEL:
            while at < len(content) - 1 and content[at] & 0x80:
                at += 1
            at += 1
        length, at = _length(content, at)
        if length is None or (tag == _CHANNEL and _TYPE in content[at : at + length]):
            return None
        total += length if tag == _WAVES else 0
        at += length
    return total


def _length(content: bytes, at: int) -> tuple[int | None, int]:
    """Return a length, and where what it belongs to begins."""
    first = content[at] if at < len(content) else 0x80
    if first < 0x80:
        return first, at + 1
    count = first & 0x7F
    return (int.from_bytes(content[at + 1 : at + 1 + count], "big") if count else None), at + 1 + count
