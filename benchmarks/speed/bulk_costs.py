"""Processor time of bulk work a recording: diagnosing, writing the table, preparing; in one process of one thread.

``python -m benchmarks.speed.bulk_costs [FOLDER] [--files 300] [--rounds 3]``

FOLDER has 12-lead recordings in WFDB; without it, simulated ones are made. Each figure is beside the processor time of
reading and filtering the same files with wfdb and scipy in the same round, so that other machines can be compared.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.speed.machine import describe
from benchmarks.speed.preparing import the_usual_loop
from benchmarks.speed.recordings import recording_files
from benchmarks.speed.rows import number, processor_seconds, span

from mvkt.bulk.result_parts import ResultParts
from mvkt.bulk.result_rows import Row, RowMaker
from mvkt.bundle.packaged import find
from mvkt.corpora import Entry, SkippedRecord, prepare
from mvkt.corpora.sources.folder import Folder
from mvkt.corpora.store import StoredRecording
from mvkt.diagnosis.many_files import DiagnosisSettings

STEPS = ("diagnose", "write the row and put the table together", "prepare for training, 12 leads at 100 Hz")
HEADER = ("step", "processor time a recording", "against wfdb and scipy", "a million, at the least")
ROWS_A_PART = 256


@dataclass(frozen=True)
class SomeFiles(Folder):
    """Some files of a folder, without labels."""

    files: tuple[str, ...] = ()

    def entries(self) -> tuple[list[Entry], list[SkippedRecord]]:
        return [Entry(file, file, labelled=False, path=file) for file in self.files], []


@dataclass(frozen=True)
class Costs:
    """Processor time of the steps of a round.

    Attributes:
        usual: Milliseconds of a processor a recording, read and filtered by wfdb and scipy.
        milliseconds: The same of each of :data:`STEPS`.
        bytes: On the disk a recording, of each of :data:`STEPS`; 0 where it is nothing.
    """

    usual: float
    milliseconds: tuple[float, ...]
    bytes: tuple[float, ...]


def measure(root: Path, files: Sequence[str], maker: RowMaker) -> Costs:
    """Measure each step once, for files that are named below a folder."""
    rows: list[Row] = []

    def diagnose() -> None:
        rows.extend(row for file in files for row in maker.rows(StoredRecording(str(root / file))))

    with tempfile.TemporaryDirectory() as folder:
        table, corpus = Path(folder) / "out.parquet", Path(folder) / "corpus"

        def write() -> None:
            parts = ResultParts(table, {})
            for start in range(0, len(rows), ROWS_A_PART):
                parts.write(rows[start : start + ROWS_A_PART])
            parts.complete()

        chosen = SomeFiles(root, files=tuple(files))
        usual = processor_seconds(lambda: the_usual_loop(root, chosen.entries()[0]))
        taken = [processor_seconds(diagnose), processor_seconds(write)]
        taken.append(processor_seconds(lambda: prepare(chosen, corpus, workers=1, skip_bad=True)))
        sizes = (0, table.stat().st_size, sum(path.stat().st_size for path in corpus.iterdir()))
    milliseconds, *steps = (1e3 * seconds / len(files) for seconds in (usual, *taken))
    return Costs(milliseconds, tuple(steps), tuple(size / len(files) for size in sizes))


def table(rounds: Sequence[Costs]) -> list[tuple[str, ...]]:
    """Return a row for each step."""
    made: list[tuple[str, ...]] = []
    for number_of_step, step in enumerate(STEPS):
        taken = [costs.milliseconds[number_of_step] for costs in rounds]
        ratio = median(costs.milliseconds[number_of_step] / costs.usual for costs in rounds)
        hours, gigabytes = min(taken) * 1e3 / 3600, rounds[0].bytes[number_of_step] / 1e3
        size = f"; {number(gigabytes)} GB" if gigabytes else ""
        made.append((step, f"{span(taken)} ms", f"{number(ratio)} times", f"{number(hours)} processor hours{size}"))
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--files", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    maker = RowMaker(DiagnosisSettings(bundle=find("lead-I")))
    with recording_files(given.folder, given.files) as (root, files):
        measure(root, files[:8], maker)  # imports and caches
        rounds = [measure(root, files, maker) for _ in range(given.rounds)]
    machine = describe()
    print(f"{len(files)} recordings, {machine['processor']}, load {os.getloadavg()[0]:.1f}; ", end="")
    print(f"wfdb and scipy {span([costs.usual for costs in rounds])} ms of a processor a recording\n")
    for row in (HEADER, tuple("---" for _ in HEADER), *table(rounds)):
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()
