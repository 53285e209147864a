"""How often a student is nearly certain of a rhythm or an extra beat that is not there: what CERTAIN rests on.

python -m benchmarks.tables.certain RUN [RUN ...]     # e.g. students/lead-I students/lead-II, of `make students`

Counts class by record of the validation folds, which have not trained the student; test folds are not read.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from mvkt.ecg.statements.kinds import SHAPE
from mvkt.evaluation import Predictions, probabilities
from mvkt.evaluation.result import RunResult

LIMITS = (0.8, 0.85, 0.9, 0.95, 0.98)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("runs", type=Path, nargs="+")
    lacking, having = [], []
    for run in parser.parse_args().runs:
        result = RunResult.load(run / "result.json")
        predictions = Predictions.load(run / result.deployed / "validation.npz").by_record()
        scores = probabilities(predictions.logits, getattr(result.models, result.deployed).calibration)
        counted = [code not in SHAPE and code not in result.normal for code in predictions.classes]
        lacking.append(scores[:, counted][~predictions.targets[:, counted]])
        having.append(scores[:, counted][predictions.targets[:, counted]])
    without, with_it = np.concatenate(lacking), np.concatenate(having)
    print(f"| probability from | of {len(without):,} without the class | of {len(with_it):,} with it |")
    print("| --- | --- | --- |")
    for limit in LIMITS:
        print(f"| {limit:g} | {(without >= limit).sum()} | {(with_it >= limit).sum()} |")


if __name__ == "__main__":
    main()
