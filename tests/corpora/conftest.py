"""Sources that tests can spoil: a miniature PTB-XL on disk, and one that makes records of thin air."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from tests.corpora.download_server import Server, running

from mvkt.corpora import Entry, SkippedRecord, Source, Task
from mvkt.ecg.leads import STANDARD_LEADS
from mvkt.ecg.record import Record
from mvkt.errors import RecordError

STATEMENTS = """,description,diagnostic,form,rhythm,diagnostic_class,diagnostic_subclass
NORM,normal ECG,1.0,,,NORM,NORM
IMI,inferior myocardial infarction,1.0,,,MI,IMI
AMI,anterior myocardial infarction,1.0,,,MI,AMI
ABQRS,abnormal QRS,,1.0,,,
SR,sinus rhythm,,,1.0,,
"""


def write_wfdb(folder: Path, name: str, counts: np.ndarray, frequency: int = 100, comments: str = "") -> None:
    """Write a format-16 record of twelve leads, ``counts`` (samples, 12) in microvolts."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"{name} 12 {frequency} {len(counts)}"]
    lines += [
        f"{name}.dat 16 1000.0(0)/mV 16 0 {column[0]} {int(column.sum(dtype=np.int64)) & 0xFFFF} 0 {lead}"
        for column, lead in zip(counts.T, STANDARD_LEADS, strict=True)
    ]
    (folder / f"{name}.hea").write_text("\n".join(lines) + "\n" + comments)
    (folder / f"{name}.dat").write_bytes(counts.astype("<i2").tobytes())


def some_counts(seed: int, samples: int = 1_000) -> np.ndarray:
    """Return something that moves, ``(samples, 12)`` in microvolts."""
    steps = np.random.default_rng(seed).normal(0, 30, (samples, 12))
    return np.clip(np.cumsum(steps, axis=0), -5_000, 5_000).astype(np.int16)


@pytest.fixture
def mini_ptbxl(tmp_path: Path) -> Callable[..., Path]:
    """Make a PTB-XL of ``records`` recordings; ``change(number)`` overrides cells of a row."""

    def make(
        records: int = 12,
        change: Callable[[int], Mapping[str, Any]] = lambda number: {},
        name: str = "ptb-xl",
    ) -> Path:
        root = tmp_path / name
        codes = (
            "{'NORM': 100.0, 'SR': 0.0}",
            "{'IMI': 50.0, 'ABQRS': 0.0}",
            "{'SR': 0.0}",
            "{'AMI': 15.0, 'IMI': 0.0}",
        )
        rows = []
        for number in range(1, records + 1):
            path = f"records100/00000/{number:05d}_lr"
            write_wfdb((root / path).parent, f"{number:05d}_lr", some_counts(number))
            row = {
                "ecg_id": number, "patient_id": f"{1000 + number}.0", "age": 50 + number % 30, "sex": number % 2,
                "scp_codes": codes[number % 4], "strat_fold": 1 + number % 10, "filename_lr": path,
                "filename_hr": path.replace("lr", "hr").replace("records100", "records500"),
            }  # fmt: skip
            rows.append(row | change(number))
        with (root / "ptbxl_database.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        (root / "scp_statements.csv").write_text(STATEMENTS)
        return root

    return make


@dataclass(frozen=True)
class Listed(Source):
    """Records that exist only in memory: ``entries`` as they come, records made by ``make``."""

    listed: Sequence[Entry]
    make: Callable[[Entry], Record] = field(default=lambda entry: noise_record(int(entry.record_id[1:])))
    skipped: Sequence[SkippedRecord] = ()

    name: ClassVar[str] = "listed"
    licence: ClassVar[str] = "none"
    citation: ClassVar[str] = "none"

    @property
    def tasks(self) -> Mapping[str, Task]:
        statements = {"A": ("A",), "B": ("B",)}
        return {"ab": Task(name="ab", title="a or b", statements=statements, titles={"A": "an a", "B": "a b"})}

    def entries(self) -> tuple[list[Entry], list[SkippedRecord]]:
        return list(self.listed), list(self.skipped)

    def read(self, entry: Entry) -> Record:
        if entry.path == "bad":
            raise RecordError("truncated file: it ends too early")
        return self.make(entry)


def noise_record(number: int, seconds: float = 10.0, **about: Any) -> Record:
    signal = np.random.default_rng(number).normal(0, 0.3, (round(100 * seconds), 12))
    return Record(signal, STANDARD_LEADS, 100.0, **about)


def entries(number: int, **overrides: Any) -> list[Entry]:
    """Return entries R0, R1, ... with alternating labels, each its own patient, in folds 1 to 10."""
    return [
        Entry(
            **{
                "record_id": f"R{n}",
                "patient_id": f"P{n}",
                "fold": 1 + n % 10,
                "labels": {"A": 100.0} if n % 2 else {"B": 80.0, "other": 0.0},
                **overrides,
            }
        )
        for n in range(number)
    ]


@pytest.fixture
def listed() -> type[Listed]:
    """The class of in-memory sources."""
    return Listed


@pytest.fixture
def make_entries() -> Callable[..., list[Entry]]:
    """See :func:`entries`."""
    return entries


@pytest.fixture
def make_record() -> Callable[..., Record]:
    """See :func:`noise_record`."""
    return noise_record


@pytest.fixture
def make_wfdb() -> Callable[..., None]:
    """See :func:`write_wfdb`; the counts may be a seed."""

    def make(folder: Path, name: str, seed: int, **about: Any) -> None:
        write_wfdb(folder, name, some_counts(seed), **about)

    return make


@pytest.fixture
def server() -> Iterator[Server]:
    """A collection like PTB-XL, served."""
    yield from running()
