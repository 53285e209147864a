"""What another processor changes: the same recordings, diagnosed in three ways.

    python -m benchmarks.quality.processors [RECORDING ...] [--ptb-xl FOLDER] [--records N]

As the processor computes; as a processor with AVX2 alone would (``tests/as_avx2.py``; on such a processor both are the
same); and with the 8-bit network computed in floating point instead of by ONNX Runtime's 8-bit kernels, which no
variable limits: another way of rounding, as another processor may have. The records are those of validation fold 9.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"
FOLD = "9"


def in_floating_point() -> None:
    """From now on ONNX Runtime computes networks as they are written, in floating point, without its 8-bit kernels."""
    import onnxruntime

    session = onnxruntime.InferenceSession

    def unchanged(content: bytes, options: Any, **others: Any) -> Any:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        return session(content, options, **others)

    onnxruntime.InferenceSession = unchanged


def findings(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """Yield name, probability and verdict of every finding of every recording that a student in the box reads."""
    import mvkt
    from mvkt.bundle import packaged
    from mvkt.errors import MvktError

    students = {name: mvkt.load(name) for name in packaged.names()}
    for path in paths:
        with suppress(MvktError):  # it is no ECG: the same on every processor
            record = mvkt.read(path)
            for name, student in students.items():
                with suppress(MvktError):  # it has no such lead, or is too short
                    for finding in student.diagnose(record, student.bundle.manifest.view).findings:
                        key = f"{path.name} {name} {finding.code}"
                        yield {"key": key, "probability": finding.probability, "verdict": finding.verdict}


def run(paths: list[Path], network: str, environment: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Diagnose the recordings in a fresh process with additional variables."""
    command = [sys.executable, "-m", "benchmarks.quality.processors", "--child", network]
    done = subprocess.run(  # noqa: S603 - a module of this folder
        command,
        input="\n".join(map(str, paths)),
        env={**os.environ, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return {row["key"]: row for row in map(json.loads, done.stdout.splitlines())}


def compare(first: dict[str, dict[str, Any]], second: dict[str, dict[str, Any]]) -> dict[str, float]:
    """Return how many findings there are, how many verdicts differ, and the largest difference of a probability."""
    if first.keys() != second.keys():
        raise SystemExit("the two processes judged different findings")
    pairs = [(first[key], second[key]) for key in first]
    gaps = [
        abs(left["probability"] - right["probability"])
        for left, right in pairs
        if left["probability"] is not None and right["probability"] is not None
    ]
    return {
        "findings": len(pairs),
        "verdicts that differ": sum(left["verdict"] != right["verdict"] for left, right in pairs),
        "largest difference of a probability": max(gaps, default=0.0),
    }


def recordings(ptb_xl: Path, most: int) -> list[Path]:
    """Return the device files and the records of validation fold 9."""
    files = [path for name in ("device-samples", "device-samples-more") for path in sorted((SHARED / name).glob("*"))]
    with (ptb_xl / "ptbxl_database.csv").open(encoding="utf-8", newline="") as stream:
        records = [ptb_xl / f"{row['filename_lr']}.hea" for row in csv.DictReader(stream) if row["strat_fold"] == FOLD]
    return [*(path for path in files if path.suffix != ".md"), *records[:most]]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("paths", nargs="*", type=Path, help="recordings instead of the shared ones")
    parser.add_argument("--ptb-xl", type=Path, default=SHARED / "ptb-xl-subset")
    parser.add_argument("--records", type=int, default=1_000, help="records of fold 9 at most")
    parser.add_argument("--child", choices=["integers", "floats"], help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        if chosen.child == "floats":
            in_floating_point()
        for row in findings(map(Path, sys.stdin.read().splitlines())):
            print(json.dumps(row))
        return
    from tests.as_avx2 import environment

    paths = [path.resolve() for path in chosen.paths] or recordings(chosen.ptb_xl, chosen.records)
    native = run(paths, "integers", {})
    others = {"AVX2": run(paths, "integers", environment()), "floating point": run(paths, "floats", {})}
    for number, (name, other) in enumerate(others.items()):
        result = {"against": name, "recordings": len(paths), **compare(native, other)}
        if number == 0:
            print(f"| {' | '.join(result)} |\n|{' --- |' * len(result)}")
        print(
            f"| {' | '.join(f'{value:.2g}' if isinstance(value, float) else str(value) for value in result.values())} |"
        )


if __name__ == "__main__":
    main()
