"""SCP-ECG files that end early: the leads that are there, and without the sections that were cut off.

Section 6 has the samples of one lead after the other, and section 3 the leads; of a lead that was cut off the beginning
is read where its samples are not compressed. New sections stand at the end, and the pointers of section 0 lead to them.

Source: EN 1064 (SCP-ECG), sections 0, 3, 5 and 6.
"""

from __future__ import annotations

import binascii
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_FIRST, _HEADER, _POINTER = 6, 16, 10
_HUFFMAN, _LEADS, _BEAT, _RHYTHM = 2, 3, 5, 6
_NEEDED = frozenset({_HUFFMAN, _LEADS, 4, _BEAT})
_LEAD_BYTES = 9
_FLAGS = 0b111
"""Of section 3; above them is the number of leads that were recorded together."""


@dataclass(frozen=True)
class _Pointer:
    """A pointer of section 0: where it lies, and to which section it leads."""

    at: int
    number: int
    start: int
    end: int


def up_to_the_last_lead(content: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Return a file that ends early with the leads that are there, and a note; any other as it came.

    So are read leads with fewer samples than their range in section 3, and ranges that begin with 0. A file that ends
    before its samples comes back as it came: its reader names the fault.
    """
    pointers = _pointers(content)
    sections = {pointer.number: pointer for pointer in pointers}
    size = struct.unpack_from("<I", content, 2)[0] if len(content) >= _FIRST + _HEADER else 0
    cut = [pointer for pointer in pointers if pointer.end > len(content)]
    is_damaged = cut and size <= len(content)  # it is whole by its own size: a pointer is wrong
    if is_damaged or {_LEADS, _RHYTHM} - sections.keys() or any(pointer.number in _NEEDED for pointer in cut):
        return content, ()
    changed, notes = bytearray(content), []
    for pointer in cut:
        struct.pack_into("<II", changed, pointer.at + 2, 0, 0)
        if pointer.number != _RHYTHM:
            notes.append(f"truncated: the file ends within its block 'section {pointer.number}'")
    leads = _there(content, sections)
    if leads is None:
        return content, ()
    if leads.are_changed:
        for number, body in leads.bodies.items():
            _append(changed, sections[number], body)
    if not cut and not leads.are_changed and max(pointer.end for pointer in pointers) <= size <= len(content):
        return content, ()
    return _with_size(changed), (*notes, *leads.notes)[:1]


def _pointers(content: bytes) -> list[_Pointer]:
    """Return the pointers to sections that are not empty; none where section 0 is not whole."""
    length = struct.unpack_from("<I", content, 10)[0] if len(content) >= _FIRST + _HEADER else 0
    if not _HEADER <= length <= len(content) - _FIRST:
        return []
    found = []
    for at in range(_FIRST + _HEADER, _FIRST + length - _POINTER + 1, _POINTER):
        number, size, place = struct.unpack_from("<HII", content, at)
        if number and size and place:
            found.append(_Pointer(at, number, place - 1, place - 1 + size))
    return found


@dataclass(frozen=True)
class _Leads:
    """The leads that are there: new bodies of sections, by number, whether they are needed, and notes."""

    bodies: dict[int, bytes]
    are_changed: bool
    notes: tuple[str, ...]


def _there(content: bytes, sections: Mapping[int, _Pointer]) -> _Leads | None:
    """Return the leads that are there; None where there is none."""
    leads = content[sections[_LEADS].start + _HEADER : sections[_LEADS].end]
    count = leads[0] if leads else 0
    rhythm, stop = sections[_RHYTHM].start + _HEADER, min(sections[_RHYTHM].end, len(content))
    at = rhythm + 6 + 2 * count
    if not count or len(leads) < 2 + _LEAD_BYTES * count or stop <= at:
        return None
    stated = [struct.unpack_from("<IIB", leads, 2 + _LEAD_BYTES * number) for number in range(count)]
    from_zero = int(min(first for first, _, _ in stated) == 0)
    kept: list[tuple[bytes, bytes]] = []
    is_short = False
    for size, (first, last, code) in zip(struct.unpack_from(f"<{count}H", content, rhythm + 6), stated, strict=True):
        there = min(size, stop - at)
        end = last if _HUFFMAN in sections else min(last, first + there // 2 - 1)
        if (there < size and _HUFFMAN in sections) or end < first:
            break
        is_short |= end < last
        kept.append((content[at : at + there], struct.pack("<IIB", first + from_zero, end + from_zero, code)))
        at += there
    if not kept:
        return None
    flags = leads[1] & _FLAGS | (len(kept) << 3 & 0xFF)
    bodies = {
        _LEADS: bytes([len(kept), flags]) + b"".join(entry for _, entry in kept),
        _RHYTHM: _of_leads(content[rhythm : rhythm + 6], [samples for samples, _ in kept]),
    }
    if _BEAT in sections:
        beat = content[sections[_BEAT].start + _HEADER : sections[_BEAT].end]
        bodies[_BEAT] = _first_leads(beat, count, len(kept))
    is_short |= len(kept) < count
    note = f"truncated: {len(kept)} of {count} leads are there, the last perhaps in part"
    return _Leads(bodies, bool(is_short or from_zero), (note,) * is_short)


def _first_leads(body: bytes, count: int, kept: int) -> bytes:
    """Return the body of section 5 with its first leads alone."""
    if len(body) < 6 + 2 * count:
        return body
    at, parts = 6 + 2 * count, []
    for size in struct.unpack_from(f"<{count}H", body, 6)[:kept]:
        parts.append(body[at : at + size])
        at += size
    return _of_leads(body[:6], parts)


def _of_leads(head: bytes, parts: Sequence[bytes]) -> bytes:
    return head + struct.pack(f"<{len(parts)}H", *map(len, parts)) + b"".join(parts)


def _append(content: bytearray, pointer: _Pointer, body: bytes) -> None:
    """Put a section with another body at the end of a file, and let its pointer lead there."""
    about = bytes(content[pointer.start + 8 : pointer.start + _HEADER]).ljust(8, b"\0")  # its versions
    rest = struct.pack("<HI", pointer.number, _HEADER + len(body)) + about + body
    struct.pack_into("<II", content, pointer.at + 2, len(rest) + 2, len(content) + 1)
    content += struct.pack("<H", binascii.crc_hqx(rest, 0xFFFF)) + rest


def _with_size(content: bytearray) -> bytes:
    """Return a file whose size and sums are those of what it holds."""
    struct.pack_into("<I", content, 2, len(content))
    end = _FIRST + struct.unpack_from("<I", content, 10)[0]
    for start, stop in ((_FIRST, end), (0, len(content))):
        struct.pack_into("<H", content, start, binascii.crc_hqx(bytes(content[start + 2 : stop]), 0xFFFF))
    return bytes(content)
