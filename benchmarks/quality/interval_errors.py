"""How far are PR, QRS and QT from those of the machines that recorded, in files that carry both?

    python -m benchmarks.quality.interval_errors FOLDER [FOLDER ...]

Prints a Markdown table: a row for each recording of which the device states its own values.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from mvkt.ecg.formats import read_all
from mvkt.ecg.measurements import MachineMeasurements
from mvkt.ecg.record import Record
from mvkt.ecg.recording_measures import KnownBeats, measure
from mvkt.ecg.signal import SignalSpec, condition
from mvkt.errors import RecordFormatError

INTERVALS = ("pr", "qrs", "qt")


def main(folders: list[Path]) -> None:
    """Print the table, and the medians of the differences and of their sizes."""
    print("| file | PR | machine | QRS | machine | QT | machine |\n|---|---|---|---|---|---|---|")
    differences, seen = [], []
    for path in sorted(path for folder in folders for path in folder.iterdir()):
        for record, stated in _recordings(path):
            if stated in seen:  # the same recording in another file
                continue
            seen.append(stated)
            beats = KnownBeats.of(condition(record, SignalSpec(), "II"), 100.0)
            found = measure(record, beats)
            pairs = [(getattr(found, name).value, getattr(stated, name)) for name in INTERVALS]
            cells = ["–" if value is None else f"{value:.0f}" for pair in pairs for value in pair]
            print(f"| {path.stem} | " + " | ".join(cells) + " |")
            differences.append([np.nan if None in pair else pair[0] - pair[1] for pair in pairs])
    for name, of in (("size of the differences", np.abs(differences)), ("difference", np.array(differences))):
        middle = np.nanmedian(of, axis=0)
        print(
            f"\nmedian {name}: " + ", ".join(f"{n.upper()} {m:.0f} ms" for n, m in zip(INTERVALS, middle, strict=True))
        )


def _recordings(path: Path) -> list[tuple[Record, MachineMeasurements]]:
    try:
        found = [record for _, record in read_all(path) if isinstance(record, Record)]
    except RecordFormatError:
        return []
    return [(record, record.machine_measurements) for record in found if record.machine_measurements]


if __name__ == "__main__":
    main([Path(folder) for folder in sys.argv[1:]])
