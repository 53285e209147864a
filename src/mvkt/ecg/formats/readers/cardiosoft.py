"""GE CardioSoft and CASE: the XML of a resting ECG (``<CardiologyXML>``).

The recording is in ``StripData``: for each lead a list of whole numbers, with ``SampleRate`` (Hz) and ``Resolution``
(``uVperLsb``). Average beats, vector loops and the full disclosure are left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

import numpy as np

from mvkt.ecg.formats.assemble import Channel, assemble
from mvkt.ecg.formats.not_a_recording import as_text
from mvkt.ecg.formats.reader import Format, Reader, single
from mvkt.ecg.formats.readers.json_file import number
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.text import numbers
from mvkt.ecg.formats.units import millivolts_per
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.formats.xml_elements import Element, wanted_elements
from mvkt.ecg.measurements import MachineMeasurements
from mvkt.ecg.record import Record, Sex
from mvkt.errors import RecordFormatError

_STRIP = "CardiologyXML/StripData"
_MEASURED = {
    "heart_rate": ("VentricularRate", "BPM"),
    "rr": ("RRInterval", "MS"),
    "pr": ("PQInterval", "MS"),
    "qrs": ("QRSDuration", "MS"),
    "qt": ("QTInterval", "MS"),
    "axis": ("RAxis", "DEGREES"),
}
"""Attribute -> element and unit; QTC is left out, because its formula is a setting that the file does not state."""

_WANTED = re.compile(
    rf"{_STRIP}/(WaveformData|SampleRate|Resolution|ChannelSampleCountTotal)"
    r"|CardiologyXML/PatientInfo/(Age|Gender)|CardiologyXML/ObservationDateTime/\w+"
    r"|CardiologyXML/RestingECGMeasurements/\w+"
)
_SEXES: dict[str, Sex] = {"MALE": "male", "FEMALE": "female"}


def recognises(file: RecordingFile) -> bool:
    """Whether the root element is that of CardioSoft."""
    return re.search(r"<CardiologyXML[\s>]", as_text(file.head) or "") is not None


def read(file: RecordingFile, given: UserFacts) -> Record:
    """Read the strip of a resting ECG."""
    leads: list[Element] = []
    facts: dict[str, Element] = {}
    for element in wanted_elements(file, _WANTED, "CardioSoft"):
        if element.path == f"{_STRIP}/WaveformData":
            leads.append(element)
        else:
            facts.setdefault(element.path, element)
    if not leads:
        raise RecordFormatError("CardioSoft: the file holds no StripData, at most average beats or a full disclosure")
    microvolts = number(_text(facts, f"{_STRIP}/Resolution"))
    unit = _unit(facts, f"{_STRIP}/Resolution").removesuffix("perLsb")
    frequency = number(_text(facts, f"{_STRIP}/SampleRate"))
    if frequency is None or _unit(facts, f"{_STRIP}/SampleRate") not in ("Hz", ""):
        raise RecordFormatError("CardioSoft: the file states no sampling frequency in Hz")
    if microvolts is None or microvolts <= 0 or millivolts_per(unit) is None:
        raise RecordFormatError("CardioSoft: the file states no resolution in µV a unit")
    channels = [
        Channel(lead.attributes.get("lead", ""), numbers(lead.text.split(","), 1) * microvolts, unit, frequency)
        for lead in leads
    ]
    _check_lengths(channels, number(_text(facts, f"{_STRIP}/ChannelSampleCountTotal")))
    return assemble(
        channels,
        source="CardioSoft XML",
        start_time=_start_time(facts),
        age=_age(facts),
        sex=_SEXES.get(_text(facts, "CardiologyXML/PatientInfo/Gender").upper()),
        measured=_measured(facts),
        given=given,
    )


def _text(facts: Mapping[str, Element], path: str) -> str:
    return facts[path].text if path in facts else ""


def _unit(facts: Mapping[str, Element], path: str) -> str:
    return facts[path].attributes.get("units", "") if path in facts else ""


def _check_lengths(channels: list[Channel], promised: float | None) -> None:
    lengths = np.array([len(channel.signal) for channel in channels])
    if promised is not None and (lengths != promised).any():
        raise RecordFormatError(
            f"CardioSoft: {promised:,.0f} samples a lead are promised; there are {lengths.min():,} to {lengths.max():,}"
        )


def _start_time(facts: Mapping[str, Element]) -> datetime | None:
    fields = ("Year", "Month", "Day", "Hour", "Minute", "Second")
    try:
        return datetime(*(int(facts[f"CardiologyXML/ObservationDateTime/{field}"].text) for field in fields))  # type: ignore[arg-type]
    except (KeyError, ValueError, OverflowError):
        return None


def _age(facts: Mapping[str, Element]) -> float | None:
    path = "CardiologyXML/PatientInfo/Age"
    return number(_text(facts, path)) if _unit(facts, path).upper() == "YEARS" else None


def _measured(facts: Mapping[str, Element]) -> MachineMeasurements | None:
    paths = {name: (f"CardiologyXML/RestingECGMeasurements/{tag}", unit) for name, (tag, unit) in _MEASURED.items()}
    return MachineMeasurements.of(
        **{name: _text(facts, path) for name, (path, unit) in paths.items() if _unit(facts, path).upper() == unit}
    )


READER = Reader(
    name="CardioSoft",
    formats=(
        Format(
            name="CardioSoft XML",
            files=".xml",
            devices="GE CardioSoft, CASE, MAC",
            read_by="mvkt",
            mind="the 10 s of StripData; average beats, vector loops and the full disclosure are left out",
            tried_on="real files",
        ),
    ),
    recognises=recognises,
    recordings=single(read),
)
