"""JSON of any layout: lists of samples, leads as lists or objects, rows as objects or lists, JSON lines, packages.

What is found becomes a table, and is read as one: the names of keys, ``ecg_uV``, ``time_ms``, state units as names of
columns do, and what stands beside the samples (``fs``, ``samplingRate``, ``unit``, ``lead``, ``age``) is stated as by
lines before the rows. Nothing is guessed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mvkt.ecg.formats.json_numbers import FEWEST
from mvkt.ecg.formats.json_series import Package, Series, series_of
from mvkt.ecg.formats.packages import placed
from mvkt.ecg.formats.reader import Format, Reader, single
from mvkt.ecg.formats.readers import table
from mvkt.ecg.formats.readers.json_file import LARGEST_JSON_BYTES, head_of_json, load
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.sample_times import positions_of
from mvkt.ecg.formats.table_facts import facts_of, stated_frequency
from mvkt.ecg.formats.table_times import are_counts
from mvkt.ecg.formats.text import decode, is_missing, lines_of
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

_MOST_ROWS = 1_000_000
_BEGINS = re.compile(r'\{\s*["}]|\[\s*(?:[{\["\]]|null\b|-?\d[\d.eE+-]*\s*(?:[,\]]|$))')
_LIST = re.compile(r'(?:(?:"?-?\d[\d.eE+-]{0,24}"?|null|NaN)(?:[,;](?:\s|\\n){0,20}|\\n| )){7}')
_VALUE = re.compile(r'"\s?:\s?"?-?\d|\[\s{0,20}-?\d')
_SEPARATORS = str.maketrans('\t\r\n":=', "      ")
_LINES = str.maketrans('\t\r\n"', "    ")
_NO_NAME = re.compile(r"[-+.,\d]")
_LONGEST_NAME = 60
_SMALL = 100
_SCALES = (1.0, 1e-3, 1e-6, 1e-9)
_FITS = 0.05


def recognises(file: RecordingFile) -> bool:
    """Whether a file begins as JSON does, with a list of numbers or many of them; ``[10:00:00.000]`` begins a table."""
    head = head_of_json(file)
    if not _BEGINS.match(head):
        return False
    return _LIST.search(head) is not None or sum(1 for _ in _VALUE.finditer(head)) >= FEWEST


def read(file: RecordingFile, given: UserFacts) -> Record:
    """Read what has the layout of a recording."""
    series = series_of(_document(file))
    comments = [f"# {_plain(key)}: {value.translate(_LINES)}" for key, value in series.facts]
    notes = [f"left out lists of another length: {', '.join(series.left_out[:12])}"] * bool(series.left_out)
    if series.packages:
        samples, found = _placed(series.packages, comments, given)
        series = replace(series, columns=((series.columns[0][0], samples),))
        notes += found
    text = "\n".join([*comments, *_rows(series)]) + "\n"
    record = table.read(RecordingFile.open(text.encode()), given)
    return replace(record, source="JSON", notes=(*notes, *record.notes))


def _document(file: RecordingFile) -> Any:
    """Return what is in a file, the lines of JSON lines as a list."""
    lines = [line for line in lines_of(decode(file.head).lstrip("\ufeff")) if line.strip()]
    if len(lines) < FEWEST or file.size > LARGEST_JSON_BYTES or not all(map(_is_whole, lines[: FEWEST - 1])):
        return load(file, most_objects=_MOST_ROWS)
    lines = [line for line in lines_of(decode(file.read_bytes()).lstrip("\ufeff")) if line.strip()]
    content = f"[{','.join(lines)}]".encode()
    return load(RecordingFile.open(content), LARGEST_JSON_BYTES + len(lines) + 2, most_objects=_MOST_ROWS)


def _is_whole(line: str) -> bool:
    """Whether a line is an object or a list."""
    try:
        return line[:1] in ("{", "[") and isinstance(json.loads(line), dict | list)
    except (ValueError, RecursionError):
        return False


def _placed(
    packages: Sequence[Package], comments: Sequence[str], given: UserFacts
) -> tuple[Sequence[float], tuple[str, ...]]:
    """Return the samples of packages, with NaN where some were lost by their times, and notes on them.

    Raises:
        RecordFormatError: The sampling frequency is not known, or the times do not fit it.
    """
    samples = np.array([_number(sample) for package in packages for sample in package.samples])
    times = [package.time for package in packages if package.time is not None]
    if len(times) < len(packages):
        return samples.tolist(), ("packages without times are joined in the order of the file",)
    frequency = given.frequency_of(stated_frequency(facts_of(comments, "\t")))
    sizes = np.array([len(package.samples) for package in packages])
    samples_each = float(np.median(sizes))
    if are_counts(np.array(times)):
        positions = positions_of(np.array(times))
        times = [float(position) for position in (np.arange(len(times)) if positions is None else positions)]
        scales: tuple[float, ...] = (samples_each / frequency,)
    else:
        scales = _SCALES
    usual = float(np.median(np.diff(times))) * frequency / samples_each
    scale = next((scale for scale in scales if abs(usual * scale - 1) < _FITS), None)
    if scale is None and given.sampling_frequency is not None:
        note = f"the times of the packages do not fit {frequency:g} Hz: they are joined in the order of the file"
        return samples.tolist(), (note,)
    if scale is None:
        raise RecordFormatError(
            f"the times of the packages do not fit {frequency:g} Hz: give the right sampling frequency with "
            "sampling_frequency= (--sampling-frequency)"
        )
    signal, _, notes = placed(samples, sizes, np.array(times) * scale, [frequency], given)
    return signal.tolist(), notes


def _number(cell: Any) -> float:
    text = "" if cell is None else str(cell).strip()
    return float("nan") if is_missing(text) else float(text.replace(",", ".").replace("\u2212", "-"))


def _rows(series: Series) -> Iterator[str]:
    """Yield the lines of a table."""
    names = [_plain(name)[:_LONGEST_NAME] for name, _ in series.columns]
    if any(names) or len(names) == 1:
        named = (name or ("ECG" if len(names) == 1 else "unnamed") for name in names)
        yield "\t".join(f"Channel {name}" if _NO_NAME.match(name) else name for name in named)
    yield from ("\t".join(_cells(row)) for row in zip(*(cells for _, cells in series.columns), strict=True))


def _cells(row: Iterable[Any]) -> Iterator[str]:
    for cell in row:
        if isinstance(cell, str):
            yield cell.translate(_LINES).strip() or "nan"
        elif cell is None or isinstance(cell, bool | list | dict):
            yield "nan" if cell is None else str(cell)[:_LONGEST_NAME]
        else:  # a row of 0 and 1 would be the numbers of columns
            yield f"{float(cell)!r}" if isinstance(cell, float) or abs(cell) < _SMALL else str(cell)


def _plain(name: str) -> str:
    return " ".join(name.translate(_SEPARATORS).split()).lstrip("#")


READER = Reader(
    name="JSON",
    formats=(
        Format(
            name="JSON, JSON lines",
            files=".json, .jsonl",
            devices="scripts, apps and web interfaces without a format of their own",
            read_by="mvkt",
            mind="a list of samples for each lead, or a row for each sample: as in a table, keys such as 'ecg_uV' and "
            "'time_ms', or 'fs' and 'unit' beside the samples, state what is not guessed",
        ),
    ),
    recognises=recognises,
    recordings=single(read),
)
