"""A run folder that looks like one, without any training."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.leads import STANDARD_LEADS
from mvkt.ecg.signal import MISSING, SignalSpec
from mvkt.evaluation import Predictions, RunResult, evaluate, fit_calibration, gap_closed, probabilities
from mvkt.evaluation.false_positives import false_positives
from mvkt.evaluation.result import ROLES, CorpusSummary, ModelResult, ModelResults
from mvkt.evaluation.subgroups import subgroups
from mvkt.evaluation.verdicts.band_check import check_verdicts

TITLES = {
    "CD": "conduction disturbance",
    "HYP": "hypertrophy",
    "MI": "myocardial infarction",
    "NORM": "normal ECG",
    "STTC": "ST/T change",
}
PREVALENCE = {"CD": 0.22, "HYP": 0.12, "MI": 0.25, "NORM": 0.44, "STTC": 0.24}
SKILLS = {"teacher": 1.95, "baseline": 1.3, "student": 1.45}
RECIPE = {
    "name": "ptbxl-superdiagnostic-lead-I",
    "task": "superdiagnostic",
    "min_samples": 0,
    "seed": 0,
    "folds": None,
    "teacher": {
        "view": "12-lead",
        "model": {"name": "resnet1d"},
        "training": {"epochs": 18, "learning_rate": 0.003},
    },
    "student": {
        "view": "I",
        "model": {"name": "resnet1d"},
        "training": {"epochs": 18, "learning_rate": 0.003},
    },
    "transfer": {"bce": 1.0, "mkd": 1.0, "clt": 0.8, "temperature": 2.0},
}


def made_predictions(
    classes: tuple[str, ...], prevalence: Mapping[str, float], skill: float, records: int, seed: int
) -> Predictions:
    """The labels and part of what makes a record hard are the same for every model."""
    shared = np.random.default_rng(seed)
    targets = shared.random((records, len(classes))) < [prevalence[code] for code in classes]
    hardness = shared.normal(size=targets.shape)
    patient = shared.integers(round(records * 0.9), size=records).astype(str)
    own = np.random.default_rng([seed, round(skill * 1000)]).normal(size=targets.shape)
    spread = np.linspace(0.8, 1.2, len(classes))
    signal = skill * spread * (targets - 0.5) + 0.85 * hardness + 0.5 * own
    rarity = np.log([[max(prevalence[code], 0.01) for code in classes]])
    names = np.array([f"{seed}{number:04d}" for number in range(records)])
    return Predictions(names, patient, targets, 1.6 * signal + rarity, classes)


def made_history(skill: float, transfers: bool, epochs: int = 18) -> str:
    noise = np.random.default_rng(round(skill * 100)).normal(0, 0.004, (epochs, 2))
    lines = []
    for epoch in range(1, epochs + 1):
        rest = float(np.exp(-epoch / 4))
        bce = 0.28 + 0.4 * rest + float(noise[epoch - 1, 0])
        losses = {"total": bce, "bce": bce}
        if transfers:
            losses |= {
                "mkd": 0.1 + 0.5 * rest,
                "clt": 3.0 + 4 * rest,
                "total": bce + 0.1 + 0.5 * rest + 0.8 * (3 + 4 * rest),
            }
        auc = 0.68 + 0.12 * skill - 0.2 * rest + float(noise[epoch - 1, 1])
        entry = {
            "epoch": epoch,
            "learning_rate": 0.001,
            "losses": losses,
            "validation": {"loss": bce + 0.03 + 0.002 * epoch, "macro_auc": auc},
            "records_per_second": 812.0,
            "seconds": 4.1,
        }
        lines.append(json.dumps(entry))
    return "\n".join(lines) + "\n"


def made_microvolts(records: int, leads: int) -> NDArray[np.int16]:
    """10 s at 100 Hz of P, QRS and T waves, another rate for each record; the last one has a gap."""
    generator = np.random.default_rng(0)
    time = np.arange(1000) / 100
    signals = np.zeros((records, leads, 1000))
    for record in range(records):
        phase = time % (0.7 + 0.12 * record)
        for place, width, height in (
            (0.2, 0.025, 120),
            (0.34, 0.012, -90),
            (0.37, 0.014, 1100),
            (0.4, 0.014, -220),
            (0.62, 0.05, 260),
        ):
            wave = height * np.exp(-(((phase - place) / width) ** 2) / 2)
            signals[record] += generator.normal(0.6, 0.5, (leads, 1)) * wave
    signals += generator.normal(0, 12, signals.shape)
    microvolts = signals.astype(np.int16)
    microvolts[-1, :, 400:460] = MISSING
    return microvolts


def without_findings(predictions: Predictions) -> NDArray[np.bool_]:
    finding = np.array([code != "NORM" for code in predictions.classes])
    return np.asarray(~predictions.targets[:, finding].any(axis=1))


def write_run(
    run: Path,
    *,
    skills: Mapping[str, float] = SKILLS,
    titles: Mapping[str, str] = TITLES,
    prevalence: Mapping[str, float] = PREVALENCE,
    records: int = 398,
    resamples: int = 200,
    name: str = "ptbxl-superdiagnostic-lead-I",
    record_ids: tuple[str, ...] = ("17352", "20114", "9806", "21077"),
) -> Path:
    """Write what a training leaves behind, but for the weights."""
    classes = tuple(sorted(prevalence))
    models, tests = {}, {}
    random = np.random.default_rng(0)
    age, sex = random.uniform(18, 90, records), random.choice(["female", "male"], records)
    for role in ROLES:
        validation = made_predictions(classes, prevalence, skills[role], records, seed=9)
        tests[role] = made_predictions(classes, prevalence, skills[role], records, seed=10)
        validation.save(run / role / "validation.npz")
        tests[role].save(run / role / "test.npz")
        (run / role / "metrics.jsonl").write_text(made_history(skills[role], role == "student"))
        calibration = fit_calibration(validation)
        models[role] = ModelResult(
            view="12-lead" if role == "teacher" else "I",
            signal=SignalSpec(),
            architecture={"name": "resnet1d", "widths": [64, 96, 128], "kernel_size": 7},
            parameters=1_612_341 if role == "teacher" else 402_117,
            epochs=18,
            best_epoch=16,
            seconds=81.4 if role == "teacher" else 58.0,
            validation_macro_auc=0.68 + 0.12 * skills[role],
            calibration=calibration,
            evaluation=evaluate(tests[role], calibration, titles, resamples),
            abstention=check_verdicts(validation, tests[role], calibration, titles, resamples),
            false_positives=false_positives(
                tests[role], calibration, titles, without_findings(tests[role]), ("NORM",), resamples
            ),
            subgroups=subgroups(tests[role], age, sex, resamples) if role == "student" else (),
        )
    result = RunResult(
        name=name,
        created="2025-11-22T10:30:00+00:00",
        tool_version="0.1.0",
        corpus=CorpusSummary(source="ptb-xl", rows=3962, records=3962, licence="CC BY 4.0", checksum="8f3a" * 16),
        task="superdiagnostic",
        classes=classes,
        titles=titles,
        normal=("NORM",),
        typical=dict.fromkeys(classes, "typical of something"),
        split={"training": tuple(range(1, 9)), "validation": (9,), "test": (10,)},
        records={"training": 3134, "validation": 430, "test": records},
        models=ModelResults(**models),
        transfer=gap_closed(tests["teacher"], tests["baseline"], tests["student"], resamples),
        recipe=RECIPE,
    )
    result.save(run / "result.json")
    some = slice(0, len(record_ids))
    np.savez(
        run / "examples.npz",
        record_id=np.array(record_ids),
        microvolts=made_microvolts(len(record_ids), 12),
        leads=np.array(STANDARD_LEADS),
        sampling_frequency=np.float64(100),
        targets=tests["student"].targets[some],
        probabilities=probabilities(tests["student"].logits, models["student"].calibration)[some],
    )
    return run


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., Path]:
    """Write a synthetic run folder; the options are those of :func:`write_run`."""

    def make(**options: Any) -> Path:
        return write_run(tmp_path / "run", **options)

    return make


@pytest.fixture(scope="session")
def usual_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder to read from; whoever changes it takes a copy."""
    return write_run(tmp_path_factory.mktemp("usual") / "run")
