"""Arrays as the buffers of messages."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.processes import Buffer


def buffer_of(array: NDArray[Any]) -> Buffer:
    """Return the bytes of an array, without a copy where it lies in one piece."""
    return np.ascontiguousarray(array).data.cast("B") if array.size else b""
