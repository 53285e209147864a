from __future__ import annotations

import re

import pytest

from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.xml_elements import in_utf8, wanted_elements
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
    with pytest.raises(RecordFormatError, match="more than a resting ECG has"):
        found("<r>" + " " * (33 * 1024**2) + "</r>", "r")


@pytest.mark.parametrize("encoding", ["Shift_JIS", "EUC-JP", "GB2312", "Big5"])
def test_encodings_of_east_asia(encoding: str) -> None:
    content = f"<?xml version='1.0' encoding='{encoding}'?><a><b>中文 1 2</b></a>".encode(encoding)
    assert in_utf8(content).decode().endswith("?><a><b>中文 1 2</b></a>")
    (element,) = wanted_elements(RecordingFile.open(content), re.compile("a/b"), "test")
    assert element.text == "中文 1 2"


def test_other_encodings_stay_as_they_are() -> None:
    content = "<?xml version='1.0' encoding='ISO-8859-1'?><a>Größe</a>".encode("latin-1")
    assert in_utf8(content) is content
