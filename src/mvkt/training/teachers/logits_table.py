"""A table of what a network gave for each recording, as a teacher."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from mvkt.corpora.corpus import Corpus
from mvkt.corpora.parquet_index import require_pyarrow
from mvkt.corpora.recording_names import RecordingNames
from mvkt.corpora.table_cells import is_absent
from mvkt.corpora.table_columns import is_added
from mvkt.corpora.table_file import table_rows
from mvkt.corpora.table_headings import facts_of
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
        self._path, self._names = path, names
        known = values[~np.isnan(values)]
        if len(known) > _FEW and known.min() >= 0 and known.max() > 1:
            raise TrainingError(
                f"{path} has values from {known.min():.3g} to {known.max():.3g} and none below 0: these are no logits, "
                "and no probabilities either; divide percentages by 100"
            )
        outside = np.any((values < 0) | (values > 1), axis=0)
        within = [code for code, is_outside in zip(classes, outside, strict=True) if not is_outside]
        empty = [code for code, column in zip(classes, values.T, strict=True) if np.isnan(column).all()]
        if not outside.any():
            values = logit(np.clip(values, CERTAIN, 1 - CERTAIN))
        elif set(within) - set(empty) and len(names) > _FEW:
            raise TrainingError(
                f"{path} has values between 0 and 1 alone in {', '.join(within)}, as probabilities, and in other "
                "columns others; write logits of all classes, or probabilities of all"
            )
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
            TrainingError: It has none of the recordings, a recording twice, or a name that several may have.
        """
        places = self._places(corpus)
        nothing = np.full((1, len(self.facts.classes)), np.nan, dtype=np.float32)
        made = np.concatenate([self._logits, nothing])[[places.get(name, -1) for name in corpus.record_id.tolist()]]
        advance(len(corpus), len(corpus))
        if np.isnan(made).all():
            raise TrainingError(
                f"{self._path} names none of the {corpus.manifest.records:,} recordings; its column {_RECORD!r} holds "
                "their paths below the folder, or their names without an ending"
            )
        return made

    def _places(self, corpus: Corpus) -> dict[str, int]:
        """Return the row of the table of each recording; names of other recordings are left out."""
        recordings = RecordingNames(tuple(sorted({*corpus.record_id.tolist()})))
        places: dict[str, int] = {}
        for row, name in enumerate(self._names):
            found = recordings.matches(name)
            if len(found) > 1:
                raise TrainingError(
                    f"{self._path}: {name} may be {' or '.join(found[:3])}; give the path below the folder"
                )
            if found and found[0] in places:
                raise TrainingError(
                    f"{self._path}: {self._names[places[found[0]]]} and {name} are the same recording, {found[0]}"
                )
            places |= dict.fromkeys(found, row)
        return places


def _read(path: Path) -> tuple[list[str], tuple[str, ...], NDArray[np.float64]]:
    """Return the names of the records, the classes, and ``(records, classes)`` with NaN for what is missing."""
    columns = _parquet_columns(path) if path.suffix.lower() == ".parquet" else _csv_columns(path)
    columns = {(_RECORD if fact == _RECORD else name): column for name, column, fact in _with_facts(columns)}
    if _RECORD not in columns:
        raise TrainingError(f"{path} has no column {_RECORD!r}; it has {', '.join(columns) or 'none'}")
    names = [_text(name) for name in columns.pop(_RECORD)]
    if not columns:
        raise TrainingError(f"{path} has no column of a class besides {_RECORD!r}")
    table = np.array([_numbers(path, name, column) for name, column in columns.items()], dtype=np.float64).T
    if np.isinf(table).any():
        raise TrainingError(f"{path} has infinite values; leave what is not known empty")
    return names, tuple(columns), table


def _text(name: Any) -> str:
    return (name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)).strip()


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
