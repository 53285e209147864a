"""Schiller carts by way of SEMA: XML with the root element ``com.xiriuz.sema.xml.schillerEDI.SchillerEDI``.

``wavedata`` of the type ``ECG_RHYTHMS`` is the recording, that of ``ECG_AVERAGES`` the average beats, which are left
out. ``resolution`` has the sampling frequency in Hz and what a step is (``unitperbit``, ``units``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime

from mvkt.ecg.formats.assemble import assemble
from mvkt.ecg.formats.dates import age_at, parse_date, parse_time
from mvkt.ecg.formats.person_facts import parse_sex
from mvkt.ecg.formats.reader import Format, Reader, single
from mvkt.ecg.formats.readers.xml_leads import LeadNumbers, Scale, channels_of, words_of
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.text import number
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.formats.xml_elements import Element, head_of_xml, wanted_elements
from mvkt.ecg.measurements import MachineMeasurements
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

_WAVES = r"[^/]*/eventdata/event/wavedata"
_WANTED = re.compile(
    rf"{_WAVES}(/type|/resolution/samplerate/(exponent|value)|/resolution/yres/(unitperbit|units)"
    r"|/channel(/name|/data|/datatype|/samplecount)?)?"
    r"|[^/]*/eventdata/event/annotation_global/(name|value)"
    r"|[^/]*/patdata/(gender|birthdate)|[^/]*/examdescript/startdatetime/(date|time)"
)
_MEASURED = {"heart_rate": "HR", "rr": "RR", "pr": "PQ", "qrs": "QRS", "qt": "QT", "axis": "AXIS_QRS"}
"""Attribute -> name of a global annotation, in beats a minute, ms and degrees."""


def recognises(file: RecordingFile) -> bool:
    """Whether the root element is that of Schiller's exchange format."""
    return re.search(r"<[\w.:]*SchillerEDI[\s>]", head_of_xml(file)) is not None


def read(file: RecordingFile, given: UserFacts) -> Record:
    """Read the rhythm recording of a file."""
    groups, facts = _groups(wanted_elements(file, _WANTED, "Schiller"))
    rhythms = [group for group in groups if group[0].get("type", "").upper().startswith("ECG_RHYTHM")]
    if not rhythms:
        raise RecordFormatError("Schiller: the file holds no rhythm recording, at most average beats")
    about, leads = rhythms[0]
    if about.get("exponent", "1") not in ("0", "1"):
        raise RecordFormatError("Schiller: the file states its sampling frequency with an exponent that is not known")
    scale = Scale(number(about.get("unitperbit")), about.get("units", ""), number(about.get("value")))
    channels, notes = channels_of(map(_lead, leads), scale, "Schiller", given)
    if len(rhythms) > 1:
        notes.append(f"the first of {len(rhythms)} recordings of the file is read")
    recorded = _time(facts)
    return assemble(
        channels,
        source="Schiller XML",
        notes=notes,
        start_time=recorded,
        age=age_at(_born(facts), recorded),
        sex=parse_sex(facts.get("gender", "")),
        measured=MachineMeasurements.of(
            **{name: facts.get(f"annotation {label}") for name, label in _MEASURED.items()}
        ),
        given=given,
    )


def _groups(elements: list[Element]) -> tuple[list[tuple[dict[str, str], list[dict[str, str]]]], dict[str, str]]:
    """Return, of each ``wavedata``, its own facts and those of its leads; and the facts of the whole file."""
    groups: list[tuple[dict[str, str], list[dict[str, str]]]] = []
    about: dict[str, str] = {}
    lead: dict[str, str] = {}
    leads: list[dict[str, str]] = []
    facts: dict[str, str] = {}
    label = ""
    for element in elements:
        above, _, name = element.path.rpartition("/")
        if name == "wavedata":
            groups.append((about, leads))
            about, leads = {}, []
        elif name == "channel":
            leads.append(lead)
            lead = {}
        elif above.endswith("/channel"):
            lead[name] = element.text
        elif above.endswith("/annotation_global"):
            label = element.text if name == "name" else label
            if name == "value":
                facts.setdefault(f"annotation {label}", element.text)
        else:
            (about if "/wavedata" in above else facts).setdefault(name, element.text)
    return groups, facts


def _lead(lead: Mapping[str, str]) -> LeadNumbers:
    if lead.get("datatype", "COMMASEPARATE") != "COMMASEPARATE":
        raise RecordFormatError("Schiller: the samples are stored in a way that is not known; numbers are expected")
    return LeadNumbers(lead.get("name", ""), words_of(lead.get("data", "")), number(lead.get("samplecount")))


def _time(facts: Mapping[str, str]) -> datetime | None:
    """Read a date as 20060502 and a time as 140610000, the last three digits of which are milliseconds."""
    day, clock = facts.get("date", ""), facts.get("time", "")
    return _parsed(day + clock[:6], "%Y%m%d%H%M%S", 14) or parse_time(f"{day} {clock}")


def _born(facts: Mapping[str, str]) -> date | None:
    born = _parsed(facts.get("birthdate", ""), "%Y%m%d", 8)
    return born.date() if born else parse_date(facts.get("birthdate", ""))


def _parsed(text: str, pattern: str, length: int) -> datetime | None:
    try:
        return datetime.strptime(text, pattern) if len(text) == length else None
    except ValueError:
        return None


READER = Reader(
    name="Schiller",
    formats=(
        Format(
            name="Schiller XML",
            files=".xml",
            devices="Schiller carts (AT-110), SEMA",
            read_by="mvkt",
            mind="the rhythm recording; average beats are left out",
            tried_on="real files",
        ),
    ),
    recognises=recognises,
    recordings=single(read),
)
