"""Tasks: which statements of a corpus count for which classes, and the targets that follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import model_validator

from mvkt.errors import CorpusError, hint
from mvkt.stored import Part

OWN_LABELS = "labels"
"""Task of a table of labels: its classes are named by whoever wrote the table, so any bundle may have some of them."""

UNKNOWN = -1.0
"""In the place of a likelihood: nobody looked for this statement."""


class Task(Part):
    """A label set.

    Attributes:
        name: As in ``Corpus.targets(name)``.
        title: In plain words.
        statements: Statement of the corpus to the classes it counts for; other statements count for nothing.
        titles: Class to plain words.
        normal: Classes that are no finding, such as a normal ECG or sinus rhythm.
        typical: Class to a line on what it is typical of; may lack classes.

    Raises:
        ValueError: A statement counts for no class, a class has no title, or
            ``normal`` or ``typical`` name something that is no class.
    """

    name: str
    title: str
    statements: dict[str, tuple[str, ...]]
    titles: dict[str, str]
    normal: tuple[str, ...] = ()
    typical: Mapping[str, str] = {}

    @model_validator(mode="after")
    def _classes_have_titles(self) -> Task:
        empty = sorted(statement for statement, classes in self.statements.items() if not classes)
        if empty:
            raise ValueError(
                f"statements of task {self.name!r} without a class: {', '.join(empty)}; leave them out, and mark "
                "records that were read and have no class as labelled"
            )
        untitled = sorted({name for classes in self.statements.values() for name in classes} - set(self.titles))
        if untitled:
            raise ValueError(f"classes of task {self.name!r} without a title: {', '.join(untitled)}")
        strangers = sorted({*self.normal, *self.typical} - set(self.titles))
        if strangers:
            raise ValueError(f"task {self.name!r} has no class {', '.join(strangers)}")
        return self


@dataclass(frozen=True)
class Targets:
    """What a network is to learn about each row of a corpus.

    Attributes:
        classes: Sorted.
        titles: Class to plain words.
        matrix: ``(rows, classes)``.
        labelled: ``(rows,)`` whether anything is known of a row for the task. The others are no negatives: they are
            left out of training by labels and of evaluation.
        known: ``(rows, classes)`` whether a class is known to be present or absent; False in all of a row that is not
            labelled.
    """

    classes: tuple[str, ...]
    titles: dict[str, str]
    matrix: NDArray[np.bool_]
    labelled: NDArray[np.bool_]
    known: NDArray[np.bool_]

    @classmethod
    def of(
        cls, classes: tuple[str, ...], titles: Mapping[str, str], matrix: NDArray[np.bool_], known: NDArray[np.bool_]
    ) -> Targets:
        """Return targets in which a row is labelled where anything of it is known."""
        return cls(classes, dict(titles), matrix, np.asarray(known.any(axis=1)), known)

    def only(self, classes: Sequence[str]) -> Targets:
        """Return the targets of some of the classes, in the order given.

        A row that has only other classes of the task stays labelled, as a negative.

        Raises:
            CorpusError: A class is not there.
        """
        absent = [name for name in classes if name not in self.classes]
        if absent:
            raise CorpusError(f"there is no class {', '.join(absent)}; {hint(absent[0], self.classes, 'there are')}")
        columns = [self.classes.index(name) for name in classes]
        titles = {name: self.titles[name] for name in classes}
        matrix, known = (np.ascontiguousarray(table[:, columns]) for table in (self.matrix, self.known))
        return Targets(tuple(classes), titles, matrix, self.labelled, known)

    def beside(self, others: Targets) -> Targets:
        """Return these targets with other classes after them; what is labelled stays as it is here.

        Raises:
            CorpusError: A class is in both.
        """
        twice = [name for name in others.classes if name in self.classes]
        if twice:
            raise CorpusError(f"class {', '.join(twice)} is in both sets of targets")
        matrix = np.concatenate([self.matrix, others.matrix], axis=1)
        # A row that is labelled for this task was read for the other as well, even where it has none of its classes.
        known = np.concatenate([self.known, others.known | (self.labelled & ~others.labelled)[:, np.newaxis]], axis=1)
        return Targets(self.classes + others.classes, self.titles | others.titles, matrix, self.labelled, known)


def positive(labels: Mapping[str, float]) -> tuple[str, ...]:
    """Return the statements that are there, without those that nobody looked for."""
    return tuple(name for name, likelihood in labels.items() if likelihood != UNKNOWN)


def targets(
    task: Task,
    labels: Sequence[Mapping[str, float]],
    record_ids: ArrayLike,
    min_samples: int = 0,
    labelled: NDArray[np.bool_] | None = None,
) -> Targets:
    """Return the targets of rows with these statements.

    A statement counts whatever its likelihood, as in the published PTB-XL benchmark, but for :data:`UNKNOWN`.

    Args:
        task: The label set.
        labels: Statement to likelihood, for each row.
        record_ids: The record of each row, so that a record of many windows counts once.
        min_samples: Classes of no more records than this are left out.
        labelled: ``(rows,)`` where the absence of a statement means that it was not found; elsewhere a row is labelled
            when it has a class of the task. By default nowhere.
    """
    names = sorted({name for classes in task.statements.values() for name in classes})
    column = {name: index for index, name in enumerate(names)}
    matrix, unknown = (np.zeros((len(labels), len(names)), dtype=np.bool_) for _ in range(2))
    columns_of = {code: [column[name] for name in classes] for code, classes in task.statements.items()}
    for row, statements in enumerate(labels):
        for code, likelihood in statements.items():
            table = unknown if likelihood == UNKNOWN else matrix
            table[row, columns_of.get(code, [])] = True
    _, first_rows = np.unique(np.asarray(record_ids), return_index=True)
    kept = matrix[first_rows].sum(axis=0) > min_samples
    classes = tuple(name for name, keep in zip(names, kept, strict=True) if keep)
    matrix, unknown = (np.ascontiguousarray(table[:, kept]) for table in (matrix, unknown))
    present = np.asarray(matrix.any(axis=1))
    if labelled is not None:
        present |= labelled
    titles = {name: task.titles[name] for name in classes}
    return Targets(classes, titles, matrix, labelled=present, known=present[:, np.newaxis] & (matrix | ~unknown))
