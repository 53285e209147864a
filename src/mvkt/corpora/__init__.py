"""Labelled collections of recordings, and the prepared form in which they are trained on."""

from mvkt.corpora.corpus import Corpus
from mvkt.corpora.corpus_manifest import Manifest, SkippedRecord, Split
from mvkt.corpora.label_sets import Targets, Task, targets
from mvkt.corpora.prepare import prepare
from mvkt.corpora.registry import SOURCES, source_class
from mvkt.corpora.source import Entry, Source

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
