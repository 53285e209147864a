"""ECGs of the Apple Watch, as Apple Health exports them (``electrocardiograms/ecg_2024-01-31.csv``).

Rows of ``key,value`` in the language of the telephone, then one sample a line with the decimal mark of its
region. The keys are those seen in real exports; a file in another language is refused rather than read into
the wrong fields.
"""

from __future__ import annotations

import re
from datetime import date, datetime

import numpy as np

from mvkt.ecg.formats.assemble import Channel, assemble
from mvkt.ecg.formats.describe import as_text
from mvkt.ecg.formats.file import RecordingFile
from mvkt.ecg.formats.reader import Reader
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

_LARGEST_BYTES = 64 * 1024**2
_KEYS = {
    "sample rate": "rate",
    "messrate": "rate",
    "fréquence d'échantillonnage": "rate",
    "lead": "lead",
    "ableitung": "lead",
    "dérivation": "lead",
    "unit": "unit",
    "einheit": "unit",
    "unité": "unit",
    "recorded date": "recorded",
    "aufzeichnungsdatum": "recorded",
    "date d'enregistrement": "recorded",
    "enregistré le": "recorded",
    "date of birth": "born",
    "geburtstag": "born",
    "geburtsdatum": "born",
    "date de naissance": "born",
}
_MONTHS = {
    word: number
    for number, words in enumerate(
        (
            "jan januar january janv janvier",
            "feb februar february févr février fév",
            "mar märz march mars mär mrz",
            "apr april avr avril",
            "may mai",
            "jun juni june juin",
            "jul juli july juil juillet",
            "aug august août",
            "sep sept september septembre",
            "oct oktober october okt octobre",
            "nov november novembre",
            "dec dezember december dez déc décembre",
        ),
        start=1,
    )
    for word in words.split()
}
_NUMBER = re.compile(r"[-+−]?\d+([.,]\d+)?([eE][-+]?\d+)?")
_RATE = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:hertz|hz)", re.IGNORECASE)


def recognises(file: RecordingFile) -> bool:
    """Whether a file begins with Apple's rows, among them the sampling frequency."""
    text = as_text(file.head)
    return text is not None and "rate" in _header(text.splitlines())[0]


def read(file: RecordingFile) -> Record:
    """Read an export. Neither the name nor the date of birth of its owner is kept, only the age."""
    if file.size > _LARGEST_BYTES:
        raise RecordFormatError(f"{file.size:,} bytes are too many for an ECG of a watch (up to {_LARGEST_BYTES:,})")
    lines = _decode(file.read_bytes()).splitlines()
    header, first = _header(lines)
    if "unit" not in header:
        raise RecordFormatError("the Apple Health ECG has no row with its unit (Unit, Einheit, Unité)")
    recorded = _recorded(header.get("recorded", ""))
    return assemble(
        [Channel(header.get("lead") or "I", _samples(lines, first), header["unit"], _rate(header["rate"]))],
        source="Apple Health",
        notes=() if header.get("lead") else ("the file does not say which lead it is: taken as I, as of a watch",),
        start_time=recorded,
        age=_age(header.get("born", ""), recorded),
    )


def _decode(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _header(lines: list[str]) -> tuple[dict[str, str], int]:
    """Return the rows of the header that are used, and the line at which the samples begin."""
    header: dict[str, str] = {}
    for number, line in enumerate(lines):
        if _NUMBER.match(_bare(line)):
            return header, number
        key, _, value = line.lstrip("\ufeff").partition("," if "," in line else ";")
        field = _KEYS.get(" ".join(_bare(key).replace("’", "'").casefold().split()))
        if field:
            header.setdefault(field, _bare(value))
    return header, len(lines)


def _bare(field: str) -> str:
    return field.strip(' \t\r\n",;\u00a0\u202f')


def _rate(value: str) -> float:
    matched = _RATE.fullmatch(value)
    frequency = float(matched[1].replace(",", ".")) if matched else 0.0
    if frequency <= 0:
        raise RecordFormatError(f"the sampling frequency of the ECG is {value[:40]!r}; expected such as '512 hertz'")
    return frequency


def _samples(lines: list[str], first: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Read one number a line; blank lines are none."""
    numbers = [(number, bare) for number, line in enumerate(lines[first:], first + 1) if (bare := _bare(line))]
    wrong = next((number for number, bare in numbers if not _NUMBER.fullmatch(bare)), None)
    if wrong is not None:
        raise RecordFormatError(
            f"line {wrong} of the ECG is no number with one decimal mark (-180.596 or -180,596): "
            "the file is damaged, or was changed by a spreadsheet program; export it again"
        )
    text = "\n".join(bare for _, bare in numbers)
    if "." in text and "," in text:
        raise RecordFormatError("the ECG has decimal points and decimal commas; one of them is expected throughout")
    return np.array(text.replace(",", ".").replace("−", "-").split(), dtype=np.float64)


def _recorded(value: str) -> datetime | None:
    for pattern in ("%Y-%m-%d %H:%M:%S %z", "%Y-%m-%d %H:%M:%S"):
        try:
            return datetime.strptime(value, pattern)
        except ValueError:
            continue
    return None


def _age(born: str, recorded: datetime | None) -> float | None:
    """Return whole years between two dates, or None."""
    birthday = _birthday(born)
    if birthday is None or recorded is None:
        return None
    before = (recorded.month, recorded.day) < (birthday.month, birthday.day)
    return float(recorded.year - birthday.year - before)


def _birthday(text: str) -> date | None:
    """Read a date: 1980-01-31, 31.01.1980, "Jan 31, 1980", "31 janv. 1980". 1/2/1980 is ambiguous: None."""
    parts = re.findall(r"[^\W_]+", text.casefold())
    if len(parts) != 3:
        return None
    numbers = [_MONTHS.get(part, int(part) if part.isascii() and part.isdigit() else 0) for part in parts]
    if numbers[0] > 31:
        year, month, day = numbers
    elif parts[0] in _MONTHS:
        month, day, year = numbers
    else:
        day, month, year = numbers
        if "/" in text:
            day, month = (day, month) if day > 12 else (month, day) if month > 12 else (0, 0)
    try:
        return date(year, month, day)
    except (ValueError, OverflowError):
        return None


READER = Reader(
    name="Apple Health",
    description="Apple Health ECG exports (.csv; English, German, French)",
    recognises=recognises,
    read=read,
)
