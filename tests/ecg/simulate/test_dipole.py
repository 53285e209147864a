"""What the heart does over time: the length of QT, fibrillation, premature beats."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import find_peaks, welch
from tests.ecg.simulate.median_beats import RATE, Float, R, beats, clean, lead, part, qrs_width


def test_rate_and_qt_are_human() -> None:
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


def test_first_degree_block_delays_p_to_qrs() -> None:
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


def test_atrial_fibrillation() -> None:
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


def test_ventricular_premature_beats() -> None:
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


def test_atrial_premature_beats() -> None:
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
