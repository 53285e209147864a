"""Tasks: which statements of a corpus count for which classes, and the targets that follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict, model_validator

from mvkt.errors import CorpusError


class Task(BaseModel):
    """A label set.

    Attributes:
        name: As in ``Corpus.targets(name)``.
        title: In plain words.
        statements: Statement of the corpus to the classes it counts for; other statements count for nothing. One
            with no classes means that somebody looked, and by itself that none of the classes was found.
        titles: Class to plain words.
        normal: Classes that are no finding, such as a normal ECG or sinus rhythm.
        typical: Class to a line on what it is typical of; may lack classes.

    Raises:
        ValueError: A class has no title, or ``normal`` or ``typical`` name something that is no class.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    statements: dict[str, tuple[str, ...]]
    titles: dict[str, str]
    normal: tuple[str, ...] = ()
    typical: dict[str, str] = {}

    @model_validator(mode="after")
    def _classes_have_titles(self) -> Task:
        untitled = sorted({name for classes in self.statements.values() for name in classes} - set(self.titles))
        if untitled:
            raise ValueError(f"classes of task {self.name!r} without a title: {', '.join(untitled)}")
        strangers = sorted({*self.normal, *self.typical} - set(self.titles))
        if strangers:
            raise ValueError(f"task {self.name!r} has no class {', '.join(strangers)}")
        return self


@dataclass(frozen=True)
class Targets:
    """What a model is to say about each row of a corpus.

    Attributes:
        classes: Sorted.
        titles: Class to plain words.
        matrix: ``(rows, classes)``.
        labelled: ``(rows,)`` whether a row has at least one of the classes, or a statement of the task without any.
            Of the others nothing is known in this task: nobody looked, so they are no negatives and are left out of
            training and evaluation.
    """

    classes: tuple[str, ...]
    titles: dict[str, str]
    matrix: NDArray[np.bool_]
    labelled: NDArray[np.bool_]

    def only(self, classes: Sequence[str]) -> Targets:
        """Return the targets of some of the classes, in the order given.

        A row that has only other classes of the task stays labelled: somebody looked, and found none of these.

        Raises:
            CorpusError: A class is not there.
        """
        absent = [name for name in classes if name not in self.classes]
        if absent:
            raise CorpusError(f"there is no class {', '.join(absent)}; there are {', '.join(self.classes)}")
        columns = [self.classes.index(name) for name in classes]
        titles = {name: self.titles[name] for name in classes}
        return Targets(tuple(classes), titles, np.ascontiguousarray(self.matrix[:, columns]), self.labelled)

    def beside(self, others: Targets) -> Targets:
        """Return these targets with other classes after them; what is labelled stays as it is here.

        Raises:
            CorpusError: A class is in both.
        """
        twice = [name for name in others.classes if name in self.classes]
        if twice:
            raise CorpusError(f"class {', '.join(twice)} is in both sets of targets")
        matrix = np.concatenate([self.matrix, others.matrix], axis=1)
        return Targets(self.classes + others.classes, self.titles | others.titles, matrix, self.labelled)


def targets(task: Task, labels: Sequence[Mapping[str, float]], record_ids: ArrayLike, min_samples: int = 0) -> Targets:
    """Return the targets of rows with these statements.

    A statement counts whatever its likelihood, as in the published PTB-XL benchmark.

    Args:
        task: The label set.
        labels: Statement to likelihood, for each row.
        record_ids: The record of each row, so that a record of many windows counts once.
        min_samples: Classes of no more records than this are left out.
    """
    names = sorted({name for classes in task.statements.values() for name in classes})
    matrix = np.zeros((len(labels), len(names)), dtype=np.bool_)
    column = {name: index for index, name in enumerate(names)}
    known: dict[tuple[str, ...], list[int]] = {}
    for row, statements in enumerate(labels):
        key = tuple(statements)
        if key not in known:
            known[key] = [column[name] for code in key for name in task.statements.get(code, ())]
        matrix[row, known[key]] = True
    _, first_rows = np.unique(np.asarray(record_ids), return_index=True)
    kept = matrix[first_rows].sum(axis=0) > min_samples
    matrix = np.ascontiguousarray(matrix[:, kept])
    classes = tuple(name for name, keep in zip(names, kept, strict=True) if keep)
    titles = {name: task.titles[name] for name in classes}
    looked = {code for code, counts_for in task.statements.items() if not counts_for}
    seen = np.array([not looked.isdisjoint(statements) for statements in labels], dtype=np.bool_)
    return Targets(classes, titles, matrix, labelled=np.asarray(matrix.any(axis=1) | seen))
