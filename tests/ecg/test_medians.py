"""Medians of many groups against those of numpy and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import median_filter

from mvkt.ecg import medians
from mvkt.ecg.medians import median, medians_between, quantile, sliding_medians

RANDOM = np.random.default_rng(3)


@pytest.mark.parametrize("rows", [1, 2, 7, 100])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_median_over_the_first_axis(rows: int, dtype: type) -> None:
    values = RANDOM.standard_normal((rows, 5, 3)).astype(dtype)
    before = values.copy()
    made = median(values)
    assert made.dtype == dtype
    np.testing.assert_allclose(made, np.median(values, axis=0), rtol=1e-6)
    np.testing.assert_array_equal(values, before)
    np.testing.assert_array_equal(median(values[:, 0, 0]), median(values)[0, 0])


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.75, 1.0])
@pytest.mark.parametrize("number", [1, 2, 9, 1000])
def test_quantiles_are_those_of_numpy(share: float, number: int) -> None:
    values = RANDOM.standard_normal(number)
    np.testing.assert_allclose(quantile(values, share), np.quantile(values, share), rtol=1e-12)


@pytest.mark.parametrize("around", [1, 4, 25, 61])
def test_sliding_medians_are_those_of_every_part(around: int, monkeypatch: pytest.MonkeyPatch) -> None:
    values = RANDOM.standard_normal(500)
    expected = [np.median(values[start : start + around]) for start in range(501 - around)]
    np.testing.assert_allclose(sliding_medians(values, around), expected, rtol=1e-12)
    monkeypatch.setattr(medians, "_ROWS_AT_ONCE", 64)
    np.testing.assert_allclose(sliding_medians(values, around), expected, rtol=1e-12)


@pytest.mark.parametrize("around", [25, 61])
def test_sliding_medians_of_whole_numbers_are_those_of_scipy(around: int) -> None:
    intervals, half = RANDOM.integers(40, 120, 500).astype(np.int32), around // 2
    mirrored = np.pad(intervals, half, mode="symmetric")
    np.testing.assert_array_equal(sliding_medians(mirrored, around), median_filter(intervals, around))


def test_medians_between_places(monkeypatch: pytest.MonkeyPatch) -> None:
    values, first = RANDOM.standard_normal(300), RANDOM.integers(0, 250, 90)
    last = first + RANDOM.integers(1, 50, 90)
    last[7] = first[7]
    expected = [np.median(values[a:b]) if b > a else np.nan for a, b in zip(first, last, strict=True)]
    np.testing.assert_allclose(medians_between(values, first, last), expected, rtol=1e-12)
    monkeypatch.setattr(medians, "_ROWS_AT_ONCE", 16)
    np.testing.assert_allclose(medians_between(values, first, last), expected, rtol=1e-12)
    assert np.isnan(medians_between(np.empty(0), np.zeros(2, dtype=np.int64), np.zeros(2, dtype=np.int64))).all()
