"""Findings that are a measurement: they follow from the number, so that an answer never contradicts it.

Slow and fast sinus rhythm follow from the heart rate (below 60 and above 100 a minute, unless the atria fibrillate).
First-degree block follows from PR (above 200 ms, unless the atria fibrillate) and ventricular extra beats of a short
recording from its beats, both together with the network, whose odds they multiply; where measurement and network
contradict each other, the finding is inconclusive. So are a conduction disturbance and a left anterior fascicular block
that a network does not find though QRS or the axis are as in their definitions, fibrillation that it finds in beats
that come regularly, and a normal ECG beside another finding.

In a long recording ventricular extra beats follow from the beats window by window, and fibrillation is not found where
the beats that are not ventricular come regularly, or where ventricular beats leave too few of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mvkt.bundle.manifest import BundleManifest
from mvkt.diagnosis.finding import Finding, Verdict
from mvkt.diagnosis.verdicts import RATES, rule_for
from mvkt.ecg.beat_kinds import UNSURE
from mvkt.ecg.early_beats import REGULAR
from mvkt.ecg.measurements import Measurement, Measurements
from mvkt.ecg.medians import medians_between
from mvkt.numbers import plural

if TYPE_CHECKING:
    from mvkt.diagnosis.prepared_recording import Prepared
    from mvkt.ecg.recording_measures import KnownBeats

SLOW, FAST = 60, 100
"""Whole beats a minute; below the first it is bradycardia, above the second tachycardia."""

LONGEST_PR = 200.0
"""In ms; above it is a first-degree block."""

EXTRA_BEAT_RATIOS = (19.0, 0.19)
"""How much likelier recordings with extra beats are to show one, and to show none, than those without.

Of 50 recordings with and 350 without in folds 9 and 10 of PTB-XL, 82 % and 4 % have a beat in lead I that is taken
for a ventricular one: ``benchmarks.quality.extra_beats``.
"""

LONG_PR_RATIOS = (8.0, 0.25)
"""How much likelier recordings with a first-degree block are to have a longer PR, and none longer, than those without.

In folds 1 to 8 of PTB-XL 87 % of those with it and 11 % of the others have a PR above 200 ms in 12 leads, 69 and 8 % in
lead I: ``benchmarks.quality.measured_evidence``. The second ratio lies between that of 12 leads and that of lead I.
"""

DEFINED = {"CD": ("qrs", 120.0, 240.0), "LAFB": ("axis", -90.0, -45.0)}
"""Class -> what is measured, and the values that support it: a bundle branch block has a QRS of at least 120 ms, a
left anterior fascicular block an axis of -45 to -90 degrees.

Source: Surawicz et al., Circulation 119:e235 (2009).
"""

MOST_CHANGE = 0.04
"""Largest RMSSD, over the mean RR interval, of beats that are too regular for fibrillation.

