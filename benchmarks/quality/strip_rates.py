"""How far is the heart rate of a strip from what it should be?

    python -m benchmarks.quality.strip_rates STRIPS MITDB

``STRIPS`` is the folder of the PhysioNet Challenge 2017: strips of folds 8 to 10 with a normal rhythm, in which the
rate of the median interval is taken for the right one. ``MITDB`` are half-hours with annotated beats, cut into strips
of 30 s.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from benchmarks.reference.annotated import annotated_in
from benchmarks.reference.normal_strips import normal_strips
from numpy.typing import NDArray

from mvkt.ecg.recording_measures import KnownBeats

_SECONDS = 30.0
_LIMITS = (0.05, 0.10)
_FREQUENCY = 100.0

Pair = tuple[float, float]
"""Beats a minute: as measured, as they should be."""


def of_normal_strips(folder: Path) -> Iterator[Pair]:
    """The mean rate, and that of the median interval."""
    for strip in normal_strips(folder, range(8, 11)):
        yield rate_of(strip.trace, strip.beats), 60.0 * _FREQUENCY / float(np.median(np.diff(strip.beats)))


def of_half_hours(folder: Path, lead: int) -> Iterator[Pair]:
    """The mean rate of a lead, and that of the annotated beats."""
    for record in annotated_in(folder):
        for strip in record.cut(_SECONDS):
            if len(strip.beats) > 1:
                trace = np.ascontiguousarray(strip.conditioned[lead : lead + 1])
                yield rate_of(trace), 60.0 / float(np.diff(strip.beats).mean())


def rate_of(trace: NDArray[np.int16], beats: NDArray[np.int64] | None = None) -> float:
    """Beats a minute of a strip ``(1, samples)``, as a diagnosis has it; NaN where two in a row are missing."""
    known = KnownBeats.of(trace, _FREQUENCY, beats)
    return 60.0 / float(known.mean_intervals(np.zeros(1), np.array([np.inf]))[0])


def shares_beyond(pairs: list[Pair]) -> list[float]:
    """Share of the strips whose rate is further off than each limit; one without a rate is."""
    measured, right = np.array(pairs).T
    return [1.0 - float(np.mean(np.abs(measured / right - 1.0) <= limit)) for limit in _LIMITS]


def main(strips: Path, half_hours: Path) -> None:
    """Print a Markdown table."""
    print("| strips | number | more than 5 % off | more than 10 % off |\n|---|---|---|---|")
    rows = {"of a device, normal rhythm": list(of_normal_strips(strips))}
    rows |= {f"of half-hours, lead {lead + 1}": list(of_half_hours(half_hours, lead)) for lead in (0, 1)}
    for name, pairs in rows.items():
        cells = [name, f"{len(pairs):,}", *(f"{share:.1%}" for share in shares_beyond(pairs))]
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
