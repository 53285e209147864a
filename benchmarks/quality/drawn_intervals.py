"""How far are PR, QRS and QT from the known ones of drawn recordings?

    python -m benchmarks.quality.drawn_intervals [RECORDINGS]

Ten seconds of twelve leads at 500 Hz. Each wave is a Gaussian of its own height and time in every lead, with noise of
5 to 20 µV. A wave begins and ends two widths from its peak, where the tangent at its steepest point meets the baseline;
PR and QT count from the first onset of a lead to the last end, as machines count them.
"""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.leads import STANDARD_LEADS
from mvkt.ecg.record import Record
from mvkt.ecg.recording_measures import KnownBeats, measure
from mvkt.ecg.signal import SignalSpec, condition

FREQUENCY, SECONDS = 500.0, 10.0
_WIDTHS = 2.0
_CLEAR_MV = 0.06

Float = NDArray[np.float64]


def draw(rng: np.random.Generator) -> tuple[Record, dict[str, float]]:
    """A recording, and its PR, QRS and QT in ms."""
    rr = rng.uniform(0.6, 1.2)
    pr, qrs, qt = rng.uniform(0.12, 0.22), rng.uniform(0.07, 0.13), 0.40 * np.cbrt(rr) * rng.uniform(0.92, 1.08)
    wide = qrs / 0.10
    waves = [  # seconds from the onset of QRS, width, usual height in mV, spread of times and of heights
        (-pr + 2 * 0.018, 0.018, 0.12, 0.003, 0.05),
        (0.018 * wide, 0.009 * wide, -0.10, 0.0, 0.05),
        (0.045 * wide, 0.0115 * wide, 0.9, 0.0, 0.4),
        (0.080 * wide, 0.010 * wide, -0.3, 0.0, 0.2),
        (qt - 2 * 0.04, 0.04, 0.25, 0.005, 0.15),
    ]
    times = np.arange(round(SECONDS * FREQUENCY)) / FREQUENCY
    beats = np.arange(0.5, SECONDS + 1, rr) + 0.01 * rng.standard_normal(len(np.arange(0.5, SECONDS + 1, rr)))
    signal, limits = np.zeros((len(times), 12)), []
    for middle, width, height, late, spread in waves:
        centres = middle + late * rng.standard_normal(12)
        heights = height + spread * rng.standard_normal(12)
        for lead in range(12):
            away = (times - (beats + centres[lead])[:, np.newaxis]) / width
            signal[:, lead] += heights[lead] * np.exp(-0.5 * np.square(away)).sum(axis=0)
        clear = np.abs(heights) > _CLEAR_MV
        limits.append(((centres - _WIDTHS * width)[clear].min(), (centres + _WIDTHS * width)[clear].max()))
    signal += rng.uniform(0.005, 0.02) * rng.standard_normal(signal.shape)
    begin, end = min(limit[0] for limit in limits[1:4]), max(limit[1] for limit in limits[1:4])
    known = {"pr": begin - limits[0][0], "qrs": end - begin, "qt": limits[4][1] - begin}
    return Record(signal.astype(np.float32), STANDARD_LEADS, FREQUENCY), {n: 1000 * v for n, v in known.items()}


def errors(recordings: int, seed: int = 0) -> Float:
    """``(recordings, 3)`` measured minus known PR, QRS and QT in ms; NaN where not measured."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(recordings):
        record, known = draw(rng)
        found = measure(record, KnownBeats.of(condition(record, SignalSpec(), "II"), 100.0))
        values = {name: getattr(found, name).value for name in known}
        rows.append([np.nan if value is None else value - known[name] for name, value in values.items()])
    return np.array(rows)


def main(recordings: int) -> None:
    """Print a Markdown table."""
    made = errors(recordings)
    print(f"{recordings} drawn recordings, ms\n\n| interval | measured | median error | median size | 90 % within |")
    print("|---|---|---|---|---|")
    for name, column in zip(("PR", "QRS", "QT"), made.T, strict=True):
        there = column[np.isfinite(column)]
        figures = (np.median(there), np.median(np.abs(there)), np.quantile(np.abs(there), 0.9))
        share = f"{np.isfinite(column).mean():.0%}"
        print(f"| {name} | {share} | {figures[0]:.0f} | {figures[1]:.0f} | {figures[2]:.0f} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
