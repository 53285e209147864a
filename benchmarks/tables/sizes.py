"""Students of several sizes: AUC against parameters, bytes, milliseconds and multiply-accumulates, float32 and int8.

python -m benchmarks.tables.sizes CORPUS OUT [--recipe lead-I] [--only TEXT] [--seeds 0] [--picture sizes.png]

Trains each student of the family by the recipe, without a teacher, quantises it, and measures it: what there is to
choose is chosen on the validation folds, the test folds are read once a student, when it is finished. A student that
was measured is not trained again, and one that was stopped goes on; so it can run in the background:

OMP_NUM_THREADS=1 nohup nice -n 10 python -m benchmarks.tables.sizes CORPUS OUT > sizes.log &
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
from benchmarks.speed.inference import session, time_once

from mvkt.bundle.manifest import BundleManifest
from mvkt.corpora.corpus import Corpus
from mvkt.ecg.signal import standardise
from mvkt.embedded.c_layers import read_network
from mvkt.embedded.gate import require_equal
from mvkt.embedded.quantise import run_network
from mvkt.errors import ExportMismatchError
from mvkt.evaluation.metrics import macro_auc
from mvkt.evaluation.predictions import Predictions
from mvkt.evaluation.verdicts.calibration import fit_calibration
from mvkt.files import write_text
from mvkt.training.export.int8 import choose
from mvkt.training.export.onnx_file import to_onnx
from mvkt.training.graph import baseline_node
from mvkt.training.networks import train_in
from mvkt.training.plan import Plan
from mvkt.training.recipe import Recipe, find_recipe, load_recipe, parse_recipe
from mvkt.training.rows import FoldRows

FAMILY: dict[str, dict[str, Any]] = {
    "separable 10 K": {"name": "separable1d", "widths": (12, 16, 24, 32)},
    "10 K": {"name": "resnet1d", "widths": (8, 8, 16, 20), "stem_stride": 4},
    "50 K": {"name": "resnet1d", "widths": (16, 24, 32, 44), "stem_stride": 4},
    "separable 50 K": {"name": "separable1d", "widths": (32, 48, 64, 96)},
    "100 K": {"name": "resnet1d", "widths": (32, 48, 64), "stem_stride": 4},
    "130 K, k 5, stem 2 (shipped)": {"name": "resnet1d", "widths": (16, 32, 64, 96), "kernel_size": 5},
    "150 K": {"name": "resnet1d", "widths": (24, 40, 56, 80), "stem_stride": 4},
    "215 K": {"name": "resnet1d", "widths": (32, 48, 64, 96), "stem_stride": 4},
    "215 K, stem 2": {"name": "resnet1d", "widths": (32, 48, 64, 96)},
    "400 K": {"name": "resnet1d", "widths": (32, 64, 96, 128), "stem_stride": 4},
}
BATCH = 32


class Lines:
    """Writes the progress of the trainings to stderr."""

    def begin(self, role: str, epochs: int, done: int, steps: int, batch_size: int) -> None:
        self.message(f"epoch {done} of {epochs}, {steps} steps of {batch_size}")

    def step(self) -> None:
        pass

    def epoch(self, role: str, metrics: dict[str, Any]) -> None:
        self.message(f"epoch {metrics['epoch']}: validation macro AUC {metrics['validation']['macro_auc']:.4f}")

    def message(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)


def with_model(recipe: Recipe, model: dict[str, Any], seed: int) -> Recipe:
    """Return the recipe with another student, which learns from labels of its task alone."""
    data = recipe.model_dump(mode="json")
    data["student"] |= {"model": model, "pretraining": None, "auxiliary_task": None}
    data["seed"] = seed
    return parse_recipe(data)


def measure(plan: Plan, folder: Path) -> dict[str, Any]:
    """Train a student, quantise it and measure both."""
    node = baseline_node(plan)
    started = time.process_time()
    model, progress = train_in(plan, node, lambda _: folder, Lines())
    seconds = time.process_time() - started
    spec, leads = plan.input(node.settings).spec, model.leads
    network = to_onnx(model, (leads, spec.window_samples))
    exact = predictions(network, plan, plan.validation)
    calibration = fit_calibration(exact)
    manifest = BundleManifest(
        name="size",
        task=plan.recipe.task,
        classes=plan.targets.classes,
        titles={},
        view=node.settings.view,
        signal=spec,
        temperatures=calibration.temperatures,
        thresholds=calibration.thresholds,
        architecture={},
        tool_version="benchmark",
    )
    quantised, figures = choose(network, manifest, plan.training, plan.validation)
    test = plan.test_rows()  # nothing is chosen from here on
    return {
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "multiplications": read_network(network, leads, spec.window_samples).multiplications,
        "best_epoch": progress.best_epoch,
        "training_seconds": seconds,
        "validation": {"float32": figures.macro_auc_float, "int8": figures.macro_auc},
        "test": {kind: auc(content, plan, test) for kind, content in (("float32", network), ("int8", quantised))},
        "int8": {**figures.model_dump(mode="json"), "passes": passes(figures)},
        "bytes": {"float32": len(network), "int8": len(quantised)},
        "windows_per_second": {"float32": rates(network), "int8": rates(quantised)},
    }


def passes(figures: Any) -> bool:
    try:
        require_equal(figures)
    except ExportMismatchError:
        return False
    return True


def predictions(network: bytes, plan: Plan, rows: FoldRows) -> Predictions:
    settings = baseline_node(plan).settings
    windows = standardise(rows.select(np.arange(len(rows)), settings.view), plan.input(settings).spec)
    return Predictions(rows.record_id, rows.patient_id, rows.targets, run_network(network, windows), rows.classes)


def auc(network: bytes, plan: Plan, rows: FoldRows) -> float:
    records = predictions(network, plan, rows).by_record()
    return macro_auc(records.targets, records.logits)


def rates(network: bytes) -> dict[str, float]:
    """Windows/s of the processor time of one thread, one window at a time and in batches."""
    timed = session(network)
    for _ in range(5):
        for batch in (1, BATCH):
            time_once(timed, batch, 0.1)
    return {str(batch): float(np.median(timed.rates[batch])) for batch in (1, BATCH)}


def table(rows: dict[str, list[dict[str, Any]]]) -> str:
    heads = (
        "student", "parameters", "MACs", "test AUC, float32", "int8", "validation AUC, float32", "int8",
        "largest mean change", "gate", "KB, float32", "int8", "ms for one, float32", "int8",
        "windows/s, float32", "int8",
    )  # fmt: skip
    lines = [f"| {' | '.join(heads)} |", "| --- " * len(heads) + "|"]
    for name, seeds in rows.items():
        first = seeds[0]
        cells = [name, f"{first['parameters'] / 1e3:.0f} K", f"{first['multiplications'] / 1e6:.1f} M"]
        for part in ("test", "validation"):
            cells += [f"{mean(student[part][kind] for student in seeds):.4f}" for kind in ("float32", "int8")]
        cells.append(f"{max(student['int8']['mean_change'] for student in seeds):.4f}")
        cells.append("passes" if all(student["int8"]["passes"] for student in seeds) else "refuses")
        cells += [f"{first['bytes'][kind] / 1024:.0f}" for kind in ("float32", "int8")]
        cells += [f"{1e3 / first['windows_per_second'][kind]['1']:.3f}" for kind in ("float32", "int8")]
        cells += [f"{first['windows_per_second'][kind][str(BATCH)]:,.0f}" for kind in ("float32", "int8")]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


COSTS: dict[str, Callable[[dict[str, Any], str], float]] = {
    "network file, KB": lambda student, kind: student["bytes"][kind] / 1024,
    "one window on one thread, ms": lambda student, kind: 1e3 / student["windows_per_second"][kind]["1"],
    "multiply-accumulates, M": lambda student, kind: student["multiplications"] / 1e6,
}
STYLES = {"float32": ("o", "#1f4e79"), "int8": ("s", "#c8553d")}


def draw(rows: dict[str, list[dict[str, Any]]], path: Path) -> None:
    """AUC against what a student costs; a line joins float32 and int8 of one student."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import NullFormatter, StrMethodFormatter

    figure = Figure(figsize=(12, 6), layout="constrained")
    axes = figure.subplots(1, 3, sharey=True)
    for ax, (label, cost) in zip(axes, COSTS.items(), strict=True):
        for number, (name, seeds) in enumerate(sorted(rows.items(), key=lambda row: row[1][0]["parameters"])):
            xs = [mean(cost(student, kind) for student in seeds) for kind in STYLES]
            ys = [mean(student["test"][kind] for student in seeds) for kind in STYLES]
            ax.plot(xs, ys, color="#999999", linewidth=0.8, zorder=2)
            for kind, x, y in zip(STYLES, xs, ys, strict=True):
                marker, colour = STYLES[kind]
                ax.scatter([x], [y], marker=marker, color=colour, s=28, zorder=3, label=None if number else kind)
            right = {"xytext": (6, 0), "textcoords": "offset points", "va": "center"}
            ax.annotate(name, (max(xs), ys[xs.index(max(xs))]), fontsize=7.5, **right)
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        ax.xaxis.set_minor_formatter(NullFormatter())
        low, high = ax.get_xlim()
        ax.set_xlim(low, high * (high / low) ** 0.25)  # room for the names
        ax.set_xlabel(label)
        ax.grid(alpha=0.3)
    axes[1].set_xticks([0.05, 0.1, 0.2, 0.3])
    axes[0].set_ylabel("test macro AUC")
    axes[0].legend(frameon=False, loc="lower right")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=100)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--recipe", default="lead-I")
    parser.add_argument("--only", default="", help="students whose name has this in it")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--picture", type=Path, help="a PNG or SVG file  [default: OUT/sizes.png]")
    arguments = parser.parse_args()
    recipe, corpus = load_recipe(find_recipe(arguments.recipe)), Corpus.open(arguments.corpus)
    rows: dict[str, list[dict[str, Any]]] = {}
    for seed in arguments.seeds:
        for name, model in FAMILY.items():
            if arguments.only not in name:
                continue
            folder = arguments.out / f"{re.sub('[^0-9A-Za-z]+', '-', name).strip('-')}-{seed}"
            if not (folder / "figures.json").is_file():
                print(f"{name}, seed {seed}", file=sys.stderr, flush=True)
                found = measure(Plan.make(with_model(recipe, model, seed), corpus), folder)
                write_text(folder / "figures.json", json.dumps(found, indent=2) + "\n")
            rows.setdefault(name, []).append(json.loads((folder / "figures.json").read_text(encoding="utf-8")))
    print(table(rows))
    draw(rows, arguments.picture or arguments.out / "sizes.png")


if __name__ == "__main__":
    main()
