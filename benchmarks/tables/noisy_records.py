"""Macro AUC of the students of a study on validation records with added noise, wander and gaps.

python -m benchmarks.tables.noisy_records STUDY CORPUS OUT METHOD METHOD

OUT is the folder of `mvkt study STUDY --corpus CORPUS --out OUT`. Prints the mean macro AUC of the first method over
its cells and the difference of the second, on the validation folds; test folds are not read.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from mvkt.corpora.corpus import Corpus
from mvkt.ecg.leads import view_leads
from mvkt.ecg.signal import standardise
from mvkt.evaluation.metrics import macro_auc
from mvkt.study.cells import Cell, make_tables
from mvkt.study.study import find_study, load_study
from mvkt.training.augmentation import augment
from mvkt.training.network_settings import AugmentationSettings
from mvkt.training.node_model import load_node
from mvkt.training.plan import Plan

STILL = AugmentationSettings(shift_seconds=0, scale=0, noise_mv=0, wander_mv=0, mask_share=0)
RECORDS = {
    "as recorded": STILL,
    "noise up to 0.05 mV": STILL.model_copy(update={"noise_mv": 0.05}),
    "noise up to 0.1 mV": STILL.model_copy(update={"noise_mv": 0.1}),
    "wander up to 0.3 mV": STILL.model_copy(update={"wander_mv": 0.3}),
    "gaps up to half of the window": STILL.model_copy(update={"mask_share": 0.5}),
}


def aucs_of(cell: Cell, corpus: Corpus, networks: Path) -> list[float]:
    """Macro AUC of a cell's student on its validation records, for each of ``RECORDS``."""
    plan, node = Plan.make(cell.recipe, corpus), cell.lineage[-1]
    model, network, rows = load_node(node, networks / node.key), plan.input(node.settings), plan.validation
    recorded = view_leads("12-lead")
    leads = [recorded.index(lead) for lead in view_leads(node.settings.view)]
    clean, found = rows.select(np.arange(len(rows)), "12-lead"), []
    for settings in RECORDS.values():
        noisy = augment(clean.copy(), recorded, network.spec.sampling_frequency, settings, np.random.default_rng(1))
        with torch.inference_mode():
            logits = model(torch.from_numpy(standardise(noisy[:, leads], network.spec))).logits.numpy()
        found.append(macro_auc(rows.targets, logits))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("study")
    parser.add_argument("corpus", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("methods", nargs=2)
    arguments = parser.parse_args()
    corpus = Corpus.open(arguments.corpus)
    (table,) = make_tables(load_study(find_study(arguments.study)), corpus, arguments.out)
    aucs = {
        method: {
            (cell.seed, cell.test_fold): aucs_of(cell, corpus, arguments.out / "networks")
            for cell in table.cells
            if cell.method == method
        }
        for method in arguments.methods
    }
    first, second = (np.array([aucs[method][place] for place in aucs[method]]) for method in arguments.methods)
    print(f"| validation records | {arguments.methods[0]} | {arguments.methods[1]}, difference ± standard error |")
    print("|---|---|---|")
    for number, name in enumerate(RECORDS):
        difference = second[:, number] - first[:, number]
        error = difference.std(ddof=1) / len(difference) ** 0.5
        print(f"| {name} | {first[:, number].mean():.4f} | {difference.mean():+.4f} ± {error:.4f} |")


if __name__ == "__main__":
    main()
