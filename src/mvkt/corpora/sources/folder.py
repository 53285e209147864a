"""A folder of recordings in any format that is read, with a CSV table of their labels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from mvkt.corpora.corpus_manifest import SkippedRecord
from mvkt.corpora.label_sets import Task
from mvkt.corpora.source import Entry, Source, read_table, safe_path, skipped_because
from mvkt.ecg.formats import read
from mvkt.ecg.record import Record
from mvkt.errors import CorpusError, RecordError

_REQUIRED = ("record", "labels")
_OPTIONAL = ("patient", "fold", "age", "sex")
_SEXES = {"f": "female", "female": "female", "m": "male", "male": "male"}


@dataclass(frozen=True)
class Folder(Source):
    """Your own recordings: a folder, and a table that names them.

    Columns of the table: ``record`` (path below the folder), ``labels`` (separated by ``;`` or ``|``; may be
    empty), and optionally ``patient``, ``fold`` (1 to 10: 1 to 8 training, 9 validation, 10 test), ``age``,
    ``sex``.

    Attributes:
        root: The folder.
        labels: The table; by default ``labels.csv`` in the folder.
        classes: The labels there are, each as ``CODE=plain words`` or just ``CODE``; a record with another
            one counts as bad. By default every label of the table is a class.
    """

    root: Path
    labels: Path | None = field(
        default=None, metadata={"help": "The table of labels; by default labels.csv in the folder."}
    )
    classes: tuple[str, ...] = field(
        default=(),
        metadata={
            "option": "--class",
            "help": "A label there is, as CODE or CODE='plain words'; once for each.",
        },
    )

    name: ClassVar[str] = "folder"
    licence: ClassVar[str] = "as the owner of the recordings says"
    citation: ClassVar[str] = "none"

    @property
    def warnings(self) -> tuple[str, ...]:
        """See :class:`Source`."""
        if self._has("patient"):
            return ()
        return (
            "the table has no column 'patient': every recording counts as a patient of its own, and "
            "recordings of one patient may be on both sides of a split",
        )

    @cached_property
    def tasks(self) -> Mapping[str, Task]:
        """One task, ``labels``: every class for itself."""
        titles = dict(_class_and_title(text) for text in self.classes)
        if not titles:
            titles = {label: label for row in self._rows for label in _labels(row)}
        if not titles:
            raise CorpusError(f"no record of {self._table.name} has a label; separate several by ';' or '|'")
        statements = {code: (code,) for code in sorted(titles)}
        title = f"labels of {self._table.name}"
        return {"labels": Task(name="labels", title=title, statements=statements, titles=titles)}

    def entries(self) -> tuple[list[Entry], list[SkippedRecord]]:
        """See :meth:`Source.entries`."""
        columns = self._rows[0] if self._rows else {}
        unknown = [column for column in columns if column not in _REQUIRED + _OPTIONAL]
        if unknown:
            raise CorpusError(
                f"{self._table.name} has unknown columns {', '.join(unknown)}; known are "
                f"{', '.join(_REQUIRED + _OPTIONAL)}"
            )
        entries, skipped = [], []
        for number, row in enumerate(self._rows, start=2):
            record_id = row["record"].strip() or f"row {number}"
            try:
                entries.append(self._entry(record_id, row))
            except RecordError as error:
                skipped.append(skipped_because(record_id, error))
        return entries, skipped

    def read(self, entry: Entry) -> Record:
        """See :meth:`Source.read`."""
        path = self.root / entry.path
        if not path.is_file():
            raise RecordError(f"missing file: there is no {entry.path}")
        return read(path)

    @property
    def _table(self) -> Path:
        return self.root / "labels.csv" if self.labels is None else self.labels

    @cached_property
    def _rows(self) -> list[dict[str, str]]:
        return read_table(self._table, _REQUIRED)

    def _has(self, column: str) -> bool:
        return bool(self._rows) and column in self._rows[0]

    def _entry(self, record_id: str, row: Mapping[str, str]) -> Entry:
        if not row["record"].strip():
            raise RecordError("unusable row: the column 'record' is empty")
        labels = _labels(row)
        unknown = [label for label in labels if label not in self.tasks["labels"].statements]
        if unknown:
            raise RecordError(f"unknown label: {', '.join(unknown)}")
        patient = row.get("patient", record_id).strip()
        if not patient:
            raise RecordError("unusable row: the column 'patient' is empty")
        return Entry(
            record_id=record_id,
            patient_id=patient,
            fold=_fold(row["fold"]) if self._has("fold") else None,
            age=_age(row.get("age", "")),
            sex=_SEXES.get(row.get("sex", "").strip().lower()),
            labels=dict.fromkeys(labels, 100.0),
            path=safe_path(record_id),
        )


def _labels(row: Mapping[str, str]) -> list[str]:
    return [label.strip() for label in re.split(r"[;|]", row["labels"]) if label.strip()]


def _class_and_title(text: str) -> tuple[str, str]:
    code, _, title = text.partition("=")
    return code.strip(), title.strip() or code.strip()


def _fold(text: str) -> int:
    if not re.fullmatch(r"[1-9]|10", text.strip()):
        raise RecordError(f"unusable row: fold {text!r} is not one of 1 to 10")
    return int(text)


def _age(text: str) -> float | None:
    if not text.strip():
        return None
    try:
        age = float(text)
    except ValueError:
        age = -1.0
    if not 0 <= age <= 130:
        raise RecordError(f"unusable row: age {text!r} is not a human's")
    return age
