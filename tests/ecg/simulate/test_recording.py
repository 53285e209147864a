"""Whole simulated recordings."""

from __future__ import annotations

import time

import numpy as np
import pytest
from tests.slowness import slowness

from mvkt.ecg.leads import STANDARD_LEADS
from mvkt.ecg.simulate.recording import simulate
from mvkt.errors import RecordError


def test_a_row_is_a_record() -> None:
    simulated = simulate(3, seed=1, duration=5.0, sampling_frequency=250.0)
    record = simulated.record(2)
    assert record.leads == STANDARD_LEADS
    assert (record.sampling_frequency, record.signal.shape) == (250.0, (1250, 12))
    assert (record.age, record.sex) == (pytest.approx(simulated.age[2], abs=1), simulated.sex[2])
    np.testing.assert_array_equal(record.signal, simulated.signal[2])
    assert ((simulated.r_peaks[2] >= 0) & (simulated.r_peaks[2] < 5)).all()


def test_shapes_and_types() -> None:
    simulated = simulate(5, seed=0, duration=8.0, sampling_frequency=250)
    assert simulated.signal.shape == (5, 2000, 12)
    assert simulated.signal.dtype == np.float32
    assert np.isfinite(simulated.signal).all()
    assert np.abs(simulated.signal).max() < 12
    assert len(simulated.conditions) == len(simulated.sex) == len(simulated.r_peaks) == len(simulated.age) == 5
    assert set(simulated.sex) <= {"female", "male"}


def test_same_seed_same_recordings() -> None:
    first, second = simulate(40, seed=(7, 3)), simulate(40, seed=(7, 3))
    np.testing.assert_array_equal(first.signal, second.signal)
    assert first.conditions == second.conditions
    assert not np.array_equal(first.signal, simulate(40, seed=(7, 4)).signal)
    assert not np.array_equal(first.signal, simulate(40, seed=7).signal)


def test_the_first_of_many_are_those_of_few() -> None:
    few, many = simulate(3, seed=1), simulate(70, seed=1)
    np.testing.assert_array_equal(few.signal, many.signal[:3])
    assert few.conditions == many.conditions[:3]


def test_the_sampling_frequency_only_samples() -> None:
    slow, fast = (simulate(8, seed=2, sampling_frequency=rate, noise=False) for rate in (100, 500))
    np.testing.assert_allclose(slow.signal, fast.signal[:, ::5], atol=2e-3)


def test_noise_is_added_to_the_same_heart() -> None:
    noisy, quiet = (simulate(16, seed=3, noise=noise) for noise in (True, False))
    difference = noisy.signal - quiet.signal
    assert noisy.conditions == quiet.conditions
    assert 0.01 < np.median(difference.std(axis=1)) < 0.3


def test_another_condition_is_the_same_body() -> None:
    well, late = (simulate(16, seed=4, conditions=[code], noise=False) for code in ("NORM", "AVB1"))
    np.testing.assert_array_equal(well.age, late.age)
    for left, right in zip(well.r_peaks, late.r_peaks, strict=True):
        np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"records": 0}, "cannot simulate 0 records"),
        ({"records": 1, "duration": 1.0}, "5 to 3600 s"),
        ({"records": 1, "sampling_frequency": float("nan")}, "50 to 10,000 Hz"),
        ({"records": 1, "conditions": ["rbb"]}, "did you mean 'RBBB'"),
        ({"records": 1, "conditions": []}, "no condition was named"),
        ({"records": 1, "conditions": ["NORM", "AF"]}, "NORM and AF cannot"),
        ({"records": 1, "conditions": ["PAC", "AF"]}, "AF and PAC cannot"),
        ({"records": 1, "conditions": ["LBBB", "RBBB"]}, "LBBB and RBBB cannot"),
    ],
)
def test_impossible_wishes_are_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(RecordError, match=message):
        simulate(**{"seed": 0, **arguments})  # type: ignore[arg-type]


def test_speed() -> None:
    start = time.process_time()
    simulate(320, seed=0)
    took = time.process_time() - start
    assert 320 / took > 300 / slowness()


@pytest.mark.parametrize("noise", [False, True])
def test_einthoven_and_goldberger(noise: bool) -> None:
    signal = simulate(20, seed=6, noise=noise).signal
    i, ii, iii, avr, avl, avf = (signal[:, :, lead] for lead in range(6))
    np.testing.assert_array_equal(iii, ii - i)
    np.testing.assert_allclose(avr + avl + avf, 0, atol=1e-5)
