"""What every teacher from elsewhere is: classes, and logits for the windows of a corpus."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from mvkt.corpora.corpus import Corpus
from mvkt.corpora.label_sets import Targets, Task
from mvkt.ecg.signal import SignalSpec

UNSURE = (0.25, 0.75)
"""Probabilities between which a teacher that has no band of its own counts as unsure."""

Advance = Callable[[int, int], None]
"""Receives how many windows are done, and of how many."""


@dataclass(frozen=True)
class TeacherFacts:
    """What is known of a teacher before it has seen a recording.

    Attributes:
        name: A line for people.
        sha256: Of its network or table: another teacher has another one.
        task: Name of its label set.
        classes: Codes, in the order of its logits.
        titles: Code to plain words; may lack codes.
        normal: Classes that are no finding.
        typical: Code to a line on what it is typical of; may lack codes.
        thresholds: Probability of each class from which it counts as found.
        bands: Probabilities of each class, low and high, between which the teacher is unsure.
        view: Leads that it sees; empty where it sees no recordings.
        signal: How a recording becomes its input; None where it sees no recordings.
        corpus_checksum: Of the signals that it learned from; empty where that is not known.
    """

    name: str
    sha256: str
    task: str
    classes: tuple[str, ...]
    titles: Mapping[str, str] = field(default_factory=dict)
    normal: tuple[str, ...] = ()
    typical: Mapping[str, str] = field(default_factory=dict)
    thresholds: tuple[float, ...] = ()
    bands: tuple[tuple[float, float], ...] = ()
    view: str = ""
    signal: SignalSpec | None = None
    corpus_checksum: str = ""


class OutsideTeacher(ABC):
    """A teacher that is not trained here.

    Attributes:
        facts: What is known of it.
    """

    facts: TeacherFacts

    @abstractmethod
    def logits(self, corpus: Corpus, advance: Advance) -> NDArray[np.float32]:
        """Return calibrated logits ``(rows, classes)`` for all windows of a corpus; NaN where it gives nothing.

        Args:
            corpus: Holds the leads of the teacher, with its signal settings.
            advance: Receives the progress.
        """


@dataclass(frozen=True)
class TeacherOutputs:
    """What a teacher gives for every window of a corpus.

    Attributes:
        facts: Of the teacher.
        logits: ``(rows, classes)`` float32, calibrated: a probability is their sigmoid. NaN where there is nothing.
        rare: Classes of the teacher that were left out, because it finds them too rarely.
    """

    facts: TeacherFacts
    logits: NDArray[np.float32]
    rare: tuple[str, ...] = ()

    @property
    def known(self) -> NDArray[np.bool_]:
        """``(rows, classes)`` whether the teacher gives something."""
        return ~np.isnan(self.logits)

    @property
    def found(self) -> NDArray[np.bool_]:
        """``(rows, classes)`` whether the teacher's probability reaches its threshold."""
        found: NDArray[np.bool_] = expit(self.logits) >= np.asarray(self.facts.thresholds)
        return found & self.known

    @property
    def unsure(self) -> NDArray[np.bool_]:
        """``(rows, classes)`` whether the teacher's probability lies within its band."""
        low, high = np.asarray(self.facts.bands).T
        probability = expit(self.logits)
        within: NDArray[np.bool_] = (probability >= low) & (probability < high)
        return within & self.known

    @property
    def task(self) -> Task:
        """Its classes as a label set."""
        facts = self.facts
        titles = {code: facts.titles.get(code, code) for code in facts.classes}
        return Task(
            name=facts.task,
            title=f"what {facts.name} finds",
            statements={code: (code,) for code in facts.classes},
            titles=titles,
            normal=facts.normal,
            typical={code: line for code, line in facts.typical.items() if code in titles},
        )

    def targets(self) -> Targets:
        """Return what the teacher finds, as targets."""
        return Targets.of(self.facts.classes, self.task.titles, self.found, self.known)

    def frequent(self, record_ids: ArrayLike, min_samples: int) -> TeacherOutputs:
        """Return the outputs for the classes that the teacher finds in more records than this.

        Args:
            record_ids: ``(rows,)``; a record counts once.
            min_samples: Records.
        """
        _, first = np.unique(np.asarray(record_ids), return_index=True)
        kept = np.flatnonzero(self.found[first].sum(axis=0) > min_samples)
        chosen = self.only(kept)
        return replace(chosen, rare=tuple(code for code in self.facts.classes if code not in chosen.facts.classes))

    def only(self, columns: NDArray[np.int64]) -> TeacherOutputs:
        """Return the outputs for some of the classes."""
        facts = self.facts
        classes = tuple(facts.classes[column] for column in columns)
        chosen = replace(
            facts,
            classes=classes,
            titles={code: facts.titles.get(code, code) for code in classes},
            normal=tuple(code for code in facts.normal if code in classes),
            typical={code: line for code, line in facts.typical.items() if code in classes},
            thresholds=tuple(facts.thresholds[column] for column in columns),
            bands=tuple(facts.bands[column] for column in columns),
        )
        return TeacherOutputs(chosen, np.ascontiguousarray(self.logits[:, columns]))
