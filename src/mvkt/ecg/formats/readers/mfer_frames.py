"""What ECGDataKit leaves out of MFER: bytes of samples, files that end early, pauses, the age of an infant.

A file has as many bytes as its frames promise, or its leads would be mixed.

Source: ISO 22077-1: tags with a length of one byte, or of the bytes that its lower seven bits count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate

import numpy as np

from mvkt.ecg.formats.assemble import Channel
from mvkt.ecg.formats.person_facts import YEARS_PER
from mvkt.errors import RecordFormatError

_CHANNEL, _WAVES, _NOTHING, _END = 0x3F, 0x1E, 0x00, 0x80
_ORDER, _AGE, _LITTLE = 0x01, 0x83, b"\x01"
_MOST_GAPS = 10
"""Times what was recorded."""

_TYPE = b"\x0a\x01"


def up_to_its_end(content: bytes) -> tuple[bytes, int]:
    """Return a file that ends within an element with what of it is there, and how many bytes of samples are not.

    The samples of such an element are those that are there; any other is left out. What is whole comes back as it came.
    """
    for tag, begin, start, stop in _elements(content):
        if stop is None or stop <= len(content):
            continue
        there = len(content) - start
        if tag != _WAVES or there < 1:
            return content[:begin], 0
        size = start - begin - 2  # of the length; the tag and its first byte come before it
        length = there.to_bytes(size, "big") if size else bytes([there])
        return content[: start - max(1, size)] + length + content[start:], stop - len(content)
    return content, 0


def check_frames(content: bytes, promised: int, lost: int = 0) -> None:
    """Refuse a file with other than the promised bytes of samples: each lead would begin in another.

    Args:
        content: The file.
        promised: By its frames; without those of which nothing is there.
        lost: Bytes of samples after the end of the file.

    Raises:
        RecordFormatError: There are more or fewer.
    """
    there = _wave_bytes(content)
    is_cut_off = lost > 0 and there is not None and there <= promised <= there + lost
    if there not in (None, promised) and not is_cut_off:
        raise RecordFormatError(
            f"MFER: the file promises {promised:,} bytes of samples and holds {there:,}: it is damaged"
        )


def with_gaps(channel: Channel, frames: Sequence[Mapping[str, int]]) -> Channel:
    """Put the frames of a channel where their pointers have them, with missing samples between them.

    Args:
        channel: Whose samples are those of the frames, joined end to end.
        frames: With ``samples`` and ``pointer``, the sample at which a frame begins.

    Returns:
        The channel as it came where the pointers do not rise, or lie far apart.
    """
    lengths, pointers = ([frame[name] for frame in frames] for name in ("samples", "pointer"))
    ends = [0, *accumulate(lengths)]
    starts = [pointer - pointers[0] for pointer in pointers]
    gaps = [start - end for start, end in zip(starts, ends, strict=False)]
    if not gaps or gaps != sorted(gaps) or ends[-1] != len(channel.signal) or not 0 < gaps[-1] <= ends[-1] * _MOST_GAPS:
        return channel
    signal = np.full(ends[-1] + gaps[-1], np.nan, dtype=np.float32)
    for start, end, length in zip(starts, ends, lengths, strict=False):
        signal[start : start + length] = channel.signal[end : end + length]
    return replace(channel, signal=signal, note=f"gaps of {gaps[-1]:,} samples in all are marked as missing")


def age_of_mfer(content: bytes) -> float | None:
    """Return years of an age that is stated as no years and some days; None of any other."""
    is_little, found = False, None
    for tag, _, start, stop in _elements(content):
        if stop is None:
            break
        if tag == _ORDER:
            is_little = content[start:stop] == _LITTLE
        elif tag == _AGE and stop - start >= 3 and content[start : start + 1] == b"\0":
            found = int.from_bytes(content[start + 1 : start + 3], "little" if is_little else "big")
    return found * YEARS_PER["d"] if found else None


def _wave_bytes(content: bytes) -> int | None:
    """Return the bytes of samples; None where a length is not stated, or channels have numbers of their own type."""
    total = 0
    for tag, _, start, stop in _elements(content):
        if stop is None or (tag == _CHANNEL and _TYPE in content[start:stop]):
            return None
        total += stop - start if tag == _WAVES else 0
    return total


def _elements(content: bytes) -> Iterator[tuple[int, int, int, int | None]]:
    """Yield the tag of each element, where it and its value begin, and where it ends, None if that is not stated."""
    at = 0
    while at + 1 < len(content) and content[at] != _END:
        tag, begin = content[at], at
        at += 1
        if tag == _NOTHING:
            continue
        if tag == _CHANNEL:
            while at < len(content) - 1 and content[at] & 0x80:
                at += 1
            at += 1
        length, at = _length(content, at)
        if length is None:
            yield tag, begin, at, None
            return
        yield tag, begin, at, at + length
        at += length


def _length(content: bytes, at: int) -> tuple[int | None, int]:
    """Return a length, and where what it belongs to begins."""
    first = content[at] if at < len(content) else 0x80
    if first < 0x80:
        return first, at + 1
    count = first & 0x7F
    return (int.from_bytes(content[at + 1 : at + 1 + count], "big") if count else None), at + 1 + count
