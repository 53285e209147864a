"""Bulk diagnosis by one and by two workers: files a second, in turns, with the load of the machine.

``python -m benchmarks.speed.diagnose_bulk FOLDER [--files 400] [--rounds 3]``
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from mvkt.bulk.diagnose_many import diagnose_many
from mvkt.bundle.packaged import find
from mvkt.diagnosis.many_files import DiagnosisSettings, tasks_of
from mvkt.ray_cluster import Engine

CASES: tuple[tuple[Engine, int], ...] = (("processes", 1), ("processes", 2), ("ray", 1), ("ray", 2))


def measure(files: list[str], engine: Engine, workers: int) -> float:
    """Return the seconds of a whole call, workers started and ended in it."""
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        settings = DiagnosisSettings(bundle=find("lead-I"))
        made = diagnose_many(files, Path(folder) / "out.parquet", settings, engine=engine, workers=workers)
        seconds = time.perf_counter() - begun
    if engine == "ray":
        import ray

        ray.shutdown()
    assert made.rows >= len(files)
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    every = [task.shown for task in tasks_of([given.folder])]
    files = every[:: max(1, len(every) // given.files)][: given.files]
    seconds: dict[tuple[Engine, int], list[float]] = defaultdict(list)
    for number in range(given.rounds):
        for case in CASES:
            seconds[case].append(measure(files, *case))
            print(number, *case, f"{seconds[case][-1]:.1f} s, load {os.getloadavg()[0]:.1f}", flush=True)
    for (engine, workers), taken in seconds.items():
        middle = statistics.median(taken)
        each = 1e3 * middle / len(files)
        print(f"| {engine} | {workers} | {len(files)} | {middle:.1f} | {min(taken):.1f} | {each:.1f} |")


if __name__ == "__main__":
    main()
