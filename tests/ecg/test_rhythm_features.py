from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.rhythm_features import NAMES, rhythm_features
from mvkt.ecg.signal import MISSING

RATE, SECONDS = 100.0, 30


def strip(
    intervals: NDArray[np.float64], *, p_wave: float = 120.0, noise: float = 5.0, seed: int = 0
) -> NDArray[np.int16]:
    """``(1, 1, samples)`` a lead with a beat after each interval: a P wave, a spike of 1 mV, a T wave."""
    time = np.arange(round(RATE * SECONDS)) / RATE
    lead = np.random.default_rng(seed).normal(0, noise, len(time))
    for beat in np.cumsum(intervals):
        for height, centre, width in ((p_wave, -0.16, 0.02), (1000.0, 0.0, 0.012), (250.0, 0.26, 0.04)):
            lead += height * np.exp(-0.5 * np.square((time - beat - centre) / width))
    return np.rint(lead).astype(np.int16)[np.newaxis, np.newaxis]


def named(window: NDArray[np.int16]) -> dict[str, float]:
    return dict(zip(NAMES, rhythm_features(window, RATE)[0].tolist(), strict=True))


REGULAR = np.full(36, 0.8)
IRREGULAR = np.random.default_rng(1).uniform(0.5, 1.1, 36)
EARLY = np.array([0.8, 0.8, 0.5, 1.1] * 9)


def test_of_a_regular_rhythm_the_rate_is_right_and_everything_is_alike() -> None:
    found = named(strip(REGULAR))
    assert np.exp(found["interval"]) == pytest.approx(0.8, abs=0.01)
    assert np.exp(found["rate"]) == pytest.approx(75, abs=3)
    assert found["unlike"] == 0
    assert found["least_likeness"] > 0.98
    assert found["p_likeness"] > 0.9
    assert all(np.isfinite(value) for value in found.values())


def test_an_irregular_rhythm_without_p_waves_differs_in_what_that_is() -> None:
    regular, irregular = named(strip(REGULAR)), named(strip(IRREGULAR, p_wave=0.0))
    for name in ("spread", "change", "change_rms", "sample_entropy", "interval_entropy", "change_entropy"):
        assert irregular[name] > regular[name] + 0.2, name
    assert irregular["p_height"] < regular["p_height"] - 0.5
    assert irregular["p_likeness"] < regular["p_likeness"] - 0.3


def test_early_beats_with_a_pause_are_counted() -> None:
    found = named(strip(EARLY))
    assert found["early"] == pytest.approx(0.25, abs=0.05)
    assert np.exp(found["shortest"]) == pytest.approx(0.5 / 0.8, abs=0.05)
    assert np.exp(found["longest"]) == pytest.approx(1.1 / 0.8, abs=0.05)
    assert found["change_repeats"] < 0, "an early beat is followed by a late one"


def test_upside_down_gives_the_same() -> None:
    window = strip(IRREGULAR)
    plain, turned = rhythm_features(window, RATE), rhythm_features(-window, RATE)
    np.testing.assert_allclose(turned, plain, atol=0.05)


def test_noise_shows_as_noise() -> None:
    clean, noisy = named(strip(REGULAR)), named(strip(REGULAR, noise=120.0))
    for name in ("quiet", "agreement", "residual", "p_residual", "t_residual"):
        assert noisy[name] > clean[name] + 0.5, name


@pytest.mark.parametrize("kind", ["flat", "missing", "noise"])
def test_what_has_no_beats_has_no_figures_of_them_and_no_error(kind: str) -> None:
    window = np.zeros((1, 1, 3000), dtype=np.int16)
    if kind == "missing":
        window[:] = MISSING
    if kind == "noise":
        window[:] = np.random.default_rng(0).normal(0, 3, window.shape)
    with np.errstate(all="raise"):
        found = rhythm_features(window, RATE)[0]
    assert np.isfinite(found[NAMES.index("rate")])
    if kind != "noise":
        assert np.isnan(found[NAMES.index("interval")])


def test_windows_do_not_depend_on_each_other() -> None:
    windows = np.concatenate([strip(REGULAR), strip(IRREGULAR), strip(EARLY)])
    together = rhythm_features(windows, RATE)
    assert together.shape == (3, len(NAMES))
    for number in range(3):
        np.testing.assert_array_equal(together[number], rhythm_features(windows[number : number + 1], RATE)[0])
    assert rhythm_features(windows[:0], RATE).shape == (0, len(NAMES))


def test_a_strip_that_ends_early_is_measured_over_what_there_is() -> None:
    window = strip(REGULAR)
    window[..., 1500:] = MISSING
    found = named(window)
    assert np.exp(found["interval"]) == pytest.approx(0.8, abs=0.01)
    assert np.exp(found["rate"]) == pytest.approx(75, abs=8)
