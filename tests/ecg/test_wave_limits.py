"""Limits of waves of known beats."""

from __future__ import annotations

import numpy as np
import pytest

from mvkt.ecg.wave_limits import AFTER, BEFORE, FREQUENCY, wave_limits

TIMES = np.arange(-round(BEFORE * FREQUENCY), round(AFTER * FREQUENCY) + 1) / FREQUENCY


def bump(at: float, spread: float, height: float) -> np.ndarray:
    return height * np.exp(-0.5 * np.square((TIMES - at) / spread))


@pytest.mark.parametrize("wide", [0.8, 1.0, 1.6])
@pytest.mark.parametrize("late", [0.0, 0.06])
def test_waves_of_known_limits(wide: float, late: float) -> None:
    qrs = (
        bump(0.0, 0.012 * wide, 1.0) + bump(0.03 * wide, 0.010 * wide, -0.3) + bump(-0.028 * wide, 0.008 * wide, -0.15)
    )
    beat = (qrs + bump(-0.17 - late, 0.018, 0.12) + bump(0.28 + late, 0.04, 0.3))[np.newaxis]
    found = wave_limits(beat, 1.0)
    assert found.qrs_onset == pytest.approx(-0.050 * wide, abs=0.010)
    assert found.qrs_end == pytest.approx(0.056 * wide, abs=0.012)
    assert found.t_end == pytest.approx(0.28 + late + 2 * 0.04, abs=0.012)  # a tangent leaves a Gaussian after two
    assert found.p_onset == pytest.approx(-0.17 - late - 2 * 0.018, abs=0.012)


def test_waves_that_are_not_there() -> None:
    found = wave_limits((bump(0.0, 0.012, 1.0) + bump(0.03, 0.01, -0.2))[np.newaxis], 1.0)
    assert np.isnan(found.p_onset)
    assert np.isnan(found.t_end)
    assert -0.06 < found.qrs_onset < -0.02


def test_the_last_lead_counts_and_the_next_p_wave_is_no_t() -> None:
    """T ends 30 ms later in one of three leads; in two the next P wave is higher than T."""
    qrs = bump(0.0, 0.012, 1.0) + bump(0.03, 0.010, -0.3) + bump(-0.17, 0.018, 0.12)
    leads = [qrs + bump(0.20 + late, 0.025, 0.15) + bump(0.43, 0.018, 0.2) for late in (0.0, 0.0, 0.03)]
    found = wave_limits(np.stack(leads), 0.6)
    assert found.t_end == pytest.approx(0.23 + 2 * 0.025, abs=0.012)


def qrs_of(height: float) -> np.ndarray:
    return height * (bump(0.0, 0.012, 1.0) + bump(0.03, 0.010, -0.3) + bump(-0.028, 0.008, -0.15))


def test_what_comes_after_a_flat_wave_is_no_part_of_it() -> None:
    """In the second lead T is flat, and what comes later is steeper: a wave after T, and one before P."""
    clear = qrs_of(1.0) + bump(-0.15, 0.018, 0.12) + bump(0.26, 0.035, 0.3)
    flat = (
        qrs_of(0.5)
        + bump(-0.15, 0.03, 0.06)
        + bump(0.26, 0.05, 0.08)
        - bump(0.50, 0.012, 0.08)
        - bump(-0.33, 0.01, 0.05)
    )
    for leads in ([clear, flat], [flat], [flat, flat, clear]):
        found = wave_limits(np.stack(leads), 1.0)
        assert found.t_end == pytest.approx(0.26 + 2 * 0.05, abs=0.03)
        assert found.p_onset == pytest.approx(-0.15 - 2 * 0.025, abs=0.03)


def test_a_lead_in_which_t_ends_far_later_does_not_count() -> None:
    usual = qrs_of(1.0) + bump(0.26, 0.03, 0.3)
    odd = qrs_of(1.0) + bump(0.26, 0.03, 0.05) + bump(0.33, 0.07, 0.2)
    assert wave_limits(np.stack([usual] * 5 + [odd]), 1.0).t_end == pytest.approx(0.26 + 2 * 0.03, abs=0.012)


def test_an_st_segment_that_returns_is_no_t_wave() -> None:
    """The segment is highest where the search begins, and falls from there on."""
    sloping = qrs_of(1.0) + 0.15 * np.clip((0.20 - TIMES) / 0.12, 0.0, 1.0) * (TIMES > 0.05)
    assert np.isnan(wave_limits(sloping[np.newaxis], 0.62).t_end)
