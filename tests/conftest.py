"""Fixtures that more than one room uses."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.hub import TOKEN, HubServer
from tests.object_store import ObjectStore

from mvkt.bundle import packaged
from mvkt.bundle.manifest import MODEL_FILE, BundleManifest
from mvkt.ecg.record import Record
from mvkt.ecg.rhythm_features import NAMES
from mvkt.ecg.rhythm_head import RhythmHead
from mvkt.ecg.signal import SignalSpec

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real recordings."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs the real recordings in ../shared/data")
    return SHARED_DATA


@pytest.fixture
def beating() -> Callable[..., Record]:
    """Make a clean recording: 72 beats a minute of narrow and wide waves."""

    def make(leads: tuple[str, ...] = ("I",), seconds: float = 10.0, sampling_frequency: float = 100.0) -> Record:
        time = np.arange(round(seconds * sampling_frequency)) / sampling_frequency
        phase = (time % (60 / 72))[:, np.newaxis]
        scale = np.linspace(1.0, 0.4, len(leads))[np.newaxis]
        wave = 1.0 * np.exp(-(((phase - 0.3) / 0.015) ** 2)) + 0.25 * np.exp(-(((phase - 0.55) / 0.05) ** 2))
        noise = np.random.default_rng(0).normal(0, 0.005, (len(time), len(leads)))
        return Record(
            signal=(wave * scale + noise).astype(np.float32),
            leads=leads,
            sampling_frequency=sampling_frequency,
        )

    return make


def _tiny_network(leads: int, samples: int, classes: int, batch: str | int = "batch") -> Any:
    """An ONNX model whose logits are ``mean(|signal|) of each lead @ ones + 0, 1, 2 ...``, less 1."""
    from onnx import TensorProto, helper, numpy_helper

    weight = np.ones((leads, classes), dtype=np.float32)
    bias = np.arange(classes, dtype=np.float32) - 1
    nodes = [
        helper.make_node("Abs", ["signal"], ["absolute"]),
        helper.make_node("ReduceMean", ["absolute", "axes"], ["mean"], keepdims=0),
        helper.make_node("Gemm", ["mean", "weight", "bias"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("signal", TensorProto.FLOAT, [batch, leads, samples])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [batch, classes])],
        [
            numpy_helper.from_array(weight, "weight"),
            numpy_helper.from_array(bias, "bias"),
            numpy_helper.from_array(np.array([2], dtype=np.int64), "axes"),
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


@pytest.fixture
def tiny_network() -> Callable[..., Any]:
    """Make an ONNX model by ``(leads, samples, classes, batch)``; see ``make_bundle``."""
    return _tiny_network


@pytest.fixture
def make_bundle(tmp_path: Path) -> Callable[..., Path]:
    """Write a bundle around ``tiny_network``, without PyTorch; keywords override the manifest."""

    def make(name: str = "tiny", network: Any = None, **overrides: Any) -> Path:
        classes = overrides.get("classes", ("AF", "NORM", "STD"))
        manifest = BundleManifest(
            **{
                "name": "tiny",
                "task": "conditions",
                "classes": classes,
                "titles": {"AF": "atrial fibrillation"},
                "view": "I",
                "signal": SignalSpec(),
                "temperatures": (1.0,) * len(classes),
                "thresholds": (0.5,) * len(classes),
                "architecture": {"name": "tiny"},
                "tool_version": "0",
                **overrides,
            }
        )
        network = network or _tiny_network(len(manifest.leads), manifest.signal.window_samples, len(classes))
        content = network.SerializeToString()
        folder = tmp_path / name
        folder.mkdir()
        (folder / MODEL_FILE).write_bytes(content)
        checksums = {MODEL_FILE: hashlib.sha256(content).hexdigest()}
        complete = manifest.model_copy(update={"checksums": checksums})
        (folder / "bundle.json").write_text(complete.model_dump_json())
        return folder

    return make


@pytest.fixture
def rhythm_head() -> Callable[..., RhythmHead]:
    """Make what beats add to logits: always the same."""

    def make(added: tuple[float, ...]) -> RhythmHead:
        return RhythmHead(features=NAMES, typical=(0.0,) * len(NAMES), split=(), threshold=(), leaves=(), bias=added)

    return make


@pytest.fixture
def in_the_box(make_bundle: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Make a bundle that comes with mvkt; called at least once, nothing else does."""

    def make(name: str, view: str = "I", **overrides: object) -> Path:
        folder = make_bundle(name, view=view, **overrides)
        manifest = json.loads((folder / "bundle.json").read_text())
        (folder / "bundle.json").write_text(json.dumps(manifest | {"name": f"student {name}"}))
        monkeypatch.setattr(packaged, "_STUDENTS", folder.parent)
        students = [path.parent for path in folder.parent.glob("*/bundle.json")]
        monkeypatch.setattr(packaged, "DIGESTS", {path.name: packaged.student_digest(path) for path in students})
        return folder

    return make


