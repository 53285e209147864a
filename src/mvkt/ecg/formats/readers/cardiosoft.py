"""GE CardioSoft and CASE: the XML of a resting ECG (``<CardiologyXML>``).

The recording is in ``StripData``: for each lead a list of whole numbers, with ``SampleRate`` (Hz) and ``Resolution``
(``uVperLsb``). Average beats, vector loops and the full disclosure are left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from mvkt.ecg.formats.assemble import assemble
from mvkt.ecg.formats.dates import age_at
from mvkt.ecg.formats.person_facts import parse_age, parse_sex
from mvkt.ecg.formats.reader import Format, Reader, single
from mvkt.ecg.formats.readers.xml_leads import LeadNumbers, Scale, channels_of, hertz, words_of
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.text import number
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.formats.xml_elements import Element, head_of_xml, wanted_elements
from mvkt.ecg.measurements import MachineMeasurements
from mvkt.ecg.record import Record
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
    r"|CardiologyXML/PatientInfo/(Age|Gender|BirthDateTime/\w+)|CardiologyXML/ObservationDateTime/\w+"
    r"|CardiologyXML/RestingECGMeasurements/\w+"
)


def recognises(file: RecordingFile) -> bool:
    """Whether the root element is that of CardioSoft."""
    return re.search(r"<([\w.-]+:)?CardiologyXML[\s>]", head_of_xml(file)) is not None


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
    rate = hertz(_text(facts, f"{_STRIP}/SampleRate"), _unit(facts, f"{_STRIP}/SampleRate"))
    unit = _unit(facts, f"{_STRIP}/Resolution")
    scale = Scale(number(_text(facts, f"{_STRIP}/Resolution")), unit, rate)
    promised = number(_text(facts, f"{_STRIP}/ChannelSampleCountTotal"))
    written = (LeadNumbers(lead.attributes.get("lead", ""), words_of(lead.text), promised) for lead in leads)
    channels, notes = channels_of(written, scale, "CardioSoft", given)
    recorded = _time(facts, "CardiologyXML/ObservationDateTime", "Year", "Month", "Day", "Hour", "Minute", "Second")
    return assemble(
        channels,
        source="CardioSoft XML",
        notes=notes,
        start_time=recorded,
        age=_age(facts, recorded),
        sex=parse_sex(_text(facts, "CardiologyXML/PatientInfo/Gender")),
        measured=_measured(facts),
        given=given,
    )


def _text(facts: Mapping[str, Element], path: str) -> str:
    return facts[path].text if path in facts else ""


def _unit(facts: Mapping[str, Element], path: str) -> str:
    return facts[path].attributes.get("units", "") if path in facts else ""


def _time(facts: Mapping[str, Element], path: str, *parts: str) -> datetime | None:
    try:
        return datetime(*(int(facts[f"{path}/{part}"].text) for part in parts))  # type: ignore[arg-type]
    except (KeyError, ValueError, OverflowError):
        return None


def _age(facts: Mapping[str, Element], recorded: datetime | None) -> float | None:
    path = "CardiologyXML/PatientInfo"
    stated = parse_age(_text(facts, f"{path}/Age"), _unit(facts, f"{path}/Age"))
    born = _time(facts, f"{path}/BirthDateTime", "Year", "Month", "Day")
    return age_at(born.date() if born else None, recorded) if stated is None else stated


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
