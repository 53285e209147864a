"""Heart rate and R peaks: against simulated beats and an annotated Holter recording."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.ecg.drawn_ecg import EXTRA, NORMAL, drawn, microvolts_of
from tests.slowness import slowness

from mvkt.ecg.heartbeat import bridged, find_beats, heart_rate, median_of, r_peaks, segments, traces_of
from mvkt.ecg.qrs_candidates import candidates_of
from mvkt.ecg.record import Record
from mvkt.ecg.signal import MISSING, SignalSpec, condition, cut
from mvkt.ecg.simulate import Simulation, simulate

SPEC = SignalSpec()


class TestHeartRate:
    def test_simulated_rates(self, simulated: Simulation, windows: NDArray[np.int16]) -> None:
        errors = []
        for window, peaks in zip(windows, simulated.r_peaks, strict=True):
            estimate = heart_rate(window, 100.0)
            assert estimate is not None
            errors.append(abs(estimate - 60 / np.diff(peaks).mean()))
        assert np.quantile(errors, 0.9) < 2.0

    def test_peaks_are_where_the_beats_are(self, simulated: Simulation, windows: NDArray[np.int16]) -> None:
        missed = found = 0
        for window, beats in zip(windows, simulated.r_peaks, strict=True):
            peaks = r_peaks(window, 100.0) / 100.0
            inside = beats[(beats > 0.2) & (beats < 9.8)]
            near = np.abs(peaks[:, None] - inside) < 0.08
            found, missed = found + near.any(axis=0).sum(), missed + (~near.any(axis=0)).sum()
        assert found / (found + missed) > 0.99

    def test_every_sampling_frequency(self) -> None:
        signal = simulate(4, seed=10, conditions=["NORM"], sampling_frequency=500, noise=False)
        for row in range(4):
            true = 60 / np.diff(signal.r_peaks[row]).mean()
            for rate in (50.0, 100.0, 250.0, 500.0):
                spec = SignalSpec(sampling_frequency=rate, band=(0.5, 20.0))
                estimate = heart_rate(condition(signal.record(row), spec, "II"), rate)
                assert estimate == pytest.approx(true, abs=1.5)

    def test_polarity_does_not_matter(self, windows: NDArray[np.int16]) -> None:
        upright, inverted = windows[3, 0], -windows[3, 0]
        assert heart_rate(upright, 100.0) == heart_rate(inverted, 100.0)

    @pytest.mark.parametrize(
        "microvolts",
        [
            np.zeros(1000, dtype=np.int16),
            np.full((2, 1000), MISSING, dtype=np.int16),
            np.full(1000, 700, dtype=np.int16),
            np.zeros(30, dtype=np.int16),
            np.zeros((1, 0), dtype=np.int16),
        ],
    )
    def test_no_beats_is_none(self, microvolts: NDArray[np.int16]) -> None:
        assert heart_rate(microvolts, 100.0) is None
        assert r_peaks(microvolts, 100.0).size == 0

    def test_a_single_beat_has_no_rate(self) -> None:
        spike = np.zeros(1000, dtype=np.int16)
        spike[500:504] = (300, 1000, 1000, 300)
        assert heart_rate(spike, 100.0) is None

    def test_a_gap_is_no_pause(self, simulated: Simulation, windows: NDArray[np.int16]) -> None:
        window = windows[5, :1].copy()
        whole = heart_rate(window, 100.0)
        window[:, 300:600] = MISSING
        assert heart_rate(window, 100.0) == pytest.approx(whole, rel=0.06)

    def test_speed(self, windows: NDArray[np.int16]) -> None:
        heart_rate(windows[0, 0], 100.0)
        start = time.process_time()
        for window in windows:
            heart_rate(window[0], 100.0)
        took = (time.process_time() - start) / len(windows)
        assert took < 0.002 * slowness()


class TestManyWindowsAtOnce:
    def test_each_has_the_beats_that_it_has_alone(self, windows: NDArray[np.int16]) -> None:
        leads = windows[:, :2].copy()
        leads[4] = 0
        leads[9, :, 250:400] = MISSING
        leads[11] = MISSING
        missing = leads == MISSING
        beats = find_beats(bridged(leads, missing), missing, 100.0)
        rates = beats.rates(missing.all(axis=1), 100.0)
        for row, window in enumerate(leads):
            assert np.array_equal(beats.sample[beats.window == row], r_peaks(window, 100.0))
            assert (heart_rate(window, 100.0) or 0.0) == pytest.approx(np.nan_to_num(rates[row]))
        assert beats.counts[4] == beats.counts[11] == 0
        assert np.isnan(beats.quiet[[4, 11]]).all()

    def test_no_windows(self) -> None:
        none = np.zeros((0, 1, 1000))
        beats = find_beats(none, none.astype(np.bool_), 100.0)
        assert beats.counts.size == beats.rates(np.zeros((0, 1000), np.bool_), 100.0).size == 0

    def test_medians_are_those_of_numpy(self) -> None:
        rng = np.random.default_rng(0)
        window = np.sort(rng.choice([0, 2, 3], 40))
        values = rng.normal(size=(40, 5))
        medians = median_of(window, values, 5)
        for row in (0, 2, 3):
            np.testing.assert_allclose(medians[row], np.median(values[window == row], axis=0))
        assert np.isnan(medians[[1, 4]]).all()
        np.testing.assert_array_equal(median_of(np.zeros(40, dtype=np.int64), values, 1), [np.median(values, axis=0)])
        assert np.isnan(median_of(np.empty(0, dtype=np.int64), values[:0], 1)).all()

    def test_segments_lie_inside(self, windows: NDArray[np.int16]) -> None:
        leads = windows[:3, :2].astype(np.float64)
        beats = find_beats(leads, np.zeros(leads.shape, np.bool_), 100.0)
        window, cut = segments(leads, beats, 20, 30)
        inside = (beats.sample >= 20) & (beats.sample + 30 < 1000)
        assert cut.shape == (inside.sum(), 2, 51)
        for row, piece, sample in zip(window, cut, beats.sample[inside], strict=True):
            np.testing.assert_array_equal(piece, leads[row, :, sample - 20 : sample + 31])


def test_the_cache_of_traces_never_serves_another_recording(windows: NDArray[np.int16]) -> None:
    first, second = windows[:1, :1], windows[1:2, :1].copy()
    traces = traces_of(first, 100.0)
    assert traces_of(first.copy(), 100.0) is traces
    for other in (traces_of(second, 100.0), traces_of(first.reshape(1, 2, 500), 100.0), traces_of(first, 50.0)):
        assert other is not traces
    np.testing.assert_array_equal(traces_of(second, 100.0).values, second)
    second[...] = first
    assert traces_of(second, 100.0) is traces
    with pytest.raises(ValueError, match="read-only"):
        traces.values[0] = 0.0


def test_long_recordings_are_not_remembered(windows: NDArray[np.int16]) -> None:
    assert traces_of(windows, 100.0) is not traces_of(windows, 100.0)


def test_wide_premature_beats() -> None:
    made = simulate(60, seed=21, conditions=["PVC"])
    missed = total = 0
    for row in range(60):
        peaks = r_peaks(condition(made.record(row), SPEC, "I"), 100.0) / 100.0
        inside = made.r_peaks[row][(made.r_peaks[row] > 0.2) & (made.r_peaks[row] < 9.8)]
        missed += int((np.abs(peaks[:, np.newaxis] - inside).min(axis=0) > 0.1).sum())
        total += len(inside)
    assert missed / total < 0.06


@pytest.mark.data
@pytest.mark.filterwarnings("ignore:The inplace keyword")  # of pandas, about wfdb
@pytest.mark.parametrize("channel", [0, 1])
def test_rate_of_an_annotated_holter(shared_data: Path, channel: int) -> None:
    wfdb = pytest.importorskip("wfdb")
    path = str(shared_data / "holter-sample" / "100")
    holter, marks = wfdb.rdrecord(path), wfdb.rdann(path, "atr")
    beats = marks.sample[np.isin(marks.symbol, ["N", "A", "V"])] / holter.fs
    lead = ("II", "V5")[channel]
    record = Record(holter.p_signal[:, [channel]].astype(np.float32), (lead,), holter.fs)
    windows, starts = cut(condition(record, SPEC, lead), SPEC)
    errors = []
    for window, start in zip(windows, starts / 100.0, strict=True):
        inside = beats[(beats >= start) & (beats < start + 10)]
        estimate = heart_rate(window, 100.0)
        errors.append(np.inf if estimate is None else abs(estimate - 60 / np.diff(inside).mean()))
    assert len(errors) > 170
    assert np.median(errors) < 0.2
    assert np.mean(np.array(errors) < 2.0) > 0.98


class TestRhythmsThatHalvedTheRate:
    """Beats that are lower than others of the recording are beats all the same."""

    @pytest.mark.parametrize("higher", [2.0, 3.0, 4.0])
    def test_bigeminy_with_high_extra_beats(self, higher: float) -> None:
        pairs = np.arange(0.6, 29.0, 2 * 60 / 82)
        beats = [(float(second), NORMAL, 1.0) for second in pairs]
        beats += [(float(second) + 0.45, EXTRA, higher) for second in pairs]
        assert heart_rate(microvolts_of(drawn(beats, 30.0)), 100.0) == pytest.approx(82, abs=2)

    def test_alternans_at_200(self) -> None:
        beats = [(0.3 + 0.3 * number, NORMAL[1:4], 1.0 if number % 2 else 0.45) for number in range(98)]
        assert heart_rate(microvolts_of(drawn(beats, 30.0)), 100.0) == pytest.approx(200, abs=3)

    @pytest.mark.parametrize("rate", [30, 40, 60, 100, 150, 200, 220])
    def test_rates(self, rate: int) -> None:
        waves = NORMAL if rate < 140 else NORMAL[1:4]
        beats = [(float(second), waves, 1.0) for second in np.arange(0.4, 29.9, 60 / rate)]
        assert heart_rate(microvolts_of(drawn(beats, 30.0)), 100.0) == pytest.approx(rate, rel=0.02)

    def test_noise_alone_has_few_beats_in_flat_stretches(self) -> None:
        beats = [(float(second), NORMAL, 1.0) for second in np.arange(0.5, 12.0, 0.8)]
        found = r_peaks(microvolts_of(drawn(beats, 30.0, noise=0.003)), 100.0) / 100.0
        assert (found > 12.5).sum() == 0


def test_the_beginning_of_a_recording_is_filtered_as_its_middle() -> None:
    beats = [(float(second), NORMAL, 1.0) for second in np.arange(0.35, 29.9, 0.8)]
    whole = microvolts_of(drawn(beats, 30.0)).astype(np.float64)[np.newaxis]
    inner = candidates_of(whole, np.zeros(whole.shape, dtype=np.bool_), 100.0).filtered[0, 0]
    worst = []
    for start in range(1000, 1080, 2):  # wherever in a beat the recording begins
        part = whole[..., start : start + 1000]
        beginning = candidates_of(part, np.zeros(part.shape, dtype=np.bool_), 100.0).filtered[0, 0, :25]
        worst.append(float(np.abs(beginning - inner[start : start + 25]).max()))
    assert np.median(worst) < 20
    assert np.quantile(worst, 0.9) < 60
