"""The simulator: reproducible, physically consistent, and every condition has its signs where it should."""

from __future__ import annotations

import time
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import find_peaks, welch
from scipy.stats import rankdata

from mvkt.ecg.leads import STANDARD_LEADS
from mvkt.ecg.quality.quality import r_peaks
from mvkt.ecg.signal import SignalSpec, condition
from mvkt.ecg.simulate import CONDITIONS, Simulation, simulate
from mvkt.ecg.simulate.population import EXCLUSIVE
from mvkt.ecg.simulate.torso import DOWER, electrode_fields
from mvkt.errors import RecordError

RATE = 500
R = 200
"""Sample of the R peak in a median beat: 0.4 s."""

Float = NDArray[np.float64]


@cache
def clean(code: str) -> Simulation:
    return simulate(100, seed=21, conditions=[code], sampling_frequency=RATE, noise=False)


@cache
def beats(code: str) -> Float:
    """``(records, samples, leads)``: median beat, 0 just before QRS."""
    simulated, window = clean(code), np.arange(-R, 280)
    median = []
    for signal, peaks in zip(simulated.signal, simulated.r_peaks, strict=True):
        at = np.rint(peaks * RATE).astype(int)
        at = at[(at >= R) & (at + 280 <= len(signal))]
        median.append(np.median(signal[at[:, None] + window], axis=0))
    stacked = np.stack(median).astype(np.float64)
    return stacked - stacked[:, [R - 30]]


def lead(name: str) -> int:
    return STANDARD_LEADS.index(name)


def part(code: str, name: str, start: float, stop: float) -> Float:
    """``(records, samples)``: from ``start`` to ``stop`` seconds after R in one lead of the median beats."""
    return beats(code)[:, R + round(start * RATE) : R + round(stop * RATE), lead(name)]


def effect(one: Float, other: Float) -> float:
    """Cohen's d."""
    return float((one.mean() - other.mean()) / np.sqrt((one.var() + other.var()) / 2))


def separation(code: str, name: str) -> float:
    """Cohen's d, on held-out records, of Fisher's linear discriminant between a condition and a normal heart."""
    ill, well = (beats(one)[:, 50:450:5, lead(name)] for one in (code, "NORM"))
    half = len(ill) // 2
    training = np.concatenate([ill[:half], well[:half]])
    mean = training.mean(axis=0)
    components = np.linalg.svd(training - mean, full_matrices=False)[2][:12].T
    ill, well = (ill - mean) @ components, (well - mean) @ components
    scatter = np.cov(ill[:half].T) + np.cov(well[:half].T)
    scatter += 1e-3 * np.trace(scatter) / len(scatter) * np.eye(len(scatter))
    weights = np.linalg.solve(scatter, ill[:half].mean(axis=0) - well[:half].mean(axis=0))
    return effect(ill[half:] @ weights, well[half:] @ weights)


def qrs_width(code: str, name: str) -> Float:
    """``(records,)`` seconds in which the slope of the QRS complex exceeds a tenth of its largest."""
    slope = np.abs(np.gradient(part(code, name, -0.1, 0.14), axis=1))
    steep = slope > 0.1 * slope.max(axis=1, keepdims=True)
    return (steep.shape[1] - steep[:, ::-1].argmax(axis=1) - steep.argmax(axis=1)) / RATE


