"""Bulk diagnosis by one and by two workers: files a second, in turns, with the load of the machine.

``python -m benchmarks.speed.diagnose_bulk [FOLDER] [--files 2000] [--rounds 3] [--engine processes]``

FOLDER has recordings in WFDB; without it, simulated ones are made. The last lines are how many times faster two workers
are than one, in calls that follow each other.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.speed.machine import describe
from benchmarks.speed.recordings import recording_files
from benchmarks.speed.rows import number, span

from mvkt.bulk.diagnose_many import diagnose_many
from mvkt.bundle.packaged import find
from mvkt.diagnosis.many_files import DiagnosisSettings
from mvkt.processes import processors
from mvkt.ray_cluster import Engine

Case = tuple[Engine, int]
CASES: tuple[Case, ...] = (("processes", 1), ("processes", 2), ("ray", 1), ("ray", 2))


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
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--engine", choices=["processes", "ray"], action="append")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    cases = [case for case in CASES if case[0] in (given.engine or ("processes", "ray"))]
    with recording_files(given.folder, given.files) as (root, names):
        seconds = in_turns([str(root / name) for name in names], cases, given.rounds)
    machine = f"{describe()['processor']}, {processors()} processors, load {os.getloadavg()[0]:.1f}"
    print(f"\n{len(names)} files, {machine}\n")
    for (engine, workers), taken in seconds.items():
        middle = statistics.median(taken)
        print(f"| {engine} | {workers} | {middle:.1f} s | {1e3 * middle / len(names):.1f} ms a file |")
    for engine, ratios in gains(seconds).items():
        print(f"| {engine} | 2 against 1 | {number(statistics.median(ratios))} times ({span(ratios)}) |")


def in_turns(files: list[str], cases: list[Case], rounds: int) -> dict[Case, list[float]]:
    """Return the seconds of each case, of every round."""
    seconds: dict[Case, list[float]] = {case: [] for case in cases}
    for turn in range(rounds):
        for case in cases:
            seconds[case].append(measure(files, *case))
            print(turn, *case, f"{seconds[case][-1]:.1f} s, load {os.getloadavg()[0]:.1f}", flush=True)
    return seconds


def gains(seconds: Mapping[Case, list[float]]) -> dict[Engine, list[float]]:
    """Return by engine how many times faster two workers are, of every round."""
    return {
        engine: [alone / both for alone, both in zip(seconds[engine, 1], seconds[engine, 2], strict=True)]
        for engine, workers in seconds
        if workers == 1
    }


if __name__ == "__main__":
    main()
