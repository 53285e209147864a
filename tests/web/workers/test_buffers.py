"""Arrays as buffers."""

from __future__ import annotations

import numpy as np

from mvkt.web.workers.buffers import buffer_of


def test_bytes_of_arrays() -> None:
    array = np.arange(12, dtype=np.int16).reshape(3, 4)
    assert bytes(buffer_of(array)) == array.tobytes()
    assert bytes(buffer_of(array.T)) == array.T.tobytes()
    assert bytes(buffer_of(array[:0])) == b""


def test_what_lies_in_one_piece_is_not_copied() -> None:
    array = np.zeros(4, dtype=np.uint8)
    buffer = buffer_of(array)
    array[0] = 7
    assert bytes(buffer)[0] == 7
