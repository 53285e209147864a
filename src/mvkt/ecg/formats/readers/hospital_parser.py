"""ECGDataKit's parsers: which of them reads a file, and how they are run; their errors become ours, warnings notes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mvkt.ecg.formats.library_warnings import collected_warnings
from mvkt.ecg.formats.readers.dicom_groups import is_without_preamble
from mvkt.ecg.formats.recording_file import HEAD_BYTES, RecordingFile
from mvkt.ecg.formats.xml_elements import head_of_xml, without_prefix
from mvkt.errors import RecordFormatError

if TYPE_CHECKING:
    from ecgdatakit.models import ECGRecord
    from ecgdatakit.parsing.parser import Parser

_IN_MEMORY = Path("recording-in-memory")
"""Stands for the path of bytes: some of the library's recognisers look at what lies beside a file."""

_MALFORMED = re.compile("Malformed (?:Mortara )?XML.*", re.DOTALL)
_SHORT = re.compile("with no waveform data|waveform data shorter than")
"""In warnings of samples that are promised and not there."""


def parser_of(file: RecordingFile) -> type[Parser] | None:
    """Return the library's parser for a file; WFDB has its own reader."""
    from ecgdatakit.parsing.parser import FileParser
    from ecgdatakit.parsing.parsers.dicom_waveform import DICOMWaveformParser
    from ecgdatakit.parsing.parsers.wfdb import WFDBParser
    from ecgdatakit.parsing.parsers.xle import XLEParser

    if _is_xle(file.head):
        return XLEParser
    if is_without_preamble(file.head):
        return DICOMWaveformParser
    path = file.path or _IN_MEMORY
    head = without_prefix(head_of_xml(file).encode())[:HEAD_BYTES] or file.head
    for parser in FileParser().parsers:
        try:
            if parser is not WFDBParser and parser.can_parse(path, head):
                return parser
        except Exception:  # noqa: BLE001, S112 - a recogniser that stumbles over a file does not recognise it
            continue
    return None


def _is_xle(head: bytes) -> bool:
    """XLE has its labels in 16-bit words with swapped bytes; the library only looks at files called so."""
    labels = head[2672:2684]
    return len(labels) == 12 and np.frombuffer(labels, dtype="<u2").byteswap().tobytes()[1:] == b"Given name:"


def parsed_file(parser: type[Parser], path: Path) -> tuple[ECGRecord, list[str]]:
    """Run a parser; its errors become ours and its warnings notes.

    Raises:
        RecordFormatError: The file is damaged, or the parser refuses it.
    """
    from ecgdatakit.exceptions import ECGDataKitError

    with collected_warnings("ecgdatakit", "pydicom") as collected, np.errstate(all="ignore"):
        try:
            parsed = parser().parse(path)
        except ECGDataKitError as error:
            words = _words(str(error), path).removeprefix(f"{parser.FORMAT_NAME}: ")
            raise RecordFormatError(f"{parser.FORMAT_NAME}: {words}") from error
        except Exception as error:
            # A damaged file breaks a parser in any way. The error may quote the file: only its kind is given.
            raise RecordFormatError(
                f"{parser.FORMAT_NAME}: the file is damaged or incomplete ({type(error).__name__})"
            ) from error
    # What pydicom warns of is about details, may quote the file, and is dropped.
    notes = [_words(message, path) for message in collected["ecgdatakit"]]
    notes = [f"truncated: {note}" if _SHORT.search(note) else note for note in notes]
    scale = parsed.raw_metadata.get("scale_warning")
    return parsed, [*notes, scale] if scale else notes


def parsed_groups(
    parser: type[Parser], groups: list[tuple[bytes, float]]
) -> tuple[list[tuple[ECGRecord, list[str]]], list[float], list[str]]:
    """Return what is in the groups of a DICOM file, how late each begins, and notes on damaged groups.

    Raises:
        RecordFormatError: All of them are damaged.
    """
    found, delays, faults = [], [], []
    for content, delay in groups:
        try:
            found.append(_parse_bytes(parser, content))
            delays.append(delay)
        except RecordFormatError as error:
            faults.append(str(error))
    if not found:
        raise RecordFormatError(faults[0])
    return found, delays, [f"left out a group of channels: {fault}" for fault in faults]


def _parse_bytes(parser: type[Parser], content: bytes) -> tuple[ECGRecord, list[str]]:
    with RecordingFile.open(content).on_disk() as path:
        return parsed_file(parser, path)


def _words(message: str, path: Path) -> str:
    """Take paths, hints at the library's own variables and quotes of the file out of one of its messages."""
    for name in (str(path), path.name):
        message = message.replace(name, "the file") if "." in name else message
    message = _MALFORMED.sub("the XML is damaged or incomplete", message)
    message = re.sub(r"[;,]?\s*(\(?see |record start times are in )?\(?raw_metadata\[.*", "", message)
    return re.sub(r":?\s*\(?(invalid literal|could not convert).*", "", message, flags=re.DOTALL).strip()[:300]
