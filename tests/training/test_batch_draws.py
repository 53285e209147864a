from __future__ import annotations

import numpy as np
import pytest

from mvkt.training.batch_draws import BatchDraws


@pytest.mark.parametrize("shape", [8, (8, 3)])
def test_shares_together_are_the_draws_of_the_whole_batch(shape):
    def draw(generator, size):
        return (
            generator.uniform(-1, 2, size),
            generator.integers(0, 100, size),
            generator.random(size, dtype=np.float32),
        )

    share = (2, 3) if isinstance(shape, tuple) else 2
    whole = draw(np.random.default_rng(4), shape)
    parts = [draw(BatchDraws(np.random.default_rng(4), 8, slice(start, start + 2)), share) for start in range(0, 8, 2)]
    for expected, *made in zip(whole, *parts, strict=True):
        np.testing.assert_array_equal(np.concatenate(made), expected)
