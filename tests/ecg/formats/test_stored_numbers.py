from __future__ import annotations

import numpy as np

from mvkt.ecg.formats.stored_numbers import physical, placeholders


def test_codes_are_looked_for_before_scaling() -> None:
    stored = np.array([[0, 100], [-128, 200], [50, -128]], dtype=np.int16)
    values = physical(stored, np.array([0, 100]), np.array([50.0, 100.0]), -128)
    np.testing.assert_allclose(values, [[0, 0], [np.nan, 1], [1, np.nan]])


def test_a_placeholder_stands_apart() -> None:
    ecg = np.array([-200, 0, 100, 1000], dtype=np.int16)
    assert placeholders(ecg, -32768, -32768) == ()
    assert placeholders(np.append(ecg, np.int16(-32768)), -32768, -32768) == (-32768,)
    assert placeholders(np.append(ecg, np.int16(-2048)), -2048, -32768) == (-2048,)
    assert placeholders(np.append(ecg, np.int16(-210)), -210, -32768) == ()
    assert placeholders(np.append(ecg, np.array([-2048, -32768], np.int16)), -2048, -32768) == (-32768, -2048)
    assert placeholders(np.full(5, -32768, np.int16), -32768, -32768) == (-32768,)
    assert placeholders(np.zeros(5, np.int16), 0, -32768) == ()
