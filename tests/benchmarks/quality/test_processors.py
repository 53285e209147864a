from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from benchmarks.quality.processors import compare, run
from onnx import numpy_helper
from tests.as_avx2 import environment

from mvkt.bundle import packaged
from mvkt.bundle.manifest import MODEL_FILE
from mvkt.ecg.formats import write
from mvkt.ecg.simulate import simulate


def test_verdicts_do_not_depend_on_the_instructions(tmp_path: Path) -> None:
    simulation, paths = simulate(6, seed=5), [tmp_path / f"{row}.csv" for row in range(6)]
    for row, path in enumerate(paths):
        write(simulation.record(row), path)
    result = compare(run(paths, "integers", {}), run(paths, "integers", environment()))
    assert result["findings"] > 100
    assert result["verdicts that differ"] == 0
    # Conditioned signals are whole microvolts: the same, or a few of them apart by 1 where a sum was on the edge.
    assert result["largest difference of a probability"] < 0.01


def test_findings_are_compared_by_name() -> None:
    first = {"a": {"probability": 0.5, "verdict": "found"}, "b": {"probability": None, "verdict": "not judged"}}
    second = {
        "a": {"probability": 0.25, "verdict": "inconclusive"},
        "b": {"probability": None, "verdict": "not judged"},
    }
    assert compare(first, second) == {
        "findings": 2,
        "verdicts that differ": 1,
        "largest difference of a probability": 0.25,
    }
    with pytest.raises(SystemExit, match="different findings"):
        compare(first, {"a": first["a"]})


@pytest.mark.parametrize("name", ["lead-I", "lead-II"])
def test_no_processor_overflows(name: str) -> None:
    """Two products of a weight and an 8-bit value are added in 16 bits where there is no VNNI."""
    network = onnx.load(packaged.find(name) / MODEL_FILE)
    weights = [numpy_helper.to_array(tensor) for tensor in network.graph.initializer]
    products = [
        2 * 255 * int(np.abs(array.astype(int)).max()) for array in weights if array.dtype == np.int8 and array.ndim > 1
    ]
    assert products
    assert max(products) < 2**15
