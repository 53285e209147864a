"""Cells of a study with chosen effects, without any training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from mvkt.evaluation import CorpusSummary, Predictions
from mvkt.study.study_folder import (
    CELL_FILE,
    PLAN_FILE,
    TEST_FILE,
    VALIDATION_FILE,
    CellResult,
    MethodPlan,
    NetworkResult,
    StudyPlan,
    cell_folder,
)

PREVALENCE = {"CD": 0.22, "HYP": 0.12, "MI": 0.25, "NORM": 0.44, "STTC": 0.24}
TITLES = {
    "CD": "conduction disturbance",
    "HYP": "hypertrophy",
    "MI": "myocardial infarction",
    "NORM": "normal ECG",
    "STTC": "ST/T change",
}
SKILLS = {"labels": 1.4, "mkd": 1.4, "better": 1.7, "teacher": 2.6}
CORPUS = CorpusSummary(source="made", rows=1, records=1, licence="none", checksum="0" * 64)


def made_records(fold: int, records: int) -> Predictions:
    """Make the labels of a fold; the logits are how hard each record is for every method."""
    random = np.random.default_rng([1, fold])
    targets = random.random((records, len(PREVALENCE))) < list(PREVALENCE.values())
    patient = np.char.add(f"{fold}-", random.integers(round(0.9 * records), size=records).astype(str))
    names = np.array([f"{fold}{number:04d}" for number in range(records)])
    return Predictions(names, patient, targets, random.normal(size=targets.shape), tuple(PREVALENCE))


def made_logits(
    records: Predictions, skill: float, stream: Sequence[int], training: float = 0.05, noise: float = 0.4
) -> Predictions:
    """Make the logits that a training gives to records.

    Args:
        records: From :func:`made_records`.
        skill: Distance of the means of positives and negatives.
        stream: Of this training, unlike that of any other.
        training: Standard deviation of the skill from training to training.
        noise: Standard deviation of a training's logits of a record.
    """
    random = np.random.default_rng([2, *stream])
    spread = np.linspace(0.7, 1.3, len(records.classes))
    signal = (skill + training * random.normal()) * spread * (records.targets - 0.5)
    logits = signal + 0.8 * records.logits + noise * random.normal(size=records.targets.shape)
    return Predictions(records.record_id, records.patient_id, records.targets, 1.5 * logits - 1, records.classes)


def write_study(
    out: Path,
    skills: Mapping[str, float] = SKILLS,
    *,
    methods: Mapping[str, Mapping[str, Any]] | None = None,
    seeds: Sequence[int] = (0, 1, 2),
    folds: Sequence[int] = (10, 1, 2),
    records: int = 120,
    training: float = 0.05,
    noise: float = 0.4,
    **plan: Any,
) -> Path:
    """Write the folder of a finished study.

    Args:
        out: Where.
        skills: Method to skill, see :func:`made_logits`; the first is the baseline.
        methods: Method to changes of its plan.
        seeds: Of the study.
        folds: Of the study.
        records: Of each fold.
        training: See :func:`made_logits`.
        noise: See :func:`made_logits`.
        plan: Changes of the plan.
    """
    plans = {name: {"title": name, "view": "I", "task": "made", "recipe": {}} for name in skills}
    content = {"name": "made", "title": "A made study", "created": "2026-11-23", "tool_version": "0", "corpus": CORPUS}
    content |= {"classes": tuple(PREVALENCE), "titles": TITLES, "baseline": next(iter(skills))}
    content |= {"methods": {name: MethodPlan(**{**plans[name], **(methods or {}).get(name, {})}) for name in skills}}
    StudyPlan(**{**content, "seeds": tuple(seeds), "test_folds": tuple(folds), **plan}).save(out / PLAN_FILE)
    for fold, (number, (name, skill)) in product(folds, enumerate(skills.items())):
        validation, test = made_records(fold + 100, records), made_records(fold, records)
        for seed in seeds:
            cell = cell_folder(out, name, seed, fold)
            stream = (number, seed, fold)
            made_logits(validation, skill, stream, training, noise).save(cell / VALIDATION_FILE)
            made_logits(test, skill, stream, training, noise).save(cell / TEST_FILE)
            write_cell(cell, name, seed, fold, skill)
    return out


def write_cell(cell: Path, name: str, seed: int, fold: int, skill: float = 1.0, error: str = "") -> None:
    """Write ``cell.json``."""
    network = NetworkResult(
        role="student",
        key="k",
        epochs=20,
        best_epoch=15 + seed,
        validation_macro_auc=0.7 + skill / 20,
        seconds=60.0 + 10 * skill + seed,
        gradient_shares={"bce": 0.75 - 0.25 * seed, "mkd": 0.25 + 0.25 * seed} if name == "mkd" else {},
    )
    made = {"view": "I", "parameters": 402_117, "key": "k", "networks": (network,)}
    common = {"method": name, "seed": seed, "test_fold": fold, "digest": "d", "recipe": {}, "error": error}
    CellResult(**common, **({} if error else made)).save(cell / CELL_FILE)
