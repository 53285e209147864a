"""What a file is when it is no recording."""

from __future__ import annotations

import pytest

from mvkt.ecg.formats.not_a_recording import as_text, describe
from mvkt.ecg.formats.recording_file import RecordingFile


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "an empty file"),
        (b"\xff\xd8\xff\xe0", "a JPEG picture; a photograph of an ECG is not read"),
        (b"\x00\x00\x00\x18ftypheic", "a picture or film"),
        (b"%PDF-1.7", "a PDF document; export the recording itself"),
        (b"\x1f\x8b\x08", "a gzip archive; unpack it first"),
        (b"BZh91AY", "a bzip2 archive; unpack it first"),
        (b"a.ecg".ljust(257, b"\0") + b"ustar  ", "a TAR archive; unpack it first"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "a sound file"),
        (b"ANN  1.0\0\0", "the annotations of an ISHNE recording"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\n", "a pointer of Git LFS"),
        (b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'/>", "a web page"),
        (b" \r\n\t\n", "a file of blank lines"),
        (b'{"a": 1}', "a JSON file of an unknown layout; write its samples as CSV"),
        (b"[0.1, 0.2, 0.3]", "a JSON file of an unknown layout; write its samples as CSV"),
        (b'{"t": 0, "ecg": 1}\n{"t": 4, "ecg": 2}\n', "a JSON file of an unknown layout; write its samples as CSV"),
        (b'<Observation xmlns="http://hl7.org/fhir"/>', "FHIR as XML; export it as JSON"),
        (b"<!DOCTYPE html><p>", "a web page"),
        (b"<?xml version='1.0'?><!-- <no> --><yes/>", "an XML file with root element <yes>"),
        (b"<!-- only a remark", "an XML file without a root element"),
        (b"a;b\n1;2\n3;4\n", "a table (CSV) of an unknown layout"),
        (b"Dear Sir,", "a text file"),
        (b"\x0c \xc2\x85 \x0c", "a text file"),
        (b"0.125, -0.25, " * 200, "a text file of numbers in a single line; write a sample a line"),
        (bytes(range(256)), "256 bytes of binary data"),
    ],
)
def test_description(content: bytes, words: str) -> None:
    assert describe(RecordingFile.open(content)).startswith(words)


def test_annotations_of_wfdb() -> None:
    assert describe(RecordingFile.open(b"\x12\x04\x00", name="100.atr")).startswith("the annotations of a WFDB record")


def test_a_signal_file_without_its_header() -> None:
    assert "needs its .hea header beside it" in describe(RecordingFile.open(b"\x00\x01" * 50, name="100.DAT"))


def test_text_that_was_cut_within_a_character() -> None:
    assert as_text("Größe".encode()[:3]) == "Gr\ufffd"
    assert as_text(b"Gr\xf6\xdfe des Ausschlags") == "Größe des Ausschlags"
    assert as_text("a".encode("utf-16")) == "a"
    assert as_text(b"\x01\x02\x03\x80\x81\x82") is None


def test_zeros_at_the_end_of_a_text() -> None:
    assert as_text(b"a 1" + bytes(9)) == as_text("a 1".encode("utf-16") + bytes(10)) == "a 1"
    assert as_text(bytes(9)) is as_text(b"abc\0d") is None