class TestArguments:
    def test_shapes_and_types(self) -> None:
        simulated = simulate(5, seed=0, duration=8.0, sampling_frequency=250)
        assert simulated.signal.shape == (5, 2000, 12)
        assert simulated.signal.dtype == np.float32
        assert np.isfinite(simulated.signal).all()
        assert np.abs(simulated.signal).max() < 12
        assert len(simulated.conditions) == len(simulated.sex) == len(simulated.r_peaks) == len(simulated.age) == 5
        assert set(simulated.sex) <= {"female", "male"}

    def test_a_record_carries_what_is_known(self) -> None:
        simulated = simulate(2, seed=0)
        record = simulated.record(1)
        assert record.leads == STANDARD_LEADS
        assert record.sampling_frequency == 100
        assert record.age == pytest.approx(simulated.age[1])
        assert record.sex == simulated.sex[1]
        np.testing.assert_array_equal(record.signal, simulated.signal[1])

    def test_same_seed_same_recordings(self) -> None:
        one, other = simulate(40, seed=(7, 3)), simulate(40, seed=(7, 3))
        np.testing.assert_array_equal(one.signal, other.signal)
        assert one.conditions == other.conditions
        assert not np.array_equal(one.signal, simulate(40, seed=(7, 4)).signal)
        assert not np.array_equal(one.signal, simulate(40, seed=7).signal)

    def test_the_first_of_many_are_those_of_few(self) -> None:
        few, many = simulate(3, seed=1), simulate(70, seed=1)
        np.testing.assert_array_equal(few.signal, many.signal[:3])
        assert few.conditions == many.conditions[:3]

    def test_the_sampling_frequency_only_samples(self) -> None:
        slow, fast = (simulate(8, seed=2, sampling_frequency=rate, noise=False) for rate in (100, 500))
        np.testing.assert_allclose(slow.signal, fast.signal[:, ::5], atol=2e-3)

    def test_noise_is_added_to_the_same_heart(self) -> None:
        noisy, quiet = (simulate(16, seed=3, noise=noise) for noise in (True, False))
        difference = noisy.signal - quiet.signal
        assert noisy.conditions == quiet.conditions
        assert 0.01 < np.median(difference.std(axis=1)) < 0.3

    def test_another_condition_is_the_same_body(self) -> None:
        well, late = (simulate(16, seed=4, conditions=[code], noise=False) for code in ("NORM", "AVB1"))
        np.testing.assert_array_equal(well.age, late.age)
        for one, other in zip(well.r_peaks, late.r_peaks, strict=True):
            np.testing.assert_array_equal(one, other)

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
    def test_impossible_wishes_are_refused(self, arguments: dict[str, object], message: str) -> None:
        with pytest.raises(RecordError, match=message):
            simulate(**{"seed": 0, **arguments})  # type: ignore[arg-type]

    def test_speed(self) -> None:
        start = time.process_time()
        simulate(320, seed=0)
        assert 320 / (time.process_time() - start) > 300


class TestPeople:
    def test_combinations_are_possible_and_ages_tell_something(self) -> None:
        simulated = simulate(1500, seed=5, duration=5.0, sampling_frequency=50, noise=False)
        has = {code: np.array([code in codes for codes in simulated.conditions]) for code in CONDITIONS}
        assert not any((has[one] & has[other]).any() for one, other in EXCLUSIVE)
        assert all(codes == {"NORM"} for codes in simulated.conditions if "NORM" in codes)
        assert 0.2 < has["NORM"].mean() < 0.45
        assert all(0.04 < share.mean() < 0.2 for code, share in has.items() if code != "NORM")
        assert sum(len(codes) > 1 for codes in simulated.conditions) > 200
        assert simulated.age[has["AF"]].mean() > simulated.age[has["NORM"]].mean() + 4
        assert simulated.age.min() >= 18
        assert simulated.age.max() <= 95


