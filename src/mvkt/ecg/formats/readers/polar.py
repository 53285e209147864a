"""ECGs of the Polar H10 chest strap, as two apps write them.

Polar Sensor Logger: ``Phone timestamp;sensor timestamp [ns];timestamp [ms];ecg [uV]``, a row for each sample; ECG
Recorder: one value a line, without a header, known only by its name. The strap takes 130 samples a second, in µV.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats.assemble import Channel, assemble
from mvkt.ecg.formats.broken_rows import whole_lines
from mvkt.ecg.formats.columns import LARGEST_BYTES, read_columns, whole_rows
from mvkt.ecg.formats.dates import parse_time
from mvkt.ecg.formats.not_a_recording import as_text
from mvkt.ecg.formats.reader import Format, Reader, single
from mvkt.ecg.formats.readers import table
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.sample_times import Timing, spread, timing_of
from mvkt.ecg.formats.text import is_number, numbers, read_text
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

FREQUENCY = 130.0

_NAME = re.compile(r"polar|(?<![a-z0-9])h10(?![0-9])", re.IGNORECASE)
_CLOCKS = (("sensor timestamp [ns]", 1e-9), ("timestamp [ms]", 1e-3))
_ECG = "ecg [uv]"
_LARGEST_DIFFERENCE = 0.1


def recognises(file: RecordingFile) -> bool:
    """Whether a file has the columns of the Sensor Logger, or is a bare column with Polar in its name."""
    return bool(_header(file)) or (_NAME.search(file.name) is not None and _is_bare(file))


def read(file: RecordingFile, given: UserFacts) -> Record:
    """Read an export of one of the two."""
    return _read_logger(file, given) if _header(file) else _read_column(file, given)


def _header(file: RecordingFile) -> list[str]:
    names = [name.strip().lower() for name in (as_text(file.head) or "").lstrip("\ufeff").partition("\n")[0].split(";")]
    return names if _ECG in names and names[0] == "phone timestamp" else []


def _is_bare(file: RecordingFile) -> bool:
    lines = (as_text(file.head) or "").split("\n")[:20]
    return is_number(lines[0].strip()) and table.recognises(file) and not any(mark in lines[0] for mark in ",;\t")


def _read_column(file: RecordingFile, given: UserFacts) -> Record:
    samples, notes = whole_lines(read_text(file))
    return assemble(
        [Channel("ECG", numbers(samples, 1), "µV", FREQUENCY)],
        source="Polar",
        notes=(
            *notes,
            "130 Hz and µV are those of a Polar H10: the file does not state them, but its name is that of one",
        ),
        given=given,
    )


def _read_logger(file: RecordingFile, given: UserFacts) -> Record:
    if file.size > LARGEST_BYTES:
        raise RecordFormatError(f"{file.size:,} bytes are more than a recording of a strap has ({LARGEST_BYTES:,})")
    header, content = _header(file), file.read_bytes()
    start = content.find(b"\n") + 1
    if not start:
        raise RecordFormatError("the recording of the Polar strap holds no samples")
    wanted: dict[int, Any] = {header.index(_ECG): np.float32}
    clock = next(((header.index(name), scale) for name, scale in _CLOCKS if name in header), None)
    if clock is not None:
        wanted[clock[0]] = np.float64
    content, cut = whole_rows(content, start, b";", len(header))
    comma = b"," in content[start:]  # after Excel
    signal, *times = read_columns(content, start, b";", len(header), wanted, comma=comma, plain=not comma)
    timing = _timing(times[0] * clock[1] if clock is not None and times else None, given)
    began = content[start : start + 40].partition(b";")[0].decode("ascii", errors="replace")
    return assemble(
        [Channel("ECG", spread(signal, timing.positions), "µV", timing.frequency)],
        source="Polar",
        notes=(*cut, *timing.notes),
        start_time=parse_time(began.strip()),
        given=given,
    )


def _timing(seconds: NDArray[Any] | None, given: UserFacts) -> Timing:
    """Measure the sampling frequency, and find the gaps; without a usable clock it is the strap's."""
    if seconds is None or len(seconds) < 3 or np.ptp(seconds) == 0:
        return Timing(FREQUENCY)
    timing = timing_of(np.asarray(seconds - seconds[0], dtype=np.float64), given)
    if given.sampling_frequency is None and abs(timing.frequency / FREQUENCY - 1) > _LARGEST_DIFFERENCE:
        raise RecordFormatError(
            f"the times of the Polar recording mean {timing.frequency:g} Hz, and the strap has {FREQUENCY:g} Hz; give "
            "the right one with sampling_frequency= (--sampling-frequency)"
        )
    return timing


READER = Reader(
    name="Polar",
    formats=(
        Format(
            name="Polar Sensor Logger, ECG Recorder",
            files=".txt, .csv",
            devices="Polar H10",
            read_by="mvkt",
            mind="a bare column is taken for one of the strap only when Polar or H10 is in its name; give --lead: what "
            "the strap records is close to lead I or II, by how it is worn",
        ),
    ),
    recognises=recognises,
    recordings=single(read),
)
