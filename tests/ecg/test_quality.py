"""Signal quality: broken and noisy traces are refused, real ones kept."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

from mvkt.ecg.leads import STANDARD_LEADS
from mvkt.ecg.quality import WindowQuality, assess
from mvkt.ecg.record import Record
from mvkt.ecg.signal import MISSING, SignalSpec, condition
from mvkt.ecg.simulate import Simulation, simulate
from mvkt.errors import RecordError

SPEC = SignalSpec()


@pytest.fixture(scope="module")
def simulated() -> Simulation:
    return simulate(60, seed=8, conditions=["NORM"])


@pytest.fixture(scope="module")
def windows(simulated: Simulation) -> NDArray[np.int16]:
    """``(60, 12, 1000)``."""
    return np.stack([condition(simulated.record(row), SPEC, "12-lead") for row in range(60)])


def first_lead(window: NDArray[np.int16]) -> NDArray[np.int16]:
    return np.array(window[:1][None])


def only(window: NDArray[np.int16]) -> WindowQuality:
    (quality,) = assess(window, SPEC)
    return quality


class TestBrokenTraces:
    def test_a_good_trace_has_no_reasons(self, windows: NDArray[np.int16]) -> None:
        quality = only(first_lead(windows[0]))
        assert quality.judgeable
        assert quality.reasons == ()
        assert quality.valid_share == 1.0
        assert quality.heart_rate is not None

    def test_too_little_recorded(self, windows: NDArray[np.int16]) -> None:
        window = first_lead(windows[0])
        window[..., 450:] = MISSING
        quality = only(window)
        assert not quality.judgeable
        assert quality.reasons == ("less than 50% was recorded",)
        assert quality.valid_share == pytest.approx(0.45)
        window[...] = MISSING
        quality = only(window)
        assert not quality.judgeable
        assert quality.heart_rate is None

    def test_six_recorded_seconds_are_enough(self, windows: NDArray[np.int16]) -> None:
        window = first_lead(windows[0])
        window[..., 600:] = MISSING
        assert only(window).judgeable

    @pytest.mark.parametrize("level", [0, 350, -4000])
    def test_flat_line(self, windows: NDArray[np.int16], level: int) -> None:
        window = first_lead(windows[0])
        window[..., 300:] = level
        quality = only(window)
        assert not quality.judgeable
        assert "flat line: is the electrode on?" in quality.reasons
        assert quality.flat_share == pytest.approx(0.7, abs=0.05)

    def test_saturation(self, windows: NDArray[np.int16]) -> None:
        window = first_lead(windows[0])
        quality = only(np.clip(window, -150, 150))
        assert not quality.judgeable
        assert "the signal is cut off at the limit of the recorder" in quality.reasons

    def test_implausible_amplitude(self, windows: NDArray[np.int16]) -> None:
        whisper = np.random.default_rng(0).normal(0, 6, (1, 1, 1000)).astype(np.int16)
        assert only(whisper).reasons == ("less than 0.08 mV from peak to peak",)
        window = first_lead(windows[1])
        shout = np.clip(window * (30_000 / np.ptp(window)), -32_000, 32_000).astype(np.int16)
        assert only(shout).reasons == ("more than 12 mV from peak to peak",)
        assert not only(whisper).judgeable
        assert not only(shout).judgeable

    def test_one_electrode_off_is_said_but_judgeable(self, windows: NDArray[np.int16]) -> None:
        window = windows[:1].copy()
        window[0, 8] = 0
        quality = only(window)
        assert quality.judgeable
        assert quality.reasons == ("flat line: is the electrode on? (1 of 12 leads)",)
        window[0, 4:11] = 0
        assert not only(window).judgeable

    def test_wrong_arrays_are_refused(self, windows: NDArray[np.int16]) -> None:
        with pytest.raises(RecordError, match=r"int16 microvolts \(windows, leads, samples\)"):
            assess(windows.astype(np.float32), SPEC)  # type: ignore[arg-type]
        with pytest.raises(RecordError, match="expected int16"):
            assess(windows[0], SPEC)
        assert assess(windows[:0], SPEC) == ()


def mixed(signal: NDArray[np.float32], kind: str, snr: float) -> NDArray[np.int16]:
    """Add noise of a kind at a signal-to-noise ratio in dB to ``(records, samples)`` mV and condition it."""
    bands = {"white": None, "muscle": (20.0, 45.0), "motion": (1.0, 10.0)}
    noise = np.random.default_rng(1).standard_normal(signal.shape)
    if bands[kind] is not None:
        noise = sosfiltfilt(butter(2, bands[kind], "bandpass", fs=100.0, output="sos"), noise)
    power = signal.var(axis=1, keepdims=True) / noise.var(axis=1, keepdims=True)
    noisy = signal + noise * np.sqrt(power / 10 ** (snr / 10))
    records = [Record(row[:, None].astype(np.float32), ("I",), 100.0) for row in noisy]
    return np.stack([condition(record, SPEC, "I") for record in records])


def judgeable_share(windows: NDArray[np.int16]) -> float:
    return float(np.mean([quality.judgeable for quality in assess(windows, SPEC)]))


class TestNoise:
    @pytest.mark.parametrize("kind", ["white", "muscle", "motion"])
    def test_noise_as_on_the_noise_stress_test(self, kind: str) -> None:
        signal = simulate(80, seed=9, conditions=["NORM"], noise=False).signal[:, :, STANDARD_LEADS.index("I")]
        assert judgeable_share(mixed(signal, kind, snr=-6.0)) < 0.10
        assert judgeable_share(mixed(signal, kind, snr=18.0)) > 0.95

    def test_wander_in_band(self, windows: NDArray[np.int16]) -> None:
        wander = 3000 * np.sin(2 * np.pi * 0.7 * np.arange(1000) / 100)
        quality = only(first_lead((windows[0] + wander).astype(np.int16)))
        assert not quality.judgeable
        assert quality.reasons[0] == "the baseline wanders more than the heart's signal"

    def test_pure_noise(self) -> None:
        noise = np.random.default_rng(2).normal(0, 200, (40, 1, 1000)).astype(np.int16)
        assert judgeable_share(noise) < 0.05


@pytest.mark.data
class TestRealRecordings:
    def test_lead_i_of_ptb_xl_is_kept(self, shared_data: Path) -> None:
        """Folds 9 and 10; the thresholds were chosen on folds 1 to 8."""
        folder = shared_data / "ptb-xl-subset"
        with (folder / "ptbxl_database.csv").open(encoding="utf-8") as table:
            names = [row["filename_lr"] for row in csv.DictReader(table) if int(row["strat_fold"]) > 8]
        signals = [np.fromfile(folder / f"{name}.dat", "<i2").reshape(-1, 12)[:, :1] / 1000.0 for name in names]
        records = [Record(signal.astype(np.float32), ("I",), 100.0) for signal in signals]
        assert len(records) > 700
        assert judgeable_share(np.stack([condition(record, SPEC, "I") for record in records])) > 0.97