class TestPhysics:
    @pytest.mark.parametrize("noise", [False, True])
    def test_einthoven_and_goldberger(self, noise: bool) -> None:
        signal = simulate(20, seed=6, noise=noise).signal
        i, ii, iii, avr, avl, avf = (signal[:, :, lead(name)] for name in STANDARD_LEADS[:6])
        np.testing.assert_array_equal(iii, ii - i)
        np.testing.assert_allclose(avr + avl + avf, 0, atol=1e-5)

    def test_the_electrodes_reproduce_dowers_leads(self) -> None:
        right, left, foot, *chest = electrode_fields()
        np.testing.assert_allclose(left - right, DOWER["I"], atol=1e-12)
        np.testing.assert_allclose(foot - right, DOWER["II"], atol=1e-12)
        np.testing.assert_allclose(right + left + foot, 0, atol=1e-12)
        np.testing.assert_allclose(chest, [DOWER[f"V{n}"] for n in range(1, 7)])

    def test_rate_and_qt_are_human(self) -> None:
        simulated = clean("NORM")
        rr = np.array([np.diff(peaks).mean() for peaks in simulated.r_peaks])
        assert 60 / rr.max() > 44
        assert 60 / rr.min() < 125
        slow = rr > 0.7  # the next P wave is outside the beat
        size = np.linalg.norm(beats("NORM")[slow, R + 60 :], axis=2)
        size -= size.min(axis=1, keepdims=True)
        end = np.array([row.argmax() + (row[row.argmax() :] < 0.06 * row.max()).argmax() for row in size])
        qt = (60 + end) / RATE + 0.045
        corrected = qt / np.cbrt(rr[slow])
        assert 0.37 < np.median(corrected) < 0.45
        assert np.quantile(corrected, 0.02) > 0.33
        assert np.quantile(corrected, 0.98) < 0.50
        assert np.corrcoef(qt, rr[slow])[0, 1] > 0.5

    def test_normal_amplitudes(self) -> None:
        complexes = part("NORM", "V5", -0.05, 0.05)
        assert 0.8 < np.median(complexes.max(axis=1)) < 2.0
        assert 0.1 < np.median(part("NORM", "II", 0.2, 0.4).max(axis=1)) < 0.5
        assert np.median(part("NORM", "aVR", -0.05, 0.05).min(axis=1)) < -0.4
        # R grows from V1 to V4, S is deepest in V1 to V3.
        r = [np.median(part("NORM", name, -0.05, 0.05).max(axis=1)) for name in ("V1", "V2", "V3", "V4")]
        assert all(low < high for low, high in pairwise(r))


