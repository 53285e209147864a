"""Long recordings in pieces: the same microvolts, in little memory."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.filters import resampling_ratio, resampling_reach, settling_seconds
from mvkt.ecg.long_recordings import condition_long, windows_of
from mvkt.ecg.record import Record
from mvkt.ecg.signal import MISSING, SignalSpec, condition, cut, window_starts
from mvkt.errors import LeadError


def wandering(seconds: float, sampling_frequency: float, leads: int = 2) -> NDArray[np.float32]:
    """Noise over a baseline that wanders by volts: any edge between pieces would show."""
    generator = np.random.default_rng(0)
    shape = (round(seconds * sampling_frequency), leads)
    drift = np.cumsum(generator.normal(0, 0.02, shape), axis=0)
    return (50 + drift + generator.normal(0, 0.3, shape)).astype(np.float32)


def with_gaps(signal: NDArray[np.float32], sampling_frequency: float) -> NDArray[np.float32]:
    """Short gaps, long ones, one over more than a piece in one lead, and both ends missing."""
    generator = np.random.default_rng(1)
    broken = signal.copy()
    broken[generator.random(signal.shape) < 0.001] = np.nan
    for start in generator.integers(0, len(signal), 20):
        broken[start : start + generator.integers(1, round(30 * sampling_frequency)), generator.integers(2)] = np.nan
    broken[round(700 * sampling_frequency) : round(1700 * sampling_frequency), 0] = np.nan
    broken[:500], broken[-300:, 1] = np.nan, np.nan
    return broken


@pytest.mark.parametrize(
    ("frequency", "spec"),
    [
        (250.0, SignalSpec()),
        (511.422, SignalSpec()),
        (100.0, SignalSpec()),
        (128.0, SignalSpec(band=None)),
        (360.0, SignalSpec(sampling_frequency=250, band=(0.05, 100))),
    ],
)
@pytest.mark.parametrize("gaps", [False, True])
def test_pieces_are_the_whole(frequency: float, spec: SignalSpec, gaps: bool) -> None:
    signal = wandering(2400, frequency)
    record = Record(with_gaps(signal, frequency) if gaps else signal, ("I", "II"), frequency)
    whole, pieces = condition(record, spec, "I+III"), condition_long(record, spec, "I+III")
    assert ((whole == MISSING).any(), pieces.dtype) == (gaps, np.int16)
    np.testing.assert_array_equal(pieces, whole)


def test_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    record = Record(with_gaps(wandering(2400, 250.0), 250.0), ("I", "II"), 250.0)
    made = []
    for processors in (1, 3):
        monkeypatch.setattr("mvkt.ecg.threads.processors", lambda number=processors: number)
        made.append(condition_long(record, SignalSpec(), "I+II"))
    np.testing.assert_array_equal(made[0], made[1])


def test_a_band_that_takes_minutes_to_settle() -> None:
    record = Record(wandering(2400, 50.0, leads=1), ("I",), 50.0)
    spec = SignalSpec(sampling_frequency=50, band=(0.01, 20))
    assert settling_seconds((0.01, 20), 50) > 300
    np.testing.assert_array_equal(condition_long(record, spec, "I"), condition(record, spec, "I"))


def test_a_lead_that_was_never_on() -> None:
    signal = wandering(1000, 100.0)
    signal[:, 0] = np.nan
    made = condition_long(Record(signal, ("I", "II"), 100.0), SignalSpec(), "I+II")
    assert (made[0] == MISSING).all()
    assert (made[1] != MISSING).all()


def test_an_absent_lead() -> None:
    with pytest.raises(LeadError, match="V6"):
        condition_long(Record(wandering(1000, 100.0), ("I", "II"), 100.0), SignalSpec(), "V6")


def test_memory_does_not_grow_with_the_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mvkt.ecg.threads.processors", lambda: 1)  # each thread holds a piece, sometimes all at once

    def peak(seconds: float) -> float:
        record = Record(wandering(seconds, 250.0, leads=1), ("I",), 250.0)
        condition_long(Record(record.signal[:1000], ("I",), 250.0), SignalSpec(), "I")
        tracemalloc.start()
        made = condition_long(record, SignalSpec(), "I")
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most - made.nbytes

    assert peak(7200) < 1.2 * peak(1800)


@pytest.mark.parametrize("samples", [1, 400, 1000, 1099, 1100, 2500, 60_000])
@pytest.mark.parametrize("spec", [SignalSpec(), SignalSpec(window_seconds=5, hop_seconds=2.5)])
def test_windows_in_batches_are_those_of_cut(samples: int, spec: SignalSpec) -> None:
    microvolts = np.random.default_rng(0).integers(-500, 500, (2, samples)).astype(np.int16)
    expected, starts = cut(microvolts, spec)
    np.testing.assert_array_equal(window_starts(samples, spec), starts)
    batches = list(windows_of(microvolts, starts, spec, 7))
    assert max(map(len, batches)) <= 7
    np.testing.assert_array_equal(np.concatenate(batches), expected)


@pytest.mark.parametrize("frequency", [50.0, 100.5, 250.0, 360.0, 511.422, 1000.0])
def test_reach_is_that_of_the_filter(frequency: float) -> None:
    up, down = resampling_ratio(frequency, 100.0)
    reach = resampling_reach(up, down)
    assert reach % down == 0
    assert reach * up >= 10 * max(up, down)
