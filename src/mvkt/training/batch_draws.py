"""Random numbers for every record of a batch, of which a process uses those of its own records."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class BatchDraws:
    """Draws for the whole batch from a generator and returns what belongs to some of its records.

    So what happens to a record follows from its place in the batch, however many processes share the batch. Sizes are
    given for the records kept, on the first axis.

    Args:
        generator: Source of all randomness.
        records: Of the whole batch.
        kept: Which of them.
    """

    def __init__(self, generator: np.random.Generator, records: int, kept: slice = slice(None)) -> None:
        self._generator, self._records, self._kept = generator, records, kept

    def uniform(self, low: float, high: float, size: int | tuple[int, ...]) -> NDArray[np.float64]:
        """Draw float64 between ``low`` and ``high``."""
        drawn: NDArray[np.float64] = self._generator.uniform(low, high, self._whole(size))[self._kept]
        return drawn

    def random(self, size: int | tuple[int, ...], dtype: Any = np.float64) -> NDArray[Any]:
        """Draw between 0 and 1."""
        drawn: NDArray[Any] = self._generator.random(self._whole(size), dtype=dtype)[self._kept]
        return drawn

    def integers(self, low: int, high: int, size: int | tuple[int, ...]) -> NDArray[np.int64]:
        """Draw whole numbers from ``low`` to below ``high``."""
        drawn: NDArray[np.int64] = self._generator.integers(low, high, self._whole(size))[self._kept]
        return drawn

    def _whole(self, size: int | tuple[int, ...]) -> tuple[int, ...]:
        return (self._records, *(size[1:] if isinstance(size, tuple) else ()))


Draws = np.random.Generator | BatchDraws
"""Source of random numbers for the records of a batch, or for those of them that a process has."""
