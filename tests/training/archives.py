"""A small archive of simulated recordings as files, a run whose teacher can be taken, and a network made here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mvkt.corpora.sources.simulated import Simulated
from mvkt.ecg.formats.writers.registry import write
from mvkt.ecg.record import Record

QUICK = (
    "student.model.widths=[8, 16]",
    "student.training.epochs=5",
    "student.training.warmup_epochs=0.5",
    "student.training.precision=float32",
    "student.person=false",
    "min_samples=5",
)


def write_archive(
    folder: Path, records: int, *, seed: int = 11, change: Callable[[Record], Record] = lambda record: record
) -> list[dict[str, float]]:
    """Write simulated recordings as WFDB; return the labels of each."""
    source = Simulated(records=records, seed=seed)
    entries, _ = source.entries()
    folder.mkdir(parents=True)
    for number, record in enumerate(source.read_many(entries)):
        assert isinstance(record, Record)
        write(change(record), folder / f"r{number:04d}.hea", "wfdb")
    return [dict(entry.labels) for entry in entries]


def write_network(path: Path, leads: int, samples: int, weights: NDArray[np.float32], *, scale: float = 1.0) -> None:
    """Write an ONNX network whose logits are a linear map of the standard deviation of each lead.

    Args:
        path: Of the file.
        leads: Of its input.
        samples: Of its input.
        weights: ``(leads, classes)``.
        scale: Of the logits; NaN gives a network that gives NaN.
    """
    from onnx import TensorProto, helper, numpy_helper, save

    nodes = [
        helper.make_node("ReduceMean", ["x", "axes"], ["mean"], keepdims=1),
        helper.make_node("Sub", ["x", "mean"], ["centred"]),
        helper.make_node("Abs", ["centred"], ["size"]),
        helper.make_node("ReduceMean", ["size", "axes"], ["power"], keepdims=0),
        helper.make_node("MatMul", ["power", "weights"], ["raw"]),
        helper.make_node("Mul", ["raw", "scale"], ["out"]),
    ]
    constants = {
        "axes": np.array([2], dtype=np.int64),
        "weights": weights.astype(np.float32),
        "scale": np.array(scale, dtype=np.float32),
    }
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", leads, samples])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["batch", weights.shape[1]])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), str(path))


def declare(path: Path, *lines: str, classes: Sequence[str] = ("LARGE", "SMALL")) -> Path:
    """Write ``model.toml`` beside a network of 12 leads at 500 Hz."""
    text = [
        'view = "12-lead"',
        "sampling_frequency = 500",
        "window_seconds = 10",
        f"classes = [{', '.join(repr(code) for code in classes)}]",
    ]
    given = {line.split(" = ")[0] for line in lines}
    kept = [line for line in text if line.split(" = ")[0] not in given]
    path.with_suffix(".toml").write_text("\n".join([*kept, *lines]) + "\n")
    return path