class TestConditions:
    def test_rbbb(self) -> None:
        late = {code: part(code, "V1", 0.045, 0.1).max(axis=1) for code in ("RBBB", "NORM")}
        assert late["RBBB"].mean() > 0.4
        assert effect(late["RBBB"], late["NORM"]) > 1.3
        s_wave = {code: part(code, "I", 0.04, 0.1).min(axis=1) for code in ("RBBB", "NORM")}
        assert effect(s_wave["RBBB"], s_wave["NORM"]) < -1.0
        assert np.median(qrs_width("RBBB", "V1")) > 0.12

    def test_lbbb_is_wide_in_every_lead(self) -> None:
        for name in STANDARD_LEADS:
            assert np.median(qrs_width("LBBB", name)) > 0.12, name
            assert np.median(qrs_width("NORM", name)) < 0.10, name
        assert np.median(part("LBBB", "V1", -0.05, 0.1).max(axis=1)) < 0.15  # QS or a small r
        assert np.median(part("LBBB", "V6", 0.25, 0.4).mean(axis=1)) < 0  # T against QRS
        assert np.median(part("LBBB", "I", -0.05, 0.0).min(axis=1)) > -0.05  # no septal q

    def test_anterior_infarction_is_not_in_lead_i(self) -> None:
        r_in_v2 = {code: part(code, "V2", -0.04, 0.02).max(axis=1) for code in ("AMI", "NORM")}
        assert effect(r_in_v2["AMI"], r_in_v2["NORM"]) < -1.5
        for name in ("V1", "V2", "V3", "V4"):
            assert separation("AMI", name) > 1.3, name
        assert abs(separation("AMI", "I")) < 1.0
        assert separation("AMI", "V2") > 2.5 * abs(separation("AMI", "I"))

    def test_inferior_infarction_is_in_ii_iii_avf(self) -> None:
        for name in ("II", "III", "aVF"):
            assert separation("IMI", name) > 1.3, name
            q = {code: part(code, name, -0.04, 0.0).min(axis=1) for code in ("IMI", "NORM")}
            assert effect(q["IMI"], q["NORM"]) < -0.4, name
        assert abs(separation("IMI", "I")) < 0.8

    def test_lvh_has_voltage(self) -> None:
        def sokolow_lyon(code: str) -> Float:
            r = np.maximum(*(part(code, name, -0.05, 0.06).max(axis=1) for name in ("V5", "V6")))
            return r - part(code, "V1", -0.05, 0.06).min(axis=1)

        assert np.mean(sokolow_lyon("LVH") > 3.5) > 2 * np.mean(sokolow_lyon("NORM") > 3.5)
        assert effect(sokolow_lyon("LVH"), sokolow_lyon("NORM")) > 0.6

    def test_st_depression(self) -> None:
        for name in ("II", "V4", "V5"):
            st = {code: part(code, name, 0.08, 0.12).mean(axis=1) for code in ("STD", "NORM")}
            assert st["STD"].mean() < -0.04
            assert effect(st["STD"], st["NORM"]) < -1.0, name
        assert separation("STD", "V4") > separation("STD", "I")

    def test_first_degree_block_delays_p_to_qrs(self) -> None:
        def p_to_r(code: str) -> Float:
            distances = []
            for row in part(code, "II", -0.36, -0.05):
                peaks = find_peaks(row, prominence=0.02)[0]
                distances.append(0.36 - peaks[-1] / RATE if len(peaks) else np.nan)
            return np.array(distances)

        # P is highest 45 ms after its onset, QRS begins 45 ms before R: from P to R it is as long as PR.
        normal, late = p_to_r("NORM"), p_to_r("AVB1")
        assert np.nanmedian(normal) < 0.18
        assert np.nanquantile(normal, 0.95) < 0.21
        assert np.nanquantile(late, 0.05) > 0.20
        assert np.nanmedian(late) > 0.22
        assert np.isnan(late).mean() < 0.1

    def test_atrial_fibrillation(self) -> None:
        def variation(code: str) -> Float:
            return np.array([np.diff(peaks).std() / np.diff(peaks).mean() for peaks in clean(code).r_peaks])

        assert np.quantile(variation("AF"), 0.05) > 2 * np.quantile(variation("NORM"), 0.95)
        p = {code: np.ptp(part(code, "II", -0.22, -0.07), axis=1) for code in ("AF", "NORM")}
        assert np.median(p["AF"]) < 0.5 * np.median(p["NORM"])
        quiet = []
        for signal, peaks in zip(clean("AF").signal[:, :, lead("V1")], clean("AF").r_peaks, strict=True):
            longest = int(np.argmax(np.diff(peaks)))
            begin, end = round((peaks[longest] + 0.45) * RATE), round((peaks[longest + 1] - 0.08) * RATE)
            if end - begin > 0.4 * RATE:
                frequency, power = welch(np.diff(signal[begin:end]), RATE, nperseg=end - begin - 1, nfft=4096)
                quiet.append(frequency[power.argmax()])
        assert len(quiet) > 20
        assert 3.5 < np.median(quiet) < 10

    def test_ventricular_premature_beats(self) -> None:
        simulated = clean("PVC")
        found = 0
        for signal, peaks in zip(simulated.signal, simulated.r_peaks, strict=True):
            rr = np.diff(peaks)
            usual = np.median(rr)
            early = np.flatnonzero((rr[:-1] < 0.8 * usual) & (rr[1:] > 1.2 * usual))
            assert early.size
            beat = early[0] + 1
            assert rr[early[0]] + rr[early[0] + 1] == pytest.approx(2 * usual, rel=0.12)  # full compensation
            widths = []
            for peak in (peaks[beat], peaks[beat + 1]):
                at = round(peak * RATE)
                window = signal[max(at - 50, 0) : at + 70]
                size = np.linalg.norm(window - signal[max(at - 50, 0)], axis=1)
                widths.append((size > 0.3 * size.max()).sum() / RATE)
            found += widths[0] > 1.4 * widths[1]
        assert found > 0.85 * len(simulated.signal)

    def test_atrial_premature_beats(self) -> None:
        simulated = clean("PAC")
        compensation = []
        for peaks in simulated.r_peaks:
            rr = np.diff(peaks)
            usual = np.median(rr)
            first = int(np.argmin(rr[:-1]))
            assert rr[first] < 0.95 * usual
            compensation.append((rr[first] + rr[first + 1]) / usual)
        assert 1.6 < np.median(compensation) < 1.95  # less than a full compensatory pause
        assert np.median(qrs_width("PAC", "V5")) < 0.10

    def test_every_condition_changes_the_recording(self) -> None:
        normal = clean("NORM").signal
        for code in CONDITIONS:
            if code != "NORM":
                assert np.abs(clean(code).signal - normal).max(axis=(1, 2)).min() > 0.03, code