@pytest.fixture
def finished_run(tmp_path: Path, beating: Callable[..., Record]) -> Callable[..., Path]:
    """Make the folder of a finished run, with untrained networks and made-up predictions.

    ``student`` is the network of baseline and student, ``spec`` is how its input is made. The networks are
    ``resnet1d`` with widths 8 and 16; the teacher's view is I+II+V2.
    """

    def make(student: Any, teacher: Any, spec: SignalSpec | None = None) -> Path:
        from safetensors.torch import save_file

        from mvkt.ecg.signal import condition, cut

        run, spec = tmp_path / "run", spec or SignalSpec()
        for role, network in (("teacher", teacher), ("baseline", student), ("student", student)):
            (run / role).mkdir(parents=True)
            state = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
            save_file(state, run / role / "best.safetensors")
        leads = ("I", "II", "V2")
        microvolts, _ = cut(condition(beating(leads, seconds=40), spec, "+".join(leads)), spec)
        np.savez(run / "examples.npz", microvolts=microvolts, leads=np.array(leads))
        _made_up_result(spec).save(run / "result.json")
        return run

    return make


def _made_up_result(spec: SignalSpec) -> Any:
    from mvkt.evaluation.bootstrap import gap_closed
    from mvkt.evaluation.evaluate import evaluate
    from mvkt.evaluation.predictions import Predictions
    from mvkt.evaluation.result import CorpusSummary, ModelResult, ModelResults, RunResult
    from mvkt.evaluation.verdicts.calibration import fit_calibration

    classes, titles = ("AF", "NORM", "STD"), {"AF": "atrial | fibrillation", "NORM": "normal"}
    random = np.random.default_rng(0)
    targets, noise = random.random((60, 3)) < 0.4, random.normal(size=(60, 3))
    names = np.array([f"r{number}" for number in range(60)])
    predictions = {
        role: Predictions(names, names, targets, targets * strength + noise, classes)
        for role, strength in (("teacher", 3.0), ("baseline", 0.8), ("student", 1.5))
    }
    models = {
        role: ModelResult(
            view="I+II+V2" if role == "teacher" else "I",
            signal=spec,
            architecture={"name": "resnet1d", "widths": (8, 16), "leads": 1 + 2 * (role == "teacher"), "classes": 3},
            parameters=12_345,
            epochs=20,
            best_epoch=17,
            seconds=1.0,
            validation_macro_auc=0.9,
            calibration=fit_calibration(made),
            evaluation=evaluate(made, fit_calibration(made), titles, resamples=20),
        )
        for role, made in predictions.items()
    }
    return RunResult(
        name="made-up",
        created="2024-05-01T10:00:00+00:00",
        tool_version="0.1.0",
        corpus=CorpusSummary(source="ptb-xl", rows=600, records=600, licence="CC BY 4.0", checksum="ab" * 32),
        task="conditions",
        classes=classes,
        titles=titles,
        split={"training": (1, 2), "validation": (9,), "test": (10,)},
        records={"training": 480, "validation": 60, "test": 60},
        models=ModelResults(**models),
        transfer=gap_closed(*predictions.values(), resamples=20),
        recipe={"name": "made-up", "seed": 0},
    )


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A model hub on this machine, which the hub's library takes for the public one; the token is known."""
    from huggingface_hub import constants

    server = HubServer()
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setenv("HF_ENDPOINT", server.hub.address)
    for name, value in {
        "HF_HUB_CACHE": str(tmp_path / "hub-cache"),
        "HF_TOKEN_PATH": str(tmp_path / "no-token"),
        "HF_HUB_DISABLE_XET": True,
    }.items():
        monkeypatch.setattr(constants, name, value)
    yield server
    server.stop()


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    """A store that S3 clients take for theirs."""
    made = ObjectStore()
    monkeypatch.setenv("AWS_ENDPOINT_URL", made.address)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-the-test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-the-test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    yield made
    made.stop()
