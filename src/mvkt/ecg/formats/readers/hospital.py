"""Hospital and Holter formats, by ECGDataKit: DICOM, HL7 aECG, SCP-ECG, GE MUSE, Philips Sierra, ISHNE, more.

What the library leaves to its caller is done here: units, exact sampling frequencies (it rounds them), codes for
missing samples, names of leads, truncated files, its warnings and errors.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mvkt.ecg.formats.assemble import Channel, assemble
from mvkt.ecg.formats.library_warnings import collected_warnings
from mvkt.ecg.formats.not_a_recording import as_text
from mvkt.ecg.formats.reader import Reader, single
from mvkt.ecg.formats.readers.dicom_groups import recording_groups
from mvkt.ecg.formats.readers.hospital_formats import HOSPITAL_FORMATS
from mvkt.ecg.formats.readers.scp_sections import without_measurements
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.stored_numbers import placeholders, stand_in
from mvkt.ecg.formats.user_facts import NOTHING, UserFacts
from mvkt.ecg.formats.xml_elements import in_utf8, is_in_legacy_encoding
from mvkt.ecg.measurements import MachineMeasurements
from mvkt.ecg.record import Record, Sex
from mvkt.errors import RecordFormatError

if TYPE_CHECKING:
    from ecgdatakit.models import ECGRecord, Lead
    from ecgdatakit.parsing.parser import Parser

_IN_MEMORY = Path("recording-in-memory")
"""Stands for the path of bytes: some of the library's recognisers look at what lies beside a file."""

_SCP, _AECG = "SCP-ECG", "HL7 aECG"
_DERIVED = re.compile(rb"<((?:\w+:)?derivation)[\s>].*?</\1>", re.DOTALL)
_DEFLATED_DICOM = b"1.2.840.10008.1.2.1.99"
_LOWEST = -32768
_MOST_LATE = 20
"""Times the length of a lead; beyond that its beginning is damaged, and the room for it would be too."""

_SEXES: dict[str, Sex] = {"F": "female", "M": "male"}


def recognises(file: RecordingFile) -> bool:
    """Whether ECGDataKit knows the format; plain text is none of its formats, and it is not loaded for that."""
    return not _is_plain_text(file) and _parser(file) is not None


def _is_plain_text(file: RecordingFile) -> bool:
    return not (as_text(file.head) or "<").lstrip("\ufeff \t\r\n").startswith("<")


def read(file: RecordingFile, given: UserFacts = NOTHING) -> Record:
    """Read a file with ECGDataKit."""
    parser = _parser(file)
    if parser is None:
        raise RecordFormatError("the file is of no format that ECGDataKit knows")
    if parser.FORMAT_NAME == _SCP:
        file = RecordingFile.open(without_measurements(file.read_bytes()), file.name)
    elif is_in_legacy_encoding(file.head):
        file = RecordingFile.open(in_utf8(file.read_bytes()), file.name)
    try:
        with file.on_disk() as path:
            return read_parsed(parser, path, given)
    except RecordFormatError:
        content = file.read_bytes() if parser.FORMAT_NAME == _AECG else b""
        recorded = _DERIVED.sub(b"", content)
        if recorded == content:
            raise
    with RecordingFile.open(recorded).on_disk() as path:  # a fault in an average beat does not matter
        return read_parsed(parser, path, given)


def read_parsed(parser: type[Parser], path: Path, given: UserFacts = NOTHING) -> Record:
    """Read a file with one of ECGDataKit's parsers.

    Raises:
        RecordFormatError: The file is damaged, or what it holds is no ECG with known units.
    """
    groups = []
    if parser.FORMAT_NAME.startswith("DICOM"):
        _refuse_deflated(path)
        groups = recording_groups(path)
    if groups:
        found = [_parse_bytes(parser, content) for content, _ in groups]
        delays = [delay for _, delay in groups]
    else:
        found, delays = [_parse(parser, path)], [0.0]
    parsed = found[0][0]
    notes = [note for part, changed in found for note in (*changed, *_truncation(part))]
    channels = [
        _late(_channel(part, index), delay)
        for (part, _), delay in zip(found, delays, strict=True)
        for index in range(len(part.leads))
    ]
    channels, again = _once(channels, [len(part.leads) for part, _ in found])
    notes += again
    if not channels:
        raise RecordFormatError(f"{parser.FORMAT_NAME}: the file holds no recording, at most an average beat")
    return assemble(
        channels,
        source=parser.FORMAT_NAME,
        notes=list(dict.fromkeys(notes)),
        start_time=parsed.recording.date,
        age=parsed.patient.age,
        sex=_SEXES.get(parsed.patient.sex),
        measured=_measured(parsed),
        given=given,
    )


