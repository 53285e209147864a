"""The signals of a WFDB header: each in its own file, storage format, number of samples a frame, gain and baseline.

What marks an invalid sample is looked for in the stored numbers, by the storage format of the signal. A fault in a file
is one of its signals: it counts where they are needed.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats.assemble import Channel, is_ecg_name
from mvkt.ecg.formats.readers.matlab_file import is_level_5, load_variables
from mvkt.ecg.formats.readers.wfdb_flac import FLAC_BITS, flac_numbers
from mvkt.ecg.formats.readers.wfdb_header import WfdbHeader, WfdbSignal, beside
from mvkt.ecg.formats.readers.wfdb_storage import INVALID_SAMPLE, sizes_of, stored_numbers
from mvkt.ecg.formats.stored_numbers import NONE_INVALID, physical
from mvkt.ecg.formats.truncated import truncation
from mvkt.ecg.formats.units import millivolts_per
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.leads import is_other_name
from mvkt.errors import RecordFormatError

_DIFFERENCES, _NOT_STORED, _MATRIX_FORMAT = 8, 0, 16
_MATLAB_73 = b"MATLAB 7.3"
_MATRIX_HEAD, _MATRIX_NAME = 24, b"val\0"
_MATRIX_LENGTHS = (struct.pack("<2i", 0, 4), struct.pack(">2i", 0, 4))
"""Of MATLAB's level 4: before the numbers of a challenge, also where the header states no offset."""

_SAMPLES_STORED_TOGETHER = 3
"""At most, in formats 310 and 311; the last ones may be filled up."""


def in_unit(parsed: WfdbHeader, given: UserFacts) -> WfdbHeader:
    """Return a header with the user's unit, if there is one, as that of the signals that are an ECG by their names.

    Raises:
        RecordFormatError: The header states no gain of one, and the unit is not that of WFDB's default.
    """
    if given.unit is None:
        return parsed
    named = [signal for signal in parsed.signals if is_ecg_name(signal.lead)]
    named = named or [signal for signal in parsed.signals if not is_other_name(signal.lead)]
    for signal in named:
        if not signal.gain_stated and millivolts_per(signal.units) != millivolts_per(given.unit):
            raise RecordFormatError(
                f"the header states no gain of {signal.lead or 'a signal'}, and a unit alone does not state what a "
                "step is: leave the unit out to take WFDB's default of 200 a mV"
            )
    signals = (replace(each, units=given.unit_of(each.units)) if each in named else each for each in parsed.signals)
    return replace(parsed, signals=tuple(signals))


def channels_of(header: Path, parsed: WfdbHeader) -> list[Channel]:
    """Return the signals of a header without segments, voltages in mV, in the order of the header; broken ones last.

    Args:
        header: The path of the header, beside which the signal files lie.
        parsed: What is in it.
    """
    found: dict[int, Channel] = {}
    for file in dict.fromkeys(signal.file for signal in parsed.signals):
        places = [place for place, signal in enumerate(parsed.signals) if signal.file == file]
        signals = [parsed.signals[place] for place in places]
        fault, note, numbers = "", "", [np.empty(0, dtype=np.int16) for _ in signals]
        frames, is_whole = parsed.samples, True
        try:
            if signals[0].storage_format != _NOT_STORED:
                numbers, frames, is_whole, note = _numbers_of_file(header, signals, parsed.samples)
        except RecordFormatError as error:
            fault = str(error)
        for place, signal, stored in zip(places, signals, numbers, strict=True):
            checked = signal if is_whole else replace(signal, checksum=None)  # it is that of all samples
            found[place] = replace(_channel(header, parsed, checked, stored, frames, fault), note=note)
    broken = [
        Channel(name, np.empty(0, dtype=np.float32), "", parsed.sampling_frequency, fault)
        for name, fault in parsed.broken_lines.items()
    ]
    return [*(found[place] for place in sorted(found)), *broken]


