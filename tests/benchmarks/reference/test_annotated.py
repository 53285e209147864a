"""Annotated half-hours."""

from __future__ import annotations

import numpy as np
from benchmarks.reference.annotated import Annotated


def test_strips_have_what_lies_in_them_counted_from_their_beginning() -> None:
    record = Annotated(
        name="a",
        signal=np.arange(750, dtype=np.float32)[:, np.newaxis],
        sampling_frequency=10.0,
        beats=np.array([1.0, 29.0, 30.0, 44.0, 61.0]),
        kinds=np.array(["N", "V", "S", "N", "V"]),
        flutter=((20.0, 40.0),),
        fibrillation=((50.0, 55.0), (60.0, 70.0)),
    )
    first, second = record.cut(30.0)  # 15 s are left
    assert (first.signal[0, 0], second.signal[0, 0], len(second.signal)) == (0.0, 300.0, 300)
    assert (first.beats.tolist(), first.kinds.tolist()) == ([1.0, 29.0], ["N", "V"])
    assert (second.beats.tolist(), second.kinds.tolist()) == ([0.0, 14.0], ["S", "N"])
    assert (first.flutter, second.flutter) == (((20.0, 30.0),), ((0.0, 10.0),))
    assert (first.fibrillation, second.fibrillation) == ((), ((20.0, 25.0),))
