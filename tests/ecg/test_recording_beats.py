"""Heartbeats of whole recordings and of the windows in them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.ecg.drawn_ecg import NORMAL, drawn, microvolts_of

from mvkt.ecg import recording_beats
from mvkt.ecg.heartbeat import Traces, traces_of
from mvkt.ecg.recording_beats import beats_of, in_pieces
from mvkt.ecg.signal import MISSING, SignalSpec, cut, window_starts

SPEC = SignalSpec()
SECONDS = np.arange(0.5, 700.0, 0.83)


@pytest.fixture(scope="module")
def microvolts() -> NDArray[np.int16]:
    return microvolts_of(drawn([(float(second), NORMAL, 1.0) for second in SECONDS], 700.0, frequency=100.0))


def test_beats_of_hours_are_those_of_minutes(microvolts: NDArray[np.int16]) -> None:
    np.testing.assert_allclose(beats_of(microvolts, 100.0) / 100.0, SECONDS, atol=0.03)
    gap = microvolts.copy()
    gap[:, 30_000:40_000] = MISSING
    inside = beats_of(gap, 100.0)
    assert not ((inside > 30_000) & (inside < 40_000)).any()
    assert len(beats_of(np.zeros((1, 50), dtype=np.int16), 100.0)) == 0


def pieces_of(microvolts: NDArray[np.int16], starts: NDArray[np.int64]) -> tuple[NDArray[np.int64], list[Traces]]:
    return in_pieces(microvolts, starts, SPEC.window_samples, 100.0, lambda traces: traces)


def test_every_window_has_the_beats_of_the_recording_that_lie_in_it(microvolts: NDArray[np.int16]) -> None:
    gap = microvolts[:, :65_310].copy()  # ends within a window
    gap[:, 12_300:12_500] = MISSING
    starts = window_starts(gap.shape[1], SPEC)
    beats, pieces = pieces_of(gap, starts)
    np.testing.assert_array_equal(beats, beats_of(gap, 100.0))
    assert [len(traces.values) for traces in pieces] == [30, 30, 6]
    within = [
        traces.beats.sample[traces.beats.window == row] for traces in pieces for row in range(traces.beats.windows)
    ]
    for start, found in zip(starts, within, strict=True):
        np.testing.assert_array_equal(found + start, beats[(beats >= start) & (beats < start + 1000)])
    alone = traces_of(cut(gap, SPEC)[0], 100.0)
    values, missing = (np.concatenate([getattr(part, name) for part in pieces]) for name in ("values", "missing"))
    np.testing.assert_array_equal(values[~missing], alone.values[~missing])
    np.testing.assert_array_equal(missing, alone.missing)
    quiet = np.concatenate([traces.beats.quiet for traces in pieces])
    np.testing.assert_allclose(quiet, alone.beats.quiet, rtol=0.2, atol=1e-4)


def test_windows_may_overlap_or_lie_far_apart(microvolts: NDArray[np.int16]) -> None:
    whole = beats_of(microvolts, 100.0)
    for starts in (np.arange(0, 69_000, 250), np.array([100, 65_000])):
        beats, pieces = pieces_of(microvolts, starts)
        np.testing.assert_array_equal(beats, whole)
        counts = np.concatenate([traces.beats.counts for traces in pieces])
        np.testing.assert_array_equal(counts, [((whole >= at) & (whole < at + 1000)).sum() for at in starts])


@pytest.mark.parametrize("leads", [1, 2])
def test_pieces_that_are_looked_at_together_are_as_by_themselves(
    microvolts: NDArray[np.int16], leads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_beats, "_PIECE_SECONDS", 60.0)
    several = np.concatenate([microvolts, microvolts // 3])[:leads, :69_310].copy()
    several[0, 12_300:12_500] = MISSING
    starts = window_starts(several.shape[1], SPEC)
    beats, together = pieces_of(several, starts)
    monkeypatch.setattr(recording_beats, "_LEADS_AT_ONCE", 1)
    alone, pieces = pieces_of(several, starts)
    assert len(together) < len(pieces) == 12
    np.testing.assert_array_equal(beats, alone)
    np.testing.assert_array_equal(beats, beats_of(several, 100.0))
    for name in ("values", "missing", "rates"):
        made, expected = (np.concatenate([getattr(part, name) for part in parts]) for parts in (together, pieces))
        np.testing.assert_array_equal(made, expected)
    samples, quiet = (
        [np.concatenate([getattr(part.beats, name) for part in parts]) for parts in (together, pieces)]
        for name in ("sample", "quiet")
    )
    np.testing.assert_array_equal(*samples)
    np.testing.assert_array_equal(*quiet)
