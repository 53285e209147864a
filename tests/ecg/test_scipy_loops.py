"""The loops against scipy's public functions: to the last bit, but for the windowed sinc."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from scipy import ndimage, signal
from tests.ecg.rounding import recursive, weighted_sum

from mvkt.ecg import scipy_loops


@pytest.fixture(params=["own", "public"])
def loops(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The compiled modules, and the public functions where a scipy does not have them."""
    if request.param == "public":
        monkeypatch.setattr(scipy_loops, "EXTENSION_SUFFIXES", [])
        for name in ("signal._sosfilt", "signal._upfirdn_apply", "ndimage._nd_image"):
            monkeypatch.delitem(sys.modules, f"scipy.{name}", raising=False)
    scipy_loops._loop.cache_clear()
    yield request.param
    scipy_loops._loop.cache_clear()


@pytest.mark.usefixtures("loops")
@pytest.mark.parametrize("shape", [(500,), (3, 500), (4, 2, 77), (2, 1)])
@pytest.mark.parametrize(("order", "band", "frequency"), [(2, (0.5, 40.0), 100.0), (3, (1.0, 30.0), 250.0)])
def test_sosfilt(shape: tuple[int, ...], order: int, band: tuple[float, float], frequency: float) -> None:
    values = np.random.default_rng(0).standard_normal(shape)
    before = values.copy()
    coefficients, steady = scipy_loops.butterworth(order, band, frequency)
    state = steady * values[..., :1, np.newaxis]
    expected, _ = signal.sosfilt(coefficients, values, axis=-1, zi=np.moveaxis(state, -2, 0))
    filtered = scipy_loops.sosfilt(coefficients, values, state)
    np.testing.assert_allclose(filtered, expected, rtol=0, atol=recursive(coefficients, values))
    np.testing.assert_array_equal(values, before)


@pytest.mark.parametrize(("order", "band", "frequency"), [*scipy_loops._DESIGNED, (4, (0.05, 100.0), 500.0)])
def test_butterworth(order: int, band: tuple[float, float], frequency: float) -> None:
    expected = signal.butter(order, band, btype="bandpass", fs=frequency, output="sos")
    made = scipy_loops.butterworth(order, band, frequency)
    np.testing.assert_allclose(made.coefficients, expected, rtol=1e-13, atol=1e-14)
    np.testing.assert_allclose(made.steady, signal.sosfilt_zi(expected), rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("widest", [2, 5, 13, 128, 5000])
def test_low_pass(widest: int) -> None:
    expected = signal.firwin(20 * widest + 1, 1 / widest, window=("kaiser", 5.0))
    np.testing.assert_allclose(scipy_loops.low_pass(widest, 10), expected, rtol=1e-12, atol=1e-17)


@pytest.mark.usefixtures("loops")
@pytest.mark.parametrize(("up", "down"), [(1, 5), (2, 5), (10, 13), (5, 18), (3, 1), (4, 20), (1, 1), (500, 2557)])
@pytest.mark.parametrize("samples", [1, 2, 999, 5000])
def test_resample_poly(up: int, down: int, samples: int) -> None:
    values = np.random.default_rng(1).standard_normal((2, samples)).cumsum(axis=1) + 5
    window = scipy_loops.low_pass(max(up, down), 10)
    kept = window.copy()
    padding = "line" if samples > 1 else "edge"
    expected = signal.resample_poly(values, up, down, axis=1, padtype=padding, window=window)
    made = scipy_loops.resample_poly(values, up, down, window)
    np.testing.assert_allclose(made, expected, rtol=0, atol=weighted_sum(len(window), values))
    np.testing.assert_array_equal(window, kept)
    assert made.base is not values


@pytest.mark.usefixtures("loops")
@pytest.mark.parametrize("size", [1, 2, 12, 39])
def test_moving_mean(size: int) -> None:
    values = np.random.default_rng(2).standard_normal((3, 200))
    wide = values[:, ::2]
    for given in (values, wide):
        mean = ndimage.uniform_filter1d(given, size, axis=1, mode="constant")
        # The sum runs along the signal, so that its rounding adds up.
        bound = weighted_sum(given.shape[1], given)
        np.testing.assert_allclose(scipy_loops.uniform_filter1d(given, size), mean, rtol=0, atol=bound)


def test_a_loop_that_several_threads_need_first_is_loaded_once() -> None:
    script = (
        "import threading, numpy as np; from mvkt.ecg import scipy_loops; "
        "made, start, done = scipy_loops.butterworth(2, (0.5, 40.0), 100.0), threading.Barrier(8), []\n"
        "def work():\n"
        "    start.wait()\n"
        "    scipy_loops.sosfilt(made.coefficients, np.ones((1, 50)), made.steady)\n"
        "    done.append(1)\n"
        "threads = [threading.Thread(target=work) for _ in range(8)]\n"
        "[each.start() for each in threads]; [each.join() for each in threads]; print(len(done))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "8\n"
    assert not done.stderr


def test_neither_package_is_imported_and_both_can_be_later() -> None:
    script = (
        "import sys, numpy as np; from mvkt.ecg import scipy_loops; "
        "ones = np.ones((1, 50)); made = scipy_loops.butterworth(2, (0.5, 40.0), 100.0); "
        "scipy_loops.sosfilt(made.coefficients, ones, made.steady * ones[..., :1, None]); "
        "scipy_loops.resample_poly(ones, 1, 5, scipy_loops.low_pass(5, 10)); scipy_loops.uniform_filter1d(ones, 3); "
        "print(sorted({'scipy.signal', 'scipy.ndimage', 'scipy.special', 'scipy.fft'} & set(sys.modules))); "
        "import scipy.signal, scipy.ndimage; "
        "print(scipy.signal.sosfilt(made.coefficients, ones).shape, scipy.ndimage.uniform_filter1d(ones, 3).shape)"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n(1, 50) (1, 50)\n"
    assert result.stderr == ""
