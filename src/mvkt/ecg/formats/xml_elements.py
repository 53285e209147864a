"""The elements of an XML file that a reader wants, by their paths, within limits that every recording keeps."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from mvkt.ecg.formats.not_a_recording import as_text
from mvkt.ecg.formats.recording_file import LONGEST_HEAD_BYTES, RecordingFile
from mvkt.ecg.formats.text import utf16_of
from mvkt.errors import RecordFormatError

_LARGEST_BYTES = 32 * 1024**2
_MOST_DEPTH = 40
_LONGEST_PATH = 2000
_DECLARED = re.compile(
    rb"""\s*<\?xml[^>]{0,80}encoding\s*=\s*["'](shift_?jis|sjis|cp932|ms932|windows-31j|euc-?(?:jp|kr|cn)|"""
    rb"""iso-2022-(?:jp|kr)|gbk?|gb2312|gb18030|big5|cp949|utf-?16(?:-?[lb]e)?)["']""",
    re.IGNORECASE,
)
_OTHER_ENCODING = re.compile(rb"""\s*<\?xml[^>]{0,80}encoding\s*=\s*["'](?!utf-?8["'])""", re.IGNORECASE)
_PYTHON_NAMES = {"windows-31j": "cp932", "euc-cn": "gb2312", "gb": "gbk"} | dict.fromkeys(
    ("utf16", "utf-16", "utf-16le", "utf-16be"), "utf-8"
)
"""By the declared name, of files that are not in UTF-16."""

_BEFORE = "\ufeff \t\r\n"
_COMMENT = re.compile(r"<!--.*?(?:-->|$)", re.DOTALL)
_ROOT = re.compile(r"<[^\s?!<>/]")
_PREFIXED = re.compile(rb"^(?:[^<]|<[?!][^>]*>)*<([A-Za-z_][\w.-]*):[\w.-]+[^<>]*>")
_MOST_ELEMENTS = 20_000


@dataclass(frozen=True)
class Element:
    """An element of an XML file.

    Attributes:
        path: The names of the elements around it and its own, joined by ``/``, without namespaces.
        attributes: By name.
        text: Its own text, without that of the elements in it, and without space around it.
    """

    path: str
    attributes: Mapping[str, str]
    text: str


def head_of_xml(file: RecordingFile) -> str:
    """Return the beginning of an XML file without comments, however long they are; nothing where it is none."""
    text = _without_comments(file.head)
    return text if not text or _ROOT.search(text) else _without_comments(file.peek(LONGEST_HEAD_BYTES))


def _without_comments(head: bytes) -> str:
    text = (as_text(head) or "").lstrip(_BEFORE)
    return _COMMENT.sub("", text) if text.startswith("<") else ""


def in_utf8(content: bytes) -> bytes:
    """Return XML as UTF-8 where expat cannot read it as it came; all else as it came.

    That is XML in UTF-16 or in an encoding of East Asia, in UTF-8 though it declares UTF-16, in neither though it
    declares UTF-8, or with zeros after or lines before it.
    """
    wide = utf16_of(content)
    content = content if wide else content.rstrip(b"\0").lstrip()
    declared = _DECLARED.match(content)
    if not wide and declared is None:
        return content if _OTHER_ENCODING.match(content) else _really_in_utf8(content)
    name = declared[1].decode().lower() if declared else ""
    text = content.decode(wide or _PYTHON_NAMES.get(name, name), errors="replace").strip(_BEFORE + "\0\ufffd")
    body = text.partition("?>")[2] if text.startswith("<?xml") else text
    return b"<?xml version='1.0' encoding='utf-8'?>" + body.encode()


def without_prefix(content: bytes) -> bytes:
    """Return XML without the prefix of its root element, as programs write it that save it again (``ns0:``)."""
    found = _PREFIXED.search(content[:LONGEST_HEAD_BYTES])
    if found is None or b"xmlns:" + found[1] + b"=" not in found[0]:
        return content
    content = re.sub(rb"<(/?)%b:" % re.escape(found[1]), rb"<\1", content)
    return content.replace(b"xmlns:" + found[1] + b"=", b"xmlns=", 1)


def _really_in_utf8(content: bytes) -> bytes:
    """Return what is declared as UTF-8, though a name in it may be written as Windows does in western Europe."""
    try:
        content.decode()
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace").encode()
    return content


def wanted_elements(
    file: RecordingFile, wanted: re.Pattern[str], family: str, largest: int = _LARGEST_BYTES
) -> list[Element]:
    """Return the elements whose path matches, in the order in which they end: what is in an element comes before it.

    Args:
        file: The file.
        wanted: Matched against the whole path of each element.
        family: The name of the format, for messages.
        largest: Bytes of a file; an element may have an eighth of it.

    Raises:
        RecordFormatError: The XML is damaged, uses entities, or is longer or deeper than any recording.
    """
    if file.size > largest:
        raise RecordFormatError(f"{family}: {file.size:,} bytes are more than a recording has ({largest:,})")
    walk = _Walk(wanted, family, largest // 8)
    parser = expat.ParserCreate()
    parser.buffer_text = True  # a piece of text for each line would take far more memory than the file
    parser.EntityDeclHandler = parser.SkippedEntityHandler = walk.refuse_entities
    parser.StartElementHandler, parser.EndElementHandler = walk.start, walk.end
    parser.CharacterDataHandler = walk.characters
    try:
        parser.Parse(in_utf8(file.read_bytes()), True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        if isinstance(error, RecordFormatError):
            raise
        raise RecordFormatError(f"{family}: the XML is damaged or incomplete") from None
    return walk.found


@dataclass
class _Walk:
    """What has been seen of a file so far."""

    wanted: re.Pattern[str]
    family: str
    longest: int
    found: list[Element] = field(default_factory=list)
    _open: list[tuple[str, dict[str, str], list[str]]] = field(default_factory=list)
    _length: int = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        above = f"{self._open[-1][0]}/" if self._open else ""
        path = above + name.rpartition(":")[2]
        self._open.append((path, attributes, []))
        if len(self._open) > _MOST_DEPTH or len(path) > _LONGEST_PATH:
            raise RecordFormatError(f"{self.family}: the XML is nested deeper than any recording")
        self._length = 0

    def characters(self, text: str) -> None:
        self._length += len(text)
        if self._length > self.longest:
            raise RecordFormatError(f"{self.family}: a field of the XML is longer than any recording")
        self._open[-1][2].append(text)

    def end(self, _: str) -> None:
        path, attributes, text = self._open.pop()
        if self.wanted.fullmatch(path):
            self.found.append(Element(path, attributes, "".join(text).strip()))
            if len(self.found) > _MOST_ELEMENTS:
                raise RecordFormatError(f"{self.family}: the XML has far more elements than a recording")

    def refuse_entities(self, *_: Any) -> None:
        raise RecordFormatError(f"{self.family}: the XML uses entities, which no recording needs")
