"""GE CardioSoft and CASE: the XML of a resting ECG (``<CardiologyXML>``).

The recording is in ``StripData``: for each lead a list of whole numbers, with ``SampleRate`` (Hz) and ``Resolution``
(``uVperLsb``). Average beats, vector loops and the full disclosure are left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from xml.parsers import expat

import numpy as np

from mvkt.ecg.formats.assemble import Channel, assemble
from mvkt.ecg.formats.not_a_recording import as_text
from mvkt.ecg.formats.reader import Format, Reader, single
from mvkt.ecg.formats.readers.json_file import number
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.text import numbers
from mvkt.ecg.formats.units import millivolts_per
from mvkt.ecg.formats.user_facts import Told
from mvkt.ecg.record import Record, Sex
from mvkt.errors import RecordFormatError

_LARGEST_BYTES = 32 * 1024**2
_MOST_DEPTH = 30
_LARGEST_FIELD = 4 * 1024**2
_STRIP = "CardiologyXML/StripData"
_FACTS = re.compile(
    rf"({_STRIP}/(SampleRate|Resolution|NumberOfLeads|ChannelSampleCountTotal)"
    r"|CardiologyXML/PatientInfo/(Age|Gender)|CardiologyXML/ObservationDateTime/\w+)"
)
_SEXES: dict[str, Sex] = {"MALE": "male", "FEMALE": "female"}


def recognises(file: RecordingFile) -> bool:
    """Whether the root element is that of CardioSoft."""
    return re.search(r"<CardiologyXML[\s>]", as_text(file.head) or "") is not None


class _Content:
    """What is taken from the XML: single facts by their path, and the leads of the strip."""

    def __init__(self) -> None:
        self.facts: dict[str, str] = {}
        self.units: dict[str, str] = {}
        self.leads: list[tuple[str, str]] = []
        self._path: list[str] = []
        self._text: list[str] = []
        self._length = 0
        self._lead = ""

    def parse(self, content: bytes) -> _Content:
        parser = expat.ParserCreate()
        parser.EntityDeclHandler = parser.SkippedEntityHandler = _refuse_entities
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._characters
        try:
            parser.Parse(content, True)
        except (expat.ExpatError, ValueError, LookupError) as error:
            if isinstance(error, RecordFormatError):
                raise
            raise RecordFormatError("CardioSoft: the XML is damaged or incomplete") from None
        return self

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._path.append(name)
        if len(self._path) > _MOST_DEPTH:
            raise RecordFormatError("CardioSoft: the XML is nested deeper than any recording")
        self._text, self._length = [], 0
        self._lead = attributes.get("lead", "")
        if _FACTS.fullmatch("/".join(self._path)):
            self.units["/".join(self._path)] = attributes.get("units", "")

    def _characters(self, text: str) -> None:
        self._length += len(text)
        if self._length > _LARGEST_FIELD:
            raise RecordFormatError("CardioSoft: a field of the XML is longer than any recording")
        self._text.append(text)

    def _end(self, name: str) -> None:
        path, text = "/".join(self._path), "".join(self._text).strip()
        self._path.pop()
        if path == f"{_STRIP}/WaveformData":
            self.leads.append((self._lead, text))
        elif _FACTS.fullmatch(path):
            self.facts.setdefault(path, text)
        self._text, self._length = [], 0


def _refuse_entities(*_: Any) -> None:
    raise RecordFormatError("CardioSoft: the XML uses entities, which no recording needs")


def read(file: RecordingFile, told: Told) -> Record:
    """Read the strip of a resting ECG."""
    if file.size > _LARGEST_BYTES:
        raise RecordFormatError(f"CardioSoft: {file.size:,} bytes are more than a resting ECG has ({_LARGEST_BYTES:,})")
    content = _Content().parse(file.read_bytes())
    facts = content.facts
    if not content.leads:
        raise RecordFormatError("CardioSoft: the file holds no StripData, at most average beats or a full disclosure")
    microvolts = number(facts.get(f"{_STRIP}/Resolution"))
    unit = content.units.get(f"{_STRIP}/Resolution", "").removesuffix("perLsb")
    frequency = number(facts.get(f"{_STRIP}/SampleRate"))
    if frequency is None or content.units.get(f"{_STRIP}/SampleRate") not in ("Hz", ""):
        raise RecordFormatError("CardioSoft: the file states no sampling frequency in Hz")
    if microvolts is None or microvolts <= 0 or millivolts_per(unit) is None:
        raise RecordFormatError("CardioSoft: the file states no resolution in µV a unit")
    channels = [
        Channel(lead, numbers(text.split(","), 1) * microvolts, unit, frequency) for lead, text in content.leads
    ]
    _check_lengths(channels, number(facts.get(f"{_STRIP}/ChannelSampleCountTotal")))
    return assemble(
        channels,
        source="CardioSoft XML",
        start_time=_start_time(facts),
        age=_age(content),
        sex=_SEXES.get(facts.get("CardiologyXML/PatientInfo/Gender", "").upper()),
        told=told,
    )


def _check_lengths(channels: list[Channel], promised: float | None) -> None:
    lengths = np.array([len(channel.signal) for channel in channels])
    if promised is not None and (lengths != promised).any():
        raise RecordFormatError(
            f"CardioSoft: {promised:,.0f} samples a lead are promised; there are {lengths.min():,} to {lengths.max():,}"
        )


def _start_time(facts: Mapping[str, str]) -> datetime | None:
    fields = ("Year", "Month", "Day", "Hour", "Minute", "Second")
    try:
        return datetime(*(int(facts[f"CardiologyXML/ObservationDateTime/{field}"]) for field in fields))  # type: ignore[arg-type]
    except (KeyError, ValueError, OverflowError):
        return None


def _age(content: _Content) -> float | None:
    path = "CardiologyXML/PatientInfo/Age"
    return number(content.facts.get(path)) if content.units.get(path, "").upper() == "YEARS" else None


READER = Reader(
    name="CardioSoft",
    formats=(
        Format(
            name="CardioSoft XML",
            files=".xml",
            devices="GE CardioSoft, CASE, MAC",
            read_by="mvkt",
            mind="the 10 s of StripData; average beats, vector loops and the full disclosure are left out",
        ),
    ),
    recognises=recognises,
    recordings=single(read),
)
