"""DICOM files of several multiplex groups: one file for each that is a recording.

Carts store the rhythm, an average beat (often without a label, but as ``DERIVED``), a calibration pulse and other
signals (respiration, pressure) as groups of their own, each with its own sampling frequency, and some store the leads
in groups that begin one after the other. ECGDataKit reads the first rhythm group alone, and refuses a file with a
fault in any group.

Source: DICOM PS3.3 C.10.9, Waveform Sequence (5400,0100), Multiplex Group Time Offset (0018,1068).
"""

from __future__ import annotations

import io
import math
import re
import warnings
from pathlib import Path
from typing import Any

from mvkt.ecg.formats.person_facts import parse_age, parse_sex
from mvkt.ecg.formats.recording_file import HEAD_BYTES
from mvkt.ecg.formats.truncated import truncation
from mvkt.ecg.formats.user_facts import LOWEST_FREQUENCY, UserFacts
from mvkt.ecg.record import Sex
from mvkt.errors import RecordFormatError

_MOST_GROUPS = 64
_PREAMBLE, _PREFIX = bytes(128), b"DICM"
_FIRST_ELEMENT = b"\x02\x00\x00\x00UL\x04\x00"
_DATA_SET = re.compile(rb"\x08\x00[\x00-\x18]\x00(?:[A-Z]{2}|.{2}\x00\x00)", re.DOTALL)
"""Its first element, with the kind of its value or a length of four bytes."""

_WAVEFORMS = b"1.2.840.10008.5.1.4.1.1.9."
"""How the UIDs of what stores waveforms begin."""

Person = tuple[float | None, Sex | None]
"""Age in years and sex."""

_SAMPLES = re.compile(rb"\x00\x54\x10\x10(?:O[BW]\x00\x00)?.{4}", re.DOTALL)
_END_OF_ITEM, _END_OF_SEQUENCE = b"\xfe\xff\x0d\xe0" + bytes(4), b"\xfe\xff\xdd\xe0" + bytes(4)
"""Of what has no length of its own, where bytes are in the usual order."""

_COUNTS = ("NumberOfWaveformChannels", "NumberOfWaveformSamples", "WaveformBitsAllocated")
_COMPANDED = ("MB", "AB")
"""Samples in eight bits whose steps grow with them: the standard does not state to what they are expanded."""

_ROUNDED = 0.5
_MARKS = ("ReferencedSamplePositions", "ReferencedTimeOffsets", "ReferencedDateTime")
_NO_RECORDING = re.compile(r"median|representative|average|calibrat|\bcal\b", re.IGNORECASE)


def is_without_preamble(head: bytes) -> bool:
    """Whether a file is DICOM from its first element or its prefix on, as some carts write it, or a data set alone."""
    return head.startswith((_FIRST_ELEMENT, _PREFIX + _FIRST_ELEMENT)) or _is_data_set(head)


def _is_data_set(head: bytes) -> bool:
    return _DATA_SET.match(head) is not None and _WAVEFORMS in head


def with_preamble(content: bytes) -> bytes:
    """Return a file that :func:`is_without_preamble` as the standard has it."""
    if not _is_data_set(content[:HEAD_BYTES]):
        return _PREAMBLE + _PREFIX + content.removeprefix(_PREFIX)
    syntax = b"1.2.840.10008.1.2.1" if content[4:6].isalpha() else b"1.2.840.10008.1.2"
    syntax += bytes(len(syntax) % 2)
    meta = b"\x02\x00\x10\x00UI" + len(syntax).to_bytes(2, "little") + syntax
    length = _FIRST_ELEMENT + len(meta).to_bytes(4, "little")
    return _PREAMBLE + _PREFIX + length + meta + content


def recording_groups(path: Path, given: UserFacts) -> tuple[list[tuple[bytes, float]], Person, list[str]]:
    """Return a file for each group that is a recording, how many seconds after the earliest it begins, and the person.

    Args:
        path: A DICOM file.
        given: What the user states: the sampling frequency of groups that state none.

    Returns:
        No files where there is a single group that needs no change, no recording, or it cannot be taken apart; age and
        sex of the person; and notes on samples that are left out.

    Raises:
        RecordFormatError: The file is an image, a document or a list of files, its counts do not fit its samples, their
            kind is not read, or nobody states a sampling frequency.
    """
    person: Person = (None, None)
    notes: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they may quote the file
        try:
            data, is_closed = _opened(path)
            person = _person(data)
            groups = list(data.get("WaveformSequence") or [])
            if "DirectoryRecordSequence" in data:
                raise RecordFormatError(
                    "DICOM: this is the list of the files on a medium (DICOMDIR); give one of the files that it lists"
                )
            if not groups and any(name in data for name in ("PixelData", "EncapsulatedDocument")):
                raise RecordFormatError(
                    "DICOM: the file holds a picture or a PDF document; export the recording itself (a DICOM waveform)"
                )
            kept = [group for group in groups if not _NO_RECORDING.search(str(group.get("MultiplexGroupLabel") or ""))]
            kept = [group for group in kept if group.get("WaveformOriginality") != "DERIVED"] or kept[:1]
            kept, left_out = _sound(kept)
            notes += left_out
            found = [_has_samples_as_promised(group) for group in kept]
            notes += [note for note, _ in found if note]
            changed = [is_closed, *(is_cut for _, is_cut in found)]
            changed += [_has_new_frequency(group, given) for group in kept]
            changed += [_has_new_skews(group) for group in kept]
            if not (any(changed) or len(groups) > 1) or not kept or len(groups) > _MOST_GROUPS:
                return [], person, notes
            delays = [float(group.get("MultiplexGroupTimeOffset") or 0) / 1000 for group in kept]
            parts = [(_with(data, group), delay - min(delays)) for group, delay in zip(kept, delays, strict=True)]
        except RecordFormatError:
            raise
        except Exception:  # noqa: BLE001 - a damaged file breaks the library in any way; its own reader names the fault
            return [], person, notes
    return parts, person, notes


