"""ECGs of AliveCor's KardiaMobile, as the Kardia API returns them.

``data.raw`` is the signal as it was recorded, ``data.enhanced`` what AliveCor's filter made of it; the raw one is read,
because the students filter for themselves. ``amplitudeResolution`` is in nV.

Source: https://developers.kardia.com (``GET /v1/recordings/:id``).
"""

from __future__ import annotations

from typing import Any

from mvkt.ecg.formats.assemble import Channel, assemble
from mvkt.ecg.formats.reader import Format, Reader, single
from mvkt.ecg.formats.readers.json_file import field, has_keys, head_of_json, load, samples, time
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.text import number
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

_LEADS = {"leadI": "I", "leadII": "II", "leadIII": "III", "AVR": "aVR", "AVL": "aVL", "AVF": "aVF"}
_LARGEST_DIFFERENCE = 0.1
_PAIRS = (
    ("recordedAt", "algorithmDetermination"),
    ("recordedAt", "patientID"),
    ("recordedAt", "data12L"),
    ("mainsFrequency", "samples"),
)


def recognises(file: RecordingFile) -> bool:
    """Whether a file is JSON with a recording of Kardia."""
    head = head_of_json(file)
    return has_keys(head, "amplitudeResolution") or any(has_keys(head, *pair) for pair in _PAIRS)


def read(file: RecordingFile, given: UserFacts) -> Record:
    """Read the raw signal of a recording."""
    document = load(file)
    if field(document, "data12L") is not None:
        raise RecordFormatError("Kardia: recordings of 12 leads (data12L) state no scale, which is not guessed")
    block = field(document, "data", "raw")
    leads = field(block, "samples")
    if not isinstance(leads, dict) or not leads:
        raise RecordFormatError("Kardia: the file has no recording (data.raw.samples)")
    frequency = given.frequency_of(number(field(block, "frequency")))
    nanovolts = number(field(block, "amplitudeResolution")) or 0.0
    fault = (
        "" if nanovolts > 0 or given.unit else "Kardia: the file states no amplitude of a step (amplitudeResolution)"
    )
    channels = [
        Channel(_LEADS.get(name, str(name)), *given.scaled(samples(values), nanovolts * 1e-6), frequency, fault)
        for name, values in leads.items()
    ]
    if given.sampling_frequency is None:
        _check_duration(document, channels)
    return assemble(
        channels,
        source="AliveCor Kardia JSON",
        notes=("of raw and enhanced the raw signal is read",) if field(document, "data", "enhanced") else (),
        start_time=time(field(document, "recordedAt")),
        given=given,
    )


def _check_duration(document: Any, channels: list[Channel]) -> None:
    """Compare the length with ``duration``, which is in ms."""
    stated = (number(field(document, "duration")) or 0.0) / 1000
    seconds = max(len(channel.signal) for channel in channels) / channels[0].sampling_frequency
    if stated > 0 and abs(seconds - stated) > max(1.0, _LARGEST_DIFFERENCE * stated):
        raise RecordFormatError(f"Kardia: the file states {stated:g} s, and its samples last {seconds:g} s")


READER = Reader(
    name="AliveCor Kardia",
    formats=(
        Format(
            name="AliveCor Kardia",
            files=".json",
            devices="KardiaMobile, KardiaMobile 6L",
            read_by="mvkt",
            mind="the raw signal, not the enhanced one; a device held the wrong way round writes lead I upside down; "
            "12-lead recordings (data12L) state no scale and are refused",
        ),
    ),
    recognises=recognises,
    recordings=single(read),
)