def _measured(parsed: ECGRecord) -> MachineMeasurements | None:
    found = parsed.measurements
    return MachineMeasurements.of(
        heart_rate=found.heart_rate,
        rr=found.rr_interval,
        pr=found.pr_interval,
        qrs=found.qrs_duration,
        qt=found.qt_interval,
        qtc_bazett=found.qtc_bazett,
        qtc_fridericia=found.qtc_fridericia,
        axis=found.qrs_axis,
    )


def _parser(file: RecordingFile) -> type[Parser] | None:
    """Return the library's parser for a file; WFDB has its own reader."""
    from ecgdatakit.parsing.parser import FileParser
    from ecgdatakit.parsing.parsers.wfdb import WFDBParser
    from ecgdatakit.parsing.parsers.xle import XLEParser

    if _is_xle(file.head):
        return XLEParser
    path = file.path or _IN_MEMORY
    for parser in FileParser().parsers:
        try:
            if parser is not WFDBParser and parser.can_parse(path, file.head):
                return parser
        except Exception:  # noqa: BLE001, S112 - a recogniser that stumbles over a file does not recognise it
            continue
    return None


def _is_xle(head: bytes) -> bool:
    """XLE has its labels in 16-bit words with swapped bytes; the library only looks at files called so."""
    labels = head[2672:2684]
    return len(labels) == 12 and np.frombuffer(labels, dtype="<u2").byteswap().tobytes()[1:] == b"Given name:"


def _parse(parser: type[Parser], path: Path) -> tuple[ECGRecord, list[str]]:
    """Run a parser; its errors become ours and its warnings notes."""
    from ecgdatakit.exceptions import ECGDataKitError

    with collected_warnings("ecgdatakit", "pydicom") as collected, np.errstate(all="ignore"):
        try:
            parsed = parser().parse(path)
        except ECGDataKitError as error:
            raise RecordFormatError(f"{parser.FORMAT_NAME}: {_words(str(error), path)}") from error
        except Exception as error:
            # A damaged file breaks a parser in any way. The error may quote the file: only its kind is given.
            raise RecordFormatError(
                f"{parser.FORMAT_NAME}: the file is damaged or incomplete ({type(error).__name__})"
            ) from error
    # What pydicom warns of is about details, may quote the file, and is dropped.
    notes = [_words(message, path) for message in collected["ecgdatakit"]]
    scale = parsed.raw_metadata.get("scale_warning")
    return parsed, [*notes, scale] if scale else notes


def _parse_bytes(parser: type[Parser], content: bytes) -> tuple[ECGRecord, list[str]]:
    with RecordingFile.open(content).on_disk() as path:
        return _parse(parser, path)


def _refuse_deflated(path: Path) -> None:
    """A deflated data set would be unpacked whole, whatever its size."""
    with path.open("rb") as stream:
        if _DEFLATED_DICOM in stream.read(1024):
            raise RecordFormatError("DICOM: the file is compressed (deflated); save it uncompressed")


def _truncation(parsed: ECGRecord) -> list[str]:
    """Return a note where the header of a Holter promises more samples than there are."""
    promised, there = (parsed.raw_metadata.get(key) for key in ("ecg_size", "samples_per_lead"))
    if parsed.source_format != "ishne_holter" or not promised or not there or promised <= there:
        return []
    return [f"truncated: {there:,} of {promised:,} samples a lead are there"]


def _words(message: str, path: Path) -> str:
    """Take paths and hints at the library's own variables out of one of its messages."""
    for name in (str(path), path.name):
        message = message.replace(name, "the file") if "." in name else message
    return re.sub(r"[;,]?\s*(\(?see |record start times are in )?\(?raw_metadata\[.*", "", message).strip()[:300]


