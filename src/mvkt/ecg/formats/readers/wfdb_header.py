"""The text header of a WFDB record.

Source: WFDB Applications Guide, header(5), https://physionet.org/physiotools/wag/header-5.htm.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from mvkt.ecg.formats.person_facts import facts_in_comments
from mvkt.ecg.formats.text import decode, lines_of
from mvkt.ecg.formats.text import number as number_of
from mvkt.ecg.leads import is_other_name
from mvkt.ecg.record import Sex
from mvkt.errors import RecordFormatError

_LARGEST_HEADER_BYTES = 1_000_000
_DEFAULT_SAMPLING_FREQUENCY = 250.0
_DEFAULT_GAIN = 200.0
_MOST_SAMPLES_A_FRAME = 4096
_NAME_FIELD = 8

_FORMAT = re.compile(r"(\d+)(?:x(\d+))?(?::(\d+))?(?:\+(\d+))?")
_GAIN = re.compile(r"([-+]?[\d.]+(?:[eE][-+]?\d+)?)?(?:\(([-+]?\d+)(?:\.0*)?\))?(?:/(\S+))?")


@dataclass(frozen=True)
class WfdbSignal:
    """One signal line of a header: where the samples are and what they mean."""

    file: str
    storage_format: int
    samples_per_frame: int
    skew: int
    byte_offset: int
    gain: float
    gain_stated: bool
    baseline: int
    initial: int
    units: str
    checksum: int | None
    lead: str


@dataclass(frozen=True)
class WfdbHeader:
    """A parsed header.

    Attributes:
        sampling_frequency: Frames a second; of most signals a frame has one sample. NaN where it is no number.
        frequency_stated: Whether the header states it; else it is WFDB's default.
        samples: Frames, or None where the header states none.
        signals: One for each signal; empty in a multi-segment record.
        segments: Names of the segments of a multi-segment record.
        segment_lengths: Their lengths in frames.
        start_time: When the recording began, where date and time follow the standard.
        comments: The lines that begin with ``#``, without it.
        broken_lines: What is wrong with the lines of signals that are no ECG, by their names; the other signals can be
            read without them.
    """

    sampling_frequency: float
    samples: int | None
    signals: tuple[WfdbSignal, ...]
    segments: tuple[str, ...]
    segment_lengths: tuple[int, ...]
    start_time: datetime | None
    comments: tuple[str, ...]
    frequency_stated: bool = True
    broken_lines: Mapping[str, str] = field(default_factory=dict)

    def comment(self, key: str) -> str | None:
        """Return what follows ``key:`` in the comments (``#Age: 57``, ``# Dx: 426783006``), or None."""
        for comment in self.comments:
            name, colon, value = comment.partition(":")
            if colon and name.strip().lower() == key.lower():
                return value.strip()
        return None

    @property
    def age(self) -> float | None:
        """Years, from the comments; None where there are none or they are not a human's."""
        return facts_in_comments(self.comments)[0]

    @property
    def sex(self) -> Sex | None:
        """From the comments."""
        return facts_in_comments(self.comments)[1]


def read_header(path: Path) -> WfdbHeader:
    """Read and parse a header file.

    Raises:
        RecordFormatError: The file is absent or no WFDB header.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_HEADER_BYTES + 1)
    except (FileNotFoundError, IsADirectoryError):
        raise RecordFormatError(f"missing file: {path.name} is not there") from None
    if len(data) > _LARGEST_HEADER_BYTES:
        raise RecordFormatError(f"unreadable header: {path.name} is over {_LARGEST_HEADER_BYTES:,} bytes long")
    try:
        return parse_header(decode(data))
    except RecordFormatError:
        raise
    except (ValueError, IndexError, OverflowError) as error:
        raise RecordFormatError(f"unreadable header: {path.name} is no WFDB header ({error})") from error


def parse_header(text: str) -> WfdbHeader:
    """Parse the text of a header.

    Dates in other forms than the standard's (the 2020 and 2021 challenges have some) are ignored.

    Raises:
        RecordFormatError: The header names a file outside its folder.
        ValueError: It is no WFDB header.
    """
    lines = [line.strip() for line in lines_of(text) if line.strip()]
    comments = tuple(line[1:].strip() for line in lines if line.startswith("#"))
    lines = [line for line in lines if not line.startswith("#")]
    if not lines:
        raise ValueError("it has no record line")
    name, number, *rest = lines[0].split()
    body = lines[1:]
    segments = name.partition("/")[2]
    expected = int(segments) if segments else int(number)
    if not segments and expected == 0:
        raise RecordFormatError("this is a WFDB header without signals: it describes no recording")
    if not 1 <= expected <= len(body):
        raise ValueError(f"it promises {expected} signals or segments and has {len(body)} lines for them")
    signals, broken_lines = ((), {}) if segments else _signals(body[:expected])
    return WfdbHeader(
        sampling_frequency=_frequency(rest[0]) if rest else _DEFAULT_SAMPLING_FREQUENCY,
        samples=(_whole(rest[1]) or None) if len(rest) > 1 else None,
        signals=signals,
        segments=tuple(_inside(line.split()[0]) for line in body[:expected]) if segments else (),
        segment_lengths=tuple(_length(line) for line in body[:expected]) if segments else (),
        start_time=_start_time(rest[2:]),
        comments=comments,
        frequency_stated=bool(rest),
        broken_lines=broken_lines,
    )


def _signals(lines: Sequence[str]) -> tuple[tuple[WfdbSignal, ...], dict[str, str]]:
    """Return the signals, and what is wrong with those that are no ECG and lie in files of their own."""
    signals, broken = [], []
    for line in lines:
        try:
            signals.append(_parse_signal(line))
        except (ValueError, IndexError, RecordFormatError) as error:
            broken.append((line.split(maxsplit=8), error))
    files = {signal.file for signal in signals}
    for fields, fault in broken:
        if not signals or fields[0] in files or len(fields) <= _NAME_FIELD or not is_other_name(fields[_NAME_FIELD]):
            raise fault
    return tuple(signals), {fields[_NAME_FIELD]: str(fault) for fields, fault in broken}


def _frequency(text: str) -> float:
    """Read ``360/1000(5)`` or ``250Hz``: what is before the counter; NaN where that is no number."""
    found = number_of(re.sub("hz$", "", re.split(r"[/(]", text)[0], flags=re.IGNORECASE))
    return math.nan if found is None else found


def _whole(text: str) -> int:
    """Read a whole number, also as ``2000.0``."""
    return int(re.sub(r"\.0*$", "", text))


def beside(header: Path, name: str) -> Path:
    """Return the path of a file that a header names, also where copying has put its name into other letters."""
    path = header.with_name(name)
    if path.exists() or not path.parent.is_dir():
        return path
    wanted = in_small_letters(name)
    return next((other for other in sorted(path.parent.iterdir()) if in_small_letters(other.name) == wanted), path)


def in_small_letters(name: str) -> str:
    """Return a name in small letters; letters with marks on them alike, which macOS stores as two."""
    return unicodedata.normalize("NFC", name.casefold())


def _length(line: str) -> int:
    """Return the frames of a segment from its line ``name frames``."""
    length = int(line.split()[1])
    if length < 0:
        raise ValueError(f"segment line {line[:80]!r}")
    return length


def _parse_signal(line: str) -> WfdbSignal:
    """Parse ``file format gain(baseline)/units bits zero initial checksum block lead``."""
    fields = line.split(maxsplit=8)
    layout = _FORMAT.fullmatch(fields[1])
    scale = _GAIN.fullmatch(fields[2] if len(fields) > 2 else "")
    if layout is None or scale is None:
        raise ValueError(f"signal line {line[:80]!r}")
    width = int(layout[2] or 1)
    if not 1 <= width <= _MOST_SAMPLES_A_FRAME:
        raise ValueError(f"{width} samples a frame")
    adc_zero = int(fields[4]) if len(fields) > 4 else 0
    baseline = int(scale[2]) if scale[2] else adc_zero
    if abs(baseline) >= 2**31:
        raise ValueError(f"baseline {baseline}")
    return WfdbSignal(
        file=_inside(fields[0]),
        storage_format=int(layout[1]),
        samples_per_frame=width,
        skew=int(layout[3] or 0),
        byte_offset=int(layout[4] or 0),
        gain=float(scale[1] or 0) or _DEFAULT_GAIN,
        gain_stated=bool(float(scale[1] or 0)),
        baseline=baseline,
        initial=int(fields[5]) if len(fields) > 5 else adc_zero,
        units=scale[3] or "mV",
        checksum=int(fields[6]) if len(fields) > 6 else None,
        lead=fields[_NAME_FIELD] if len(fields) > _NAME_FIELD else "",
    )


def _inside(name: str) -> str:
    """Refuse a name that is not that of a file in the header's own folder."""
    if name in ("-", ".", "..") or re.search(r"[/\\:\0]", name):
        raise RecordFormatError(f"unsafe header: it names {name!r}, which is no file in the header's own folder")
    return name


def _start_time(fields: Sequence[str]) -> datetime | None:
    """Parse ``HH:MM:SS[.f] DD/MM/YYYY``."""
    if len(fields) < 2:
        return None
    for pattern in ("%H:%M:%S %d/%m/%Y", "%H:%M:%S.%f %d/%m/%Y"):
        try:
            return datetime.strptime(" ".join(fields[:2]), pattern)
        except ValueError:
            continue
    return None
