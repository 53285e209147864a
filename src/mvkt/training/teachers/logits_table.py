"""A table of what a network gave for each recording, as a teacher."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from mvkt.corpora.corpus import Corpus
from mvkt.corpora.parquet_index import require_pyarrow
from mvkt.corpora.table_cells import is_absent
from mvkt.corpora.table_columns import facts_of, is_added
from mvkt.corpora.table_file import table_rows
from mvkt.errors import TrainingError
from mvkt.files import sha256
from mvkt.training.teachers.onnx_teacher import CERTAIN
from mvkt.training.teachers.outside_teacher import UNSURE, Advance, OutsideTeacher, TeacherFacts

ENDINGS = (".parquet", ".csv")
_RECORD = "record"
_FEW = 20
"""From so many values on, logits are not all positive."""


class LogitsTable(OutsideTeacher):
    """A Parquet or CSV table: a column ``record`` and a column of logits or probabilities for each class.

    A value that is missing, or a recording that is missing, is left out of what the student learns. Values are taken as
    probabilities where all of them lie between 0 and 1. Columns that pandas adds, and those of patients, are left out.

    Args:
        path: Of the table.

    Raises:
        TrainingError: It cannot be read, has no column ``record``, no classes, or a recording twice.
    """

    def __init__(self, path: Path) -> None:
        names, classes, values = _read(path)
        if len(set(names)) != len(names):
            raise TrainingError(f"{path} has {len(names) - len(set(names)):,} rows of records that it has already")
        if not len(names) or np.isnan(values).all():
            raise TrainingError(f"{path} has no value; expected logits or probabilities in its columns of classes")
        self._path, self._place = path, _places(names)
        known = values[~np.isnan(values)]
        if len(known) > _FEW and known.min() >= 0 and known.max() > 1:
            raise TrainingError(
                f"{path} has values from {known.min():.3g} to {known.max():.3g} and none below 0: these are no logits, "
                "and no probabilities either; divide percentages by 100"
            )
        if known.min() >= 0 and known.max() <= 1:
            values = logit(np.clip(values, CERTAIN, 1 - CERTAIN))
        self._logits = np.asarray(values, dtype=np.float32)
        self.facts = TeacherFacts(
            name=path.name,
            sha256=sha256(path),
            task="findings",
            classes=classes,
            thresholds=(0.5,) * len(classes),
            bands=(UNSURE,) * len(classes),
        )

    def logits(self, corpus: Corpus, advance: Advance) -> NDArray[np.float32]:
        """See :class:`OutsideTeacher`.

        Raises:
            TrainingError: It has none of the recordings.
        """
        made = np.full((len(corpus), len(self.facts.classes)), np.nan, dtype=np.float32)
        for row, name in enumerate(corpus.record_id.tolist()):
            place = next((self._place[key] for key in _keys(name) if key in self._place), None)
            if place is not None:
                made[row] = self._logits[place]
        advance(len(corpus), len(corpus))
        if np.isnan(made).all():
            raise TrainingError(
                f"{self._path} names none of the {corpus.manifest.records:,} recordings; its column {_RECORD!r} holds "
                "their paths below the folder, or their names without an ending"
            )
        return made


def _keys(name: str) -> Iterable[str]:
    """The names that a recording may have in a table, the most exact first."""
    pure = PurePosixPath(name)
    return dict.fromkeys((name, str(pure.with_suffix("")), pure.name, pure.stem))


def _places(names: list[str]) -> dict[str, int]:
    """Name to row of the table; of names that only differ in their folder or ending none is known by the rest."""
    places: dict[str, int] = {}
    twice: set[str] = set()
    for row, name in enumerate(names):
        for key in _keys(name):
            if key != name and key in places:
                twice.add(key)
            places.setdefault(key, row)
    exact = set(names)
    return {key: row for key, row in places.items() if key not in twice or key in exact}


def _read(path: Path) -> tuple[list[str], tuple[str, ...], NDArray[np.float64]]:
    """Return the names of the records, the classes, and ``(records, classes)`` with NaN for what is missing."""
    columns = _parquet_columns(path) if path.suffix.lower() == ".parquet" else _csv_columns(path)
    columns = {(_RECORD if fact == _RECORD else name): column for name, column, fact in _with_facts(columns)}
    if _RECORD not in columns:
        raise TrainingError(f"{path} has no column {_RECORD!r}; it has {', '.join(columns) or 'none'}")
    names = [str(name).strip() for name in columns.pop(_RECORD)]
    if not columns:
        raise TrainingError(f"{path} has no column of a class besides {_RECORD!r}")
    table = np.array([_numbers(path, name, column) for name, column in columns.items()], dtype=np.float64).T
    if np.isinf(table).any():
        raise TrainingError(f"{path} has infinite values; leave what is not known empty")
    return names, tuple(columns), table


def _with_facts(columns: Mapping[str, list[Any]]) -> Iterator[tuple[str, list[Any], str]]:
    """Yield each column with what it is by its name; those that pandas adds, and facts of patients, are no classes."""
    facts = facts_of(list(columns))
    for name, column in columns.items():
        added = is_added(name, ["" if cell is None else str(cell) for cell in column])
        if facts.get(name) == _RECORD or not (added or name in facts):
            yield name, column, facts.get(name, "")


def _numbers(path: Path, name: str, column: Sequence[Any]) -> list[float]:
    """Return the numbers of a column, NaN where a cell is empty or marks a missing value.

    Raises:
        TrainingError: A cell is no number.
    """
    numbers = []
    for cell in column:
        text = "" if cell is None else str(cell).strip()
        try:
            numbers.append(np.nan if is_absent(text) else float(text.replace(",", ".")))
        except ValueError:
            raise TrainingError(
                f"{path} has a value that is no number ({text[:40]!r} in the column {name!r}); expected the column "
                f"{_RECORD!r} and columns of logits"
            ) from None
    return numbers


def _csv_columns(path: Path) -> dict[str, list[Any]]:
    header, *rows = table_rows(path) or [[]]
    header = [name.strip() or f"Unnamed: {number}" for number, name in enumerate(header)]
    rows = [row if any(row[len(header) :]) else row[: len(header)] for row in rows]
    uneven = [number for number, row in enumerate(rows, start=2) if len(row) != len(header)]
    if uneven or len(set(header)) != len(header):
        what = f"row {uneven[0]} has another number of cells than the header" if uneven else "two columns of a name"
        raise TrainingError(f"{path}: {what}")
    return {name: [row[number] for row in rows] for number, name in enumerate(header)}


def _parquet_columns(path: Path) -> dict[str, list[Any]]:
    arrow, parquet = require_pyarrow()
    try:
        table = parquet.read_table(path)
    except (OSError, arrow.ArrowException) as error:
        raise TrainingError(f"{path} is no Parquet table ({error})") from error
    return {name: table.column(number).to_pylist() for number, name in enumerate(table.column_names)}
