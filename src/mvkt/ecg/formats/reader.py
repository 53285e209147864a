"""What a reader of a file format offers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mvkt.ecg.formats.file import RecordingFile
from mvkt.ecg.record import Record


@dataclass(frozen=True)
class Reader:
    """A family of file formats.

    Attributes:
        name: Short, for messages: ``"Apple Health"``.
        description: What it reads, for the list of formats in messages: ``"Apple Health ECG exports (CSV)"``.
        recognises: Whether a file is of this family, judged by its content. Cheap: it must not read the whole
            file.
        read: Reads a file that was recognised; raises :class:`~mvkt.errors.RecordFormatError`. Libraries that
            only this family needs are imported in here.
    """

    name: str
    description: str
    recognises: Callable[[RecordingFile], bool]
    read: Callable[[RecordingFile], Record]
