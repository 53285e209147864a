"""Lows and highs of blocks, against plain loops."""

from __future__ import annotations

import numpy as np
import pytest

from mvkt.ecg.signal import MISSING
from mvkt.web.traces.envelope import FACTOR, FEWEST_BLOCKS, FIRST_BLOCK, envelope_of, filtered_envelope, raw_envelope
from mvkt.web.traces.stored_trace import StoredTrace


def trace(values: np.ndarray, rate: float = 250.0) -> StoredTrace:
    leads = tuple(f"V{number + 1}" for number in range(len(values)))
    return StoredTrace(values.astype(np.int16), (1.0,) * len(values), (0.0,) * len(values), leads, rate)


@pytest.mark.parametrize("samples", [1, 15, 16, 17, 40_000, 600_001])
def test_levels_against_plain_loops(samples: int) -> None:
    rng = np.random.default_rng(samples)
    values = rng.integers(-3000, 3000, (2, samples))
    values[0, rng.random(samples) < 0.3] = MISSING
    envelope = raw_envelope(trace(values))
    for number, level in enumerate(envelope.levels):
        length = FIRST_BLOCK * FACTOR**number
        assert level.shape == (2, -(-samples // length), 2)
        for block in rng.integers(0, level.shape[1], 20):
            for lead in range(2):
                inside = values[lead, block * length : (block + 1) * length]
                known = inside[inside != MISSING]
                low, high = level[lead, block]
                assert (low > high) if not known.size else ((low, high) == (known.min(), known.max()))
    assert envelope.levels[-1].shape[1] <= max(FEWEST_BLOCKS, 1)
    assert len(envelope.levels) == 1 or envelope.levels[-2].shape[1] > FEWEST_BLOCKS


def test_pieces_make_the_same_as_one() -> None:
    values = np.random.default_rng(1).integers(-100, 100, (1, 100_003)).astype(np.int16)
    whole = envelope_of([values])
    pieces = envelope_of([values[:, :32_000], values[:, 32_000:64_000], values[:, 64_000:]])
    for left, right in zip(whole.levels, pieces.levels, strict=True):
        np.testing.assert_array_equal(left, right)


def test_the_filtered_envelope_has_no_baseline() -> None:
    seconds = np.arange(250 * 1200) / 250
    wander = 2000 * np.sin(2 * np.pi * 0.01 * seconds)
    beats = 1000 * (np.abs((seconds % 0.8) - 0.4) < 0.02)
    kept = trace((wander + beats)[np.newaxis])
    raw, filtered = raw_envelope(kept).levels[-1], filtered_envelope(kept).levels[-1]
    assert np.ptp(raw[0, :, 1]) > 3500
    assert np.ptp(filtered[0, 5:-5, 1]) < 300
    assert [len(level[0]) for level in raw_envelope(kept).levels] == [len(x[0]) for x in filtered_envelope(kept).levels]
