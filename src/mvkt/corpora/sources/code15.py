"""CODE-15%: 345,779 twelve-lead recordings at 400 Hz in HDF5 files, with six diagnoses and patients.

``exams.csv`` has a row for each recording; the files ``exams_part0.hdf5`` to ``exams_part17.hdf5`` have ``exam_id`` and
``tracings``, ``(recordings, 4096, 12)`` padded with zeros on both sides.

Source: Ribeiro et al., CODE-15%: a large scale annotated dataset of 12-lead ECGs, Zenodo 2021; Ribeiro et al.,
Automatic diagnosis of the 12-lead ECG using a deep neural network, Nature Communications 11:1760 (2020), whose code
states the unit of the tracings (0.1 mV).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

import numpy as np

from mvkt.corpora.collection_files import absent, files_below
from mvkt.corpora.corpus_manifest import SkippedRecord
from mvkt.corpora.label_sets import UNKNOWN, Task
from mvkt.corpora.source import Entry, Source, skipped_because
from mvkt.corpora.table_cells import age, sex_in_cell, truth
from mvkt.corpora.table_file import published_rows
from mvkt.ecg.leads import STANDARD_LEADS
from mvkt.ecg.record import Record
from mvkt.ecg.statements.typical import CHALLENGE, CPSC2018
from mvkt.errors import CorpusError, MissingExtraError, RecordError

TABLE = "exams.csv"
FREQUENCY = 400.0

CLASSES: Mapping[str, tuple[str, str]] = {
    "1dAVb": ("IAVB", "first-degree AV block"),
    "RBBB": ("RBBB", "right bundle branch block"),
    "LBBB": ("LBBB", "left bundle branch block"),
    "SB": ("SB", "sinus bradycardia"),
    "ST": ("STach", "sinus tachycardia"),
    "AF": ("AF", "atrial fibrillation"),
    "normal_ecg": ("NORM", "normal ECG"),
}
"""Column of the table to class and plain words."""

_COLUMNS = ("exam_id", "age", "is_male", "patient_id", "1dAVb", "RBBB", "LBBB", "SB", "ST", "AF")
_OPTIONAL = ("normal_ecg", "trace_file")
_PROBES = 32
_USUAL_MILLIVOLTS = (0.3, 10.0)
_LARGEST_SAMPLES = 20_000


@dataclass(frozen=True)
class Code15(Source):
    """CODE-15%: ``exams.csv`` and the HDF5 files, or some of them.

    Attributes:
        root: With the table and the files.
        millivolts_per_unit: What one unit of the tracings is.
    """

    root: Path
    millivolts_per_unit: float = field(
        default=0.1, metadata={"help": "Millivolts of one unit of the tracings; 0.1 in the published files."}
    )

    name: ClassVar[str] = "code15"
    licence: ClassVar[str] = "CC BY 4.0"
    citation: ClassVar[str] = (
        "Ribeiro, Paixao, Lima et al.: CODE-15%: a large scale annotated dataset of 12-lead ECGs (version 1.0.0), "
        "Zenodo 2021, doi:10.5281/zenodo.4916206"
    )

    @property
    def warnings(self) -> tuple[str, ...]:
        """See :class:`Source`."""
        return (
            "normal ECG is what the analysis program of the device found, the six diagnoses are of physicians and "
            "programs together",
            "recordings of 7 s are padded to 10 s in the files; the padding is cut off",
        )

    @property
    def tasks(self) -> Mapping[str, Task]:
        """The six diagnoses and the normal ECG."""
        titles = dict(CLASSES.values())
        known = {**CHALLENGE, **CPSC2018}
        task = Task(
            name="code15",
            title="the six diagnoses of CODE-15%, and a normal ECG",
            statements={column: (code,) for column, (code, _) in CLASSES.items()},
            titles=titles,
            normal=("NORM",),
            typical={code: known[code] for code in titles},
        )
        return {task.name: task}

    def entries(self) -> tuple[list[Entry], list[SkippedRecord]]:
        """See :meth:`Source.entries`."""
        places = self._places()
        entries, skipped = [], []
        there = {PurePosixPath(name).name for name, _ in places.values()}
        for row in published_rows(self.root / TABLE, _COLUMNS, _OPTIONAL):
            place = places.get(row["exam_id"])
            part = row["trace_file"].replace("\\", "/")
            if place is None and part and PurePosixPath(part).name not in there:
                continue  # its part was not fetched
            try:
                entries.append(_entry(row, place))
            except RecordError as error:
                skipped.append(skipped_because(row["exam_id"], error))
        if not entries and not skipped:
            raise CorpusError(f"{TABLE} lists no recording of the HDF5 files that are there")
        entries.sort(key=lambda entry: (entry.path.partition("#")[0], int(entry.path.partition("#")[2])))
        self._check_unit(entries)
        return entries, skipped

    def read(self, entry: Entry) -> Record:
        """See :meth:`Source.read`."""
        (record,) = self.read_many([entry])
        if isinstance(record, RecordError):
            raise record
        return record

    def read_many(self, entries: Sequence[Entry]) -> Iterator[Record | RecordError]:
        """See :meth:`Source.read_many`: opens each file once."""
        for name, group in groupby(entries, key=lambda entry: entry.path.partition("#")[0]):
            with _open(self.root / name) as file:
                tracings = _dataset(file, "tracings")
                for entry in group:
                    yield self._record(tracings, int(entry.path.partition("#")[2]))

    def _record(self, tracings: Any, row: int) -> Record | RecordError:
        try:
            tracing = np.asarray(tracings[row], dtype=np.float32)
        except (OSError, ValueError, IndexError):
            return RecordError(f"damaged file: row {row} of the tracings cannot be read")
        recorded = np.flatnonzero((tracing != 0).any(axis=1))
        if not len(recorded):
            return RecordError("no recorded samples: the tracing is all zeros")
        signal = tracing[recorded[0] : recorded[-1] + 1] * np.float32(self.millivolts_per_unit)
        signal[~np.isfinite(signal)] = np.nan
        return Record(signal, STANDARD_LEADS, FREQUENCY, source="CODE-15%")

    def _places(self) -> dict[str, tuple[str, int]]:
        """Return the file and the row of each recording, by its number."""
        paths = files_below(self.root, ".hdf5", ".h5")
        if not paths:
            raise absent(self.root, f".hdf5 file in {self.root}; expected exams_part0.hdf5 and others")
        places: dict[str, tuple[str, int]] = {}
        for path in paths:
            name = path.relative_to(self.root).as_posix()
            with _open(path) as file:
                if "exam_id" not in file and "tracings" not in file:
                    continue  # of another collection
                numbers, tracings = _dataset(file, "exam_id"), _dataset(file, "tracings")
                shape = tracings.shape
                if len(shape) != 3 or numbers.size != shape[0] or shape[2] != 12 or shape[1] > _LARGEST_SAMPLES:
                    raise CorpusError(
                        f"{path.name} has tracings {shape} of {numbers.size:,} exams; expected (exams, samples, 12)"
                    )
                for row, number in enumerate(np.ravel(numbers[()]).tolist()):
                    if number and math.isfinite(number):  # the last row of each file is empty
                        places.setdefault(str(int(number)), (name, row))
        return places

    def _check_unit(self, entries: Sequence[Entry]) -> None:
        """Look at the amplitudes of some recordings: a wrong unit is off by ten."""
        heights = []
        for record in self.read_many(entries[:_PROBES]):
            if isinstance(record, Record) and record.duration >= 1:
                seconds = record.signal[: len(record.signal) // 400 * 400].reshape(-1, 400, 12)
                heights.append(float(np.fmax.reduce(np.median(np.ptp(seconds, axis=1), axis=0))))
        usual = float(np.median(heights)) if heights else np.nan
        lowest, highest = _USUAL_MILLIVOLTS
        if usual < lowest or usual > highest:
            raise CorpusError(
                f"the tracings move by {usual:.3g} mV within a second, which is not that of an ECG; what is one unit "
                "of them? Give it with --millivolts-per-unit (0.1 in the published files)"
            )


def _entry(row: Mapping[str, str], place: tuple[str, int] | None) -> Entry:
    number = row["exam_id"]
    if place is None:
        raise RecordError(f"missing file: no HDF5 file has the recording {number[:40]}")
    labels = {column: likelihood for column in CLASSES if (likelihood := _likelihood(row[column]))}
    return Entry(
        record_id=number,
        patient_id=row["patient_id"] or number,
        age=age(row["age"]),
        sex=sex_in_cell(row["is_male"], true="male"),
        labels=labels,
        labelled=any(row[column] for column in CLASSES),
        path=f"{place[0]}#{place[1]}",
    )


def _likelihood(cell: str) -> float:
    """Return 100 and 0 for true and false, and :data:`~mvkt.corpora.label_sets.UNKNOWN` for an empty cell."""
    is_there = truth(cell)
    if cell and is_there is None:
        raise RecordError(f"unknown label: {cell[:40]!r}; expected True or False")
    return UNKNOWN if is_there is None else 100.0 * is_there


def _open(path: Path) -> Any:
    try:
        import h5py
    except ImportError as error:
        raise MissingExtraError("HDF5 files need h5py: pip install 'mvkt[train]'") from error
    try:
        return h5py.File(path, "r")
    except OSError:
        raise CorpusError(
            f"{path.name} is no HDF5 file, or a damaged one; fetch it again, or take it out of the folder"
        ) from None


def _dataset(file: Any, name: str) -> Any:
    """Return a data set that lies in the file itself: a link could lead to another file."""
    import h5py

    link = file.get(name, getlink=True)
    found = file[name] if isinstance(link, h5py.HardLink) else None
    if not isinstance(found, h5py.Dataset) or found.external or found.is_virtual or found.dtype.kind not in "fiu":
        raise CorpusError(f"{Path(file.filename).name} has no numbers called {name!r}; is it of CODE-15%?")
    return found
