"""JSON of exports and web interfaces."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats.dates import in_common_era
from mvkt.ecg.formats.not_a_recording import as_text
from mvkt.ecg.formats.reader import Recording
from mvkt.ecg.formats.recording_file import LONGEST_HEAD_BYTES, RecordingFile
from mvkt.ecg.formats.text import MISSING_CODE, decode, is_number, lines_of
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

Reading = TypeVar("Reading")

LARGEST_JSON_BYTES = 12 * 1024**2
"""Ten readings of 30 s have 0.4 MB, five minutes of six leads 6 MB; objects take thirty times that in memory."""

MOST_OBJECTS = 100_000

_BEFORE = "\ufeff \t\r\n"


def head_of_json(file: RecordingFile) -> str:
    """Return the beginning of a JSON file, or nothing where it is none; keys may follow a long text."""
    if _opening(file.head) not in ("{", "["):
        return ""
    return (as_text(file.peek(LONGEST_HEAD_BYTES)) or "").lstrip(_BEFORE)


def _opening(head: bytes) -> str:
    return (as_text(head) or "").lstrip(_BEFORE)[:1]


def has_keys(head: str, *keys: str) -> bool:
    """Whether a beginning of JSON has all of these keys."""
    return bool(head) and all(re.search(rf'"{key}"\s*:', head) for key in keys)


def load(file: RecordingFile, largest: int = LARGEST_JSON_BYTES, most_objects: int = MOST_OBJECTS) -> Any:
    """Return what is in a JSON file.

    Args:
        file: The file.
        largest: Bytes; larger files are refused unread.
        most_objects: Objects and lists; for formats that have one for each sample or package.

    Raises:
        RecordFormatError: It is none, damaged, or too large.
    """
    if file.size > largest:
        raise RecordFormatError(f"{file.size:,} bytes of JSON are too many for an ECG (up to {largest:,})")
    text = decode(file.read_bytes()).lstrip("\ufeff")
    if text.count("{") + text.count("[") > most_objects:
        raise RecordFormatError("the JSON file is no recording: it has far more objects than one")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and error.pos < len(text.rstrip()):
            lines = [line for line in lines_of(text) if line.strip()]
            with suppress(ValueError, RecursionError):
                return [json.loads(line) for line in lines]  # NDJSON
            raise RecordFormatError("the JSON file holds several documents: save each in its own file") from None
        raise RecordFormatError("the JSON file is damaged or incomplete") from None
    except (ValueError, RecursionError):
        raise RecordFormatError("the JSON file is damaged or incomplete") from None


def recordings_by_time(
    readings: Sequence[Reading],
    began: Callable[[Reading], Any],
    read: Callable[[Reading, UserFacts], Record],
    numbered: str,
) -> list[Recording]:
    """Return the recordings of a file under the times at which they began.

    Args:
        readings: What the file has of each.
        began: When it began, as the file has it.
        read: Reads it.
        numbered: What they are called, with a number, where these times are not all there, or not different.
    """
    names = [str(began(reading) or "")[:40] for reading in readings]
    if not all(names) or len(set(names)) < len(names):
        names = [f"{numbered} {position}" for position in range(1, len(names) + 1)]
    return [Recording(name, partial(read, reading)) for name, reading in zip(names, readings, strict=True)]


def field(document: Any, *path: str) -> Any:
    """Return what is at a path of keys, or None."""
    for key in path:
        document = document.get(key) if isinstance(document, Mapping) else None
    return document


def samples(values: Any) -> NDArray[np.float64]:
    """Return a list of numbers as an array; null and :data:`~mvkt.ecg.formats.text.MISSING_CODE` are NaN.

    Raises:
        RecordFormatError: It is no list of numbers.
    """
    try:
        values = [_plain(value) for value in values] if isinstance(values, list) else None
        found = np.array(values, dtype=np.float64) if values is not None else None
    except (ValueError, TypeError, OverflowError):
        found = None
    if found is None or found.ndim != 1:
        raise RecordFormatError("the file is damaged: its samples are no list of numbers")
    found[found == MISSING_CODE] = np.nan
    return found


def _plain(value: Any) -> Any:
    """Return a number written as text with a decimal comma as one with a point."""
    return value.replace(",", ".") if isinstance(value, str) and is_number(value) else value


def time(value: Any) -> datetime | None:
    """Return an ISO 8601 time, or None."""
    try:
        return in_common_era(datetime.fromisoformat(value)) if isinstance(value, str) else None
    except ValueError:
        return None
