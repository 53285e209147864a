from __future__ import annotations

import numpy as np

from mvkt.embedded.steps import Convolution, Quantisation, Value


def test_room_of_a_value() -> None:
    assert Value(3, 10).bytes == 120
    assert Value(3, 10, Quantisation(0.1, 3)).bytes == 30


def test_values_differ_by_identity_not_by_content() -> None:
    assert Value(3, 10) != Value(3, 10)


def test_multiplications_of_a_convolution() -> None:
    weights = np.zeros((16, 8, 7), dtype=np.float32)
    step = Convolution(
        (Value(8, 100),), Value(16, 50), weights, np.zeros(16, dtype=np.float32), np.empty(0, np.float32)
    )
    assert step.multiplications == 50 * 16 * 8 * 7
