"""GE MAC 800, MAC 2000 and others: XML of the schema ``sapphire`` (``urn:ge:sapphire:dcar_1`` and later).

The recording is ``ecg/wav/ecgWaveformMXG``: ``U`` is the unit, ``S`` what a step is in it, ``INV`` the code of a sample
that was not recorded, ``sampleRate`` in Hz, and one ``ecgWaveform`` with the whole numbers of each lead. The median
beats (``var/medianTemplate``) have the same elements and are left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from mvkt.ecg.formats.assemble import assemble
from mvkt.ecg.formats.dates import age_at, parse_date, parse_time
from mvkt.ecg.formats.person_facts import parse_age, parse_sex
from mvkt.ecg.formats.reader import Format, Reader, single
from mvkt.ecg.formats.readers.xml_leads import LeadNumbers, Scale, channels_of, hertz
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.text import number
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.formats.xml_elements import Element, head_of_xml, wanted_elements
from mvkt.ecg.measurements import MachineMeasurements
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

_MEASURED = {
    "heart_rate": "ventricularRate",
    "rr": "RR_Interval",
    "pr": "PR_Interval",
    "qrs": "QRS_Duration",
    "qt": "QT_Interval",
    "axis": "R_Axis",
}
_UNITS = {"ventricularRate": "{beat}/min", "R_Axis": "deg"}
_WANTED = re.compile(
    r".*/ecg/wav/ecgWaveformMXG(/sampleRate|/ecgWaveform)?"
    r"|.*/patientInfo/(age|gender|birthDateTime)|.*/testInfo/acquisitionDateTime"
    rf"|.*/({'|'.join(_MEASURED.values())})"
)


def recognises(file: RecordingFile) -> bool:
    """Whether the root element is that of the schema."""
    return re.search(r"<(\w+:)?sapphire[\s>]", head_of_xml(file)) is not None


def read(file: RecordingFile, given: UserFacts) -> Record:
    """Read the first rhythm recording of a file."""
    waveforms, rates, groups, facts = _sorted(wanted_elements(file, _WANTED, "GE sapphire"))
    if not groups:
        raise RecordFormatError("GE sapphire: the file holds no rhythm recording, at most median beats")
    group = groups[0].attributes
    rate = rates[0].attributes if rates else {}
    frequency = hertz(rate.get("V", ""), rate.get("U", ""))
    scale = Scale(number(group.get("S")), group.get("U", ""), frequency, number(group.get("INV")))
    channels, notes = channels_of(map(_lead, waveforms[0]), scale, "GE sapphire", given)
    if len(groups) > 1:
        notes.append(f"the first of {len(groups)} recordings of the file is read")
    recorded = parse_time(facts.get("acquisitionDateTime", ""))
    return assemble(
        channels,
        source="GE sapphire XML",
        notes=notes,
        start_time=recorded,
        age=_age(facts, recorded),
        sex=parse_sex(facts.get("gender", "")),
        measured=_measured(facts),
        given=given,
    )


def _sorted(
    elements: list[Element],
) -> tuple[list[list[Element]], list[Element], list[Element], dict[str, str]]:
    """Return the leads of each recording, their sampling frequencies, the recordings, and the facts by their names."""
    leads: list[list[Element]] = [[]]
    rates, groups = [], []
    facts: dict[str, str] = {}
    for element in elements:
        name = element.path.rpartition("/")[2]
        if name == "ecgWaveform":
            leads[-1].append(element)
        elif name == "sampleRate":
            rates.append(element)
        elif name == "ecgWaveformMXG":
            groups.append(element)
            leads.append([])
        else:
            facts.setdefault(name, element.attributes.get("V", ""))
            facts.setdefault(f"{name} unit", element.attributes.get("U", ""))
    return leads, rates, groups, facts


def _lead(element: Element) -> LeadNumbers:
    about = element.attributes
    name = about.get("lead") or about.get("label", "")
    return LeadNumbers(name, about.get("V", "").split(), number(about.get("asizeVT")))


def _age(facts: Mapping[str, str], recorded: datetime | None) -> float | None:
    stated = parse_age(facts.get("age", ""), facts.get("age unit", ""))
    return age_at(parse_date(facts.get("birthDateTime", "")[:10]), recorded) if stated is None else stated


def _measured(facts: Mapping[str, str]) -> MachineMeasurements | None:
    return MachineMeasurements.of(
        **{
            name: facts.get(tag)
            for name, tag in _MEASURED.items()
            if facts.get(f"{tag} unit", "") == _UNITS.get(tag, "ms")
        }
    )


READER = Reader(
    name="GE sapphire",
    formats=(
        Format(
            name="GE sapphire XML",
            files=".xml",
            devices="GE MAC 800 and other MAC carts",
            read_by="mvkt",
            mind="the rhythm recording; median beats are left out",
            tried_on="real files",
        ),
    ),
    recognises=recognises,
    recordings=single(read),
)
