"""How are PR, QRS and QTc spread in normal recordings? A wave that is mistaken for another shows in the tails.

    python -m benchmarks.quality.normal_intervals PTB_XL

The recordings of folds 1 to 9 with the statement NORM, measured with all leads and with lead I or II alone.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from benchmarks.quality.measured_evidence import measurements
from benchmarks.quality.measured_verdicts import rows_of, statements_of

INTERVALS = {"pr": "PR", "qrs": "QRS", "qt": "QT", "qtc_fridericia": "QTc Fridericia"}
PERCENTILES = (1, 5, 50, 95, 99)
_TEST_FOLD = 10


def main(folder: Path) -> None:
    """Print a Markdown table."""
    paths = [
        folder / row["filename_lr"]
        for row in rows_of(folder)
        if int(row["strat_fold"]) != _TEST_FOLD and "NORM" in statements_of(row)
    ]
    print(f"{len(paths)} normal recordings, ms\n")
    print(f"| leads | interval | measured | {' | '.join(f'{percentile} %' for percentile in PERCENTILES)} |")
    print("|---|---|---|" + "---|" * len(PERCENTILES))
    for view in ("12-lead", "I", "II"):
        measured = [measurements(path, view) for path in paths]
        for name, title in INTERVALS.items():
            values = [value for part in measured if (value := getattr(part, name).value) is not None]
            spread = " | ".join(f"{value:.0f}" for value in np.percentile(values, PERCENTILES))
            print(f"| {view} | {title} | {len(values) / len(paths):.1%} | {spread} |", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
