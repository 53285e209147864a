"""Students as firmware of an emulated Cortex-M: flash, memory, stack, and instructions of one window.

python -m benchmarks.board.run

The students in the box, and untrained candidates of ``benchmarks/speed/inference.py``: size and instructions do not
depend on the weights. Logits are compared with those of the same C code on this machine, and with ONNX Runtime.
"""

from __future__ import annotations

import argparse
import ctypes
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from benchmarks.board.emulator import PROCESSORS, build, missing_tools, run, versions
from benchmarks.speed.c_code import bundle_of
from benchmarks.speed.inference import CANDIDATES, SAMPLES, candidate, print_row
from numpy.typing import NDArray

from mvkt.bundle.bundle import Bundle
from mvkt.bundle.manifest import MODEL_FILE
from mvkt.bundle.packaged import find
from mvkt.ecg.leads import STANDARD_LEADS
from mvkt.ecg.record import Record
from mvkt.ecg.signal import windows
from mvkt.ecg.simulate import simulate
from mvkt.embedded.c_layers import read_network
from mvkt.embedded.c_source import write_c
from mvkt.embedded.quantise import quantise
from mvkt.training.export.onnx_file import to_onnx

ALSO = ("resnet1d 16-32-64-96, stem 4", "resnet1d 16-24-32-48, stem 4", "separable1d 32-48-64-96")
HEAD = (
    "network", "precision", "processor", "compiled with", "flash KB", "static memory KB", "stack bytes",
    "instructions a window", "for each multiplication", "same bits as here", "from ONNX Runtime",
)  # fmt: skip


def main() -> None:
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    if missing := missing_tools():
        raise SystemExit(
            f"{', '.join(missing)}: not installed. On Debian: "
            "apt-get install qemu-system-arm gcc-arm-none-eabi libnewlib-arm-none-eabi"
        )
    print(f"{versions()}\n")
    print_row(HEAD)
    print_row(["---"] * len(HEAD))
    for name in ("lead-I", "lead-II"):
        bundle = Bundle.open(find(name))
        for processor in PROCESSORS:
            for optimise in ("-O2", "-Os") if processor == "Cortex-M4F" else ("-O2",):
                print_row(row(name, "int8", bundle, processor, optimise))
    for name, precision, bundle in candidates():
        print_row(row(name, precision, bundle, "Cortex-M4F", "-O2"))


def candidates() -> Iterator[tuple[str, str, Bundle]]:
    """Name, precision and bundle of the other networks."""
    noise = np.random.default_rng(1).standard_normal((64, 1, SAMPLES)).astype(np.float32)
    for name in ALSO:
        network = to_onnx(candidate(*CANDIDATES[name]), (1, SAMPLES))
        for precision, content in (("int8", quantise(network, noise)), ("float32", network)):
            with TemporaryDirectory() as folder:
                yield name, precision, bundle_of(content, Path(folder) / "bundle")


def row(name: str, precision: str, bundle: Bundle, processor: str, optimise: str) -> list[str]:
    """Measure one network on one processor."""
    signal = some_windows(bundle)
    with TemporaryDirectory() as folder:
        firmware = build(bundle, PROCESSORS[processor], Path(folder), optimise=optimise)
        answers = run(firmware, signal)
        here = on_this_machine(bundle, signal, Path(folder))
    network = read_network((bundle.path / MODEL_FILE).read_bytes(), len(bundle.manifest.leads), SAMPLES)
    gap = float(np.abs(answers.logits - bundle.logits(signal)).max())
    most = int(answers.instructions.max())
    sizes = [f"{size / 1024:.1f}" for size in (firmware.flash_bytes, firmware.static_bytes)]
    same = "yes" if answers.logits.tobytes() == here.tobytes() else "**no**"
    counts = [f"{most / 1e6:.1f} M", f"{most / network.multiplications:.1f}"]
    return [name, precision, processor, optimise, *sizes, str(answers.stack_bytes), *counts, same, f"{gap:.1g}"]


def some_windows(bundle: Bundle) -> NDArray[np.float32]:
    """Eight simulated recordings as a bundle wants them."""
    manifest = bundle.manifest
    drawn = simulate(8, seed=6)
    lead = [STANDARD_LEADS.index(name) for name in manifest.leads]
    records = [Record(signal[:, lead], manifest.leads, drawn.sampling_frequency) for signal in drawn.signal]
    return np.concatenate([windows(record, manifest.signal, manifest.view).signal[:1] for record in records])


def on_this_machine(bundle: Bundle, signal: NDArray[np.float32], folder: Path) -> NDArray[np.float32]:
    """Logits of the same C code, compiled for the processor of this machine."""
    source, library = folder / "here.c", folder / "here.so"
    write_c(bundle, source)
    command: list[str | Path] = ["gcc", "-std=c99", "-O2", "-shared", "-fPIC", "-o", library, source, "-lm"]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603
    student = ctypes.CDLL(str(library)).mvkt_judge
    logits = np.empty((len(signal), len(bundle.manifest.classes)), dtype=np.float32)
    for window, answer in zip(np.ascontiguousarray(signal), logits, strict=True):
        assert student(*(array.ctypes.data_as(ctypes.c_void_p) for array in (window, answer))) == 0
    return logits


if __name__ == "__main__":
    main()