def _channel(
    header: Path, parsed: WfdbHeader, signal: WfdbSignal, stored: NDArray[Any], frames: int | None, fault: str
) -> Channel:
    frequency = parsed.sampling_frequency * signal.samples_per_frame
    length = None if frames is None else frames * signal.samples_per_frame
    checksum = signal.checksum if length is None or len(stored) >= length else None  # it is that of all samples
    total = int(stored.sum(dtype=np.int64)) if checksum else 0
    if not fault and checksum and (checksum - total) & 0xFFFF:
        fault = (
            f"header disagrees with its data: the checksum of {signal.lead[:40] or 'a signal'} in {header.name} is not "
            "that of the samples; fetch the record again"
        )
    millivolts = millivolts_per(signal.units)
    invalid = INVALID_SAMPLE.get(signal.storage_format, NONE_INVALID)
    values = physical(stored, signal.baseline, signal.gain / (millivolts or 1.0), invalid)
    if not fault and length is not None and 0 < len(values) < length:  # a skew leaves the end of a signal unrecorded
        values = np.concatenate([values, np.full(length - len(values), np.nan, dtype=np.float32)])
    return Channel(signal.lead, values, "mV" if millivolts else signal.units, frequency, fault)


def _numbers_of_file(
    header: Path, signals: Sequence[WfdbSignal], frames: int | None
) -> tuple[list[NDArray[Any]], int, bool, str]:
    """Return the stored numbers of each signal of a file, of how many frames, if these are all, and a note if not.

    Raises:
        RecordFormatError: The file is absent, damaged, of a storage format that is not read, or it is not certain that
            what is there is the beginning of what is promised.
    """
    path = beside(header, signals[0].file)
    if len({(signal.storage_format, signal.byte_offset) for signal in signals}) > 1:
        raise RecordFormatError(f"WFDB: signals of {path.name} have different storage formats or offsets")
    skew = max(signal.skew for signal in signals)
    if not path.is_file():
        raise RecordFormatError(f"missing file: {path.name}, named by {header.name}, is not there")
    if signals[0].storage_format in FLAC_BITS:
        rows, promised = flac_numbers(path, signals, frames)
        frames = promised - skew if frames is None else frames
    else:
        rows = _rows_of_frames(path, signals, frames)
    last = len(rows) - skew if frames is None else min(frames, len(rows))
    surplus = len(rows) - skew - last
    note = "" if surplus * rows.shape[1] < _SAMPLES_STORED_TOGETHER else surplus_note(path, surplus)
    cut_off = truncation(last, frames)
    columns, at = [], 0
    for signal in signals:
        part = rows[:, at : at + signal.samples_per_frame]
        at += signal.samples_per_frame
        if signal.storage_format == _DIFFERENCES:
            part = np.cumsum(part.ravel(), dtype=np.int32).reshape(part.shape) + np.int32(signal.initial)
        columns.append(part[signal.skew : signal.skew + last].ravel())
    return columns, last, not cut_off, note or "".join(cut_off)


def signal_bytes(path: Path, signal: WfdbSignal) -> bytes:
    """Return the stored numbers of a file from the offset of its signals on.

    The matrix ``val`` of a challenge that was saved again as MATLAB 5 is what its header describes at MATLAB's level 4.

    Raises:
        RecordFormatError: The file is of MATLAB, and its matrix is not what the header describes.
    """
    data = path.read_bytes()
    if data.startswith(_MATLAB_73):
        raise RecordFormatError(f"WFDB: {path.name} is a MATLAB 7.3 (HDF5) file; save it with -v7")
    if not is_level_5(data):
        is_matrix = data[20:24] == _MATRIX_NAME and data[12:20] in _MATRIX_LENGTHS
        return data[signal.byte_offset or _MATRIX_HEAD * is_matrix :]
    matrix = load_variables(data).get("val")
    if matrix is None or matrix.ndim != 2 or signal.storage_format != _MATRIX_FORMAT or not _is_whole(matrix):
        raise RecordFormatError(f"header disagrees with its data: {path.name} has no matrix 'val' of whole numbers")
    counts = np.ascontiguousarray(matrix.T, dtype="<i2")
    if not np.array_equal(counts, matrix.T):
        raise RecordFormatError(f"header disagrees with its data: numbers in {path.name} are larger than 16 bits hold")
    return counts.tobytes()


