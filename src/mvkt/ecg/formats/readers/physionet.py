"""Find the header of a WFDB record, whichever of its files was given, and read it.

A record is a text header (``.hea``) and the signal files that it names. The ``.mat`` files of the PhysioNet
challenges are such signal files (MATLAB level 4, one matrix ``val`` of ADC counts) and cannot be read without
their header.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

from mvkt.ecg.formats.not_a_recording import as_text, describe, signature
from mvkt.ecg.formats.reader import Format, Reader, single
from mvkt.ecg.formats.readers.wfdb import read_wfdb
from mvkt.ecg.formats.readers.wfdb_header import WfdbHeader, beside, read_header
from mvkt.ecg.formats.readers.wfdb_segments import segment_headers
from mvkt.ecg.formats.recording_file import HEAD_BYTES, LONGEST_HEAD_BYTES, MAX_BYTES, RecordingFile
from mvkt.ecg.formats.text import is_number, lines_of
from mvkt.ecg.formats.truncated import is_truncated
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

_RECORD_LINE = re.compile(
    r"[^\s/,;#]+(?<![:=])(/\d+)?[ \t]+\d+([ \t]+[\d.eE+-]+(hz)?([/(]\S*)?([ \t]+\d+(\.0*)?([ \t]+\S+)*)?)?[ \t]*",
    re.IGNORECASE,
)
_SIGNAL_OR_SEGMENT_LINE = re.compile(r"\S+[ \t]+\d+(x\d+)?(:\d+)?(\+\d+)?([ \t].*)?")
_NO_SIGNALS = re.compile(r"[\w.-]*[A-Za-z_][\w.-]*[ \t]+0([ \t]+\d.*)?")
_MOST_SAMPLES_OF_GAPS = 2**28
_MOST_SAMPLES_A_BYTE_WITH_GAPS = 20
_PACKED = (b"\x1f\x8b\x08", b"PK\x03\x04")


def recognises(file: RecordingFile) -> bool:
    """Whether a file is a WFDB header, a signal file with its header beside it, or a challenge's matrix."""
    return _is_header_file(file) or _is_challenge_matrix(file.head) or header_beside(file) is not None


def read(file: RecordingFile, given: UserFacts) -> Record:
    """Read the record that a file belongs to."""
    header = file.path if _is_header_file(file) else header_beside(file)
    if file.path is None:
        raise RecordFormatError(
            "a WFDB record is several files: give the path of its .hea file, out of any archive, instead of bytes"
        )
    if header is None:
        raise RecordFormatError(
            "the file holds ADC counts ('val') without leads, units and sampling frequency; "
            f"put its header {file.path.stem}.hea beside it"
        )
    try:
        _check_sizes(header)
        record = read_wfdb(header, given)
    except OSError as error:
        raise RecordFormatError(f"WFDB: a file of the record cannot be read: {error.strerror}") from error
    except RecordFormatError:
        _check_content(header)
        raise
    if is_truncated(record):
        _check_content(header)
    return record


def _check_content(header: Path) -> None:
    """Name a signal file that is a web page, a pointer of Git LFS or an archive, which explains any other error."""
    try:
        parsed = read_header(header)
        parts = segment_headers(header, parsed).values() if parsed.segments else [parsed]
        paths = {beside(header, signal.file) for part in parts for signal in part.signals}
        files = [RecordingFile.open(path) for path in sorted(paths) if path.is_file() and path.stat().st_size]
    except (RecordFormatError, OSError):
        return
    for file in files:
        if (as_text(file.head) is not None and b"\0" not in file.head) or file.head.startswith(_PACKED):
            raise RecordFormatError(f"{file.name}, named by {header.name}, is {describe(file)}")


def _is_header_file(file: RecordingFile) -> bool:
    """Whether a file is a header, also after long comments; what is called so and is text is a damaged one."""
    text = as_text(file.head)
    if text is None:
        return False
    if not _lines(text) and file.size > HEAD_BYTES:
        return _is_header(file.peek(LONGEST_HEAD_BYTES))
    called_so = (
        file.name.lower().endswith(".hea") and not signature(file.head) and text.lstrip("\ufeff \r\n")[:1] != "<"
    )
    return _is_header(file.head) or (called_so and bool(_lines(text)))


def _lines(text: str) -> list[str]:
    """Return the lines that are no comments."""
    lines = (line.strip() for line in lines_of(text.lstrip("\ufeff")))
    return [line for line in lines if line and not line.startswith("#")]


