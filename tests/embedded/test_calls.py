from __future__ import annotations

import numpy as np
import pytest

from mvkt.embedded.calls import LANES, Calls, in_lanes
from mvkt.embedded.steps import Elementwise, Gating, Quantisation, Step, Value
from mvkt.errors import BundleError


def test_weights_lie_in_groups_of_outputs() -> None:
    weights = np.arange(10 * 3 * 5, dtype=np.float32).reshape(10, 3, 5)
    found = in_lanes(weights)
    assert found.shape == (2, 5, 3, LANES)
    for output in range(10):
        for channel in range(3):
            for tap in range(5):
                assert found[output // LANES, tap, channel, output % LANES] == weights[output, channel, tap]
    assert not found[1, :, :, 2:].any(), "filled up with zeros"


def test_numbers_survive_as_text() -> None:
    calls = Calls(lambda _: "x")
    values = np.array([1, -0.1, 1e-30, 16777216, 3.4e38, np.float32(1) / 3], dtype=np.float32)
    calls._constant(values)
    (line,) = calls.constants
    texts = line[line.index("{") + 1 : line.index("}")].split(", ")
    assert all(text.endswith("f") and ("." in text or "e" in text) for text in texts)
    assert np.array_equal(np.array([float(text[:-1]) for text in texts], dtype=np.float32), values)
    assert calls.constant_bytes == values.nbytes


def test_8_bits_where_there_is_no_code_for_them() -> None:
    value = Value(4, 10, Quantisation(0.1, 0))
    gate = Value(4, 1, Quantisation(0.1, 0))
    with pytest.raises(BundleError, match="Gating in float32 only"):
        Calls(lambda _: "x").write(Gating((value, gate), value))
    with pytest.raises(BundleError, match="Elementwise in float32 only"):
        Calls(lambda _: "x").write(Elementwise((value,), value, "sigmoid"))
    with pytest.raises(BundleError, match="no C code for Step"):
        Calls(lambda _: "x").write(Step((value,), value))
