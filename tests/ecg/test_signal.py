from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydantic import ValidationError

from mvkt.ecg.record import Record
from mvkt.ecg.signal import (
    MISSING,
    SignalSpec,
    condition,
    cut,
    resampling_ratio,
    standardise,
    windows,
)
from mvkt.errors import LeadError

WIDE = SignalSpec(band=None)


def recorded(signal: NDArray[np.floating], sampling_frequency: float = 100.0) -> Record:
    signal = signal[:, np.newaxis] if signal.ndim == 1 else signal
    leads = ("I", "II", "V1", "V2")[: signal.shape[1]]
    return Record(signal.astype(np.float32), leads, sampling_frequency)


def sine(hertz: float, sampling_frequency: float, seconds: float = 20.0) -> NDArray[np.float64]:
    return np.sin(2 * np.pi * hertz * np.arange(round(seconds * sampling_frequency)) / sampling_frequency)


# --- resampling ---


@pytest.mark.parametrize("frequency", [511.4, 511.562, 511.422, 512.844, 360, 250, 128, 130, 500, 512, 1000, 300, 50])
@pytest.mark.parametrize("target", [100.0, 250.0])
def test_resampling_ratio_is_near_enough(frequency: float, target: float) -> None:
    up, down = resampling_ratio(frequency, target)
    assert abs(frequency * up / down / target - 1) < 1e-6
    assert max(up, down) <= 50_000


@given(st.floats(20, 2000), st.floats(20, 2000))
def test_resampling_ratio_of_anything(frequency: float, target: float) -> None:
    up, down = resampling_ratio(frequency, target)
    assert abs(frequency * up / down / target - 1) < 1e-4
    assert 1 <= min(up, down) <= max(up, down) <= 50_000


@given(st.integers(200, 20_000), st.integers(200, 20_000))
def test_resampling_ratio_of_frequencies_with_one_decimal(tenths: int, target_tenths: int) -> None:
    up, down = resampling_ratio(tenths / 10, target_tenths / 10)
    assert abs(tenths * up / down / target_tenths - 1) < 1e-6


@pytest.mark.parametrize("frequency", [511.4, 1000, 360, 250, 130, 50])
@pytest.mark.parametrize("hertz", [1.0, 5.0, 15.0])
def test_a_sine_keeps_amplitude_and_phase(frequency: float, hertz: float) -> None:
    out = condition(recorded(sine(hertz, frequency), frequency), WIDE, "I")[0] / 1000
    middle = slice(200, len(out) - 200)
    np.testing.assert_allclose(out[middle], sine(hertz, 100.0)[: len(out)][middle], atol=0.01)


def test_a_sine_in_band_passes_the_filter_unmoved() -> None:
    out = condition(recorded(sine(10.0, 511.4), 511.4), SignalSpec(), "I")[0] / 1000
    middle = slice(300, len(out) - 300)
    np.testing.assert_allclose(out[middle], sine(10.0, 100.0)[: len(out)][middle], atol=0.02)


@pytest.mark.parametrize("frequency", [250.0, 500.0, 1000.0])
def test_mains_is_removed(frequency: float) -> None:
    out = condition(recorded(sine(50.0, frequency) + sine(10.0, frequency), frequency), SignalSpec(), "I")[0] / 1000
    middle = slice(300, len(out) - 300)
    np.testing.assert_allclose(out[middle], sine(10.0, 100.0)[: len(out)][middle], atol=0.02)


def test_wander_and_offset_are_removed() -> None:
    out = condition(recorded(3.0 + sine(0.1, 100.0, 60), 100.0), SignalSpec(), "I")[0] / 1000
    assert np.abs(out[500:-500]).max() < 0.05


def test_the_length_follows_the_frequency() -> None:
    assert condition(recorded(np.zeros(15_342), 511.4), SignalSpec(), "I").shape == (1, 3000)
    assert condition(recorded(np.zeros((5000, 3)), 500), SignalSpec(), "I+V1").shape == (2, 1000)


def test_values_too_large_are_clipped() -> None:
    out = condition(recorded(np.array([0, 1e6, -1e6, 0])), WIDE, "I")
    assert out.tolist() == [[0, 32_767, -32_767, 0]]


def test_an_absent_lead() -> None:
    with pytest.raises(LeadError, match="V6"):
        windows(recorded(np.zeros(100)), SignalSpec(), "V6")


# --- gaps ---


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("spec", [SignalSpec(), WIDE, SignalSpec(sampling_frequency=250)])
def test_what_is_not_finite_does_not_spread(wrong: float, spec: SignalSpec) -> None:
    signal = sine(5.0, 500)
    signal[2000:3000] = wrong
    made = windows(recorded(signal, 500), spec, "I")
    assert np.isfinite(made.signal).all()
    assert made.microvolts[made.microvolts != MISSING].any()
    assert np.abs(made.signal).max() < 10


