"""How far are PR, QRS and QT from those of the machines that recorded, in files that carry both?

    python -m benchmarks.quality.interval_errors FOLDER [FOLDER ...]

Prints a Markdown table. The machine's values are those that stand in the files of ``device-samples``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from mvkt.ecg.formats import read_all
from mvkt.ecg.record import Record
from mvkt.ecg.recording_measures import KnownBeats, measure
from mvkt.ecg.signal import SignalSpec, condition

MACHINE = {
    "philips_sierra_129DYPRG.xml": (151, 135, 476),
    "hl7_aecg_fda_example.xml": (148, 120, 420),
    "ecgprocess_example-XML1.xml": (174, 92, 440),
    "ge_muse_71_example.xml": (180, 56, 388),
}
"""File -> PR, QRS and QT in ms, as the machine wrote them."""

INTERVALS = ("pr", "qrs", "qt")


def main(folders: list[Path]) -> None:
    """Print the table, and the median size of the differences."""
    print("| file | PR | machine | QRS | machine | QT | machine |\n|---|---|---|---|---|---|---|")
    differences = []
    for path in sorted(path for folder in folders for path in folder.iterdir() if path.name in MACHINE):
        record = next(record for _, record in read_all(path))
        if not isinstance(record, Record):
            raise SystemExit(f"{path}: {record}")
        beats = KnownBeats.of(condition(record, SignalSpec(), "II"), 100.0)
        found = measure(record, beats)
        values = [getattr(found, name).value for name in INTERVALS]
        cells = [cell for pair in zip(values, MACHINE[path.name], strict=True) for cell in pair]
        print(f"| {path.stem} | " + " | ".join("–" if cell is None else f"{cell:.0f}" for cell in cells) + " |")
        differences.append([np.nan if value is None else value for value in values] - np.array(MACHINE[path.name]))
    middle = np.nanmedian(np.abs(differences), axis=0)
    print(
        "\nmedian difference: " + ", ".join(f"{n.upper()} {m:.0f} ms" for n, m in zip(INTERVALS, middle, strict=True))
    )


if __name__ == "__main__":
    main([Path(folder) for folder in sys.argv[1:]])