def _channel(parsed: ECGRecord, index: int) -> Channel:
    lead = parsed.leads[index]
    samples = np.asarray(lead.samples, dtype=np.float64)
    codes = (_LOWEST,) if parsed.source_format == "ishne_holter" else placeholders(samples, _LOWEST, _LOWEST)
    if codes:  # in ISHNE the code of a lead fault
        samples = np.where(samples == _LOWEST, np.nan, samples)
    code = stand_in(samples) if lead.is_raw and len(samples) else None
    if code is not None:
        samples = np.where(samples == code, np.nan, samples)
    with np.errstate(over="ignore", invalid="ignore"):
        signal = (samples * lead.resolution + lead.offset if lead.is_raw else samples).astype(np.float32)
    late = _late_samples(lead)
    unit = lead.resolution_unit if lead.is_raw else lead.units
    return Channel(
        name=_name(parsed, lead),
        fault="" if lead.resolution else f"the file states no amplitude of a step of lead {lead.label}",
        signal=np.concatenate([np.full(late, np.nan, dtype=np.float32), signal]) if late else signal,
        unit=unit,
        sampling_frequency=_sampling_frequency(parsed, index),
    )


def _late(channel: Channel, seconds: float) -> Channel:
    """Put missing samples before a channel that begins later than others."""
    late = round(seconds * channel.sampling_frequency)
    if not late:
        return channel
    if late > _MOST_LATE * len(channel.signal):
        raise RecordFormatError(f"lead {channel.name} begins {late:,} samples late, far longer than it is")
    return replace(channel, signal=np.concatenate([np.full(late, np.nan, dtype=np.float32), channel.signal]))


def _once(channels: list[Channel], sizes: list[int]) -> tuple[list[Channel], list[str]]:
    """Return the channels of the groups without leads that a group before them has, and a note on what is left out."""
    kept: list[Channel] = []
    at = 0
    for size in sizes:
        before = {channel.name for channel in kept}
        kept += [channel for channel in channels[at : at + size] if channel.name not in before]
        at += size
    left_out = len(channels) - len(kept)
    return kept, [f"left out {left_out} channels of leads that another group has"] * bool(left_out)


def _late_samples(lead: Lead) -> int:
    """How many samples later than the first lead one begins (SCP-ECG records leads one after another, too)."""
    late = int(lead.annotations.get("start_sample", 1)) - 1
    if late > _MOST_LATE * len(lead.samples):
        raise RecordFormatError(f"lead {lead.label} has {len(lead.samples):,} samples and begins {late:,} late")
    return late


def _name(parsed: ECGRecord, lead: Lead) -> str:
    """Undo what the library does to names: equal ones are numbered, unknown ones of ISHNE called "Lead 1"."""
    repeated = re.fullmatch(r"(.+)_\d+", lead.label)
    if repeated and any(other.label == repeated.group(1) for other in parsed.leads):
        return repeated.group(1)
    if parsed.source_format == "ishne_holter":
        return re.sub(r"^Lead (?=\d)", "Channel ", lead.label)
    return lead.label


def _sampling_frequency(parsed: ECGRecord, index: int) -> float:
    """Return the exact frequency; the library's is a whole number."""
    lead = parsed.leads[index]
    exact = _exact_frequencies(parsed.raw_metadata, lead, index)
    return next((float(f) for f in exact if f and abs(float(f) - lead.sampling_rate) <= 0.5), lead.sampling_rate)


def _exact_frequencies(meta: dict[str, Any], lead: Lead, index: int) -> list[Any]:
    """The places where the library keeps exact frequencies, by format: MFER, aECG, DICOM."""
    mfer = meta.get("sampling_rates") or []
    groups = meta.get("multiplex_groups") or []
    return [
        mfer[index] if index < len(mfer) else None,
        (meta.get("rhythm_time") or {}).get("sampling_rate_exact"),
        *(group["sampling_frequency"] for group in groups if group["samples"] == len(lead.samples)),
    ]


READER = Reader(
    name="ECGDataKit",
    formats=HOSPITAL_FORMATS,
    recognises=recognises,
    recordings=single(read),
)
