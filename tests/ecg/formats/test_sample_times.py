from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvkt.ecg.formats.sample_times import gap_notes, spread, timeline
from mvkt.errors import RecordFormatError


@given(st.sampled_from([100.0, 128.0, 130.0, 250.0, 511.4, 511.562, 512.0, 1000.0]), st.integers(400, 3000))
def test_the_frequency_of_regular_times_is_exact(frequency: float, samples: int) -> None:
    found, positions = timeline(1.7e9 + np.arange(samples) / frequency)
    assert found == pytest.approx(frequency, rel=1e-4 if samples < 1000 else 2e-5)
    assert positions is None
    assert timeline(np.arange(samples) / frequency)[0] == frequency


@pytest.mark.parametrize("frequency", [128.0, 130.0, 300.0, 512.0])
def test_times_rounded_to_milliseconds(frequency: float) -> None:
    times = np.round(np.arange(5000) / frequency, 3)
    found, positions = timeline(times)
    assert found == frequency
    assert positions is None


def test_times_that_jitter_by_less_than_a_step_have_no_gap() -> None:
    jitter = np.tile([0, 1, -1], 500)[:1400]
    frequency, positions = timeline((4 * np.arange(1400) + jitter) / 1000)
    assert frequency == pytest.approx(250, rel=1e-3)
    assert positions is None


def test_gaps_keep_their_time() -> None:
    kept = np.r_[0:100, 160:300, 301:400]
    frequency, positions = timeline(kept / 250)
    assert frequency == 250
    assert positions is not None
    np.testing.assert_array_equal(positions, kept)
    spaced = spread(kept.astype(np.float32), positions)
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(spaced)), np.r_[100:160, 300])
    np.testing.assert_array_equal(spaced[kept], kept)
    assert gap_notes(positions, frequency) == ("2 gaps (0.24 s in all) are marked as missing",)


def test_without_gaps_there_is_no_note() -> None:
    signal = np.arange(3.0)
    assert spread(signal, None) is signal
    assert gap_notes(None, 100) == ()


@pytest.mark.parametrize(
    ("times", "reason"),
    [
        ([0.0, 0.1], "2 samples: too few"),
        ([0.0, 0.1, 0.1, 0.2], "do not rise"),
        ([0.3, 0.2, 0.1, 0.0], "do not rise"),
        ([0.0, np.nan, 0.2, 0.3], "do not rise"),
        ([0.0, 1.0, 2.0, 1e12], "not taken at regular times"),
        (list(np.cumsum(np.tile([0.001, 0.02], 50))), "not taken at regular times"),
        ([*np.arange(100.0), 1e9], "far longer than what was recorded"),
        ([0.0, 1.0, 2.0, np.inf], "regular times"),
    ],
)
def test_times_of_no_recording(times: list[float], reason: str) -> None:
    with pytest.raises(RecordFormatError, match=reason):
        timeline(np.array(times))
