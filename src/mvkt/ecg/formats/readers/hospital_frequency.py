"""The sampling frequency of files that ECGDataKit reads where they state none, which it refuses: that of the user.

It is put into the file as a whole number, as the library takes it; the exact one is returned beside the file.
"""

from __future__ import annotations

import re
import struct

from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.text import number
from mvkt.ecg.formats.user_facts import UserFacts

_WAVEFORM, _WAVEFORM_END, _MEDIAN = b"<Waveform>", b"</Waveform>", re.compile(rb"<WaveformType>\s*Median")
_MUSE = re.compile(rb"<Sample(Base|Exponent)>([^<]{1,80})<")
_MOST_DECIMALS = 9
_SIERRA = re.compile(rb"<parsedwaveforms\b[^>]*")
_SIERRA_RATE = re.compile(rb"""\ssamplespersecond\s*=\s*["']([^"']{0,20})["']""")
_SIERRA_ELEMENT = re.compile(rb"<samplingrate>([^<]{1,80})<")
_MORTARA, _MORTARA_RATE = b"<CHANNEL ", re.compile(rb"""(?:^|\s)SAMPLE_FREQ\s*=\s*["']([^"']{0,20})["']""")
_MOST_PARTS = 256
"""Waveforms or channels of a file; what has more is none, and is not made longer."""

_HOLTER, _HOLTER_RATE = b"ISHNE1.0", 272


def xml_with_frequency(family: str, content: bytes, given: UserFacts) -> tuple[bytes, float | None]:
    """Return a file of XML with a sampling frequency, and the exact one; None where it is what the library reads.

    Args:
        family: As the library calls the format.
        content: In UTF-8.
        given: What the user states.

    Raises:
        RecordFormatError: Neither the file nor the user states one.
    """
    if family == "GE MUSE XML":
        return _muse(content, given)
    if family == "Philips Sierra XML":
        return _sierra(content, given)
    return _mortara(content, given)


def holter_with_frequency(file: RecordingFile, given: UserFacts) -> tuple[RecordingFile, float | None]:
    """Return an ISHNE file with a sampling frequency, and the exact one; other files and those that have one as is.

    Raises:
        RecordFormatError: Neither the file nor the user states one.
    """
    end = _HOLTER_RATE + 2
    if (
        not file.head.startswith(_HOLTER)
        or len(file.head) < end
        or struct.unpack_from("<h", file.head, _HOLTER_RATE)[0] > 0
    ):
        return file, None
    frequency = given.frequency_of(None)
    content = file.read_bytes()
    whole = struct.pack("<h", min(_whole(frequency), 2**15 - 1))
    changed = content[:8] + bytes(2) + content[10:_HOLTER_RATE] + whole + content[end:]  # its checksum is none, too
    return RecordingFile.open(changed, file.name), frequency


def _whole(frequency: float) -> int:
    return max(1, round(frequency))


def _is_stated(text: bytes) -> bool:
    found = number(text.decode("utf-8", errors="replace").replace(",", "."))
    return found is not None and round(found) >= 1


def _muse(content: bytes, given: UserFacts) -> tuple[bytes, float | None]:
    """``SampleBase`` times ten to the power of ``SampleExponent``; each waveform has its own."""
    head, *parts = content.split(_WAVEFORM)
    bodies = [part.partition(_WAVEFORM_END)[0] for part in parts]
    exact = [_of_muse(body) for body in bodies if not _MEDIAN.search(body)]
    if not exact or exact[0] or len(parts) > _MOST_PARTS:
        return content, exact[0] if exact else None
    frequency = given.frequency_of(None)
    filled = b"<SampleBase>%d</SampleBase><SampleExponent>0</SampleExponent>" % _whole(frequency)
    parts = [part if _of_muse(body) else filled + part for part, body in zip(parts, bodies, strict=True)]
    return _WAVEFORM.join([head, *parts]), frequency


def _of_muse(waveform: bytes) -> float | None:
    facts = {name: number(text.decode("utf-8", errors="replace")) for name, text in _MUSE.findall(waveform)}
    base, exponent = facts.get(b"Base"), facts.get(b"Exponent") or 0.0
    return base * 10**exponent if base and base > 0 and abs(exponent) <= _MOST_DECIMALS else None


def _sierra(content: bytes, given: UserFacts) -> tuple[bytes, float | None]:
    """An attribute of the waveforms or an element before them."""
    start = _SIERRA.search(content)
    stated = [*(_SIERRA_RATE.findall(start[0]) if start else ()), *_SIERRA_ELEMENT.findall(content)]
    if start is None or any(map(_is_stated, stated)):
        return content, None
    frequency = given.frequency_of(None)
    filled = _SIERRA_RATE.sub(b"", start[0]) + b' samplespersecond="%d"' % _whole(frequency)
    return content[: start.start()] + filled + content[start.end() :], frequency


def _mortara(content: bytes, given: UserFacts) -> tuple[bytes, float | None]:
    """An attribute of each channel."""
    head, *parts = content.split(_MORTARA)
    split = [part.partition(b">") for part in parts]
    if (
        any(_is_stated(rate) for start, _, _ in split for rate in _MORTARA_RATE.findall(start))
        or not 1 <= len(parts) <= _MOST_PARTS
    ):
        return content, None
    frequency = given.frequency_of(None)
    filled = b'SAMPLE_FREQ="%d" ' % _whole(frequency)
    parts = [b"".join((filled, _MORTARA_RATE.sub(b"", start), end, rest)) for start, end, rest in split]
    return _MORTARA.join([head, *parts]), frequency
