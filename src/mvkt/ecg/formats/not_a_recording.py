"""Name what a file is when it is no recording, so that the user knows what went wrong."""

from __future__ import annotations

import re

from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.text import plain, utf16_of, windows_encoding

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "a JPEG picture; a photograph of an ECG is not read"),
    (0, b"\x89PNG\r\n\x1a\n", "a PNG picture; a picture of an ECG is not read"),
    (0, b"GIF8", "a GIF picture; a picture of an ECG is not read"),
    (0, b"II*\x00", "a TIFF picture; a picture of an ECG is not read"),
    (0, b"MM\x00*", "a TIFF picture; a picture of an ECG is not read"),
    (8, b"WEBP", "a WebP picture; a picture of an ECG is not read"),
    (4, b"ftyp", "a picture or film (HEIC or MP4); a photograph of an ECG is not read"),
    (
        0,
        b"%PDF",
        "a PDF document; export the recording itself (XML, DICOM, SCP-ECG or CSV) instead of its report",
    ),
    (
        0,
        b"PK\x05\x06",
        "an empty ZIP archive",
    ),
    (0, b"BM", "a BMP picture; a picture of an ECG is not read"),
    (8, b"WAVE", "a sound file (WAV); recordings in sound are not read"),
    (0, b"\x1f\x8b", "a gzip archive; unpack it first"),
    (0, b"BZh", "a bzip2 archive; unpack it first"),
    (0, b"\xfd7zXZ", "an XZ archive; unpack it first"),
    (0, b"\x28\xb5\x2f\xfd", "a Zstandard archive; unpack it first"),
    (257, b"ustar", "a TAR archive; unpack it first"),
    (0, b"ANN  1.0", "the annotations of an ISHNE recording; give its .ecg file"),
    (0, b"version https://git-lfs", "a pointer of Git LFS, not the file itself; fetch it with git lfs pull"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive; unpack it first"),
    (0, b"Rar!", "a RAR archive; unpack it first"),
    (0, b"MATLAB 7.3", "a MATLAB 7.3 (HDF5) file; save it with -v7"),
    (
        0,
        b"\x89HDF",
        "an HDF5 file; write its signal as CSV, or as a NumPy array (.npy); CODE-15% is read by mvkt corpus prepare",
    ),
    (0, b"\xd0\xcf\x11\xe0", "an old Microsoft Office document; save its table as CSV"),
    (0, b"SQLite format 3", "an SQLite database; write its table as CSV"),
    (0, b"PAR1", "a Parquet table; write it as CSV"),
    (0, b"ARROW1", "an Arrow table; write it as CSV"),
    (0, b"TDSm", "a TDMS file of LabVIEW; export it as text (.lvm) or CSV"),
    (0, b"GDF ", "a GDF file; convert it to EDF"),
    (0, b"Brain Vision Data Exchange", "the header of a BrainVision recording; convert it to EDF"),
    (0, b"\x80\x04\x95", "a Python pickle, which is not read; save a NumPy array (.npy)"),
    (0, b"\x7fELF", "a program"),
    (0, b"MZ", "a program"),
    (0, b"{\\rtf", "an RTF document"),
)
_ANNOTATIONS = (".atr", ".qrs", ".ari", ".ecgatr", ".man")
_LONGEST_ROW = 1000
_FIRST_CELL = re.compile(r"^[^,;\t\d]{1,40}[,;\t]")
_ONE_LINE = re.compile(r"[-+\d.,;eE \t\[\]]+")
_FHIR = "http://hl7.org/fhir"
_STRANGE = re.compile("[\ufffd\x00-\x08\x0b\x0e-\x1f]")
_XML_ROOT = re.compile(r"<(?![?!])([^\s<>/]{1,80})")


def signature(head: bytes) -> str:
    """Return what a file is by its first bytes: ``"a gzip archive; unpack it first"``; else empty text."""
    found = (words for offset, mark, words in _SIGNATURES if head[offset : offset + len(mark)] == mark)
    return next(found, "")


def describe(file: RecordingFile) -> str:
    """Return what a file seems to be, to follow "this is": ``"a JPEG picture"``, ``"an empty file"``."""
    if file.size == 0:
        return "an empty file"
    words = signature(file.head)
    if words:
        return words
    text = as_text(file.head)
    if text is None:
        if file.name.lower().endswith(_ANNOTATIONS):
            return "the annotations of a WFDB record, if anything; give its .hea header"
        beside = " (the signal file of a WFDB record needs its .hea header beside it)"
        return f"{file.size:,} bytes of binary data" + (beside if file.name.lower().endswith(".dat") else "")
    return _describe_text(text)


def _describe_text(text: str) -> str:
    start = text.lstrip("\ufeff \t\r\n")
    if not start:
        return "a file of blank lines"
    if start[:1] in "{[":
        return "a JSON file of an unknown layout; write its samples as CSV below names such as 'time [s],I [mV]'"
    if re.match(r"<!doctype html|<html", start, re.IGNORECASE):
        return "a web page"
    if start.startswith("<"):
        if _FHIR in start:
            return "FHIR as XML; export it as JSON"
        root = _XML_ROOT.search(re.sub(r"<!--.*?(-->|$)", "", start, flags=re.DOTALL))
        if root and root[1].lower() == "html":
            return "a web page"
        return f"an XML file with root element <{root[1]}>" if root else "an XML file without a root element"
    lines = [line for line in start.splitlines() if line.strip()]
    if lines and len(lines[0]) > _LONGEST_ROW and _ONE_LINE.fullmatch(_FIRST_CELL.sub("", lines[0][:_LONGEST_ROW])):
        return "a text file of numbers in a single line; write a sample a line"
    if any(len({line.count(mark) for line in lines[:2]} - {0}) == 1 < len(lines) for mark in ",;\t"):
        return "a table (CSV) of an unknown layout; write rows of numbers below names such as 'time [s],I [mV]'"
    return "a text file"


def as_text(head: bytes) -> str | None:
    """Return the beginning of a file as text, without zeros at its end, or None when it is binary."""
    wide = utf16_of(head)
    if wide:
        return plain(head.decode(wide, errors="ignore").rstrip("\0"))
    zeros = b"\0" in head
    head = head.rstrip(b"\0")
    if b"\0" in head or (zeros and not head):
        return None
    text = head.decode("utf-8", errors="replace")
    # The last character may be cut in two; beyond that, or with many control characters, it is no UTF-8 text.
    if len(_STRANGE.findall(text)) <= 1:
        return plain(text)
    if any(byte < 32 and byte not in b"\t\r\n\f" for byte in head):
        return None
    latin = sum(byte >= 128 for byte in head)
    return plain(head.decode(windows_encoding(head), errors="replace")) if latin < 0.3 * len(head) else None
