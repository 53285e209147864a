"""AliveCor's ``.atc``: ``ALIVE``, then blocks with a name, a length, content and a CRC-32.

``fmt`` has the sampling rate and the amplitude of a step in nV, ``ecg``, ``ecg2`` to ``ecgc`` are the leads in 16 bits,
``info`` has the time. Average and median beats, annotations and acceleration are left out, as are identifiers.

Source: AliveCor, *ATC File Format Specification 1.7*.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import numpy as np

from mvkt.ecg.formats.assemble import Channel, assemble
from mvkt.ecg.formats.dates import parse_time
from mvkt.ecg.formats.reader import Format, Reader, single
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.text import MISSING_CODE
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.leads import STANDARD_LEADS
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

_SIGNATURE = b"ALIVE\x00\x00\x00"
_LARGEST_BYTES = 64 * 1024**2
_LEADS = dict(zip((f"ecg{mark}" for mark in " 23456789abc"), STANDARD_LEADS, strict=True))
_FORMAT, _PERSON = "fmt ", "info"
"""Of all other blocks but the leads nothing is read; a fault in them does not matter."""

_ENHANCED_FILTER = 64


def recognises(file: RecordingFile) -> bool:
    """Whether the file begins with the signature."""
    return file.head.startswith(_SIGNATURE)


def read(file: RecordingFile, given: UserFacts) -> Record:
    """Read all leads of a recording."""
    if file.size > _LARGEST_BYTES:
        raise RecordFormatError(f"Kardia ATC: {file.size:,} bytes are more than a recording has ({_LARGEST_BYTES:,})")
    blocks, faults, notes = _blocks(file.read_bytes())
    leads = {lead: blocks[name] for name, lead in _LEADS.items() if name in blocks}
    if not leads:
        raise RecordFormatError("Kardia ATC: the file holds no ECG block")
    if len(blocks.get(_FORMAT, b"")) < 6:
        raise RecordFormatError("Kardia ATC: the file states no sampling frequency and no amplitude")
    kind, rate, nanovolts, flags = struct.unpack_from("<BHHB", blocks[_FORMAT])
    if kind != 1:
        raise RecordFormatError(f"Kardia ATC: samples of the kind {kind} are not known; 16 bits are expected")
    if flags & _ENHANCED_FILTER:
        notes.append("the recording was filtered by the device (enhanced filter)")
    frequency = given.frequency_of(float(rate))
    channels = []
    for lead, content in leads.items():
        counts = np.frombuffer(content, "<i2", count=len(content) // 2).astype(np.float64)
        counts[counts == MISSING_CODE] = np.nan
        channels.append(Channel(lead, *given.scaled(counts, nanovolts * 1e-6), frequency, faults.get(lead, "")))
    recorded = blocks.get(_PERSON, b"")[:32].partition(b"\x00")[0].decode("ascii", errors="replace")
    return assemble(
        channels, source="AliveCor Kardia ATC", notes=notes, start_time=parse_time(recorded.strip()), given=given
    )


def _blocks(content: bytes) -> tuple[dict[str, bytes], dict[str, str], list[str]]:
    """Return the blocks by their names, what is wrong with leads, and notes where the file ends or is damaged."""
    blocks: dict[str, bytes] = {}
    faults: dict[str, str] = {}
    notes: list[str] = []
    for name, body, whole, sound in _walk(content):
        if not whole:
            notes.append(f"truncated: the file ends within its block {name.strip()!r}")
        fault = f"Kardia ATC: the checksum of block {name.strip()!r} is not that of its content"
        if whole and not sound and name == _FORMAT:
            raise RecordFormatError(fault)
        if whole and not sound and name == _PERSON:
            notes.append("left out the damaged section of the person and the start")
            continue
        if whole and not sound and name in _LEADS:
            faults.setdefault(_LEADS[name], fault)
        blocks.setdefault(name, body)
    return blocks, faults, notes


def _walk(content: bytes) -> Iterator[tuple[str, bytes, bool, bool]]:
    """Yield the name and content of each block, whether all of it is there, and whether its checksum is right."""
    at = len(_SIGNATURE) + 4
    while at + 8 <= len(content):
        name, length = struct.unpack_from("<4sI", content, at)
        end = at + 8 + length
        whole = end + 4 <= len(content)
        body = content[at + 8 : end]
        sound = whole and zlib.crc32(content[at:end]) == struct.unpack_from("<I", content, end)[0]
        yield name.decode("ascii", errors="replace"), body, whole, sound
        at = end + 4


READER = Reader(
    name="Kardia ATC",
    formats=(
        Format(
            name="AliveCor Kardia ATC",
            files=".atc",
            devices="KardiaMobile, KardiaMobile 6L, Kardia 12L",
            read_by="mvkt",
            mind="1 to 12 leads; average and median beats are left out; a device held the wrong way round writes lead "
            "I upside down",
        ),
    ),
    recognises=recognises,
    recordings=single(read),
)