def _is_whole(matrix: NDArray[Any]) -> bool:
    """Whether all numbers are whole; programs of MATLAB save them as fractions, too."""
    return matrix.dtype.kind in "iu" or (matrix.dtype.kind == "f" and bool((matrix == np.rint(matrix)).all()))


def check_layout(path: Path, size: int, counts: NDArray[Any], signals: Sequence[WfdbSignal], frames: int) -> None:
    """Refuse a file that may be one of other signals, or of numbers of another length, than its header promises.

    What ends early is the beginning of what is promised where its first samples are those that the header states, or
    where none is stated and its length is none that as many frames have otherwise.

    Args:
        path: Of the file.
        size: Its bytes of signal.
        counts: The numbers in it.
        signals: Its signals, in the header.
        frames: How many the header promises.

    Raises:
        RecordFormatError: The file may be one of other signals, or holds none.
    """
    width = sum(signal.samples_per_frame for signal in signals)
    sizes = sizes_of(frames * width)
    if size == sizes[signals[0].storage_format]:
        return
    held, begins_as_stated = len(counts) // width, _begins_as_stated(counts, signals)
    is_of_other_signals = held > 0 and len(counts) % frames == 0
    is_of_other_numbers = begins_as_stated is None and size in sizes.values()
    if held >= frames and is_of_other_signals:
        raise RecordFormatError(
            f"header disagrees with its data: {path.name} has {len(counts) // frames:,} numbers for each {width:,} "
            "that its header promises"
        )
    if held >= frames and is_of_other_numbers:
        raise RecordFormatError(
            f"header disagrees with its data: {path.name} has {size:,} bytes of signal, which are those of another "
            f"storage format than {signals[0].storage_format}"
        )
    if held and begins_as_stated is False:
        raise RecordFormatError(
            f"header disagrees with its data: {path.name} does not begin with the samples that its header states"
        )
    is_unclear = begins_as_stated is None and (is_of_other_signals or is_of_other_numbers)
    if held < frames and (not held or is_unclear):
        raise RecordFormatError(
            f"truncated file: {path.name} has {held:,} samples a signal; its header promises {frames:,}"
        )


def _begins_as_stated(counts: NDArray[Any], signals: Sequence[WfdbSignal]) -> bool | None:
    """Whether a file begins with the first samples that its header states; None where it states none but zeros."""
    at, alike = 0, []
    for signal in signals:
        is_stated = signal.initial not in (0, signal.baseline) and not signal.skew
        if is_stated and signal.storage_format != _DIFFERENCES and at < len(counts):
            alike.append(int(counts[at]) == signal.initial)
        at += signal.samples_per_frame
    return all(alike) if alike else None


def surplus_note(path: Path, surplus: int) -> str:
    """Return the note on a signal file that has more samples a signal than its header promises."""
    return f"{path.name} has {surplus:,} samples a signal more than its header promises: left out"


def _rows_of_frames(path: Path, signals: Sequence[WfdbSignal], frames: int | None) -> NDArray[Any]:
    """Return the numbers of a file, ``(frames, samples of all signals in a frame)``, also of one that ends early."""
    data = signal_bytes(path, signals[0])
    width = sum(signal.samples_per_frame for signal in signals)
    numbers = stored_numbers(data, signals[0].storage_format)
    held = len(numbers) // width
    check_layout(path, len(data), numbers, signals, frames or max(1, held))
    return numbers[: held * width].reshape(held, width)
