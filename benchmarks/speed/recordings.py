"""The recordings to measure on: real ones where they are, else simulated ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from mvkt.corpora import Entry, SkippedRecord, prepare
from mvkt.corpora.corpus import Corpus
from mvkt.corpora.source import Source
from mvkt.corpora.sources.ptbxl import PtbXl
from mvkt.corpora.sources.simulated import Simulated
from mvkt.ecg.formats.writers.write_wfdb import write_wfdb
from mvkt.ecg.record import Record
from mvkt.ecg.simulate import simulate


@dataclass(frozen=True)
class FirstOfPtbXl(PtbXl):
    """The first recordings of PTB-XL."""

    limit: int = 1_000

    def entries(self) -> tuple[list[Entry], list[SkippedRecord]]:
        entries, skipped = super().entries()
        return entries[: self.limit], skipped


def source(ptb_xl: Path | None, records: int) -> tuple[Source, str]:
    """Some recordings and the task that is learned from them."""
    if ptb_xl is not None and ptb_xl.is_dir():
        return FirstOfPtbXl(ptb_xl, limit=records), "superdiagnostic"
    return Simulated(records=records), "conditions"


@contextmanager
def corpus(ptb_xl: Path | None, records: int) -> Iterator[tuple[Corpus, str]]:
    """A prepared corpus of some recordings and the task that is learned from it, gone afterwards."""
    chosen, task = source(ptb_xl, records)
    with TemporaryDirectory() as folder:
        yield prepare(chosen, Path(folder) / "corpus", skip_bad=True), task


@contextmanager
def recording_files(folder: Path | None, number: int) -> Iterator[tuple[Path, list[str]]]:
    """A folder and the names of so many 12-lead recordings in WFDB: some of those in it, or simulated ones."""
    if folder is not None:
        every = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.hea"))
        if not every:
            raise SystemExit(f"there is no WFDB record in {folder}")
        yield folder, every[:: max(1, len(every) // number)][:number]
        return
    with TemporaryDirectory() as new:
        simulation = simulate(min(number, 64), seed=1, sampling_frequency=100.0)
        names = [f"{each:06d}.hea" for each in range(number)]
        for each, name in enumerate(names):
            write_wfdb(simulation.record(each % 64), Path(new) / name)
        yield Path(new), names


def one_lead(ptb_xl: Path | None, count: int, sampling_frequency: float = 500.0, lead: str = "I") -> list[Record]:
    """Recordings of 10 s of one lead, as they come from files."""
    if ptb_xl is None or not ptb_xl.is_dir():
        chunks = [
            simulate(64, seed=(1, chunk), sampling_frequency=sampling_frequency) for chunk in range(-(-count // 64))
        ]
        whole = [made.record(row) for made in chunks for row in range(64)][:count]
    else:
        chosen = FirstOfPtbXl(ptb_xl, limit=count)
        whole = [record for record in chosen.read_many(chosen.entries()[0]) if isinstance(record, Record)]
    return [Record(record.select(lead), (lead,), record.sampling_frequency, source=record.source) for record in whole]


def holter(ptb_xl: Path | None, hours: float, folder: Path, sampling_frequency: int = 250, leads: int = 1) -> Path:
    """Write a WFDB recording of many hours: short ones after each other in random order. Return its header."""
    records = one_lead(ptb_xl, 300)
    ratio = sampling_frequency, round(records[0].sampling_frequency)
    pieces = [np.rint(1000 * resample_poly(record.signal[:, 0], *ratio)).astype("<i2") for record in records]
    samples, random = round(hours * 3600 * sampling_frequency), np.random.default_rng(0)
    names = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")[:leads]
    with (folder / "holter.dat").open("wb") as file:
        written = 0
        while written < samples:
            rows = [pieces[random.integers(len(pieces))] for _ in names]
            length = min(*map(len, rows), samples - written)
            file.write(np.stack([row[:length] for row in rows], axis=1).tobytes())
            written += length
    lines = [f"holter.dat 16 1000/mV 16 0 0 0 0 {name}" for name in names]
    header = folder / "holter.hea"
    header.write_text("\n".join([f"holter {leads} {sampling_frequency} {samples}", *lines]) + "\n", encoding="ascii")
    return header


def millivolts(prepared: Corpus, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """``(records, leads, samples)`` of a corpus as plain numbers, as one usually keeps them."""
    values: NDArray[np.float32] = prepared.microvolts[rows].astype(np.float32) / np.float32(1000)
    return values
