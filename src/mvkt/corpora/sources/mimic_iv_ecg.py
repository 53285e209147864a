"""MIMIC-IV-ECG: 800,035 twelve-lead recordings of 10 s at 500 Hz, with patients and the statements of the carts.

Source: Gow et al., MIMIC-IV-ECG: Diagnostic Electrocardiogram Matched Subset (version 1.0), PhysioNet 2023.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

from mvkt.corpora.collection_files import read_recording, whole, without_ending
from mvkt.corpora.corpus_manifest import SkippedRecord
from mvkt.corpora.label_sets import Task
from mvkt.corpora.source import Entry, Source, safe_path, skipped_because
from mvkt.corpora.table_file import published_rows
from mvkt.ecg.formats.person_facts import parse_sex
from mvkt.ecg.record import Record
from mvkt.ecg.statements.cart_statements import CLASSES, labels_of
from mvkt.ecg.statements.typical import CHALLENGE, PTBXL, PTBXL_SUPERCLASSES
from mvkt.errors import CorpusError, RecordError

RECORDS_FILE = "record_list.csv"
MEASUREMENTS_FILE = "machine_measurements.csv"
_STATEMENTS = 18


@dataclass(frozen=True)
class MimicIvEcg(Source):
    """MIMIC-IV-ECG: WFDB records below ``files``, an archive whose only labels are the carts' own statements.

    Attributes:
        root: With ``record_list.csv``, ``machine_measurements.csv`` and ``files``.
        patients: The table ``patients.csv`` of MIMIC-IV itself.
    """

    root: Path
    patients: Path | None = field(
        default=None, metadata={"help": "Table patients.csv of MIMIC-IV, for age and sex; unpacked."}
    )

    name: ClassVar[str] = "mimic-iv-ecg"
    licence: ClassVar[str] = "ODbL 1.0"
    citation: ClassVar[str] = (
        "Gow, Pollard, Nathanson et al.: MIMIC-IV-ECG: Diagnostic Electrocardiogram Matched Subset (version 1.0), "
        "PhysioNet 2023, doi:10.13026/4nqg-sb35"
    )

    @property
    def warnings(self) -> tuple[str, ...]:
        """See :class:`Source`."""
        return (
            "the labels are statements of the cart's analysis program, which no physician has confirmed: good enough "
            "to learn from, not to be evaluated by",
            "statements that the program itself doubts (possible, consider, cannot rule out) count for nothing",
        )

    @property
    def tasks(self) -> Mapping[str, Task]:
        """What the statements of the carts are, as far as they are understood."""
        known = {**PTBXL, **PTBXL_SUPERCLASSES, **CHALLENGE}
        task = Task(
            name="cart-statements",
            title="statements of the carts' analysis programs in MIMIC-IV-ECG",
            statements={code: (code,) for code in CLASSES},
            titles=dict(CLASSES),
            normal=("NORM", "NSR"),
            typical={code: known[code] for code in CLASSES},
        )
        return {task.name: task}

    def entries(self) -> tuple[list[Entry], list[SkippedRecord]]:
        """See :meth:`Source.entries`."""
        labels, persons = self._labels(), self._persons()
        entries, skipped = [], []
        for row in published_rows(self.root / RECORDS_FILE, ("subject_id", "study_id", "path"), ("ecg_time",)):
            study, subject = row["study_id"], row["subject_id"]
            try:
                path = f"{without_ending(safe_path(row['path']))}.hea"
                if not study or not subject:
                    raise RecordError("unusable row: it has no study or no subject")
            except RecordError as error:
                skipped.append(skipped_because(study or "a row without a study", error))
                continue
            sex, age = _person(persons.get(subject), row["ecg_time"])
            entry = Entry(record_id=study, patient_id=subject, age=age, sex=sex, path=path)
            entries.append(replace(entry, labels=labels[study], labelled=True) if study in labels else entry)
        if labels and entries and not any(entry.labelled for entry in entries):
            raise CorpusError(
                f"{MEASUREMENTS_FILE} has none of the studies of {RECORDS_FILE}: their study_id differ; has a program "
                "rounded them?"
            )
        return entries, skipped

    def read(self, entry: Entry) -> Record:
        """See :meth:`Source.read`."""
        return whole(read_recording(self.root, entry.path))

    def _labels(self) -> dict[str, Mapping[str, float]]:
        """Labels of the studies with a statement; equal labels share one object, because there are 800,000 studies."""
        path = self.root / MEASUREMENTS_FILE
        if not path.is_file() and not path.with_name(f"{path.name}.gz").is_file():
            return {}
        columns = [f"report_{number}" for number in range(_STATEMENTS)]
        shared: dict[tuple[str, ...], Mapping[str, float]] = {}
        found = {}
        for row in published_rows(path, ("study_id", columns[0]), columns[1:]):
            statements = tuple(row[column] for column in columns if row[column])
            if not statements:
                continue
            codes = tuple(sorted(labels_of(statements)))
            found[row["study_id"]] = shared.setdefault(codes, dict.fromkeys(codes, 100.0))
        return found

    def _persons(self) -> dict[str, tuple[str, str, str]]:
        """Sex, age and the year of that age, by subject."""
        if self.patients is None:
            return {}
        columns = ("subject_id", "gender", "anchor_age", "anchor_year")
        rows = published_rows(self.patients, columns)
        return {row["subject_id"]: (row["gender"], row["anchor_age"], row["anchor_year"]) for row in rows}


def _person(person: tuple[str, str, str] | None, recorded: str) -> tuple[str | None, float | None]:
    """Return sex, and the age at the recording: MIMIC states the age in one of its shifted years."""
    if person is None:
        return None, None
    sex, age, year = person
    when = re.search(r"\b\d{4}\b", recorded)
    try:
        years = float(age) + int(when[0]) - int(year) if when else -1.0
    except ValueError:
        return parse_sex(sex), None
    return parse_sex(sex), years if 0 <= years <= 130 else None
