"""Diagnosing: one recording of 10 s in a warm process, and windows a second through the network.

python benchmarks/diagnosing.py BUNDLE [REPEATS]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

import mvkt
from mvkt.ecg.simulate import simulate

DEFAULT = Path("demo/run/bundle")


def milliseconds(function: Callable[[], object], repeats: int) -> list[float]:
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        function()
        times.append(1_000 * (time.perf_counter() - started))
    return times


def main() -> None:
    bundle = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    diagnoser = mvkt.load(bundle)
    record = simulate(1, seed=1, sampling_frequency=500.0).record(0)
    diagnoser.diagnose(record)
    times = milliseconds(lambda: diagnoser.diagnose(record), repeats)
    print(f"10 s at 500 Hz to a diagnosis: median {median(times):.2f} ms, {min(times):.2f} to {max(times):.2f}")
    manifest = diagnoser.bundle.manifest
    batch = np.random.default_rng(0).standard_normal((64, len(manifest.leads), manifest.signal.window_samples))
    batch = batch.astype(np.float32)
    times = milliseconds(lambda: diagnoser.bundle.logits(batch), repeats)
    print(f"network alone, batches of 64: {64_000 / median(times):,.0f} windows/s")


if __name__ == "__main__":
    main()
