"""An ONNX network from elsewhere: what is declared is what it gets, and what does not fit is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.training.archives import declare, write_network

from mvkt.corpora.corpus import Corpus
from mvkt.corpora.prepare import prepare
from mvkt.corpora.sources.simulated import Simulated
from mvkt.ecg.signal import SignalSpec
from mvkt.errors import BundleError, RecipeError, TrainingError
from mvkt.training.teachers.onnx_teacher import OnnxTeacher

WEIGHTS = np.zeros((12, 2), dtype=np.float32)
WEIGHTS[1] = (1.0, -1.0)
HUNDRED = ("sampling_frequency = 100", "band = [0.5, 40.0]")


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return prepare(Simulated(records=6, seed=2), tmp_path_factory.mktemp("few") / "corpus", workers=1)


def network(folder: Path, *lines: str, samples: int = 1000, scale: float = 1.0) -> Path:
    write_network(folder / "model.onnx", 12, samples, WEIGHTS, scale=scale)
    return declare(folder / "model.onnx", *HUNDRED, *lines)


def ignore(done: int, total: int) -> None:
    """Nobody watches."""


def mean_size(values: np.ndarray) -> np.ndarray:
    return np.abs(values - values.mean(axis=1, keepdims=True)).mean(axis=1)


@pytest.mark.parametrize(("units", "factor"), [("mV", 1.0), ("uV", 1000.0), ("V", 0.001)])
def test_it_gets_the_units_that_are_declared(few: Corpus, tmp_path: Path, units: str, factor: float) -> None:
    teacher = OnnxTeacher(network(tmp_path, f'units = "{units}"'))
    millivolts = few.select(np.arange(len(few)), "II")[:, 0].astype(np.float64) / 1000
    expected = mean_size(millivolts) * factor
    made = teacher.logits(few, ignore)
    np.testing.assert_allclose(made, np.stack([expected, -expected], axis=1), rtol=1e-4)


@pytest.mark.parametrize("scaling", ["record", "lead", "global"])
def test_it_gets_the_scaling_that_is_declared(few: Corpus, tmp_path: Path, scaling: str) -> None:
    teacher = OnnxTeacher(network(tmp_path, f'scaling = "{scaling}"', "std = 0.5", "mean = 0.1"))
    values = few.select(np.arange(len(few)), "12-lead").astype(np.float64) / 1000
    deviation = {"record": values.std(axis=(1, 2)), "lead": values[:, 1].std(axis=1), "global": 0.5}[scaling]
    np.testing.assert_allclose(teacher.logits(few, ignore)[:, 0], mean_size(values[:, 1]) / deviation, rtol=1e-3)


def test_probabilities_become_logits(few: Corpus, tmp_path: Path) -> None:
    teacher = OnnxTeacher(network(tmp_path, 'output = "probabilities"', scale=0.0))
    assert (teacher.logits(few, ignore) < -10).all()
    with pytest.raises(TrainingError, match="are no probabilities"):
        OnnxTeacher(network(tmp_path, 'output = "probabilities"', 'units = "uV"')).logits(few, ignore)


def test_what_is_declared_is_known(tmp_path: Path) -> None:
    facts = OnnxTeacher(
        network(tmp_path, 'name = "clinic"', 'titles = { LARGE = "large waves" }', "thresholds = { LARGE = 0.2 }")
    ).facts
    assert (facts.name, facts.view, facts.classes) == ("clinic", "12-lead", ("LARGE", "SMALL"))
    assert facts.thresholds == (0.2, 0.5)
    assert facts.signal == SignalSpec(standardise="none")


def test_a_wrong_shape_is_refused(few: Corpus, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"takes \(batch, 12, 5000\); by model.toml it .* \(batch, 12, 1000\)"):
        OnnxTeacher(network(tmp_path, samples=5000))
    path = declare(network(tmp_path), *HUNDRED, classes=("A", "B", "C"))
    with pytest.raises(TrainingError, match=r"gives \(6, 2\) for 6 windows; model.toml declares 3 classes"):
        OnnxTeacher(path).logits(few, ignore)


def test_nan_is_refused(few: Corpus, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"not numbers .* are units and scaling in model.toml those"):
        OnnxTeacher(network(tmp_path, scale=float("nan"))).logits(few, ignore)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('view = "I+V7"', "unknown lead V7; the standard leads are"),
        ('view = "I+I"', "is not a view"),
        ('scalling = "lead"', "scalling: unknown key; did you mean 'scaling'"),
        ("band = [0.5, 60.0]", "must rise and lie between"),
        ('normal = ["NORM"]', "name no class NORM"),
    ],
)
def test_faults_of_the_declaration_are_named(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message.replace("(", r"\(")):
        OnnxTeacher(network(tmp_path, line) if "band" not in line else declare(network(tmp_path), HUNDRED[0], line))


def test_a_channel_of_a_device_is_named_on_purpose(tmp_path: Path) -> None:
    write_network(tmp_path / "model.onnx", 2, 1000, WEIGHTS[:2])
    path = declare(tmp_path / "model.onnx", *HUNDRED, 'view = "II+ES"', 'other_leads = ["ES"]')
    assert OnnxTeacher(path).facts.view == "II+ES"


def test_a_missing_declaration_and_a_file_that_is_no_network(tmp_path: Path) -> None:
    write_network(tmp_path / "model.onnx", 12, 1000, WEIGHTS)
    with pytest.raises(RecipeError, match=r"needs model.toml beside it"):
        OnnxTeacher(tmp_path / "model.onnx")
    (tmp_path / "model.onnx").write_bytes(b"no network")
    with pytest.raises(BundleError, match="no network that ONNX Runtime can run"):
        OnnxTeacher(declare(tmp_path / "model.onnx"))
