"""The threshold of ventricular beats follows from records that a network has not learned from."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from benchmarks.fit import kinds_fit
from benchmarks.fit.kinds_fit import KindsTraining
from benchmarks.reference.normal_strips import NormalStrip

NAMES = tuple("abcdefghijklmn")
STORED = {"hidden": [[0.0]], "hidden_bias": [0.0], "output": [[0.0, 0.0, 0.0]], "output_bias": [0.5, 2.0, -1.0]}


def test_no_record_is_read_by_a_network_that_learned_it_or_those_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted: list[frozenset[str]] = []
    read: dict[str, frozenset[str]] = {}

    def network(_: KindsTraining, left_out: frozenset[str]) -> dict[str, Any]:
        fitted.append(left_out)
        return STORED

    def missed_less_made_up(record: SimpleNamespace, *_: object) -> np.ndarray[Any, Any]:
        read[record.name] = fitted[-1]
        return np.arange(30) - (20 if record.name == "c" else 10)  # their mean is zero at 1.1

    monkeypatch.setattr(KindsTraining, "_network", network)
    monkeypatch.setattr(kinds_fit, "_missed_less_made_up", missed_less_made_up)
    trials: Any = tuple((SimpleNamespace(name=name), np.empty(0, dtype=np.int64)) for name in NAMES)
    empty = np.empty(0)
    training = KindsTraining(empty, empty.astype(np.int64), empty, empty.astype(np.str_), (), trials)
    made = training.fit(("a", "h"))
    assert made["output_bias"] == [0.5, 0.9, -1.0]  # 2.0 - 1.1
    assert set(read) == set(NAMES) - {"a", "h"}
    assert all({name, "a", "h"} <= left_out and len(left_out) == 4 for name, left_out in read.items())


def test_few_strips_with_a_normal_rhythm_pass_the_threshold_of_strips(monkeypatch: pytest.MonkeyPatch) -> None:
    """A beat of each of 25 strips is the likelier ventricular the longer the strip: at most two, 8 %, may be so."""

    def weighed(trace: np.ndarray[Any, Any], beats: np.ndarray[Any, Any], _: float) -> np.ndarray[Any, Any]:
        rows = np.tile((0.0, -9.0, -9.0, 0.0, 0.0, -4.0, 2.0), (len(beats), 1))
        rows[5, 1] = 0.05 + 0.1 * (trace.shape[1] - 1000)
        return rows

    monkeypatch.setattr(KindsTraining, "_network", lambda *_, strips: STORED if strips else None)
    monkeypatch.setattr(kinds_fit.beat_kinds, "weighed", weighed)
    beats = np.arange(20, dtype=np.int64) * 80
    strips = tuple(NormalStrip(8, np.zeros((1, 1000 + number), dtype=np.int16), beats) for number in range(25))
    learned = NormalStrip(1, np.zeros((1, 9000), dtype=np.int16), beats)
    empty = np.empty(0)
    training = KindsTraining(empty, empty.astype(np.int64), empty, empty.astype(np.str_), (), (), (learned, *strips))
    assert training.fit_strips()["output_bias"] == [0.5, -0.3, -1.0]  # 2.0 - 2.3