def test_a_short_gap_is_bridged() -> None:
    clean, broken = sine(1.0, 100), sine(1.0, 100)
    broken[500:510] = np.nan
    out = condition(recorded(broken), WIDE, "I")[0]
    assert (out != MISSING).all()
    np.testing.assert_allclose(out / 1000, clean, atol=0.06)


def test_a_long_gap_is_marked_and_nothing_else() -> None:
    signal = sine(1.0, 500)
    signal[2500:3000] = np.nan
    out = condition(recorded(signal, 500), SignalSpec(), "I")[0]
    assert np.flatnonzero(out == MISSING).tolist() == list(range(500, 600))
    made = windows(recorded(signal, 500), SignalSpec(), "I")
    assert (made.signal[made.microvolts == MISSING] == 0).all()
    assert made.valid_share.tolist() == [0.9, 1.0]


def test_a_gap_in_one_lead_leaves_the_other_alone() -> None:
    signal = np.stack([sine(1.0, 100), sine(1.0, 100)], axis=1)
    whole = condition(recorded(signal), SignalSpec(), "I+II")
    signal[300:600, 0] = np.nan
    out = condition(recorded(signal), SignalSpec(), "I+II")
    np.testing.assert_array_equal(out[1], whole[1])
    assert (out[0] == MISSING).sum() == 300


@pytest.mark.parametrize("edge", [slice(0, 5), slice(-5, None)])
def test_a_gap_at_an_edge_is_marked_however_short(edge: slice) -> None:
    signal = sine(1.0, 100)
    signal[edge] = np.nan
    out = condition(recorded(signal), SignalSpec(), "I")[0]
    assert (out[edge] == MISSING).all()
    assert (out == MISSING).sum() == 5


def test_a_lead_that_was_never_on() -> None:
    made = windows(recorded(np.full(1000, np.nan)), SignalSpec(), "I")
    assert (made.microvolts == MISSING).all()
    assert (made.signal == 0).all()
    assert made.valid_share.tolist() == [0]


# --- windows ---


def test_a_short_recording_is_padded_and_marked() -> None:
    made = windows(recorded(sine(5.0, 100, 4)), SignalSpec(), "I")
    assert made.signal.shape == (1, 1, 1000)
    assert made.valid_share.tolist() == [0.4]
    assert (made.microvolts[..., 400:] == MISSING).all()
    assert (made.signal[..., 400:] == 0).all()
    assert made.start_seconds.tolist() == [0]


def test_the_rest_is_covered_by_a_window_that_ends_with_it() -> None:
    samples = np.arange(2500, dtype=np.int16)[np.newaxis]
    made, starts = cut(samples, SignalSpec())
    assert starts.tolist() == [0, 1000, 1500]
    np.testing.assert_array_equal(made[2, 0], np.arange(1500, 2500))
    assert cut(samples[:, :2099], SignalSpec())[1].tolist() == [0, 1000]
    assert cut(samples[:, :2100], SignalSpec())[1].tolist() == [0, 1000, 1100]


@given(samples=st.integers(1, 5000), window=st.integers(1, 20), hop=st.floats(0.1, 1.0))
def test_every_sample_is_in_a_window_but_for_less_than_a_second(samples: int, window: int, hop: float) -> None:
    spec = SignalSpec(window_seconds=window, hop_seconds=hop * window)
    made, starts = cut((np.arange(samples) % 30_000).astype(np.int16)[np.newaxis], spec)
    covered = np.zeros(max(samples, spec.window_samples), dtype=bool)
    for window_samples, start in zip(made[:, 0], starts, strict=True):
        real = window_samples != MISSING
        expected = (start + np.arange(spec.window_samples))[real] % 30_000
        np.testing.assert_array_equal(window_samples[real], expected)
        covered[start : start + spec.window_samples] |= real
    assert (~covered[:samples]).sum() < 100
    assert covered[: max(samples - 99, 0)].all()


