"""Labelled collections of recordings, and the prepared form in which they are trained on."""

from mvkt.corpora.corpus import Corpus
from mvkt.corpora.manifest import Manifest, SkippedRecord, Split
from mvkt.corpora.prepare import prepare
from mvkt.corpora.registry import SOURCES, source_class
from mvkt.corpora.source import Entry, Source
from mvkt.corpora.tasks import Targets, Task, targets

__all__ = [
    "SOURCES",
    "Corpus",
    "Entry",
    "Manifest",
    "SkippedRecord",
    "Source",
    "Split",
    "Targets",
    "Task",
    "prepare",
    "source_class",
    "targets",
]
