"""SCP-ECG without the sections that a recording does not need, so that a fault in these does not matter.

Sections 7 to 11 hold measurements and diagnoses, 4 and 5 an average beat, section 1 the person and the start. Where one
is empty or damaged, the library refuses the file.

Source: EN 1064 (SCP-ECG), section 0: pointers of ten bytes, number, length and place of each section.
"""

from __future__ import annotations

import binascii
import struct
from collections.abc import Collection, Iterator, Mapping, Sequence

from mvkt.ecg.formats.person_facts import YEARS_PER
from mvkt.ecg.formats.user_facts import UserFacts

_FIRST, _SECTION_HEADER, _POINTER = 6, 16, 10
MEASUREMENTS, AVERAGE_BEAT, PERSON = frozenset(range(7, 12)), frozenset({4, 5}), frozenset({1})
"""Numbers of sections."""

_LEADS, _RHYTHM = 3, 6
_LONGEST_INTERVAL, _UNDEFINED = 0xFFFF, 29999
_STATED_AGE, _NO_MORE = 4, 255
_YEARS_PER = {1: YEARS_PER["y"], 2: YEARS_PER["m"], 3: YEARS_PER["w"], 4: YEARS_PER["d"], 5: YEARS_PER["h"]}
"""By the unit of an age: years, months, weeks, days, hours."""

_SUBTRACTED = 1
"""The flag of section 3 where the average beat was subtracted from the recording, which needs it then."""


def needs_average_beat(content: bytes) -> bool:
    """Whether the recording is what remains after the average beat was subtracted; also where that cannot be read."""
    for number, _, place in _pointers(content):
        flags = place - 1 + _SECTION_HEADER + 1
        if number == _LEADS and place > 0 and flags < len(content):
            return bool(content[flags] & _SUBTRACTED)
    return True


def with_interval(content: bytes, given: UserFacts) -> tuple[bytes, float | None]:
    """Return a file with an interval between the samples of the recording; and the frequency where it had none.

    Raises:
        RecordFormatError: Neither the file nor the user states one.
    """
    for number, length, place in _pointers(content):
        start = place - 1
        at = start + _SECTION_HEADER + 2
        if number != _RHYTHM or start <= 0 or at + 2 > len(content) or struct.unpack_from("<H", content, at)[0]:
            continue
        frequency = given.frequency_of(None)
        changed = bytearray(content)
        struct.pack_into("<H", changed, at, min(_LONGEST_INTERVAL, max(1, round(1e6 / frequency))))
        return _with_sums(content, changed, (start, start + length)), frequency
    return content, None


def intervals_in(blocks: Sequence[Mapping[str, float]] | None) -> tuple[float | None, float | None, float | None]:
    """Return PR, QRS and QT in ms by where the waves of the first block of section 7 begin and end."""
    block = blocks[0] if blocks else {}

    def between(first: str, last: str) -> float | None:
        begin, end = block.get(first, _UNDEFINED), block.get(last, _UNDEFINED)
        return end - begin if begin < end < _UNDEFINED else None

    return between("p_onset", "qrs_onset"), between("qrs_onset", "qrs_offset"), between("qrs_onset", "t_offset")


def age_in_section_1(content: bytes) -> float | None:
    """Return years by the stated age and its unit (tag 4); None where section 1 or the age is not there."""
    at, end = next(((place - 1, length) for number, length, place in _pointers(content) if number == 1), (0, 0))
    end += at
    at += _SECTION_HEADER
    while at > 0 and at + 3 <= min(end, len(content)):
        tag, length = struct.unpack_from("<BH", content, at)
        at += 3
        if tag == _STATED_AGE and length >= 3 and at + 3 <= len(content):
            age, unit = struct.unpack_from("<HB", content, at)
            return age * _YEARS_PER[unit] if age and unit in _YEARS_PER else None
        if tag == _NO_MORE:
            return None
        at += length
    return None


def _pointers(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield number, length and place (from 1 on) of each section."""
    length = struct.unpack_from("<I", content, 10)[0] if len(content) >= _FIRST + _SECTION_HEADER else 0
    for at in range(_FIRST + _SECTION_HEADER, min(_FIRST + length, len(content)) - _POINTER + 1, _POINTER):
        yield struct.unpack_from("<HII", content, at)


def without_sections(content: bytes, unneeded: Collection[int]) -> bytes:
    """Return a file whose pointers to these sections are empty; as it came where it has none or is damaged."""
    if len(content) < _FIRST + _SECTION_HEADER:
        return content
    length = struct.unpack_from("<I", content, 10)[0]
    end = _FIRST + length
    if not _SECTION_HEADER <= length <= len(content) - _FIRST:
        return content
    changed = bytearray(content)
    for at in range(_FIRST + _SECTION_HEADER, end - _POINTER + 1, _POINTER):
        if struct.unpack_from("<H", changed, at)[0] in unneeded:
            changed[at + 2 : at + _POINTER] = bytes(8)
    return _with_sums(content, changed, (_FIRST, end))


def _with_sums(content: bytes, changed: bytearray, section: tuple[int, int]) -> bytes:
    """Return a changed file with new sums of the section and of the whole, where they were right before."""
    size = min(struct.unpack_from("<I", content, 2)[0], len(content))
    for start, stop in (section, (0, size)):  # the sum of the whole covers that of the section
        if _sum_is_right(content[start:stop]):
            changed[start : start + 2] = struct.pack("<H", binascii.crc_hqx(bytes(changed[start + 2 : stop]), 0xFFFF))
    return bytes(changed)


def _sum_is_right(part: bytes) -> bool:
    return len(part) > 2 and struct.unpack_from("<H", part)[0] == binascii.crc_hqx(part[2:], 0xFFFF)
