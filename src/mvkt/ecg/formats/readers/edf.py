"""EDF and BDF, with and without the plus: data records of 16 or 24 bits, as Holters, sleep recorders and BioSemi write.

Annotations, ``Status`` and all that is no ECG are left out; the starts of the data records in the annotations of EDF+D
and BDF+D make their gaps. Neither format has a code for missing samples: see
:func:`~mvkt.ecg.formats.stored_numbers.placeholders`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats.assemble import Channel, assemble, is_ecg_name
from mvkt.ecg.formats.reader import Format, Reader, single
from mvkt.ecg.formats.readers.edf_gaps import with_gaps
from mvkt.ecg.formats.readers.edf_header import (
    ANNOTATIONS,
    BDF_VERSION,
    LONGEST_HEADER,
    EdfHeader,
    EdfSignal,
    begun,
    is_edf,
    parse_edf_header,
)
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.stored_numbers import physical, placeholders
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

_LARGEST_BDF_BYTES = 1024**3
_STATUS = "Status"
_MOST_BEYOND = 0.01
_ONSET = re.compile(rb"\x00*([+-]\d{1,12}(?:\.\d{1,9})?)(?:\x15[\d.]*)?\x14")
_NOT_DECODED = "it is no ECG"


def recognises(file: RecordingFile) -> bool:
    """Whether a file begins with a header of EDF or BDF."""
    return is_edf(file.head)


def read(file: RecordingFile, given: UserFacts) -> Record:
    """Read the ECG among the signals of a file."""
    if file.head.startswith(BDF_VERSION) and file.size > _LARGEST_BDF_BYTES:
        raise RecordFormatError(f"BDF: {file.size:,} bytes are more than is read of BDF ({_LARGEST_BDF_BYTES:,})")
    header = _with_duration(parse_edf_header(file.peek(LONGEST_HEADER)).of_file(file.size), given)
    content = file.read_bytes()
    records, notes = _records(content, header)
    signals = [signal for signal in header.signals if signal.label not in (*ANNOTATIONS, _STATUS)]
    named = any(is_ecg_name(signal.label) and signal.samples for signal in signals)
    channels = [_channel(records, signal, header, decode=is_ecg_name(signal.label) or not named) for signal in signals]
    starts = _record_starts(records, header)
    is_continuous = header.kind[3:5].upper() != "+D"
    if starts or not is_continuous:
        channels, gaps = with_gaps(channels, starts, len(records), header.duration, is_continuous=is_continuous)
        notes += gaps
    return assemble(
        channels,
        source="BDF" if header.bits == 24 else "EDF/EDF+",
        notes=(*header.notes, *notes),
        start_time=begun(header.start, starts),
        age=header.age,
        sex=header.sex,
        given=given,
    )


def _with_duration(header: EdfHeader, given: UserFacts) -> EdfHeader:
    """Return a header that states no duration of its data records with that which follows from the user's frequency."""
    if header.duration:
        return header
    named = [signal.samples for signal in header.signals if is_ecg_name(signal.label)]
    longest = max(named or [signal.samples for signal in header.signals])
    return replace(header, duration=longest / given.frequency_of(None))


