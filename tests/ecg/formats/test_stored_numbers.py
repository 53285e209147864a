from __future__ import annotations

import numpy as np
import pytest

from mvkt.ecg.formats.stored_numbers import physical, placeholders, stand_in


def test_codes_are_looked_for_before_scaling() -> None:
    stored = np.array([[0, 100], [-128, 200], [50, -128]], dtype=np.int16)
    values = physical(stored, np.array([0, 100]), np.array([50.0, 100.0]), -128)
    np.testing.assert_allclose(values, [[0, 0], [np.nan, 1], [1, np.nan]])


@pytest.mark.parametrize("kind", [np.int8, np.int16, np.int32])
def test_numbers_far_from_their_zero(kind: type[np.signedinteger]) -> None:
    limits = np.iinfo(kind)
    stored = np.array([limits.min + 1, 0, limits.max], dtype=kind)
    for zero in (limits.min + 1, limits.max):
        np.testing.assert_allclose(physical(stored, zero, 2.0), (stored.astype(float) - zero) / 2, rtol=1e-6)


def test_a_placeholder_stands_apart() -> None:
    ecg = np.array([-200, 0, 100, 1000], dtype=np.int16)
    assert placeholders(ecg, -32768, -32768) == ()
    assert placeholders(np.append(ecg, np.int16(-32768)), -32768, -32768) == (-32768,)
    assert placeholders(np.append(ecg, np.int16(-2048)), -2048, -32768) == ()  # a single one may be a sample
    assert placeholders(np.append(ecg, np.array([-2048, -2048], np.int16)), -2048, -32768) == (-2048,)
    assert placeholders(np.append(ecg, np.int16(-210)), -210, -32768) == ()
    assert placeholders(np.append(ecg, np.array([-2048, -2048, -32768], np.int16)), -2048, -32768) == (-32768, -2048)
    assert placeholders(np.full(5, -32768, np.int16), -32768, -32768) == (-32768,)
    assert placeholders(np.zeros(5, np.int16), 0, -32768) == ()


def test_the_lowest_sample_of_a_range_that_fits_it_is_none() -> None:
    ecg = np.array([-32768, 0, 100, 1000], dtype=np.int16)
    assert placeholders(ecg, -32768, -32768) == (-32768,)
    fitted = np.array([-32768, 0, 10_000, 20_000, 32_767], dtype=np.int16)
    assert placeholders(fitted, -32768, -32768) == ()
    assert placeholders(np.append(np.int16(-32768), fitted), -32768, -32768) == (-32768,)
    assert placeholders(fitted, -32767, -32768) == (-32768,)


def test_a_number_of_nines_stands_for_missing_samples() -> None:
    ecg = np.linspace(-0.2, 1.0, 100)
    for code in (-999.0, 9999.0, -32768.0, 32767.0, -8388608.0, 2147483647.0, 1e20):
        assert stand_in(np.append(ecg, [code, code])) == code
        alone = stand_in(np.append(ecg, [code]))
        assert alone == (code if abs(code) > 1e9 else None)  # a single one may be a pulse
    for code in (9999.0, 32767.0, 4095.0):
        assert stand_in(np.append(ecg, [code]), 1.0) == code  # no electrode sees it
    assert stand_in(np.append(1000 * ecg, [9999.0]), 1e-3) is None
    assert stand_in(np.append(1e6 * ecg, [9e6]), 1.0) is None  # the unit is wrong
    assert stand_in(np.append(1000 * ecg, [-999.0, -999.0])) is not None
    assert stand_in(np.append(2500 * ecg, [-999.0, -999.0])) is None  # an ECG in µV comes near it
    assert stand_in(np.full(5, 9999.0)) is None
    both = np.append(ecg, [-32768.0, -32768.0, 32767.0, 32767.0])
    assert stand_in(both) == -32768.0
    assert stand_in(np.where(both == -32768.0, np.nan, both)) == 32767.0
    assert stand_in(np.full(5, np.nan)) is None


@pytest.mark.parametrize("code", [-163.84, 163.835, -32.768, 49.995])
def test_a_number_of_missing_samples_is_known_after_it_was_scaled(code: float) -> None:
    ecg = np.linspace(-0.2, 1.0, 100)
    assert stand_in(np.append(ecg, [code, code]), 1.0) == code
    assert stand_in(np.append(1000 * ecg, [1000 * code] * 2), 1e-3) == 1000 * code
    assert stand_in(np.append(ecg, [code]), 1.0) is None
    assert stand_in(np.append(ecg, [code, code])) is None  # in an unknown unit
    assert stand_in(np.append(10 * ecg, [19.0, 19.0]), 1.0) is None
    assert stand_in(np.append(ecg + code, [code + 3.0] * 2), 1.0) is None  # on top of a constant voltage