def _is_header(head: bytes) -> bool:
    """Whether a text is a header: a record line, then as many lines of files or segments as it promises.

    Rows of whole numbers are none, whatever is written above them.
    """
    lines = _lines(as_text(head) or "")
    if not lines or _RECORD_LINE.fullmatch(lines[0]) is None:
        return False
    if len(lines) == 1:
        return _NO_SIGNALS.fullmatch(lines[0]) is not None
    name, number = lines[0].split()[:2]
    segments = name.partition("/")[2]
    expected = int(segments or number)
    there = lines[1:-1] if len(head) >= HEAD_BYTES else lines[1:]  # the last one may be cut off
    return _are_signals(there[: max(1, expected)], there[expected:], are_segments=bool(segments))


def _are_signals(lines: Sequence[str], after: Sequence[str], *, are_segments: bool) -> bool:
    rows = [*([] if are_segments else lines), *after]
    return all(map(_SIGNAL_OR_SEGMENT_LINE.fullmatch, lines)) and not any(
        all(map(is_number, row.split()[:3])) for row in rows
    )


def _is_challenge_matrix(head: bytes) -> bool:
    """MATLAB level 4: five numbers (type, rows, columns, imaginary or not, length of name), then the name."""
    if len(head) < 24 or head[20:24] != b"val\x00":
        return False
    return any(struct.unpack(f"{order}2i", head[12:20]) == (0, 4) for order in "<>")


def header_beside(file: RecordingFile) -> Path | None:
    """Return the header with the name of a signal file, if it is one and names that file."""
    if file.path is None:
        return None
    stem = file.path.stem
    shortest = 1 if file.name.lower().endswith(".dat") else len(stem)  # rec_e.dat is a signal file of rec.hea
    for length in range(len(stem), shortest - 1, -1):
        header = beside(file.path, f"{stem[:length]}.hea")
        try:
            if header != file.path and header.is_file() and _names(header, file.path):
                return header
        except RecordFormatError:
            if length == len(stem) and shortest == 1:
                return header  # its error names what is wrong
        except OSError:
            continue
    return None


def _names(header: Path, path: Path) -> bool:
    return path.name.lower() in {signal.file.lower() for signal in read_header(header).signals}


def _check_sizes(header: Path) -> None:
    """Refuse signal files that are too large, and headers that promise far more than there is.

    Signals and segments that were not recorded take no room on disk but do in memory, so a header of a
    hundred bytes could claim all of it.
    """
    parsed = read_header(header)
    segments = segment_headers(header, parsed)
    signals = [signal for part in (segments.values() if parsed.segments else [parsed]) for signal in part.signals]
    files = {beside(header, signal.file) for signal in signals if signal.storage_format != 0}
    stored = sum(path.stat().st_size for path in files if path.is_file())
    if stored > MAX_BYTES:
        raise RecordFormatError(f"the signals of the record have {stored:,} bytes; up to {MAX_BYTES:,} are read")
    promised = _promised_samples(parsed, segments)
    if signals and not files and not segments:
        raise RecordFormatError("all samples of the file are marked as missing: the header has no file of a signal")
    allowed = max(stored, min(stored * _MOST_SAMPLES_A_BYTE_WITH_GAPS, _MOST_SAMPLES_OF_GAPS))
    if promised > allowed and (stored or segments or not files):  # without any file, the missing one is the error
        raise RecordFormatError(
            f"truncated file: the header promises {promised:,} samples; there are {stored:,} bytes of signal"
        )


def _promised_samples(parsed: WfdbHeader, segments: Mapping[str, WfdbHeader]) -> int:
    """Return the samples of all signals that a header promises, in a multi-segment record by its segments."""
    layout = next(iter(segments.values()), parsed)
    frame = sum(signal.samples_per_frame for signal in layout.signals)
    return max(parsed.samples or 0, sum(parsed.segment_lengths)) * frame


READER = Reader(
    name="WFDB",
    formats=(
        Format(
            name="WFDB",
            files=".hea + .dat",
            devices="PTB-XL, MIT-BIH and the rest of PhysioNet",
            read_by="mvkt, soundfile (FLAC)",
            mind="give the path of either file or the record name; bytes are not enough; a header without gain or unit "
            "means 200 a mV, WFDB's default, and a note states it; FLAC (508, 516, 524) needs "
            "pip install 'mvkt[convert]'",
            tried_on="real files",
        ),
        Format(
            name="PhysioNet Challenge 2020/2021",
            files=".hea + .mat",
            devices="the challenges' recordings",
            read_by="mvkt",
            mind="the .mat means nothing without its .hea beside it",
            tried_on="real files",
        ),
    ),
    recognises=recognises,
    recordings=single(read),
)
