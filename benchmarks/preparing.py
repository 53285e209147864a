"""Preparing PTB-XL: mvkt against a loop over wfdb.rdrecord with the same filter, in one run.

python benchmarks/preparing.py [FOLDER OF PTB-XL] [RECORDS]
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import wfdb
from scipy.signal import butter, sosfiltfilt

from mvkt.corpora import Entry, SkippedRecord, prepare
from mvkt.corpora.ptbxl import PtbXl

DEFAULT = Path(__file__).parents[2] / "shared" / "data" / "ptb-xl-subset"
SECTIONS = butter(2, (0.5, 40.0), btype="bandpass", fs=100.0, output="sos")


class FirstRecords(PtbXl):
    """The first records of PTB-XL."""

    limit = 1_000

    def entries(self) -> tuple[list[Entry], list[SkippedRecord]]:
        entries, skipped = super().entries()
        return entries[: self.limit], skipped


def the_usual_loop(root: Path, entries: list[Entry]) -> int:
    signals = []
    for entry in entries:
        record = wfdb.rdrecord(str(root / entry.path).removesuffix(".hea"))
        signals.append(sosfiltfilt(SECTIONS, record.p_signal, axis=0, padlen=200).T.astype(np.float32))
    return len(np.stack(signals))


def main() -> None:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    FirstRecords.limit = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000
    source = FirstRecords(root)
    entries, _ = source.entries()
    the_usual_loop(root, entries)  # files into the page cache, for both
    started = time.perf_counter()
    count = the_usual_loop(root, entries)
    usual = count / (time.perf_counter() - started)
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        rows = len(prepare(source, Path(folder) / "corpus", workers=1))
        ours = rows / (time.perf_counter() - started)
    print(f"preparing {count} records, one process: mvkt {ours:,.0f} records/s, wfdb + scipy {usual:,.0f}", end="")
    print(f" ({ours / usual:.1f} times)")


if __name__ == "__main__":
    main()
