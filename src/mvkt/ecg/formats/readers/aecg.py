"""HL7 annotated ECG (aECG): XML of carts and of trials for the FDA.

A ``series`` is a recording or an average beat. It has sets of sequences: in each set one of times and one of every
lead, whose samples are ``origin + scale * digit``. The leads of all sets and series are read, each where its times put
it; average beats are left out.

Source: ANSI/HL7 V3 ECG, R1-2004; Brown, Badilini: HL7 aECG Implementation Guide, 2005.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats.assemble import Channel, assemble
from mvkt.ecg.formats.dates import age_at, parse_date, parse_time
from mvkt.ecg.formats.lead_codes import lead_of_code
from mvkt.ecg.formats.person_facts import parse_age, parse_sex
from mvkt.ecg.formats.reader import Format, Reader, single
from mvkt.ecg.formats.readers.aecg_measurements import ANNOTATIONS, Annotations
from mvkt.ecg.formats.readers.consecutive_groups import PAUSE_SECONDS, in_succession
from mvkt.ecg.formats.readers.hospital_channels import late, once, without_codes, without_step
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.text import number
from mvkt.ecg.formats.units import millivolts_per
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.formats.xml_elements import Element, head_of_xml, wanted_elements
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

_LARGEST_BYTES = 128 * 1024**2
_SERIES = "AnnotatedECG/component/series"
_SEQUENCE = f"{_SERIES}/component/sequenceSet/component/sequence"
_WANTED = re.compile(
    rf"{_SERIES}(/code|/effectiveTime(/low|/center)?|/component/sequenceSet)?"
    rf"|{_SEQUENCE}(/code|/value/(head|increment|origin|scale|digits))?"
    r"|AnnotatedECG/effectiveTime(/low|/center)?"
    r"|AnnotatedECG/controlVariable/relatedObservation/(code|value)"
    r"|AnnotatedECG/.*/subjectDemographicPerson/(administrativeGenderCode|birthTime)"
    rf"|{_SERIES}(/derivation/derivedSeries)?/{ANNOTATIONS}"
)
_SECONDS = {"s": 1.0, "sec": 1.0, "ms": 1e-3, "us": 1e-6, "\u00b5s": 1e-6, "\u03bcs": 1e-6, "min": 60.0}
_AVERAGE = re.compile("REPRESENT|MEDIAN|AVERAGE|TEMPLATE|BEAT", re.IGNORECASE)
_AGES = ("21612-7", "30525-0", "29553-5")
"""Of LOINC: an age as it was reported, estimated or computed."""

_TIME = re.compile(r"(\d{8})(\d{2})(\d{2})(\d{2})?(?:[.,](\d{1,9}))?([+-]\d{4}|Z)?")
_HIDDEN = re.compile(r".*_LEAD_(.+)", re.IGNORECASE)


@dataclass
class _Sequences:
    """A set of sequences: the times and the leads, each by the names of its elements."""

    times: dict[str, Any] = field(default_factory=dict)
    leads: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class _Series:
    """A series: its code, its start, and its sets."""

    code: str = ""
    start: str = ""
    sets: list[_Sequences] = field(default_factory=list)


@dataclass
class _Content:
    """What has been seen of a file; the last series, set and sequence are still open."""

    series: list[_Series] = field(default_factory=lambda: [_Series()])
    facts: dict[str, str] = field(default_factory=dict)
    annotations: Annotations = field(default_factory=Annotations)
    _set: _Sequences = field(default_factory=_Sequences)
    _sequence: dict[str, Any] = field(default_factory=dict)

    def add(self, element: Element) -> None:
        """Add an element, what is within it before it."""
        if "/annotationSet/" in element.path:
            self.annotations.add(element)
        elif element.path.startswith(_SEQUENCE):
            self._add_to_sequence(element)
        elif element.path.startswith(_SERIES):
            self._add_to_series(element)
        else:
            self._add_fact(element)

    def _add_to_sequence(self, element: Element) -> None:
        name = element.path.rpartition("/")[2]
        if name != "sequence":
            self._sequence[name] = element.text if name == "digits" else element.attributes
            return
        found, self._sequence = self._sequence, {}
        if found.get("code", {}).get("code", "").strip().upper().startswith("TIME_"):
            self._set.times = self._set.times or found
        elif found:
            self._set.leads.append(found)

    def _add_to_series(self, element: Element) -> None:
        current, name = self.series[-1], element.path.rpartition("/")[2]
        if name == "series":
            self.series.append(_Series())
        elif name == "sequenceSet":
            current.sets.append(self._set)
            self._set = _Sequences()
        elif name == "code":
            current.code = element.attributes.get("code", "")
        else:
            current.start = current.start or element.attributes.get("value", "")

    def _add_fact(self, element: Element) -> None:
        above, _, name = element.path.rpartition("/")
        value, code = element.attributes.get("value", ""), element.attributes.get("code", "")
        if above.endswith("/relatedObservation"):
            key = "observed" if name == "code" else f"value of {self.facts.get('observed', '')}"
            self.facts[key] = code if name == "code" else f"{value} {element.attributes.get('unit', '')}"
        elif name == "administrativeGenderCode":
            self.facts.setdefault("sex", code)
        elif value:
            self.facts.setdefault("born" if name == "birthTime" else "start", value)


def recognises(file: RecordingFile) -> bool:
    """Whether the root element is that of aECG."""
    return re.search(r"<([\w.-]+:)?AnnotatedECG[\s>]", head_of_xml(file)) is not None


def read(file: RecordingFile, given: UserFacts) -> Record:
    """Read the leads of the recordings of a file."""
    content = _Content()
    for element in wanted_elements(file, _WANTED, "HL7 aECG", _LARGEST_BYTES):
        content.add(element)
    rhythms = [series for series in content.series if "RHYTHM" in series.code.upper()]
    rhythms = rhythms or [series for series in content.series if not _AVERAGE.search(series.code)]
    sets = [part for series in rhythms for part in series.sets if part.leads]
    if not sets:
        raise RecordFormatError("HL7 aECG: the file holds no leads of a recording, at most an average beat")
    groups, empty = [], []
    for part in sets:
        frequency = given.frequency_of(_frequency(part))
        found = [_channel(lead, frequency) for lead in part.leads]
        empty += [channel.name for channel in found if not len(channel.signal) and not channel.fault]
        groups.append([channel for channel in found if len(channel.signal) or channel.fault])
    notes = [f"left out leads without samples: {', '.join(empty[:12])}"] * bool(empty)
    beginnings = [_beginning(part) for part in sets]
    groups, joined = in_succession(groups, beginnings)
    kept, left_out = once(groups)
    placed, later = _placed(kept, beginnings)
    notes += [*joined, *left_out, *later]
    moments = (content.facts.get("start", ""), rhythms[0].start, sets[0].times.get("head", {}).get("value", ""))
    recorded = next((moment for moment in map(_moment, moments) if moment), None)
    return assemble(
        placed,
        source="HL7 aECG",
        notes=notes,
        start_time=recorded,
        age=_age(content.facts, recorded),
        sex=parse_sex(content.facts.get("sex", "")),
        measured=content.annotations.measurements(),
        given=given,
    )


def _placed(groups: Sequence[Sequence[Channel]], beginnings: Sequence[float | None]) -> tuple[list[Channel], list[str]]:
    """Return the channels of all groups where they begin, and notes on those of another recording."""
    seconds = [max((len(each.signal) / each.sampling_frequency for each in group), default=0.0) for group in groups]
    first = min((beginning for beginning in beginnings if beginning is not None), default=0.0)
    placed: list[Channel] = []
    notes = []
    for group, beginning in zip(groups, beginnings, strict=True):
        delay = 0.0 if beginning is None else beginning - first
        if group and delay > sum(seconds) + PAUSE_SECONDS:
            notes.append(f"left out {len(group)} leads of another recording, {delay:,.0f} s later")
        else:
            placed += [late(channel, round(delay * channel.sampling_frequency)) for channel in group]
    return placed, notes


def _channel(lead: Mapping[str, Any], frequency: float) -> Channel:
    about = lead.get("code", {})
    name = _name(about.get("code", "").strip(), about.get("displayName", "").strip())
    scale, origin = lead.get("scale", {}), lead.get("origin", {})
    step, unit = number(scale.get("value", "").replace(",", ".")), scale.get("unit", "")
    samples, fault = np.empty(0), ""
    try:
        samples = without_codes(_digits(lead.get("digits", "")))
    except ValueError:
        fault = f"HL7 aECG: the samples of lead {name[:20]} are no numbers: the file is damaged"
    if not step and not fault:
        fault = without_step(name[:20])
    zero = number(origin.get("value", "").replace(",", ".")) or 0.0
    here, there = millivolts_per(unit), millivolts_per(origin.get("unit", "") or unit)
    zero *= there / here if here and there else 1.0
    return Channel(name, (samples * (step or 1.0) + zero).astype(np.float32), unit, frequency, fault)


def _digits(text: str) -> NDArray[np.float64]:
    return np.array(text.replace(",", " ").replace(";", " ").split(), dtype=np.float64)


def _name(code: str, display: str) -> str:
    lead = lead_of_code(code)
    hidden = _HIDDEN.fullmatch(code)
    if lead is None and hidden:  # MDC_ECG_LEAD_AVRneg, MDC_ECG_LEAD_V3R
        return re.sub(r"^AVR-?NEG$", "-aVR", hidden[1], flags=re.IGNORECASE)
    return lead or lead_of_code(display) or display or code


def _frequency(sequences: _Sequences) -> float | None:
    """Return Hz by the increment of the times; None where it or its unit is not stated."""
    increment = sequences.times.get("increment", {})
    step = number(increment.get("value", "").replace(",", "."))
    seconds = (step or 0.0) * _SECONDS.get(increment.get("unit", "").strip(), 0.0)
    return float(f"{1 / seconds:.9g}") if seconds > 0 else None


def _beginning(sequences: _Sequences) -> float | None:
    """Return when a set begins, in seconds; None where it is not stated."""
    head = sequences.times.get("head", {})
    moment = _moment(head.get("value", ""))
    if moment is not None:
        return moment.timestamp()
    seconds = number(head.get("value", ""))
    return None if seconds is None else seconds * _SECONDS.get(head.get("unit", "").strip(), 0.0)


def _moment(text: str) -> datetime | None:
    """Read ``20200203101112.5+0100``, or a time with marks; without hours and minutes it is none."""
    plain = _TIME.fullmatch(text.strip())
    if plain is None:
        return parse_time(text.strip())
    day, hour, minute, second, fraction, zone = plain.groups()
    written = f"{day}{hour}{minute}{second or '00'}{zone or ''}"
    try:
        moment = datetime.strptime(written, "%Y%m%d%H%M%S%z" if zone else "%Y%m%d%H%M%S")
    except ValueError:
        return None
    return moment.replace(microsecond=int(f"{fraction or 0:0<6}"[:6]))


def _age(facts: Mapping[str, str], recorded: datetime | None) -> float | None:
    stated = next(
        (
            age
            for code in _AGES
            if (age := parse_age(*facts.get(f"value of {code}", "").partition(" ")[::2])) is not None
        ),
        None,
    )
    born = facts.get("born", "")
    day = re.match(r"(\d{4})(\d\d)(\d\d)", born)
    return age_at(parse_date("-".join(day.groups()) if day else born), recorded) if stated is None else stated


READER = Reader(
    name="HL7 aECG",
    formats=(
        Format(
            name="HL7 aECG",
            files=".xml",
            devices="hospital carts, FDA submissions",
            read_by="mvkt",
            mind="the leads of all rhythm series, each where its times put it; average beats are left out",
            tried_on="real files",
        ),
    ),
    recognises=recognises,
    recordings=single(read),
)