Of 214 recordings with fibrillation that lead-I finds in folds 1 to 8 of PTB-XL, 3 are as regular, in folds 9 and 10
none of 57; it makes 2 of 4 false alarms in 150 other recordings of folds 9 and 10 inconclusive.
"""

_WITHOUT_BEATS = "AFIB"
"""Fibrillation as networks of clinics have it, which have no measured beats as input; those of strips do."""

_NORMAL_ECG = "NORM"
_VALUES = {"qrs": "QRS {:.0f} ms", "axis": "axis {:.0f}°"}
_AROUND_SECONDS, _LEAST_CHANGES = 30.0, 10
_FIBRILLATION = frozenset({"AFIB", "AF"})
"""The classes of atrial fibrillation: of clinics and of strips of hand-held devices."""

Float = NDArray[np.float64]


def measured_windows(probabilities: Float, manifest: BundleManifest, prepared: Prepared) -> Float:
    """``(judged windows, classes)``: probabilities, with 1 and 0 for the classes that are measured window by window."""
    made = np.array(probabilities, dtype=np.float64)
    place = {code: index for index, code in enumerate(manifest.classes)}
    rates = np.array(
        [
            np.nan if rate is None else round(rate)
            for rate, good in zip(prepared.heart_rates, prepared.judged, strict=True)
            if good
        ]
    )
    starts, ends = (times[prepared.judged] for times in (prepared.stretches.starts, prepared.stretches.ends))
    fibrillating = np.zeros(len(made), dtype=np.bool_)
    for code in _FIBRILLATION & place.keys() if len(made) else ():
        index = place[code]
        if rule_for(prepared.record.duration) == "course":
            made[without_fibrillation((starts + ends) / 2, prepared.beats), index] = 0.0
        fibrillating |= made[:, index] >= manifest.thresholds[index]
    for code in RATES:
        if code in place and len(made):
            there = (rates < SLOW if code == "SBRAD" else rates > FAST) & ~fibrillating
            made[:, place[code]] = np.where(np.isnan(rates), made[:, place[code]], there)
    if "PVC" in place and len(made):
        extra = prepared.beats.seconds[prepared.beats.kinds == "ventricular"]
        made[:, place["PVC"]] = np.searchsorted(extra, ends) > np.searchsorted(extra, starts)
    pr = prepared.measurements.pr.value if "1AVB" in place else None
    if pr is not None:
        made[:, place["1AVB"]] = pr > LONGEST_PR
    return made


def without_fibrillation(seconds: Float, beats: KnownBeats) -> NDArray[np.bool_]:
    """``(n,)`` whether the beats of the minute around show no fibrillation.

    Fibrillation is irregular from beat to beat. So it is not there where the median change from an interval to the
    next is small. It does not show where ventricular beats, as in bigeminy, leave fewer than ten such changes of a
    minute in which ten were recorded. Where less was recorded, nothing is known. An interval beside a ventricular
    beat, an unsure one or a gap is not counted.

    Args:
        seconds: ``(n,)`` middles of the minutes.
        beats: Of the recording.
    """
    intervals, at = beats.intervals, beats.seconds[1:-1]
    other = ~np.isin(beats.kinds, ("ventricular", UNSURE))
    counted = beats.whole & other[1:] & other[:-1]
    recorded, pairs = (np.flatnonzero(whole[1:] & whole[:-1]) for whole in (beats.whole, counted))
    change, interval = np.abs(np.diff(intervals))[pairs], intervals[1:][pairs]
    around = (seconds - _AROUND_SECONDS, seconds + _AROUND_SECONDS)
    edges = np.searchsorted(at[pairs], around)
    enough = np.diff(np.searchsorted(at[recorded], around), axis=0)[0] >= _LEAST_CHANGES
    too_few = np.diff(edges, axis=0)[0] < _LEAST_CHANGES
    regular = medians_between(change, *edges) <= REGULAR * medians_between(interval, *edges)
    shown: NDArray[np.bool_] = np.where(too_few, enough, regular)
    return shown


def with_measurements(findings: Sequence[Finding], rate: float | None, measured: Measurements) -> tuple[Finding, ...]:
    """Let the findings of a short recording follow from what was measured.

    Args:
        findings: Those of a network.
        rate: Beats a minute, as the diagnosis has it.
        measured: Of the recording.
    """
    findings = [_checked(finding, measured) if finding.code == _WITHOUT_BEATS else finding for finding in findings]
    fibrillating = any(finding.code in _FIBRILLATION and finding.positive for finding in findings)
    made = [_measured(finding, rate, fibrillating, measured) for finding in findings]
    others = [
        finding.title for finding in made if finding.positive and not finding.normal and finding.code not in RATES
    ]
    return tuple(
        _inconclusive(finding, f"there is also {', '.join(others[:3])}")
        if finding.code == _NORMAL_ECG and finding.normal and finding.positive and others
        else finding
        for finding in made
    )


def with_burden_of_beats(findings: Sequence[Finding], measured: Measurements) -> tuple[Finding, ...]:
    """Let the burden of ventricular extra beats in a long recording be their share of all beats.

    An extra beat in every window is no burden of 100 %.

    Args:
        findings: By the course of the windows.
        measured: Of the recording.
    """
    share = measured.ventricular_burden.value
    return tuple(
        finding.model_copy(
            update={
                "course": finding.course.model_copy(update={"burden": share / 100, "burden_of": "beats"}),
                "measured": _extra_beats(measured),
            }
        )
        if finding.code == "PVC" and finding.course is not None and share is not None
        else finding
        for finding in findings
    )


def _extra_beats(measured: Measurements) -> str:
    return f"{plural(int(measured.ventricular_beats.value or 0), 'ventricular beat')} of {measured.beats.value:,.0f}"


def _checked(finding: Finding, measured: Measurements) -> Finding:
    """Return a finding of fibrillation, inconclusive where it was found and the beats come regularly."""
    interval, change = measured.rr.value, measured.rmssd.value
    if not finding.positive or interval is None or change is None or change > MOST_CHANGE * interval:
        return finding
    return _inconclusive(finding, f"the beats come regularly: RR {interval:.0f} ms, RMSSD {change:.0f} ms")


def _inconclusive(finding: Finding, reason: str) -> Finding:
    return finding.model_copy(update={"verdict": "inconclusive", "reason": reason})


def _measured(finding: Finding, rate: float | None, fibrillating: bool, measured: Measurements) -> Finding:
    if finding.verdict == "not judged":
        return finding
    if finding.code in RATES and rate is not None:
        there = (round(rate) < SLOW if finding.code == "SBRAD" else round(rate) > FAST) and not fibrillating
        return _decided(finding, float(there), f"{rate:.0f} beats a minute")
    if finding.code == "1AVB" and fibrillating:
        return _decided(finding, 0.0, "atrial fibrillation, which has no PR interval")
    if finding.code == "1AVB" and measured.pr.value is not None:
        pr = measured.pr.value
        return _weighed(finding, LONG_PR_RATIOS, f"PR {pr:.0f} ms", there=pr > LONGEST_PR)
    if finding.code == "PVC" and measured.beats.value:
        there = bool(measured.ventricular_beats.value)
        return _weighed(finding, EXTRA_BEAT_RATIOS, _extra_beats(measured), there=there)
    if finding.code in DEFINED and finding.verdict == "not found":
        name, low, high = DEFINED[finding.code]
        measurement: Measurement = getattr(measured, name)
        if measurement.value is not None and low <= measurement.value <= high:
            text = _VALUES[name].format(measurement.value)
            supported = finding.model_copy(update={"measured": text})
            return _inconclusive(supported, f"the measurement supports it: {text}")
    return finding


def _weighed(finding: Finding, ratios: tuple[float, float], measured: str, *, there: bool) -> Finding:
    """Multiply the odds of the network by the ratio of what was measured; where both contradict, it is inconclusive."""
    odds = ratios[0 if there else 1] * finding.probability / max(1.0 - finding.probability, 1e-9)
    decided = _decided(finding, odds / (1.0 + odds), measured)
    if decided.verdict == ("not found" if there else "found"):
        return _inconclusive(decided, f"network and measurement contradict each other: {measured}")
    return decided


def _decided(finding: Finding, probability: float, measured: str) -> Finding:
    low, high = finding.band or (finding.threshold, finding.threshold)
    verdict: Verdict = (
        "inconclusive" if low <= probability < high else "found" if probability >= finding.threshold else "not found"
    )
    reason = f"probability {probability:.2f} lies in the uncertain band {low:.2f} to {high:.2f}"
    return finding.model_copy(
        update={
            "probability": probability,
            "verdict": verdict,
            "reason": reason if verdict == "inconclusive" else "",
            "measured": measured,
        }
    )
