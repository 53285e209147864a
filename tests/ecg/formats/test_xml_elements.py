from __future__ import annotations

import re
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.formats import read
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.xml_elements import head_of_xml, in_utf8, wanted_elements, without_prefix
from mvkt.errors import RecordFormatError


def found(text: str, wanted: str) -> list[tuple[str, dict[str, str], str]]:
    elements = wanted_elements(RecordingFile.open(text.encode()), re.compile(wanted), "test")
    return [(element.path, dict(element.attributes), element.text) for element in elements]


def test_paths_attributes_and_text() -> None:
    text = '<r><a x="1"> one <b>two</b> three </a><c/><a>four</a></r>'
    assert found(text, "r/(a|a/b|c)") == [
        ("r/a/b", {}, "two"),
        ("r/a", {"x": "1"}, "one  three"),
        ("r/c", {}, ""),
        ("r/a", {}, "four"),
    ]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ('<ns0:r xmlns:ns0="u"><ns0:a b="1"/></ns0:r>', '<r xmlns="u"><a b="1"/></r>'),
        ('<?xml version="1.0"?><!-- a --><g:r xmlns:g="u" xmlns:x="v"><x:a/></g:r>', None),
        ("<r><x:a/></r>", "<r><x:a/></r>"),
        ("<x:r/>", "<x:r/>"),
        ("x", "x"),
    ],
)
def test_a_prefix_of_the_root_element(text: str, plain: str | None) -> None:
    expected = text.replace("g:r", "r").replace("xmlns:g", "xmlns") if plain is None else plain
    assert without_prefix(text.encode()).decode() == expected


@pytest.mark.parametrize("source", ["Philips Sierra XML", "CardioSoft XML", "HL7 aECG", "GE sapphire XML"])
def test_files_that_were_saved_again_with_prefixes(
    examples: dict[str, bytes], counts: NDArray[np.int16], source: str
) -> None:
    content = re.sub(rb"<(/?)([A-Za-z])", rb"<\1ns0:\2", examples[source])
    content = re.sub(rb'(<ns0:\w+)( xmlns="[^"]*")?', rb'\1 xmlns:ns0="urn:x"', content, count=1)
    np.testing.assert_allclose(read(content).signal, counts * 0.005, atol=1e-6)


def test_namespaces_are_left_out() -> None:
    assert found('<x:r xmlns:x="urn:x"><x:a>1</x:a></x:r>', "r/a") == [("r/a", {}, "1")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<r><a></r>", "damaged or incomplete"),
        ("<r>", "damaged or incomplete"),
        ("<a>" * 60 + "</a>" * 60, "nested deeper"),
        ("<" + "a" * 3000 + "/>", "nested deeper"),
        ("<r>" + "<a/>" * 30_000 + "</r>", "far more elements"),
        ("<r><a>" + "1" * (5 * 1024**2) + "</a></r>", "longer than any recording"),
        ('<!DOCTYPE r [<!ENTITY e "1">]><r><a>&e;</a></r>', "uses entities"),
        ('<!DOCTYPE r SYSTEM "file:///etc/passwd"><r>&e;</r>', "entities|damaged"),
        ('<?xml version="1.0" encoding="utf-7"?><r/>', "damaged or incomplete"),
    ],
)
def test_what_is_refused(text: str, reason: str) -> None:
    with pytest.raises(RecordFormatError, match=f"^test: .*({reason})"):
        found(text, ".*")


def test_large_files_are_refused_unread() -> None:
    with pytest.raises(RecordFormatError, match="more than a recording has"):
        found("<r>" + " " * (33 * 1024**2) + "</r>", "r")


@pytest.mark.parametrize("encoding", ["Shift_JIS", "EUC-JP", "GB2312", "Big5"])
def test_encodings_of_east_asia(encoding: str) -> None:
    content = f"<?xml version='1.0' encoding='{encoding}'?><a><b>中文 1 2</b></a>".encode(encoding)
    assert in_utf8(content).decode().endswith("?><a><b>中文 1 2</b></a>")
    (element,) = wanted_elements(RecordingFile.open(content), re.compile("a/b"), "test")
    assert element.text == "中文 1 2"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16(encoding: str) -> None:
    content = "<?xml version='1.0' encoding='UTF-16'?><a>Größe</a>".encode(encoding)
    assert in_utf8(content).decode() == "<?xml version='1.0' encoding='utf-8'?><a>Größe</a>"


def test_what_was_converted_to_utf_8_may_still_declare_utf_16() -> None:
    content = "<?xml version='1.0' encoding='UTF-16'?><a>Größe</a>".encode()
    assert in_utf8(content).decode() == "<?xml version='1.0' encoding='utf-8'?><a>Größe</a>"


def test_zeros_at_the_end() -> None:
    assert in_utf8(b"<a/>" + bytes(512)) == b"<a/>"


XML = ("GE MUSE XML", "HL7 aECG", "Philips Sierra XML", "Mortara ELI (EL250/ELI280)", "CardioSoft XML")


@pytest.mark.parametrize("source", [*XML, "GE sapphire XML", "Schiller XML"])
def test_xml_as_programs_write_it(
    examples: dict[str, bytes], make: SimpleNamespace, counts: NDArray[np.int16], source: str
) -> None:
    made = {"CardioSoft XML": make.cardiosoft, "GE sapphire XML": make.sapphire, "Schiller XML": make.schiller}
    text = (examples[source] if source in examples else made[source](counts)).decode()
    start, end, rest = text.partition("?>")
    expected = read(text.encode())
    assert expected.source == source
    commented = f"{start}{end}<!-- {'long ' * 2000}-->\n<!-- -->{rest}"
    for content in (
        commented.encode(),
        commented.encode() + bytes(512),
        text.replace("UTF-8", "UTF-16").replace("ISO-8859-1", "UTF-16").encode(),
        rest.encode("utf-16-le"),
        commented.encode("utf-16"),
    ):
        record = read(content)
        assert (record.source, record.leads, record.start_time) == (source, expected.leads, expected.start_time)
        np.testing.assert_array_equal(record.signal, expected.signal)


def test_a_beginning_without_comments() -> None:
    assert head_of_xml(RecordingFile.open(b" \n<!-- <b> --><a><!-- c -->d")) == "<a>d"
    assert head_of_xml(RecordingFile.open(b"1,2\n<a>")) == head_of_xml(RecordingFile.open(b"\0\1\2")) == ""


def test_other_encodings_stay_as_they_are() -> None:
    content = "<?xml version='1.0' encoding='ISO-8859-1'?><a>Größe</a>".encode("latin-1")
    assert in_utf8(content) is content


@pytest.mark.parametrize("declared", ["", "<?xml version='1.0' encoding='UTF-8'?>", "<?xml version='1.0'?>"])
def test_a_name_in_the_letters_of_windows_in_utf8(declared: str) -> None:
    content = f"{declared}<r><a>M\xfcller</a></r>".encode("latin-1")
    (element,) = wanted_elements(RecordingFile.open(content), re.compile("r/a"), "test")
    assert element.text == "M\xfcller"


def test_a_declared_encoding_counts() -> None:
    content = "<?xml version='1.0' encoding='ISO-8859-2'?><r><a>\u0141</a></r>".encode("iso-8859-2")
    (element,) = wanted_elements(RecordingFile.open(content), re.compile("r/a"), "test")
    assert element.text == "\u0141"
