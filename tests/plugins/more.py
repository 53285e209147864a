"""A backbone, a corpus source and a file format from outside the package."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mvkt.corpora.registry import SOURCES
from mvkt.corpora.sources.simulated import Simulated
from mvkt.ecg.formats.reader import Format, Reader, single
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.registry import PLUGIN_READERS
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.record import Record
from mvkt.models.registry import MODELS
from mvkt.models.resnet1d import ResNet1d


class Narrow(ResNet1d):
    """A residual network under another name."""


@dataclass(frozen=True)
class OtherHearts(Simulated):
    """Simulated recordings under another name."""

    name: ClassVar[str] = "other-hearts"


def _read(file: RecordingFile, facts: UserFacts) -> Record:
    signal = np.frombuffer(file.read_bytes()[4:], dtype="<i2").astype(np.float32)[:, np.newaxis] / 1000
    return Record(signal=signal, leads=("I",), sampling_frequency=100.0)


MODELS.register("narrow", Narrow)
SOURCES.register("other-hearts", OtherHearts)
PLUGIN_READERS.register(
    "Toy",
    Reader(
        name="Toy",
        formats=(Format("Toy", ".toy", "a test", "a plugin", "nothing"),),
        recognises=lambda file: file.peek(4) == b"TOY1",
        recordings=single(_read),
    ),
)