def _opened(path: Path) -> tuple[Any, bool]:
    """Return what is in a file, and whether it ends within its sequences, which were closed then.

    Raises:
        RecordFormatError: It ends before its samples, or its bytes are in another order than the usual one.
    """
    import pydicom

    try:
        return pydicom.dcmread(path), False
    except (EOFError, OSError):
        content = path.read_bytes()
    found = list(_SAMPLES.finditer(content))[-1:]
    closed = content
    for match in found:
        start, there = match.end(), (len(content) - match.end()) // 2 * 2
        if int.from_bytes(content[start - 4 : start], "little") > there:
            closed = content[: start - 4] + there.to_bytes(4, "little") + content[start : start + there]
    try:
        return pydicom.dcmread(io.BytesIO(closed + _END_OF_ITEM + _END_OF_SEQUENCE)), True
    except (EOFError, OSError):
        raise RecordFormatError("DICOM: the file is truncated: export or fetch it again") from None


def _sound(groups: list[Any]) -> tuple[list[Any], list[str]]:
    """Return the groups that can be read, and notes on the others; refuse a file without any."""
    sound, faults = [], []
    for group in groups:
        try:
            _check(group)
            sound.append(group)
        except RecordFormatError as fault:
            faults.append(fault)
    if faults and not sound:
        raise faults[0]
    return sound, [f"left out a group of channels: {fault}" for fault in faults]


def _check(group: Any) -> None:
    """Refuse a group whose counts do not fit its samples, which would be mixed."""
    if group.get("WaveformSampleInterpretation") in _COMPANDED:
        raise RecordFormatError("DICOM: the samples are companded (µ-law or A-law), without a scale that is known")
    counted, promised, there = _counts(group)
    defined = len(group.get("ChannelDefinitionSequence") or ())
    if defined > counted:
        raise RecordFormatError(f"DICOM: the file counts {counted} channels and has {defined}: it is damaged")
    if there and there != counted * promised and there % promised == 0:
        raise RecordFormatError(
            f"DICOM: the file counts {counted} channels and has {there // promised:,} numbers for each sample that it "
            "promises: it is damaged"
        )


def _counts(group: Any) -> tuple[int, int, int]:
    """Return how many channels and samples are promised, and how many numbers are there; 0 where that is not known."""
    counted, promised, bits = (int(group.get(name) or 0) for name in _COUNTS)
    if min(counted, promised) < 1 or bits < 8:
        return counted, promised, 0
    filled = int(bits == 8 and counted * promised % 2)  # to an even number of bytes
    there = len(group.get("WaveformData") or b"") // (bits // 8)
    return counted, promised, there - filled * (there > counted * promised)


def _has_samples_as_promised(group: Any) -> tuple[str, bool]:
    """Return a note where there are more or fewer samples than promised, and whether the promise was changed."""
    counted, promised, there = _counts(group)
    samples = there // max(1, counted)
    if samples > promised:
        return f"the file promises {promised:,} samples a lead: {samples - promised:,} more are left out", False
    if not 0 < samples < promised:
        return "", False
    group.NumberOfWaveformSamples = samples
    return truncation(samples, promised)[0], True


def _has_new_skews(group: Any) -> bool:
    """Count when channels were sampled from the earliest on, in whole samples; return whether that changed one."""
    rate = float(group.get("SamplingFrequency") or 0)
    channels = list(group.get("ChannelDefinitionSequence") or ())
    stated = [float(channel.get("ChannelSampleSkew") or 0) for channel in channels]
    skews = [
        skew or float(channel.get("ChannelTimeSkew") or 0) * rate
        for channel, skew in zip(channels, stated, strict=True)
    ]
    if not skews or not all(map(math.isfinite, skews)):
        return False
    late = [round(skew - min(skews)) for skew in skews]
    if all(abs(samples - skew) <= _ROUNDED for samples, skew in zip(late, stated, strict=True)):
        return False
    for channel, samples in zip(channels, late, strict=True):
        channel.ChannelSampleSkew = samples
    return True


def _has_new_frequency(group: Any, given: UserFacts) -> bool:
    """Give a group that states no possible sampling frequency that of the user; return whether it needed one."""
    stated = float(group.get("SamplingFrequency") or 0)
    if stated >= LOWEST_FREQUENCY:
        return False
    group.SamplingFrequency = f"{given.frequency_of(stated if stated > 0 else None):.10g}"
    return True


def _person(data: Any) -> Person:
    """Return age in years and sex as a file states them; the library takes an age of 18 months for one year."""
    age, sex = str(data.get("PatientAge") or ""), str(data.get("PatientSex") or "")
    return parse_age(age.lstrip("0")) or None, parse_sex(sex)


def _with(data: Any, group: Any) -> bytes:
    """Return a file with one of its groups."""
    import pydicom

    annotations = data.get("WaveformAnnotationSequence") or ()
    data.WaveformAnnotationSequence = [each for each in annotations if "NumericValue" in each and not _is_mark(each)]
    data.WaveformSequence = pydicom.Sequence([group])
    stream = io.BytesIO()
    data.save_as(stream)
    data.WaveformAnnotationSequence = []  # measurements are read once
    return stream.getvalue()


def _is_mark(annotation: Any) -> bool:
    """Whether an annotation is one of a beat; there are many, and nothing of them is read."""
    return any(name in annotation for name in _MARKS)
