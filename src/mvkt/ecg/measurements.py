"""What is measured of a recording: rate, intervals, axis, extra beats, pauses."""

from __future__ import annotations

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
        heart_rate: Mean over all intervals between beats, in beats a minute.
        rr: Mean interval between beats, in ms.
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
    ventricular_burden: Measurement
    pauses: Measurement
    longest_rr: Measurement
