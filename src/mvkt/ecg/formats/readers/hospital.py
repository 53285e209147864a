"""Hospital and Holter formats, by ECGDataKit: DICOM, SCP-ECG, GE MUSE, Philips Sierra, ISHNE, more.

What the library leaves to its caller is done here: units, exact sampling frequencies (it rounds them), codes for
missing samples, names of leads, truncated files, its warnings and errors.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mvkt.ecg.formats.assemble import Channel, assemble
from mvkt.ecg.formats.dates import age_at, years_between
from mvkt.ecg.formats.not_a_recording import as_text
from mvkt.ecg.formats.person_facts import parse_age, possible_age
from mvkt.ecg.formats.reader import Reader, single
from mvkt.ecg.formats.readers.consecutive_groups import in_succession
from mvkt.ecg.formats.readers.dicom_groups import Person, is_without_preamble, recording_groups, with_preamble
from mvkt.ecg.formats.readers.holter_offset import with_block_before_samples
from mvkt.ecg.formats.readers.hospital_channels import channel_of, late, once
from mvkt.ecg.formats.readers.hospital_formats import HOSPITAL_FORMATS
from mvkt.ecg.formats.readers.hospital_frequency import holter_with_frequency, xml_with_frequency
from mvkt.ecg.formats.readers.hospital_parser import parsed_file, parsed_groups, parser_of
from mvkt.ecg.formats.readers.hospital_xml import age_in, check_sierra, in_usual_forms, sex_in, without_unneeded
from mvkt.ecg.formats.readers.mfer_frames import age_of_mfer, check_frames, up_to_its_end, with_gaps
from mvkt.ecg.formats.readers.scp_sections import (
    AVERAGE_BEAT,
    MEASUREMENTS,
    PERSON,
    age_in_section_1,
    intervals_in,
    needs_average_beat,
    with_interval,
    without_sections,
)
from mvkt.ecg.formats.readers.scp_truncated import up_to_the_last_lead
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.truncated import is_truncated
from mvkt.ecg.formats.user_facts import NOTHING, UserFacts
from mvkt.ecg.formats.xml_elements import in_utf8, without_prefix
from mvkt.ecg.measurements import MachineMeasurements
from mvkt.ecg.record import Record, Sex
from mvkt.errors import RecordFormatError

if TYPE_CHECKING:
    from ecgdatakit.models import ECGRecord
    from ecgdatakit.parsing.parser import Parser

_SCP, _MFER = "SCP-ECG", "MFER"
_JOINED = "frames are concatenated without a gap"
_XML = frozenset({"GE MUSE XML", "Philips Sierra XML", "Mortara ELI (EL250/ELI280)"})
_DEFLATED_DICOM = b"1.2.840.10008.1.2.1.99"
_SEXES: dict[str, Sex] = {"F": "female", "M": "male"}


def recognises(file: RecordingFile) -> bool:
    """Whether ECGDataKit knows the format; plain text is none of its formats, and it is not loaded for that."""
    return not _is_plain_text(file) and parser_of(file) is not None


def _is_plain_text(file: RecordingFile) -> bool:
    return not (as_text(file.head) or "<").lstrip("\ufeff \t\r\n").startswith("<")


def read(file: RecordingFile, given: UserFacts = NOTHING) -> Record:
    """Read a file with ECGDataKit."""
    parser = parser_of(file)
    if parser is None:
        raise RecordFormatError("the file is of no format that ECGDataKit knows")
    if parser.FORMAT_NAME in _XML:
        return _read_xml(parser, without_prefix(in_utf8(file.read_bytes())), given)
    if parser.FORMAT_NAME == _SCP:
        return _read_scp(parser, file.read_bytes(), given)
    if parser.FORMAT_NAME == _MFER:
        return _read_mfer(parser, file.read_bytes(), given)
    if is_without_preamble(file.head):
        file = RecordingFile.open(with_preamble(file.read_bytes()), file.name)
    file, frequency = holter_with_frequency(with_block_before_samples(file), given)
    with file.on_disk() as path:
        return read_parsed(parser, path, given, frequency)


def _read_scp(parser: type[Parser], content: bytes, given: UserFacts) -> Record:
    """Read SCP-ECG; a fault in a section that is not needed does not matter."""
    content, notes = up_to_the_last_lead(content)
    content, frequency = with_interval(content, given)
    nothing = frozenset[int]()
    beat = nothing if needs_average_beat(content) else AVERAGE_BEAT
    faults = []
    for unneeded in (nothing, MEASUREMENTS, MEASUREMENTS | beat, MEASUREMENTS | beat | PERSON):
        try:
            with RecordingFile.open(without_sections(content, unneeded)).on_disk() as path:
                record = read_parsed(parser, path, given, frequency)
        except RecordFormatError as error:
            faults.append(error)
        else:
            if unneeded >= PERSON:
                notes += ("left out the damaged section of the person and the start",)
            age = None if unneeded >= PERSON else possible_age(age_in_section_1(content))
            return replace(record, notes=(*notes, *record.notes), age=record.age if age is None else age)
    raise faults[0]


def _read_mfer(parser: type[Parser], content: bytes, given: UserFacts) -> Record:
    """Read MFER, also a file that was cut off, as far as it goes."""
    there, lost = up_to_its_end(content)
    with RecordingFile.open(there).on_disk() as path:
        record = read_parsed(parser, path, given, lost=lost)
    if there is content or is_truncated(record):
        return record
    return replace(record, notes=("truncated: the file ends early", *record.notes))


def _read_xml(parser: type[Parser], content: bytes, given: UserFacts) -> Record:
    """Read XML; a fault in a part that is not needed does not matter."""
    notes: tuple[str, ...] = ()
    content, frequency = xml_with_frequency(parser.FORMAT_NAME, in_usual_forms(content), given)
    try:
        with RecordingFile.open(content).on_disk() as path:
            record = read_parsed(parser, path, given, frequency)
    except RecordFormatError:
        recorded, notes = without_unneeded(content, given)
        if recorded == content:
            raise
        with RecordingFile.open(recorded).on_disk() as path:
            record = read_parsed(parser, path, given, frequency)
    age = age_in(content)
    return replace(
        record,
        age=record.age if age is None else age,
        sex=record.sex or sex_in(content),
        notes=(*notes, *record.notes),
    )


def read_parsed(
    parser: type[Parser], path: Path, given: UserFacts = NOTHING, frequency: float | None = None, lost: int = 0
) -> Record:
    """Read a file with one of ECGDataKit's parsers.

    Args:
        parser: Of the library.
        path: Of the file.
        given: What the user states.
        frequency: In Hz, exact; None for that which the parser returns.
        lost: Bytes of samples after the end of a file that was cut off.

    Raises:
        RecordFormatError: The file is damaged, or what it holds is no ECG with known units.
    """
    groups: list[tuple[bytes, float]] = []
    person: Person = (None, None)
    notes: list[str] = []
    if parser.FORMAT_NAME.startswith("DICOM"):
        _refuse_deflated(path)
        groups, person, notes = recording_groups(path, given)
    if groups:
        found, delays, faults = parsed_groups(parser, groups)
    else:
        found, delays, faults = [parsed_file(parser, path)], [0.0], []
    parsed = found[0][0]
    notes += faults + [note for part, changed in found for note in (*changed, *_truncation(part))]
    parts = [[channel_of(part, index) for index in range(len(part.leads))] for part, _ in found]
    parts, joined = in_succession(parts, delays)
    kept, again = once(parts)
    longest = max((len(channel.signal) for group in kept for channel in group), default=0)
    channels = [
        late(channel, round(delay * channel.sampling_frequency), longest)
        for group, delay in zip(kept, delays, strict=True)
        for channel in group
    ]
    channels, surplus = _as_promised(parsed, channels)
    if parsed.source_format == "mfer":
        channels = [with_gaps(channel, parsed.raw_metadata["frames"]) for channel in channels]
        notes = [note for note in notes if _JOINED not in note or not any(channel.note for channel in channels)]
    notes += [*joined, *again, *surplus]
    channels = [replace(channel, sampling_frequency=frequency or channel.sampling_frequency) for channel in channels]
    if not channels:
        raise RecordFormatError(f"{parser.FORMAT_NAME}: the file holds no recording, at most an average beat")
    _check_samples(parsed, path, lost)
    return assemble(
        channels,
        source=parser.FORMAT_NAME,
        notes=list(dict.fromkeys(notes)),
        start_time=parsed.recording.date,
        age=_age(parsed, path) if person[0] is None else person[0],
        sex=_SEXES.get(parsed.patient.sex) or person[1],
        measured=_measured(parsed),
        given=given,
    )


def _check_samples(parsed: ECGRecord, path: Path, lost: int) -> None:
    """Refuse formats of one lead after the other where the library has cut leads of another length than stated."""
    count = sum(len(lead.samples) for lead in parsed.leads)
    if parsed.source_format == "sierra_xml":
        check_sierra(path.read_bytes(), count)
    about = parsed.raw_metadata
    if parsed.source_format == "mfer" and len(about["frames"]) == 1 and "status_channels" not in about:
        bits = parsed.recording.acquisition.signal.bits_per_sample or 16
        check_frames(path.read_bytes(), count * bits // 8, lost)


def _age(parsed: ECGRecord, path: Path) -> float | None:
    """Return years; files without a unit of the age mean years."""
    stated = parsed.raw_metadata.get("age") or {}  # what the library leaves to its caller
    years = parse_age(str(stated.get("value", "")), str(stated.get("units", "")))
    if years is None and parsed.source_format == "mfer" and not parsed.patient.age:
        years = age_of_mfer(path.read_bytes())
    if years is not None:
        return years
    born, recorded, age = parsed.patient.birth_date, parsed.recording.date, parsed.patient.age
    if born is not None and recorded is not None and age == years_between(born.date(), recorded):
        return age_at(born.date(), recorded)
    return age or None if parsed.source_format == "dicom_waveform" else age  # 000Y is nobody's


def _measured(parsed: ECGRecord) -> MachineMeasurements | None:
    found = parsed.measurements
    pr, qrs, qt = intervals_in(parsed.raw_metadata.get("measurement_blocks"))
    return MachineMeasurements.of(
        heart_rate=found.heart_rate,
        rr=found.rr_interval,
        pr=found.pr_interval or pr,
        qrs=found.qrs_duration or qrs,
        qt=found.qt_interval or qt,
        qtc_bazett=found.qtc_bazett,
        qtc_fridericia=found.qtc_fridericia,
        axis=found.qrs_axis,
    )


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


def _as_promised(parsed: ECGRecord, channels: list[Channel]) -> tuple[list[Channel], list[str]]:
    """Cut what a Holter has beyond the samples that its header promises, with a note."""
    promised, there = (parsed.raw_metadata.get(key) for key in ("ecg_size", "samples_per_lead"))
    if parsed.source_format != "ishne_holter" or not promised or not there or not 0 < promised < there:
        return channels, []
    channels = [replace(channel, signal=channel.signal[:promised]) for channel in channels]
    return channels, [f"the header promises {promised:,} samples a lead: {there - promised:,} more are left out"]


READER = Reader(
    name="ECGDataKit",
    formats=HOSPITAL_FORMATS,
    recognises=recognises,
    recordings=single(read),
)
