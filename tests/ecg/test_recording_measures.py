"""What is measured of recordings of known intervals, and the reasons why some things are not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.ecg.drawn_ecg import EXTRA, NORMAL, drawn, microvolts_of

from mvkt.ecg.measurements import Measurements
from mvkt.ecg.record import Record
from mvkt.ecg.recording_measures import KnownBeats, measure
from mvkt.ecg.signal import SignalSpec, condition
from mvkt.ecg.simulate import simulate


def measured(record: Record) -> Measurements:
    return measure(record, KnownBeats.of(microvolts_of(record), 100.0))


@pytest.mark.parametrize("interval", [0.6, 0.85, 1.2])
def test_rate_and_variation(interval: float) -> None:
    rng = np.random.default_rng(3)
    seconds = np.cumsum(interval + 0.02 * rng.standard_normal(round(58 / interval)))
    found = measured(drawn([(float(second), NORMAL, 1.0) for second in seconds], 60.0))
    assert found.heart_rate.value == pytest.approx(60 / interval, abs=1)
    assert found.rr.value == pytest.approx(1000 * np.diff(seconds).mean(), abs=5)
    assert found.sdnn.value == pytest.approx(1000 * np.diff(seconds).std(ddof=1), abs=4)
    assert found.rmssd.value == pytest.approx(1000 * np.sqrt(np.square(np.diff(seconds, 2)).mean()), abs=6)
    assert found.pauses.value == 0
    assert found.ventricular_beats.value == 0
    assert found.axis.because == "leads I and II were not recorded both"


def test_extra_beats_and_pauses_are_counted() -> None:
    seconds = [*np.arange(0.5, 20, 0.8), *np.arange(23.0, 58, 0.8)]
    extra = [seconds[number] + 0.45 for number in (4, 15, 40)]
    taken = [second for second in seconds if all(not 0.1 < second - other < 0.5 for other in extra)]
    beats = [(float(second), NORMAL, 1.0) for second in taken] + [(float(second), EXTRA, 1.3) for second in extra]
    found = measured(drawn(beats, 60.0))
    assert found.ventricular_beats.value == 3
    assert (found.supraventricular_beats.value, found.unsure_beats.value) == (0, 0)
    assert found.ventricular_burden.value == pytest.approx(100 * 3 / len(beats), abs=0.1)
    assert found.pauses.value == 1
    assert found.longest_rr.value == pytest.approx(23.0 - taken[len([s for s in taken if s < 21]) - 1], abs=0.05)


def test_a_gap_is_no_pause() -> None:
    record = drawn([(float(second), NORMAL, 1.0) for second in np.arange(0.5, 59, 0.8)], 60.0)
    signal = record.signal.copy()
    signal[(20 * 360) : (26 * 360)] = np.nan
    found = measured(replace(record, signal=signal))
    assert found.pauses.value == 0
    assert found.heart_rate.value == pytest.approx(75, abs=1)


def known(seconds: list[float], unsure: tuple[int, ...] = (), gaps: tuple[int, ...] = ()) -> KnownBeats:
    kinds = np.full(len(seconds), "normal", dtype="<U16")
    kinds[list(unsure)] = "unsure"
    whole = np.ones(max(len(seconds) - 1, 0), dtype=np.bool_)
    whole[list(gaps)] = False
    return KnownBeats(np.array(seconds), kinds, whole)


def test_intervals_beside_what_noise_may_have_made_do_not_count_for_the_rate() -> None:
    """A beat a second; what an artefact makes at 3.4 s is unsure."""
    beats = known([0, 1, 2, 3, 3.4, 4, 5, 6], unsure=(4,))
    assert beats.mean_intervals(np.array([0.0]), np.array([7.0])).tolist() == [1.0]
    record = drawn([(float(second), NORMAL, 1.0) for second in np.arange(0.5, 9.9, 0.8)], 10.0)
    assert measure(record, beats).heart_rate.value == 60.0
    assert measure(record, beats).rr.value == 1000.0


def test_mean_intervals_of_stretches() -> None:
    """Where fewer than four others remain, those beside unsure beats count; beats of another stretch never do."""
    beats = known([0, 1, 2, 3, 4, 10, 10.5, 12, 20, 22, 30], unsure=(6,), gaps=(9,))
    starts, ends = np.array([0.0, 10.0, 20.0, 30.0, 40.0, 0.0]), np.array([5.0, 20.0, 30.0, 31.0, 50.0, 4.0])
    found = beats.mean_intervals(starts, ends)
    np.testing.assert_allclose(found, [1.0, 1.0, 2.0, np.nan, np.nan, 1.0])
    assert np.isnan(known([]).mean_intervals(starts, ends)).all()
    assert np.isnan(known([1.0]).mean_intervals(starts, ends)).all()


def test_nothing_beats() -> None:
    found = measured(Record(np.zeros((3600, 1), dtype=np.float32), ("II",), 360.0))
    assert found.beats.value == 0
    assert found.heart_rate.value is None
    assert found.heart_rate.because == "no two beats in a row were found"
    assert all(value.value is not None or value.because for _, value in found)


def test_intervals_of_simulated_people() -> None:
    made = simulate(12, seed=5, conditions=["NORM"], sampling_frequency=500.0)
    pr, qrs = [], []
    for row in range(12):
        record = made.record(row)
        found = measure(record, KnownBeats.of(condition(record, SignalSpec(), "II"), 100.0))
        assert found.qtc_bazett.value is not None
        assert found.qtc_fridericia.value is not None
        assert 330 < found.qtc_fridericia.value < 480
        pr.append(found.pr.value)
        qrs.append(found.qrs.value)
    assert 130 < np.median(pr) < 190
    assert 75 < np.median(qrs) < 105


def test_fibrillation_has_no_pr() -> None:
    record = simulate(1, seed=2, conditions=["AF"], sampling_frequency=500.0, duration=30.0).record(0)
    found = measure(record, KnownBeats.of(condition(record, SignalSpec(), "II"), 100.0))
    assert found.pr.value is None
    assert found.pr.because


@pytest.mark.parametrize("degrees", [-60, -20, 45, 80, 120])
def test_axis(degrees: float) -> None:
    lead = drawn([(float(second), NORMAL, 1.0) for second in np.arange(0.5, 19, 0.8)], 20.0, noise=0.001).signal[:, 0]
    limbs = [np.cos(np.radians(degrees - towards)) * lead for towards in (0, 60)]
    record = Record(np.stack(limbs, axis=1).astype(np.float32), ("I", "II"), 360.0)
    found = measure(record, KnownBeats.of(condition(record, SignalSpec(), "I+II"), 100.0))
    assert found.axis.value == pytest.approx(degrees, abs=2)
