"""Preparing a corpus, against a loop over ``wfdb.rdrecord`` and scipy, and against reading the bytes alone.

python -m benchmarks.speed.preparing [--ptb-xl FOLDER] [--records N] [--runs N]
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import wfdb
from benchmarks.speed.recordings import FirstOfPtbXl, source
from benchmarks.speed.rows import Row, alone, beside, finish, in_turns, parser, seconds
from scipy.signal import butter, sosfiltfilt

from mvkt.corpora import Entry, prepare
from mvkt.corpora.source import Source
from mvkt.processes import processors

PART = "preparing"
LOOPED = 500
SECTIONS = butter(2, (0.5, 40.0), btype="bandpass", fs=100.0, output="sos")


def the_usual_loop(root: Path, entries: Sequence[Entry]) -> int:
    """Read and filter one record after the other; the band and the rate are those of mvkt."""
    signals = []
    for entry in entries:
        record = wfdb.rdrecord(str(root / entry.path).removesuffix(".hea"))
        signals.append(sosfiltfilt(SECTIONS, record.p_signal, axis=0, padtype="even", padlen=200).T.astype(np.float32))
    return len(np.stack(signals))


def prepared(chosen: Source, workers: int) -> int:
    """Prepare a corpus that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        return len(prepare(chosen, Path(folder) / "corpus", workers=workers, skip_bad=True))


def files_of(root: Path, entries: Sequence[Entry]) -> list[Path]:
    """Headers and signal files."""
    headers = [root / entry.path for entry in entries]
    return [*headers, *(header.with_suffix(".dat") for header in headers)]


def read_bytes(files: Sequence[Path]) -> int:
    """Read files whole."""
    return sum(len(path.read_bytes()) for path in files)


def forget(files: Sequence[Path]) -> None:
    """Drop files from the memory of the system, where it can: the next reading comes from the disk."""
    if not hasattr(os, "posix_fadvise"):
        return
    for path in files:
        descriptor = os.open(path, os.O_RDONLY)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


def rows_of_files(chosen: FirstOfPtbXl, runs: int) -> list[Row]:
    """mvkt, the loop over some of the records and the disk in turns."""
    entries = chosen.entries()[0]
    files, some, count = files_of(chosen.root, entries), entries[:LOOPED], len(entries)
    read_bytes(files)  # into memory, for all

    def from_disk() -> float:
        forget(files)
        return count / seconds(lambda: read_bytes(files))

    alone_, together, usual, warm, cold = in_turns(
        runs,
        lambda: count / seconds(lambda: prepared(chosen, 1)),
        lambda: count / seconds(lambda: prepared(chosen, processors())),
        lambda: len(some) / seconds(lambda: the_usual_loop(chosen.root, some)),
        lambda: count / seconds(lambda: read_bytes(files)),
        from_disk,
    )
    many, unit = f"preparing {count:,} records", "records/s"
    return [
        beside(PART, f"{many}, 1 process; peer: wfdb + scipy", alone_, usual, unit),
        beside(PART, f"{many}, {processors()} processes; peer: wfdb + scipy", together, usual, unit, at_least=5),
        beside(PART, "the same; peer: reading the bytes from memory", together, warm, unit),
        beside(PART, "the same; peer: reading the bytes from the disk", together, cold, unit),
    ]


def measure(ptb_xl: Path | None, records: int, runs: int) -> list[Row]:
    """All rows of this part."""
    chosen, _ = source(ptb_xl, records)
    if isinstance(chosen, FirstOfPtbXl):
        return rows_of_files(chosen, runs)
    count = len(chosen.entries()[0])
    speeds = [count / seconds(lambda: prepared(chosen, processors())) for _ in range(runs)]
    return [alone(PART, f"simulating and preparing {count:,} records", speeds, "records/s")]


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--records", type=int, default=4_000, help="how many recordings (4,000)")
    chosen = options.parse_args()
    finish(measure(chosen.ptb_xl, chosen.records, chosen.runs), chosen)


if __name__ == "__main__":
    main()