@settings(deadline=None, max_examples=60)
@given(
    samples=st.integers(1, 8000),
    frequency=st.one_of(st.sampled_from([100.0, 128, 130, 250, 360, 500, 511.4, 1000]), st.floats(20, 1500)),
    leads=st.integers(1, 3),
    spec=st.sampled_from([SignalSpec(), WIDE, SignalSpec(standardise="none"), SignalSpec(sampling_frequency=250)]),
    seed=st.integers(0, 99),
)
def test_any_recording_becomes_finite_windows(
    samples: int, frequency: float, leads: int, spec: SignalSpec, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    signal = generator.normal(size=(samples, leads))
    signal[generator.random(size=signal.shape) < 0.05] = np.nan
    made = windows(recorded(signal, frequency), spec, "+".join(("I", "II", "V1")[:leads]))
    assert made.signal.dtype == np.float32
    assert made.signal.shape == (len(made.start_seconds), leads, spec.window_samples)
    assert np.isfinite(made.signal).all()
    assert ((made.valid_share >= 0) & (made.valid_share <= 1)).all()


# --- standardisation ---


def batch() -> NDArray[np.int16]:
    made = np.random.default_rng(1).normal(50, 700, size=(32, 3, 1000)).astype(np.int16)
    made[3, :, 400:] = MISSING
    made[5, 1] = MISSING
    made[7] = 123
    made[9] = MISSING
    return made


@pytest.mark.parametrize(
    "spec", [SignalSpec(), SignalSpec(standardise="global", mean=0.01, std=0.2), SignalSpec(standardise="none")]
)
def test_a_window_is_standardised_the_same_in_any_batch(spec: SignalSpec) -> None:
    microvolts = batch()
    together = standardise(microvolts, spec)
    for index, window in enumerate(microvolts):
        for alone in (standardise(window, spec), standardise(microvolts[index : index + 7], spec)[0]):
            assert alone.tobytes() == together[index].tobytes(), index
    strided = standardise(np.asfortranarray(microvolts), spec)
    np.testing.assert_array_equal(strided, together)


def test_the_input_is_not_touched() -> None:
    microvolts = batch()
    before = microvolts.copy()
    standardise(microvolts, SignalSpec())
    np.testing.assert_array_equal(microvolts, before)


def test_record_standardisation_is_over_what_was_recorded() -> None:
    microvolts = batch()
    out = standardise(microvolts, SignalSpec())
    assert out.dtype == np.float32
    assert (out[microvolts == MISSING] == 0).all()
    for index in (0, 3, 5):
        valid = out[index][microvolts[index] != MISSING].astype(np.float64)
        assert valid.mean() == pytest.approx(0, abs=1e-5)
        assert valid.std() == pytest.approx(1, abs=1e-5)
    assert not out[7].any(), "a flat window stays 0"
    assert not out[9].any()


def test_global_standardisation_and_none() -> None:
    microvolts = np.array([[[0, 500, MISSING]]], dtype=np.int16)
    out = standardise(microvolts, SignalSpec(standardise="global", mean=0.1, std=0.2))
    np.testing.assert_allclose(out[0, 0], [-0.5, 2.0, 0.0], atol=1e-6)
    np.testing.assert_allclose(standardise(microvolts, SignalSpec(standardise="none"))[0, 0], [0, 0.5, 0], atol=1e-6)


@pytest.mark.parametrize("gain", [0.25, 3.0, 8.0])
def test_the_gain_of_a_device_does_not_matter(gain: float) -> None:
    generator = np.random.default_rng(2)
    signal = np.stack([sine(7.0, 500), 0.5 * sine(3.0, 500)], axis=1) + generator.normal(0, 0.05, (10_000, 2))
    unscaled, scaled = (windows(recorded(signal * factor, 500), SignalSpec(), "I+II").signal for factor in (1.0, gain))
    np.testing.assert_allclose(unscaled, scaled, atol=0.01)


def test_the_proportions_between_leads_stay() -> None:
    signal = np.stack([sine(5.0, 100), 0.25 * sine(5.0, 100)], axis=1)
    first, second = windows(recorded(signal), SignalSpec(), "I+II").signal[0]
    assert np.ptp(second) / np.ptp(first) == pytest.approx(0.25, abs=0.01)


# --- the spec ---


@pytest.mark.parametrize(
    "wrong",
    [
        {"band": (0.5, 50.0)},
        {"band": (0.0, 40.0)},
        {"band": (40.0, 0.5)},
        {"band": (5.0, 5.0)},
        {"sampling_frequency": 60, "band": (0.5, 40.0)},
        {"sampling_frequency": 0},
        {"window_seconds": 0},
        {"hop_seconds": 0},
        {"std": 0},
        {"standardise": "robust"},
        {"sampling_rate": 100},
    ],
)
def test_a_spec_that_cannot_be(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SignalSpec(**wrong)


def test_a_spec_survives_json_and_cannot_be_changed() -> None:
    spec = SignalSpec(sampling_frequency=250, band=(0.05, 100.0), window_seconds=5, hop_seconds=2.5)
    assert SignalSpec.model_validate_json(spec.model_dump_json()) == spec
    assert (spec.window_samples, spec.hop_samples) == (1250, 625)
    with pytest.raises(ValidationError, match="frozen"):
        spec.std = 2.0  # type: ignore[misc]