def features(microvolts: NDArray[np.int16]) -> Float | None:
    """What a simple learner sees of ``(leads, samples)``: median beat, rhythm, and how beats differ."""
    peaks = r_peaks(microvolts, 100.0)
    peaks = peaks[(peaks >= 35) & (peaks < microvolts.shape[1] - 45)]
    if len(peaks) < 3:
        return None
    found = microvolts[:, peaks[:, None] + np.arange(-35, 45)] / 1000.0
    median = np.median(found, axis=1)
    size = np.sqrt(np.square(median).mean())
    deviation = np.sqrt(np.square(found - median[:, None])[:, :, 25:60].mean(axis=(0, 2)))
    before = np.abs(found - median[:, None])[:, :, 5:28].mean()
    rr = np.diff(peaks) / 100.0
    usual = np.median(rr)
    rhythm = [usual, rr.std() / usual, rr.min() / usual, rr.max() / usual, np.abs(np.diff(rr)).mean() / usual]
    shape = [deviation.max() / size, deviation.max() / np.median(deviation), np.log(before + 1e-3)]
    return np.concatenate([median.ravel(), rhythm, shape, [np.log(median[:, 5:28].std() + 1e-3)]])


def macro_auc(inputs: Float, targets: NDArray[np.bool_], training: int) -> float:
    """Kernel ridge regression on principal components of the beats and the rhythm, tested on the rest."""
    beat, rhythm = inputs[:, :-9], inputs[:, -9:]
    centred = beat - beat[:training].mean(axis=0)
    components = centred @ np.linalg.svd(centred[:training], full_matrices=False)[2][:60].T
    components /= components[:training].std(axis=0) ** 0.6
    components /= components[:training].std(axis=0).mean()
    rhythm = np.clip((rhythm - rhythm[:training].mean(axis=0)) / rhythm[:training].std(axis=0), -3, 3)
    points = np.concatenate([components, rhythm], axis=1)
    squares = np.square(points).sum(axis=1)
    distance = squares[:, None] + squares[None, :training] - 2 * points @ points[:training].T
    kernel = np.exp(-distance / (2 * points[:training].var(axis=0).sum()))
    wanted = targets[:training] - targets[:training].mean(axis=0)
    scores = kernel[training:] @ np.linalg.solve(kernel[:training] + 0.5 * np.eye(training), wanted)
    areas = []
    for truth, score in zip(targets[training:].T, scores.T, strict=True):
        positive = truth.sum()
        rank_sum = rankdata(score)[truth].sum() - positive * (positive + 1) / 2
        areas.append(rank_sum / (positive * (len(truth) - positive)))
    return float(np.mean(areas))


@pytest.mark.slow
def test_twelve_leads_tell_more_than_lead_i() -> None:
    """Neither trivial nor impossible, and a gap for a student to close."""
    simulated = simulate(1800, seed=(1, 2))
    spec = SignalSpec()
    microvolts = np.stack([condition(simulated.record(row), spec, "12-lead") for row in range(1800)])
    targets = np.array([[code in codes for code in CONDITIONS] for codes in simulated.conditions])
    area = {}
    for view, leads in (("12-lead", slice(None)), ("I", slice(1))):
        seen = [features(window[leads]) for window in microvolts]
        width = next(len(row) for row in seen if row is not None)
        inputs = np.stack([np.zeros(width) if row is None else row for row in seen])
        area[view] = macro_auc(inputs, targets, training=1200)
    assert 0.90 < area["12-lead"] < 0.985
    assert 0.78 < area["I"] < area["12-lead"] - 0.04
