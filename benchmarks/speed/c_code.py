"""Students as C code: flash, memory and time of one window, and how far they are from ONNX Runtime.

python -m benchmarks.speed.c_code [--only TEXT] [--cc gcc]

Networks are untrained candidates of ``inference.py``, in float32 and int8; sizes and speed do not depend on
the weights.
Flash is what ``size`` counts as text (code and constants) of the object file. Time is the processor time of one thread,
the least of 20 windows.
"""

from __future__ import annotations

import argparse
import ctypes
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from benchmarks.speed.inference import CANDIDATES, CLASSES, SAMPLES, candidate, print_row, processor

from mvkt.bundle.bundle import Bundle
from mvkt.bundle.manifest import MODEL_FILE, BundleManifest
from mvkt.ecg.signal import SignalSpec
from mvkt.embedded.c_source import write_c
from mvkt.embedded.quantise import quantise
from mvkt.training.export.bundle_folder import write_bundle
from mvkt.training.export.onnx_file import to_onnx

WINDOWS = np.random.default_rng(1).standard_normal((64, 1, SAMPLES)).astype(np.float32)


def bundle_of(network: bytes, folder: Path) -> Bundle:
    classes = tuple(f"class {number}" for number in range(CLASSES))
    manifest = BundleManifest(
        name="candidate",
        task="none",
        classes=classes,
        titles={},
        view="I",
        signal=SignalSpec(),
        temperatures=(1.0,) * CLASSES,
        thresholds=(0.5,) * CLASSES,
        architecture={},
        tool_version="benchmark",
    )
    return write_bundle(manifest, {MODEL_FILE: network}, "", folder, lambda _: None)


def compiled(compiler: str, source: Path, flags: list[str], folder: Path) -> tuple[int, float, np.ndarray]:
    """Return flash in bytes, milliseconds for one window, and logits."""
    target = folder / ("_".join(flags).replace("=", "_") + ".so")
    command = [compiler, "-std=c99", "-Wall", "-Wextra", "-Werror", *flags]
    run([*command, "-c", "-o", target.with_suffix(".o"), source])
    counted = run(["size", target.with_suffix(".o")])
    run([*command, "-shared", "-fPIC", "-o", target, source, "-lm"])
    student = ctypes.CDLL(str(target)).mvkt_judge
    logits = np.empty((20, CLASSES), dtype=np.float32)
    times = []
    for window, row in zip(WINDOWS, logits, strict=False):
        arguments = [array.ctypes.data_as(ctypes.c_void_p) for array in (window, row)]
        started = time.thread_time()
        assert student(*arguments) == 0
        times.append(time.thread_time() - started)
    return int(counted.splitlines()[1].split()[0]), 1e3 * min(times), logits


def run(command: list[str | Path]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="candidates whose name has this in it")
    parser.add_argument("--cc", default="gcc")
    arguments = parser.parse_args()
    version = subprocess.run([arguments.cc, "--version"], check=True, capture_output=True, text=True).stdout  # noqa: S603
    print(f"{processor()}, one thread, {version.splitlines()[0]}\n")
    print_row(
        ["network", "precision", "flash KB, -Os", "memory KB", "ms, -O2", "ms, -O3 -march=native", "from ONNX Runtime"]
    )
    print_row(["---"] * 7)
    for name, (model, settings) in CANDIDATES.items():
        if arguments.only not in name:
            continue
        network = to_onnx(candidate(model, settings), (1, SAMPLES))
        for precision, content in (("float32", network), ("int8", quantise(network, WINDOWS))):
            with tempfile.TemporaryDirectory() as folder:
                bundle = bundle_of(content, Path(folder) / "bundle")
                source = Path(folder) / "student.c"
                _, code = write_c(bundle, source)
                flash, _, _ = compiled(arguments.cc, source, ["-Os"], Path(folder))
                _, plain, logits = compiled(arguments.cc, source, ["-O2"], Path(folder))
                _, wide, _ = compiled(arguments.cc, source, ["-O3", "-march=native"], Path(folder))
                gap = float(np.abs(logits - bundle.logits(WINDOWS[:20])).max())
            sizes = [f"{flash / 1024:.0f}", f"{code.arena_bytes / 1024:.0f}"]
            print_row([name, precision, *sizes, f"{plain:.2f}", f"{wide:.2f}", f"{gap:.1g}"])


if __name__ == "__main__":
    main()
