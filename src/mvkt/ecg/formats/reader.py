"""What a reader of a file format offers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.record import Record

TriedOn = Literal["real files", "its public description"]


@dataclass(frozen=True)
class Format:
    """A line of the list of formats, for people.

    Attributes:
        name: Short: ``"Apple Health"``.
        files: How such files usually end: ``".csv"``.
        devices: What writes them.
        read_by: ``"mvkt"`` or the library.
        mind: What one should know of it.
        tried_on: Whether a real file of the format was read here, or only files built to its public description.
    """

    name: str
    files: str
    devices: str
    read_by: str
    mind: str
    tried_on: TriedOn = "its public description"


@dataclass(frozen=True)
class Recording:
    """One recording of a file; most files hold one.

    Attributes:
        name: Unique in the file.
        read: Reads it, given the facts of the user; raises :class:`~mvkt.errors.RecordError`.
    """

    name: str
    read: Callable[[UserFacts], Record]


@dataclass(frozen=True)
class Reader:
    """A family of file formats.

    Attributes:
        name: Short, for messages: ``"Apple Health"``.
        formats: What it reads; the list of formats is made of these.
        recognises: Whether a file is of this family, by its content. Cheap: it must not read the whole file.
        recordings: The recordings of a file that was recognised. Libraries that only this family needs are imported
            in here.
        several: Whether a file may hold more than one.
    """

    name: str
    formats: tuple[Format, ...]
    recognises: Callable[[RecordingFile], bool]
    recordings: Callable[[RecordingFile], Sequence[Recording]]
    several: bool = False


def single(read: Callable[[RecordingFile, UserFacts], Record]) -> Callable[[RecordingFile], Sequence[Recording]]:
    """Make the ``recordings`` of a reader whose files hold one each."""
    return lambda file: (Recording(file.name, lambda given: read(file, given)),)
