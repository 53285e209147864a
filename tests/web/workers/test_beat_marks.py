"""Marks above a trace."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mvkt.diagnosis.prepared_recording import prepare
from mvkt.ecg.record import Record
from mvkt.ecg.signal import SignalSpec
from mvkt.web.workers import beat_marks as module
from mvkt.web.workers.beat_marks import beat_marks


def test_every_beat_has_a_mark(beating: Callable[..., Record]) -> None:
    marks = beat_marks(prepare(beating(seconds=30.0), "I", SignalSpec()))
    expected = np.arange(0.3, 30.0, 60 / 72)
    assert abs(len(marks) - len(expected)) <= 2
    inner = marks[(marks > 2) & (marks < 28)]
    assert np.abs(inner[:, np.newaxis] - expected).min(axis=1).max() < 0.03


def test_pieces_give_each_beat_once(beating: Callable[..., Record], monkeypatch) -> None:
    prepared = prepare(beating(seconds=120.0), "I", SignalSpec())
    whole = beat_marks(prepared)
    monkeypatch.setattr(module, "_PIECE_SECONDS", 30.0)
    pieces = beat_marks(prepared)
    assert (np.diff(pieces) > 0.4).all()
    assert abs(len(pieces) - len(whole)) <= 1
