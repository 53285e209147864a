"""What did changes cost? One recording, a day and its memory, by two checkouts in turns.

    git worktree add ../before COMMIT
    python -m benchmarks.speed.before_after ../before . [--hours 24] [--runs 3]

Times are those of the processor, so that other programs count little. Prints a Markdown table; ``make bench
BEFORE=../before`` has it in docs/results/speed.md.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

ROWS = {
    "recording": "10 s of lead I at 500 Hz, from memory to the answer, ms",
    "day": "a Holter of {hours:g} h, one lead at 250 Hz, s",
    "memory": "the most memory of that process, MB",
}
_RECORDINGS, _ROUNDS = 12, 6


def main(trees: list[Path], hours: float, runs: int) -> None:
    """Measure both checkouts in turns and print the table."""
    from benchmarks.speed.machine import describe
    from benchmarks.speed.recordings import holter

    found: list[dict[str, list[float]]] = [{name: [] for name in ROWS} for _ in trees]
    with TemporaryDirectory() as folder:
        short = holter(None, _RECORDINGS * 10 / 3600, Path(folder), sampling_frequency=500)
        (Path(folder) / "long").mkdir()
        long = holter(None, hours, Path(folder) / "long")
        for _ in range(runs):
            for tree, kept in zip(trees, found, strict=True):
                for name, value in _in(tree, short, long).items():
                    kept[name].append(value)
    print(f"{describe()['processor']}, median of {runs} runs in turns, times of the processor\n")
    print("| what | before | after | after / before |\n|---|---|---|---|")
    for name, title in ROWS.items():
        before, after = (float(np.median(kept[name])) for kept in found)
        print(f"| {title.format(hours=hours)} | {before:.4g} | {after:.4g} | {after / before:.2f} |")


def _in(tree: Path, *files: Path) -> dict[str, float]:
    environment = {**os.environ, "PYTHONPATH": str(tree.resolve() / "src"), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, __file__, "--child", *map(str, files)]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True, cwd=tree)  # noqa: S603
    result: dict[str, float] = json.loads(done.stdout)
    return result


def child(short: str, long: str) -> None:
    """What one checkout takes; only names that old checkouts have as well."""
    import mvkt

    diagnoser = mvkt.load("lead-I")
    whole = mvkt.read(short)
    parts = np.split(whole.signal, _RECORDINGS)
    # One after the other, several times: the beats of the last four are remembered.
    records = [replace(whole, signal=part) for part in parts] * _ROUNDS
    times = [_seconds(partial(diagnoser.diagnose, record)) for record in records]
    recording = float(np.reshape(times, (_ROUNDS, _RECORDINGS)).min(axis=0).mean())
    day = _seconds(lambda: diagnoser.diagnose(mvkt.read(long)))
    # Not ru_maxrss, which begins with the size of the process that started this one.
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    most = next(float(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 1024
    print(json.dumps({"recording": 1000 * recording, "day": day, "memory": most}))


def _seconds(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(*sys.argv[2:])
    else:
        options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
        options.add_argument("trees", nargs=2, type=Path, help="checkouts: before and after")
        options.add_argument("--hours", type=float, default=24.0, help="of the Holter (24)")
        options.add_argument("--runs", type=int, default=3, help="of each checkout (3)")
        chosen = options.parse_args()
        main(chosen.trees, chosen.hours, chosen.runs)
