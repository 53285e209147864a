"""The header of EDF and BDF: of the file, of its person and start, and of its signals.

A number of a signal that cannot be read is a fault of that signal alone; the samples of the others can still be found.

Source: https://www.edfplus.info/specs/edf.html, https://www.edfplus.info/specs/edfplus.html,
https://www.biosemi.com/faq/file_format.htm.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from mvkt.ecg.formats.dates import age_at, is_placeholder, parse_date
from mvkt.ecg.formats.person_facts import facts_in_comments, parse_age, parse_sex
from mvkt.ecg.formats.text import number
from mvkt.ecg.record import Sex
from mvkt.errors import RecordFormatError

EDF_VERSION, BDF_VERSION = b"0       ", b"\xffBIOSEMI"
ANNOTATIONS = ("EDF Annotations", "BDF Annotations")
"""Labels of signals that are no samples but text."""

_MOST_SIGNALS = 4096
_LONGEST_RECORD = 1e6
_FIXED_BYTES = 256
LONGEST_HEADER = _FIXED_BYTES * (_MOST_SIGNALS + 1)
"""In bytes."""

_FIXED = {
    "patient": (8, 80),
    "recording": (88, 80),
    "date": (168, 8),
    "time": (176, 8),
    "bytes": (184, 8),
    "kind": (192, 44),
    "records": (236, 8),
    "duration": (244, 8),
    "signals": (252, 4),
}
"""Where the fields of the first 256 bytes begin, and how long they are."""

_WIDTHS = (16, 80, 8, 8, 8, 8, 8, 80, 8, 32)
_LONG_UNITS = ("microvolts", "millivolts", "nanovolts")
_LAYOUT = re.compile(rb"\d\d\.\d\d\.\d\d\d\d\.\d\d\.\d\d(\d+) *", re.DOTALL)
_PERSON = re.compile(
    r"(?:\S+ )?(?P<sex>[MFX]|male|female) (?P<born>X|[^\s./-]+[-./][^\s./-]+[-./][^\s./-]+)( |$)", re.IGNORECASE
)
_UNKNOWN_DATE = date(1985, 1, 1)
"""EDF+ writes it for an unknown one, and no EDF is as old."""


@dataclass(frozen=True)
class EdfSignal:
    """One signal of the header.

    Attributes:
        label: As it is written.
        unit: As it is written.
        physical: What the digital limits mean, in the unit; None where that is no number.
        digital: The lowest and the highest number of a sample.
        samples: In a data record.
        offset: Samples of other signals before it in a data record.
    """

    label: str
    unit: str
    physical: tuple[float | None, float | None]
    digital: tuple[float | None, float | None]
    samples: int
    offset: int


@dataclass(frozen=True)
class EdfHeader:
    """What the header states; of the person only sex and age.

    Attributes:
        bits: Of a sample, 16 or 24.
        start: When the recording began, if known.
        kind: ``EDF+D``, ``BDF+C`` and the like; empty or ``24BIT`` without the plus.
        records: How many data records are promised; -1 where the recorder did not close the file.
        duration: Of a data record, in seconds; 0 where it is not stated.
        bytes: Length of the header, as that of its signals is.
        stated_bytes: The length that the header states; None where that is no number.
        signals: In the order of the file.
        sex: Of the person.
        age: Years at the start.
        notes: On damage.
    """

    bits: int
    start: datetime | None
    kind: str
    records: int
    duration: float
    bytes: int
    signals: tuple[EdfSignal, ...]
    sex: Sex | None
    age: float | None
    notes: tuple[str, ...]
    stated_bytes: int | None = None

    @property
    def record_samples(self) -> int:
        """Samples of all signals in a data record."""
        return sum(signal.samples for signal in self.signals)

    def of_file(self, size: int) -> EdfHeader:
        """Return the header of a file of so many bytes; one that was filled up ends where it states, if that fits."""
        stated, samples = self.stated_bytes, self.records * self.record_samples * self.bits // 8
        if stated is None or stated <= self.bytes or samples <= 0 or stated + samples != size:
            return self
        return replace(self, bytes=stated, notes=())


def is_edf(head: bytes) -> bool:
    """Whether a file begins as EDF or BDF does, also where their version in the first eight bytes is damaged."""
    layout = _LAYOUT.match(head[168:192])
    if b"\n" in head[:16]:  # numbers of a table
        return False
    if head[:8] not in (EDF_VERSION, BDF_VERSION) and layout is None:
        return False
    try:
        return int(head[184:192]) == _FIXED_BYTES * (int(head[252:256]) + 1) or head[:8] in (EDF_VERSION, BDF_VERSION)
    except ValueError:
        return head[:8] in (EDF_VERSION, BDF_VERSION)


def parse_edf_header(content: bytes) -> EdfHeader:
    """Parse the header at the beginning of a file.

    Raises:
        RecordFormatError: It is damaged so that the samples cannot be found.
    """
    fixed = {name: _text(content[at : at + width]) for name, (at, width) in _FIXED.items()}
    family = "BDF" if content[:8] == BDF_VERSION else "EDF"
    if content[:8] != BDF_VERSION and content[:8].strip(b" \x00") != b"0":
        raise RecordFormatError(
            "this has the layout of EDF, but its first eight bytes are not '0' and seven spaces: the header is damaged"
        )
    try:
        count, duration, records = (
            int(fixed["signals"]),
            float(fixed["duration"].replace(",", ".")),
            int(re.sub(r"\.0*$", "", fixed["records"])),
        )
        length = _FIXED_BYTES * (count + 1)
        if not 1 <= count <= _MOST_SIGNALS or len(content) < length or records < -1:
            raise ValueError(count)
        if not 0 <= duration < _LONGEST_RECORD:
            raise ValueError(duration)
        signals = _signals(content, count)
    except (ValueError, OverflowError):
        raise RecordFormatError(f"{family}: the header is damaged or incomplete") from None
    start = _start(fixed["date"], fixed["time"], fixed["recording"])
    person = _PERSON.match(fixed["patient"])
    born = parse_date(person["born"].replace("-", " ")) if person else None
    free = (None, None) if person else facts_in_comments([fixed["patient"]])  # of EDF without the plus
    wrong = f"the header states another length of its own; {length:,} bytes are that of {count} signals"
    notes = () if fixed["bytes"] == str(length) else (wrong,)
    sex = parse_sex(person["sex"]) if person else free[1]
    return EdfHeader(
        24 if family == "BDF" else 16,
        start,
        fixed["kind"],
        records,
        duration,
        length,
        signals,
        sex,
        (age_at(born, start) if born else _stated_age(fixed["patient"])) if person else free[0],
        notes,
        int(fixed["bytes"]) if re.fullmatch(r"\d{1,8}", fixed["bytes"]) else None,
    )


def _stated_age(patient: str) -> float | None:
    """Return years of an additional subfield ``age=57``, which stands for an unknown day of birth."""
    stated = re.search(r"\sage[=:](\S+)", patient, re.IGNORECASE)
    return parse_age(stated[1]) if stated else None


def _text(field: bytes) -> str:
    try:
        text = field.decode("utf-8")
    except UnicodeDecodeError:
        text = field.decode("latin-1")
    return text.replace("\x00", " ").strip()


def _signals(content: bytes, count: int) -> tuple[EdfSignal, ...]:
    columns: list[list[str]] = []
    at = _FIXED_BYTES
    for width in _WIDTHS:
        columns.append([_text(content[at + width * n : at + width * (n + 1)]) for n in range(count)])
        at += width * count
    signals: list[EdfSignal] = []
    offset = 0
    for label, _, unit, low, high, lowest, highest, _, samples, _ in zip(*columns, strict=True):
        length = int(samples)
        if length < 0:
            raise ValueError(samples)
        lows, highs = ((number(text.replace(",", ".")) for text in pair) for pair in ((low, lowest), (high, highest)))
        limits = tuple(zip(lows, highs, strict=True))
        signals.append(EdfSignal(label, _whole_unit(unit), limits[0], limits[1], length, offset))
        offset += length
    return tuple(signals)


def _whole_unit(unit: str) -> str:
    """Return a unit that fills its field as it was before it was cut: ``microvol``."""
    is_cut = len(unit) == _WIDTHS[2]
    return next((word for word in _LONG_UNITS if is_cut and word.startswith(unit.casefold())), unit)


def _start(day: str, clock: str, recording: str) -> datetime | None:
    """Read ``02.08.51`` and ``20.15.30``; years from 85 on are of the last century, if EDF+ does not state all four."""
    stated = re.match(r"Startdate (\d\d-[A-Za-z]{3}-\d{4})", recording)
    whole = parse_date(stated[1].replace("-", " ")) if stated else None
    day = f"{whole:%d.%m.%y}" if whole else day  # from 2085 on the short date ends in yy
    day, clock = (re.sub(r"[:/-]", ".", text.replace(" ", "")) for text in (day, clock))
    found = next((moment for form in ("%y", "%Y") if (moment := _parsed(f"{day} {clock}", form))), None)
    if found is None:
        return None
    year = found.year % 100 + (1900 if found.year % 100 >= 85 else 2000)
    found = datetime.combine(whole, found.time()) if whole else found.replace(year=year)
    last_century = found.replace(year=1900 + found.year % 100)
    return None if found.date() == _UNKNOWN_DATE or (not whole and is_placeholder(last_century)) else found


def _parsed(text: str, year: str) -> datetime | None:
    try:
        return datetime.strptime(text, f"%d.%m.{year} %H.%M.%S")
    except ValueError:
        return None


def begun(start: datetime | None, record_starts: Sequence[float]) -> datetime | None:
    """Add the fractions of a second that EDF+ states by the start of the first data record."""
    fraction = record_starts[0] if record_starts and 0 <= record_starts[0] < 1 else 0.0
    return start + timedelta(seconds=fraction) if start is not None else None
