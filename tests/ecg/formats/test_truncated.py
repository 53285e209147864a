from __future__ import annotations

import numpy as np

from mvkt.ecg.formats.truncated import is_truncated, truncation
from mvkt.ecg.record import Record


def test_fewer_samples_than_promised_are_noted() -> None:
    assert truncation(1800, 3000.0) == ("truncated: 1,800 of 3,000 samples are there",)
    assert truncation(3000, 3000.0) == truncation(3000, None) == ()


def test_a_truncated_recording_is_known_by_its_note() -> None:
    signal = np.zeros((500, 1), dtype=np.float32)
    assert is_truncated(Record(signal, "I", 500, notes=truncation(500, 600)))
    assert not is_truncated(Record(signal, "I", 500, notes=("cut off the pulse",)))