def _records(content: bytes, header: EdfHeader) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Return the data records ``(records, bytes)``, and notes where the file is not as long as it should be."""
    family, length = ("BDF" if header.bits == 24 else "EDF"), header.bits // 8 * header.record_samples
    if not length:
        raise RecordFormatError(f"{family}: the file promises no samples")
    there = (len(content) - header.bytes) // length
    count = there if header.records <= 0 else min(there, header.records)
    if count < 1:
        raise RecordFormatError(f"{family}: the file is truncated or damaged: it holds no whole data record")
    notes = []
    if header.records <= 0:
        notes.append(f"the recorder did not close the file: its {count:,} whole data records are read")
    elif header.records > count:
        notes.append(f"truncated: {count:,} of {header.records:,} data records are there")
    elif there > count:
        notes.append(f"the file holds {there - count:,} data records more than its header promises: left out")
    return np.frombuffer(content, np.uint8, count * length, header.bytes).reshape(count, -1), tuple(notes)


def _channel(records: NDArray[np.uint8], signal: EdfSignal, header: EdfHeader, *, decode: bool) -> Channel:
    (low, high), (lowest, highest) = signal.physical, signal.digital
    if None not in (low, high, lowest, highest) and (low or 0) > (high or 0) and (lowest or 0) > (highest or 0):
        low, high, lowest, highest = high, low, highest, lowest  # both limits the other way round are the same line
    frequency, nothing = signal.samples / header.duration, np.empty(0, dtype=np.float32)
    if not decode:
        return Channel(signal.label, nothing, signal.unit, frequency, _NOT_DECODED)
    if low is None or high is None or lowest is None or highest is None or highest <= lowest or low == high:
        fault = f"the header states no scale of signal {signal.label or 'unnamed'}, and it is not guessed"
        return Channel(signal.label, nothing, signal.unit, frequency, fault)
    counts = _counts(records, signal, header.bits)
    gain = (highest - lowest) / (high - low)
    codes = placeholders(counts, lowest, -(2 ** (header.bits - 1)))
    if counts.max(initial=0) >= highest:
        turned = -counts.astype(np.int32)
        codes += tuple(-code for code in placeholders(turned, -highest, 1 - 2 ** (header.bits - 1)))
    zero = lowest - low * gain
    if codes and (counts == zero).all():
        codes = ()  # a flat line at 0, which is the lowest number where no voltage is negative
    values = physical(counts, zero, gain, *codes)
    beyond = _far_beyond(counts, lowest, highest)
    values[beyond] = np.nan
    note = f"samples of {signal.label} far beyond the range in the header are marked as missing" * bool(len(beyond))
    return Channel(signal.label, values, signal.unit, frequency, note=note)


def _far_beyond(counts: NDArray[np.signedinteger], lowest: float, highest: float) -> NDArray[np.intp]:
    """Return where single samples lie more than a range beyond the range of the header; nothing where many do."""
    span = highest - lowest
    if counts.min(initial=0) >= lowest - span and counts.max(initial=0) <= highest + span:
        return np.empty(0, dtype=np.intp)
    beyond = np.flatnonzero((counts < lowest - span) | (counts > highest + span))
    return beyond if len(beyond) < _MOST_BEYOND * len(counts) else beyond[:0]


def _counts(records: NDArray[np.uint8], signal: EdfSignal, bits: int) -> NDArray[np.int16] | NDArray[np.int32]:
    width = bits // 8
    part = records[:, signal.offset * width : (signal.offset + signal.samples) * width]
    if bits == 16:
        return np.ascontiguousarray(part).view("<i2").ravel()
    triples = part.reshape(-1, 3).astype(np.int32)
    counts = triples[:, 0] | triples[:, 1] << 8 | triples[:, 2] << 16
    return np.asarray(counts - (counts >= 2**23) * np.int32(2**24), dtype=np.int32)


def _record_starts(records: NDArray[np.uint8], header: EdfHeader) -> Sequence[float]:
    """Return when each data record begins, in seconds; nothing where one does not state it."""
    signal = next((signal for signal in header.signals if signal.label in ANNOTATIONS), None)
    if signal is None:
        return []
    width = header.bits // 8
    texts = records[:, signal.offset * width : (signal.offset + signal.samples) * width]
    found = [_ONSET.match(text.tobytes()) for text in texts]
    return [float(onset[1]) for onset in found if onset] if all(found) else []


READER = Reader(
    name="EDF",
    formats=(
        Format(
            name="EDF, EDF+",
            files=".edf",
            devices="Holter and sleep recorders",
            read_by="mvkt",
            mind="signals that are no ECG are left out; gaps of EDF+D are NaN, and so are -32768 and the digital "
            "minimum where they stand apart from all other samples",
        ),
        Format(
            name="BDF, BDF+",
            files=".bdf",
            devices="BioSemi and other recorders of 24 bits",
            read_by="mvkt",
            mind="as EDF, with 24 bits",
        ),
    ),
    recognises=recognises,
    recordings=single(read),
)
