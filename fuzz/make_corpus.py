"""Write the files from which fuzzing starts: one of every format, as the tests build them.

Usage: python fuzz/make_corpus.py FOLDER
"""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path

FORMATS = Path(__file__).parents[1] / "tests" / "ecg" / "formats"
LARGEST_BYTES = 100_000
"""Larger ones (the header of XLE has 256 KiB) slow the search down."""


def main(folder: Path) -> None:
    """Build the files, of 100 samples each."""
    build = runpy.run_path(str(FORMATS / "conftest.py"))
    wearable, device = build["WEARABLES"], build["DEVICES"]
    counts = build["make_counts"]()[100:200]
    files = {
        **build["make_examples"](counts),
        "Apple Health export": wearable["make_apple_export"]({"ecg_1.csv": build["make_apple"](counts)}),
        "Fitbit list": wearable["make_fitbit"](counts, readings=2, numberOfWaveformSamples=100),
        "Google Health": wearable["make_google_health"](counts),
        "NumPy array": wearable["make_numpy"](counts),
        "Polar column": wearable["make_polar_column"](counts),
        "Withings API": wearable["make_withings_answer"](counts),
        "BDF+D": device["make_bdf"]([("ECG", "uV", counts[:, 0].astype("int32"))], kind="BDF+D", onsets=(0, 3)),
        "FHIR observation": json.dumps(device["make_fhir_observation"](counts)).encode(),
        "HealthyPi Move": device["make_healthypi_move"](counts),
        "Movesense steps": device["make_movesense"](counts, stream="ecg"),
        "table with semicolons": wearable["make_table"](counts, separator=";", comma=True),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        if len(content) <= LARGEST_BYTES:
            (folder / "".join(c if c.isalnum() else "-" for c in name)).write_bytes(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
