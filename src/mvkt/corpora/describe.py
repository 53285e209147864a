"""What is in a prepared corpus, counted: ``mvkt corpus describe``."""

from __future__ import annotations

from collections import Counter

import numpy as np

from mvkt.corpora.corpus import Corpus
from mvkt.corpora.store import is_url
from mvkt.stored import Part


class ClassCount(Part):
    """Records of a class, in all and in each part of the recommended split."""

    code: str
    title: str
    records: int
    training: int
    validation: int
    test: int


class TaskCount(Part):
    """A label set and how much of it the corpus has; ``labelled`` of ``records`` have a label of it."""

    name: str
    title: str
    records: int
    labelled: int
    classes: tuple[ClassCount, ...]


class Description(Part):
    """A corpus in numbers; all of them count records, but ``rows`` (windows) and ``patients``.

    Attributes:
        path: Its folder, or the URL that it was opened by.
        ages: Youngest, quartiles and oldest; empty where no age is known.
        skipped: Reason to number of records that were left out when the corpus was prepared.
    """

    path: str
    source: str
    records: int
    patients: int
    rows: int
    leads: tuple[str, ...]
    sampling_frequency: float
    window_seconds: float
    folds: dict[int, int]
    ages: tuple[float, ...]
    age_unknown: int
    sexes: dict[str, int]
    tasks: tuple[TaskCount, ...]
    licence: str
    citation: str
    warnings: tuple[str, ...]
    skipped: dict[str, int]


def describe(corpus: Corpus, task: str | None = None, min_samples: int = 0) -> Description:
    """Count what is in a corpus.

    Args:
        corpus: Which.
        task: Only this task; by default all of them.
        min_samples: Classes of no more records than this are left out.

    Raises:
        CorpusError: The corpus has no such task.
    """
    manifest = corpus.manifest
    _, first = np.unique(corpus.record_id, return_index=True)
    ages = corpus.age[first]
    known = ages[~np.isnan(ages)]
    sexes = Counter(str(sex) or "unknown" for sex in corpus.sex[first])
    return Description(
        path=corpus.place if is_url(corpus.place) else str(corpus.path),
        source=manifest.source,
        records=manifest.records,
        patients=manifest.patients,
        rows=manifest.rows,
        leads=manifest.leads,
        sampling_frequency=manifest.signal.sampling_frequency,
        window_seconds=manifest.signal.window_seconds,
        folds=manifest.folds,
        ages=tuple(round(float(age), 1) for age in np.quantile(known, (0, 0.25, 0.5, 0.75, 1))) if len(known) else (),
        age_unknown=int(len(ages) - len(known)),
        sexes=dict(sorted(sexes.items())),
        tasks=tuple(
            _count(corpus, name, first, min_samples) for name in ([task] if task is not None else manifest.tasks)
        ),
        licence=manifest.licence,
        citation=manifest.citation,
        warnings=manifest.warnings,
        skipped=dict(Counter(record.reason for record in manifest.skipped)),
    )


def _count(corpus: Corpus, task: str, first: np.ndarray, min_samples: int) -> TaskCount:
    """Count a task over the first row of every record."""
    targets = corpus.targets(task, min_samples)
    matrix = targets.matrix[first]
    split = corpus.manifest.recommended_split
    folds = corpus.fold[first]
    parts = {
        part: matrix[np.isin(folds, getattr(split, part))].sum(axis=0) for part in ("training", "validation", "test")
    }
    return TaskCount(
        name=task,
        title=corpus.manifest.tasks[task].title,
        records=corpus.manifest.records,
        labelled=int(targets.labelled[first].sum()),
        classes=tuple(
            ClassCount(
                code=code,
                title=targets.titles[code],
                records=int(matrix[:, column].sum()),
                **{part: int(counts[column]) for part, counts in parts.items()},
            )
            for column, code in enumerate(targets.classes)
        ),
    )
