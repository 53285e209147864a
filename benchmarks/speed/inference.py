"""Speed of candidate students in ONNX Runtime on one thread: parameters, multiply-accumulates, windows/s, int8 too.

python -m benchmarks.speed.inference [--runs 5] [--seconds 0.2] [--only TEXT]

Networks are untrained: speed does not depend on the weights. Every row is timed in the same run as the first one, the
peer: the plain float32 export of a student of 0.4 M parameters. What is timed is the processor time of the one thread,
so that others on the machine count little. The table is Markdown, with medians over the runs; the range of the runs is
in a second one.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import onnxruntime
import torch
from torch import nn

from mvkt.bundle.bundle import INPUT_NAME
from mvkt.embedded.c_layers import read_network
from mvkt.embedded.quantise import quantise
from mvkt.models import EcgModel, build_model
from mvkt.training.export.onnx_file import to_onnx

SAMPLES, CLASSES = 1_000, 17
BATCHES = (1, 32, 256)
INSTRUCTIONS = ("amx_tile", "avx512_vnni", "avx512_bf16", "avx_vnni", "avx2")

PEER = "resnet1d 32-64-96-128 (naive)"
CANDIDATES: dict[str, tuple[str, dict[str, Any]]] = {
    PEER: ("resnet1d", {"widths": (32, 64, 96, 128)}),
    "resnet1d 16-32-64-96, k 5 (shipped)": ("resnet1d", {"widths": (16, 32, 64, 96), "kernel_size": 5}),
    "resnet1d 32-48-64-96": ("resnet1d", {"widths": (32, 48, 64, 96)}),
    "resnet1d 32-64-96-128, stem 4": ("resnet1d", {"widths": (32, 64, 96, 128), "stem_stride": 4}),
    "resnet1d 32-48-64-96, stem 4": ("resnet1d", {"widths": (32, 48, 64, 96), "stem_stride": 4}),
    "resnet1d 32-48-64-96, stem 4, k 5": ("resnet1d", {"widths": (32, 48, 64, 96), "stem_stride": 4, "kernel_size": 5}),
    "resnet1d 32-48-64, stem 4": ("resnet1d", {"widths": (32, 48, 64), "stem_stride": 4}),
    "resnet1d 24-32-48-64, stem 4": ("resnet1d", {"widths": (24, 32, 48, 64), "stem_stride": 4}),
    "resnet1d 16-24-32-48, stem 4": ("resnet1d", {"widths": (16, 24, 32, 48), "stem_stride": 4}),
    "resnet1d 16-32-64-96, stem 4": ("resnet1d", {"widths": (16, 32, 64, 96), "stem_stride": 4}),
    "resnet1d 16-32-64-128, stem 5": ("resnet1d", {"widths": (16, 32, 64, 128), "stem_stride": 5}),
    "separable1d 32-48-64-96": ("separable1d", {"widths": (32, 48, 64, 96)}),
    "separable1d 48-64-96-128": ("separable1d", {"widths": (48, 64, 96, 128)}),
    "separable1d 64-96-128-192": ("separable1d", {"widths": (64, 96, 128, 192)}),
    "separable1d 64-96-128-192, 2 blocks": ("separable1d", {"widths": (64, 96, 128, 192), "blocks": 2}),
    "separable1d 64-128-192-256": ("separable1d", {"widths": (64, 128, 192, 256)}),
    "separable1d 48-64-96-128, stem 2": ("separable1d", {"widths": (48, 64, 96, 128), "stem_stride": 2}),
}


@dataclass
class Timed:
    """One network in one precision."""

    session: onnxruntime.InferenceSession
    kilobytes: float
    rates: dict[int, list[float]]


def candidate(name: str, settings: dict[str, Any]) -> EcgModel:
    """Return a network as it is after some training: no batch norm is at its initial 0 or 1."""
    torch.manual_seed(0)
    model = build_model(name, leads=1, classes=CLASSES, **settings)
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.weight.uniform_(0.5, 1.5)
                module.bias.normal_(std=0.1)
        model(torch.randn(32, 1, SAMPLES))
    return model.eval()


def session(content: bytes) -> Timed:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    opened = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    return Timed(opened, len(content) / 1024, {batch: [] for batch in BATCHES})


def time_once(timed: Timed, batch: int, seconds: float) -> None:
    """Add one run: the median of as many calls as fit into the time."""
    signal = np.random.default_rng(0).standard_normal((batch, 1, SAMPLES)).astype(np.float32)
    timed.session.run(None, {INPUT_NAME: signal})
    times: list[float] = []
    ends = time.thread_time() + seconds
    while time.thread_time() < ends or len(times) < 3:
        started = time.thread_time()
        timed.session.run(None, {INPUT_NAME: signal})
        times.append(time.thread_time() - started)
    timed.rates[batch].append(batch / median(times))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.2, help="of each run of each batch size")
    parser.add_argument("--only", default="", help="candidates whose name has this in it, and the peer")
    arguments = parser.parse_args()
    windows = np.random.default_rng(1).standard_normal((64, 1, SAMPLES)).astype(np.float32)
    rows = {}
    for name, (model, settings) in CANDIDATES.items():
        if name != PEER and arguments.only not in name:
            continue
        built = candidate(model, settings)
        network = to_onnx(built, (1, SAMPLES))
        counts = (sum(p.numel() for p in built.parameters()), read_network(network, 1, SAMPLES).multiplications)
        rows[name] = (counts, session(network), session(quantise(network, windows)))
    for _ in range(arguments.runs):  # runs in turn, so that a busy minute hits all rows alike
        for _, exact, quantised in rows.values():
            for batch in BATCHES:
                time_once(exact, batch, arguments.seconds)
                time_once(quantised, batch, arguments.seconds)
    report(rows)


def report(rows: dict[str, tuple[tuple[int, int], Timed, Timed]]) -> None:
    print(f"{processor()}, one thread, ONNX Runtime {onnxruntime.__version__}, Python {platform.python_version()}\n")
    columns = ["ms for 1", *(f"windows/s, {batch}" for batch in BATCHES[1:])]
    heads = [
        "network",
        "parameters",
        "MACs",
        *(f"{kind}: {column}" for kind in ("float32", "int8") for column in columns),
    ]
    print_row([*heads, "int8 KB", "int8 / naive"])
    print_row(["---"] * (len(heads) + 2))
    naive = median(rows[PEER][1].rates[32])
    for name, ((parameters, multiplications), exact, quantised) in rows.items():
        cells = [name, f"{parameters / 1e3:.0f} K", f"{multiplications / 1e6:.1f} M"]
        for timed in (exact, quantised):
            cells.append(f"{1e3 / median(timed.rates[1]):.3f}")
            cells += [f"{median(timed.rates[batch]):,.0f}" for batch in BATCHES[1:]]
        print_row([*cells, f"{quantised.kilobytes:.0f}", f"{median(quantised.rates[32]) / naive:.1f}"])
    print("\nWindows/s in batches of 32, lowest to highest run:\n")
    print_row(["network", "float32", "int8"])
    print_row(["---"] * 3)
    for name, (_, *both) in rows.items():
        print_row([name, *(f"{min(timed.rates[32]):,.0f} to {max(timed.rates[32]):,.0f}" for timed in both)])


def print_row(cells: Sequence[str]) -> None:
    print(f"| {' | '.join(cells)} |")


def processor() -> str:
    """Return the name of the processor and those of its instructions that matter here."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    name = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())
    there = torch.cpu.get_capabilities()
    return f"{name} ({', '.join(kind for kind in INSTRUCTIONS if there.get(kind))})"


if __name__ == "__main__":
    main()
