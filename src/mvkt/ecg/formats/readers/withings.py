"""ECGs of Withings: ``signal.csv`` of the data export, and the answer of the API's ``heart`` service.

``signal.csv`` has a row for each recording: ``date,type,frequency,duration,wearposition,signal,...``, the last a list.
By its README: µV from a watch, mV from a blood-pressure monitor; which of them follows from where it was worn.

Source: README.txt of the export; https://developer.withings.com/api-reference (Heart v2 - Get: µV).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats.assemble import Channel, assemble
from mvkt.ecg.formats.dates import parse_time
from mvkt.ecg.formats.not_a_recording import as_text
from mvkt.ecg.formats.reader import Format, Reader, Recording
from mvkt.ecg.formats.readers.json_file import field, has_keys, head_of_json, load, samples
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.text import bare, lines_of, number, numbers, read_text
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

_NEEDED = {"frequency", "wearposition", "signal"}
_CELL = re.compile(r'(?:"([^"]*)"|([^,]*))(?:,|$)')
_UNITS = {
    **dict.fromkeys(("0", "1", "right wrist", "left wrist"), "µV"),
    **dict.fromkeys(("2", "3", "right arm", "left arm"), "mV"),
}
_LARGEST_DIFFERENCE = 0.1
_NOTE = "the file does not state which lead it is: taken as I, as of a watch"


def recognises(file: RecordingFile) -> bool:
    """Whether a file is the table or the answer."""
    head = head_of_json(file)
    if head:
        return has_keys(head, "signal") and (has_keys(head, "body") or has_keys(head, "sampling_frequency"))
    return set(_cells((as_text(file.head) or "").partition("\n")[0].lower())) >= _NEEDED


def recordings(file: RecordingFile) -> Sequence[Recording]:
    """List the rows of the table by their dates."""
    if head_of_json(file):
        return (Recording(file.name, lambda given: _read_answer(load(file), given)),)
    lines = [line for line in lines_of(read_text(file)) if bare(line)]
    names = [name.lower() for name in _cells(lines[0])]
    rows = [dict(zip(names, _cells(line), strict=False)) for line in lines[1:]]
    rows = [row for row in rows if re.fullmatch(r"|\d+|.*(ecg|ekg|electro).*", row.get("type", ""), re.IGNORECASE)]
    if not rows:
        raise RecordFormatError("the signal.csv of Withings holds no ECG: none was recorded before the export")
    return [Recording(name, partial(_read_row, row)) for name, row in zip(_names(rows), rows, strict=True)]


def _cells(line: str) -> list[str]:
    return [bare(quoted or plain) for quoted, plain in _CELL.findall(line.strip("\ufeff\r\n"))][:-1] or [bare(line)]


def _names(rows: list[dict[str, str]]) -> list[str]:
    dates = [row.get("date", "")[:40] for row in rows]
    if len(set(dates)) == len(dates) and all(dates):
        return dates
    return [f"row {number}" for number in range(1, len(rows) + 1)]


def _read_row(row: Mapping[str, str], given: UserFacts) -> Record:
    listed = row.get("signal", "").strip("[]() ")
    signal = numbers(re.split(r"[,;\s]+", listed), 1) if listed else np.empty(0)
    frequency = given.frequency_of(number(row.get("frequency")))
    seconds = number(row.get("duration"))
    if (
        given.sampling_frequency is None
        and seconds
        and abs(len(signal) / frequency - seconds) > max(1.0, _LARGEST_DIFFERENCE * seconds)
    ):
        raise RecordFormatError(
            f"Withings: the row has {seconds:g} s at {frequency:g} Hz but holds {len(signal):,} samples"
        )
    return _assemble(signal, given.unit_of(_UNITS.get(row.get("wearposition", "").lower(), "")), frequency, row, given)


def _read_answer(document: Any, given: UserFacts) -> Record:
    body = field(document, "body") or document
    position = field(body, "wearposition")
    unit = "µV" if position is None else _UNITS.get(str(position), "")
    frequency = given.frequency_of(number(field(body, "sampling_frequency")))
    return _assemble(samples(field(body, "signal")), given.unit_of(unit), frequency, {}, given)


def _assemble(
    signal: NDArray[np.float64], unit: str, frequency: float, row: Mapping[str, str], given: UserFacts
) -> Record:
    return assemble(
        [Channel(given.lead or "I", signal, unit, frequency)],
        source="Withings",
        notes=() if given.lead else (_NOTE,),
        start_time=parse_time(row.get("date", "")),
        given=given,
    )


READER = Reader(
    name="Withings",
    formats=(
        Format(
            name="Withings",
            files="signal.csv, .json",
            devices="ScanWatch, Move ECG, BPM Core",
            read_by="mvkt",
            mind="several recordings in one file; µV when worn on a wrist, mV on an arm (a blood-pressure monitor)",
        ),
    ),
    recognises=recognises,
    recordings=recordings,
    several=True,
)
