"""How wrong are the ends of a recording once it is filtered?

    python -m benchmarks.quality.edges MITDB

Half-hours with annotated beats are cut into pieces of 10 s. Each is conditioned by itself and compared with the same
samples of the half-hour conditioned as a whole, which knows what came before and after. An error is the largest one in
the quarter second at an end. Beside mvkt's conditioning the table has other ways to continue a piece for the filter.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from benchmarks.reference.annotated import SPEC, Annotated, annotated_in
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

from mvkt.ecg.filters import resample, resampling_ratio

_SECONDS = 10.0
_END = 25
_QRS_SECONDS = 0.04
_LARGE = 150.0
_CONDITIONED = "its mirror image (mvkt)"
_OTHERS = {"itself turned about its last sample": "odd", "its last sample": "constant", "nothing": None}
_COLUMNS = ("median, µV", "90 %")

Float = NDArray[np.float64]


def errors(record: Annotated, lead: int) -> tuple[dict[str, Float], NDArray[np.bool_]]:
    """Largest error in the quarter second at each end of each piece of a half-hour.

    Args:
        record: The half-hour.
        lead: Which of its leads, from 0.

    Returns:
        How the piece is continued -> ``(pieces, 2)`` µV; and ``(pieces, 2)``, whether that end is in a QRS complex.
    """
    assert SPEC.band is not None
    sections = butter(2, SPEC.band, "bandpass", fs=SPEC.sampling_frequency, output="sos")
    ratio = resampling_ratio(record.sampling_frequency, SPEC.sampling_frequency)
    length = round(_SECONDS * SPEC.sampling_frequency)
    found: dict[str, list[Float]] = {}
    complexes = []
    for number, piece in enumerate(record.cut(_SECONDS)):
        whole = record.conditioned[lead, number * length : (number + 1) * length].astype(np.float64)
        raw = 1000.0 * resample(np.ascontiguousarray(piece.signal[:, lead : lead + 1].T, dtype=np.float64), *ratio)[0]
        made = {_CONDITIONED: piece.conditioned[lead].astype(np.float64)}
        for name, padding in _OTHERS.items():
            made[name] = sosfiltfilt(sections, raw, padtype=padding, padlen=200 if padding else 0)
        for name, trace in made.items():
            error = np.abs(trace - whole)
            found.setdefault(name, []).append(np.array([error[:_END].max(), error[-_END:].max()]))
        ends = number * _SECONDS + np.array([0.0, _SECONDS])
        complexes.append(np.abs(record.beats[:, np.newaxis] - ends).min(axis=0) <= _QRS_SECONDS)
    return {name: np.array(each) for name, each in found.items()}, np.array(complexes)


def main(folder: Path) -> None:
    """Print a Markdown table."""
    columns = ("continued by", "lead", "ends", *_COLUMNS, "more than 150 µV", "ends in a QRS complex", *_COLUMNS)
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    records = annotated_in(folder)
    for lead in (0, 1):
        measured = [errors(record, lead) for record in records]
        within = np.concatenate([complexes for _, complexes in measured])
        for name in (_CONDITIONED, *_OTHERS):
            of_all = np.concatenate([found[name] for found, _ in measured])
            cells = [
                name,
                str(lead + 1),
                *_cells(of_all.ravel()),
                f"{np.mean(of_all > _LARGE):.1%}",
                *_cells(of_all[within]),
            ]
            print(f"| {' | '.join(cells)} |", flush=True)


def _cells(values: Float) -> list[str]:
    middle, high = np.quantile(values, (0.5, 0.9))
    return [f"{values.size:,}", f"{middle:.0f}", f"{high:.0f}"]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
