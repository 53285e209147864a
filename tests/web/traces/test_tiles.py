"""Tiles put together are the trace."""

from __future__ import annotations

import numpy as np
import pytest

from mvkt.ecg.filters import band_pass
from mvkt.web.traces.display_filter import band, filtered
from mvkt.web.traces.envelope import raw_envelope
from mvkt.web.traces.stored_trace import StoredTrace
from mvkt.web.traces.tiles import TILE_BLOCKS, TILE_SAMPLES, geometry, tile

RATE = 250.0


@pytest.fixture(scope="module")
def trace() -> StoredTrace:
    rng = np.random.default_rng(0)
    seconds = np.arange(round(300 * RATE)) / RATE
    heart = 800 * (np.abs((seconds % 0.8) - 0.4) < 0.03) + 300 * np.sin(2 * np.pi * 0.1 * seconds)
    values = (heart + rng.normal(0, 20, (2, len(seconds)))).astype(np.int16)
    return StoredTrace(values, (1.0, 1.0), (0.0, 0.0), ("I", "II"), RATE)


def together(trace: StoredTrace, kind: str, level: int, *shape: int) -> np.ndarray:
    parts, index = [], 0
    envelope = raw_envelope(trace)
    while (cut := tile(trace, envelope, kind, level, index)) is not None:  # type: ignore[arg-type]
        parts.append(np.frombuffer(cut, "<i2").reshape(2, -1, *shape))
        index += 1
    return np.concatenate(parts, axis=1)


def test_raw_tiles_are_the_samples(trace: StoredTrace) -> None:
    np.testing.assert_array_equal(together(trace, "raw", 0), trace.values)


def test_tiles_of_blocks_are_the_levels(trace: StoredTrace) -> None:
    for number, level in enumerate(raw_envelope(trace).levels, start=1):
        np.testing.assert_array_equal(together(trace, "raw", number, 2), level)


def test_filtered_tiles_are_the_filtered_trace(trace: StoredTrace) -> None:
    whole = band_pass(trace.millivolts(0, trace.samples), band(RATE), RATE) * 1000
    np.testing.assert_allclose(together(trace, "filtered", 0), whole, atol=1.5)


def test_there_is_no_tile_beyond_the_end(trace: StoredTrace) -> None:
    envelope = raw_envelope(trace)
    last = -(-trace.samples // TILE_SAMPLES)
    assert tile(trace, envelope, "raw", 0, last) is None
    assert tile(trace, envelope, "raw", 0, -1) is None
    assert tile(trace, envelope, "raw", len(envelope.levels) + 1, 0) is None
    assert tile(trace, envelope, "raw", 1, -(-envelope.levels[0].shape[1] // TILE_BLOCKS)) is None
    assert tile(trace, None, "filtered", 1, 0) is None
    assert geometry(3)["levels"] == 3


@pytest.mark.parametrize(("rate", "high"), [(500.0, 40.0), (64.0, 28.8), (2000.0, 40.0), (20.0, 9.0)])
def test_the_band_fits_the_sampling_frequency(rate: float, high: float) -> None:
    assert band(rate) == (0.5, high)


def test_slow_and_short_recordings_are_filtered_as_far_as_can_be() -> None:
    slow = StoredTrace(np.zeros((1, 5), dtype=np.int16), (1.0,), (0.0,), ("I",), 1.0)
    assert filtered(slow, 0, 5).shape == (1, 5)
    single = StoredTrace(np.zeros((1, 1), dtype=np.int16), (1.0,), (0.0,), ("I",), 500.0)
    assert filtered(single, 0, 1).shape == (1, 1)


def test_the_first_tile_finds_everything_imported() -> None:
    """In a fresh interpreter, filtering after the warm-up imports nothing more."""
    import subprocess
    import sys

    code = """
import sys
import numpy as np
from mvkt.web.traces.display_filter import filtered, warm_up
from mvkt.web.traces.stored_trace import StoredTrace
warm_up()
before = set(sys.modules)
filtered(StoredTrace(np.ones((2, 9000), dtype=np.int16), (1.0,) * 2, (0.0,) * 2, ("I", "II"), 360.0), 0, 8192)
print(*set(sys.modules) - before)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == []
