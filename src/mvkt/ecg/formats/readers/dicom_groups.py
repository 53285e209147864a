"""DICOM files of several multiplex groups: one file for each that is a recording.

Carts store the rhythm, an average beat (often without a label, but as ``DERIVED``), a calibration pulse and other
signals (respiration, pressure) as groups of their own, each with its own sampling frequency, and some store the leads
in groups that begin one after the other. ECGDataKit reads the first rhythm group alone, and refuses a file with a
fault in any group.

Source: DICOM PS3.3 C.10.9, Waveform Sequence (5400,0100), Multiplex Group Time Offset (0018,1068).
"""

from __future__ import annotations

import io
import re
import warnings
from pathlib import Path
from typing import Any

from mvkt.ecg.formats.person_facts import parse_age, parse_sex
from mvkt.ecg.record import Sex
from mvkt.errors import RecordFormatError

_MOST_GROUPS = 64
_PREAMBLE, _PREFIX = bytes(128), b"DICM"
_FIRST_ELEMENT = b"\x02\x00\x00\x00UL\x04\x00"
Person = tuple[float | None, Sex | None]
"""Age in years and sex."""

_NO_RECORDING = re.compile(r"median|representative|average|calibrat|\bcal\b", re.IGNORECASE)


def is_without_preamble(head: bytes) -> bool:
    """Whether a file is DICOM from its first element or its prefix on, as some carts write it."""
    return head.startswith((_FIRST_ELEMENT, _PREFIX + _FIRST_ELEMENT))


def with_preamble(content: bytes) -> bytes:
    """Return a file that :func:`is_without_preamble` as the standard has it."""
    return _PREAMBLE + _PREFIX + content.removeprefix(_PREFIX)


def recording_groups(path: Path) -> tuple[list[tuple[bytes, float]], Person]:
    """Return a file for each group that is a recording, how many seconds after the earliest it begins, and the person.

    Args:
        path: A DICOM file.

    Returns:
        No files where there is a single group, no recording, or it cannot be taken apart; age and sex of the person.

    Raises:
        RecordFormatError: The file is an image or a document.
    """
    import pydicom

    person: Person = (None, None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they may quote the file
        try:
            data = pydicom.dcmread(path)
            person = _person(data)
            groups = list(data.get("WaveformSequence") or [])
            if not groups and any(name in data for name in ("PixelData", "EncapsulatedDocument")):
                raise RecordFormatError(
                    "DICOM: the file holds a picture or a PDF document; export the recording itself (a DICOM waveform)"
                )
            kept = [group for group in groups if not _NO_RECORDING.search(str(group.get("MultiplexGroupLabel") or ""))]
            kept = [group for group in kept if group.get("WaveformOriginality") != "DERIVED"] or kept[:1]
            for group in kept:
                _check(group)
            if not 2 <= len(groups) <= _MOST_GROUPS or not kept:
                return [], person
            delays = [float(group.get("MultiplexGroupTimeOffset") or 0) / 1000 for group in kept]
            parts = [(_with(data, group), delay - min(delays)) for group, delay in zip(kept, delays, strict=True)]
        except RecordFormatError:
            raise
        except Exception:  # noqa: BLE001 - a damaged file breaks the library in any way; its own reader names the fault
            return [], person
    return parts, person


def _check(group: Any) -> None:
    """Refuse a group that defines more channels than it counts: their samples would be mixed."""
    counted = int(group.get("NumberOfWaveformChannels") or 0)
    defined = len(group.get("ChannelDefinitionSequence") or ())
    if defined > counted:
        raise RecordFormatError(f"DICOM: the file counts {counted} channels and has {defined}: it is damaged")


def _person(data: Any) -> Person:
    """Return age in years and sex as a file states them; the library takes an age of 18 months for one year."""
    age, sex = str(data.get("PatientAge") or ""), str(data.get("PatientSex") or "")
    return parse_age(age.lstrip("0")) or None, parse_sex(sex)


def _with(data: Any, group: Any) -> bytes:
    """Return a file with one of its groups."""
    import pydicom

    data.WaveformSequence = pydicom.Sequence([group])
    stream = io.BytesIO()
    data.save_as(stream)
    return stream.getvalue()
