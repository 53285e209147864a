"""What is measured of a recording: rate, intervals, axis, extra beats, pauses; and what the device measured itself."""

from __future__ import annotations

import math
from typing import Any, Self

from mvkt.stored import Part


class Measurement(Part):
    """One number, or why there is none.

    Attributes:
        value: In ``unit``; None if it was not measured.
        unit: ``"/min"``, ``"ms"``, ``"s"``, ``"°"``, ``"%"``, or empty for a count.
        because: Why it was not measured; empty if it was.
    """

    value: float | None = None
    unit: str = ""
    because: str = ""


class Measurements(Part):
    """Everything that is measured of a recording. Each is a number or has a reason why there is none.

    Attributes:
        heart_rate: Mean over the intervals between beats, in beats a minute, without those beside what may be noise.
        rr: Mean of the same intervals, in ms.
        sdnn: Standard deviation of the intervals between normal beats, in ms.
        rmssd: Root mean square of the differences of intervals that follow each other, between normal beats, in ms.
        pr: From the beginning of the P wave to that of the QRS complex, in ms.
        qrs: Duration of the QRS complex, in ms.
        qt: From the beginning of the QRS complex to the end of the T wave, in ms.
        qtc_bazett: QT by the square root of the mean RR interval in seconds, in ms.
        qtc_fridericia: QT by its cube root, in ms.
        axis: Of the QRS complex in the frontal plane, in degrees: 0 to the left, 90 downwards.
        beats: How many beats were found.
        ventricular_beats: How many of them come from a ventricle.
        supraventricular_beats: How many are extra beats from above the ventricles.
        unsure_beats: Of how many the kind cannot be made out; noise may have made them.
        ventricular_burden: Ventricular beats of all beats, in per cent.
        pauses: How many intervals between beats last longer than two seconds.
        longest_rr: The longest interval between two beats, in seconds.
    """

    heart_rate: Measurement
    rr: Measurement
    sdnn: Measurement
    rmssd: Measurement
    pr: Measurement
    qrs: Measurement
    qt: Measurement
    qtc_bazett: Measurement
    qtc_fridericia: Measurement
    axis: Measurement
    beats: Measurement
    ventricular_beats: Measurement
    supraventricular_beats: Measurement
    unsure_beats: Measurement
    ventricular_burden: Measurement
    pauses: Measurement
    longest_rr: Measurement


class MachineMeasurements(Part):
    """What the device that recorded measured itself, as it stands in the file; None where the file does not state it.

    Attributes:
        heart_rate: Of the ventricles, in beats a minute.
        rr: Interval between beats, in ms.
        pr: From the beginning of the P wave to that of the QRS complex, in ms.
        qrs: Duration of the QRS complex, in ms.
        qt: From the beginning of the QRS complex to the end of the T wave, in ms.
        qtc_bazett: QT by the square root of RR, in ms; only where the file states that this is the formula.
        qtc_fridericia: QT by its cube root, in ms; likewise.
        axis: Of the QRS complex in the frontal plane, in degrees.
    """

    heart_rate: float | None = None
    rr: float | None = None
    pr: float | None = None
    qrs: float | None = None
    qt: float | None = None
    qtc_bazett: float | None = None
    qtc_fridericia: float | None = None
    axis: float | None = None

    @classmethod
    def of(cls, **stated: Any) -> Self | None:
        """Return what a file states, without codes for "not measured" (-32768, 0, 29999); None if nothing remains.

        RR is left out where it contradicts the rate: some files count it in samples.

        Args:
            stated: Numbers or their text, by attribute; units as above.
        """
        values = {name: _possible(value, *_POSSIBLE[name]) for name, value in stated.items()}
        rate, rr = values.get("heart_rate"), values.get("rr")
        if rate and rr and abs(rate * rr / 60_000 - 1) > _CONTRADICTION:
            values["rr"] = None
        return cls(**values) if any(value is not None for value in values.values()) else None


_POSSIBLE = {
    "heart_rate": (10.0, 400.0),
    "rr": (150.0, 6_000.0),
    "pr": (40.0, 600.0),
    "qrs": (20.0, 400.0),
    "qt": (100.0, 1_000.0),
    "qtc_bazett": (100.0, 1_000.0),
    "qtc_fridericia": (100.0, 1_000.0),
    "axis": (-360.0, 360.0),
}
_CONTRADICTION = 0.5


def _possible(value: Any, low: float, high: float) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) and low <= number <= high else None
