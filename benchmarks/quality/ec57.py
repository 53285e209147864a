"""How well are beats and atrial fibrillation found? A table in the manner of ANSI/AAMI EC57, for annotated half-hours.

    python -m benchmarks.quality.ec57 FOLDER [--lead 1|2] [--as-shipped]

FOLDER holds WFDB records with ``atr`` annotations (the MIT-BIH Arrhythmia Database, or a part of it). A beat is found
if it lies within 150 ms of the annotated one; none is found twice. Unlike in EC57 the first five minutes count.
Stretches of ventricular flutter do not, and a fusion beat or an unknown one is no right and no wrong ventricular one.
The networks are fitted anew without every seventh part of the records, and each record is read by networks that have
not learned from it; ``--as-shipped`` reads with what mvkt ships, which has learned from ``mitdb-ds1``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).parents[2]))  # also as a script: python benchmarks/quality/ec57.py

import numpy as np
from benchmarks.fit import qrs_fit
from benchmarks.fit.kinds_fit import KindsTraining
from benchmarks.reference.annotated import Annotated, annotated_in, inside
from benchmarks.speed.machine import describe
from numpy.typing import NDArray

from mvkt.ecg import beat_kinds, qrs_candidates
from mvkt.ecg.beat_kinds import kinds_of
from mvkt.ecg.heartbeat import beats_of
from mvkt.ecg.small_network import SmallNetwork

TOLERANCE_SECONDS = 0.15
PARTS = 7
Float = NDArray[np.float64]


@dataclass(frozen=True)
class Counts:
    """Beats that are there, found, and found rightly: all of them, and the ventricular ones."""

    beats: int = 0
    found: int = 0
    right: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def cells(self) -> list[str]:
        """Sensitivity and positive predictive value in per cent; empty where there is nothing to divide by."""
        return [f"{100 * self.right / of:.2f}" if of else "" for of in (self.beats, self.found)]


def main(arguments: list[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder of WFDB records with annotations")
    parser.add_argument("--lead", type=int, default=1, choices=(1, 2), help="number of the lead to read")
    parser.add_argument(
        "--ptb-xl", type=Path, help="folder of short recordings that the kinds of beats also learn from"
    )
    parser.add_argument("--as-shipped", action="store_true", help="networks of the package, whatever they learned from")
    chosen = parser.parse_args(arguments)
    records = annotated_in(chosen.folder)
    kinds = None if chosen.as_shipped else KindsTraining.of(records, chosen.ptb_xl)
    training = None if kinds is None else (qrs_fit.TrainingSet.of(records), kinds)
    rows = dict[str, list[Counts]]()
    for part in range(PARTS):
        read = records[part::PARTS]
        with _networks(training, tuple(record.name for record in read)):
            rows |= {record.name: measured(record, chosen.lead - 1) for record in read}
    how = "networks as shipped" if chosen.as_shipped else "networks that have not learned from the record"
    print(f"Lead {chosen.lead} of {len(records)} records, {how}; {describe()['processor']}\n")
    print(f"| record | beats | QRS sensitivity | QRS PPV | ventricular sensitivity | ventricular PPV |\n{'|---' * 6}|")
    for name, counts in sorted(rows.items()):
        print(f"| {name} | {counts[0].beats} | {' | '.join(cell for count in counts for cell in count.cells)} |")
    gross = [sum(column, Counts()) for column in zip(*rows.values(), strict=True)]
    print(f"| gross | {gross[0].beats} | {' | '.join(cell for count in gross for cell in count.cells)} |")


@contextmanager
def _networks(training: Any, left_out: tuple[str, ...]) -> Iterator[None]:
    if training is None:
        yield
        return
    beats, kinds = training
    fitted = {
        qrs_candidates.NETWORK: SmallNetwork.of(beats.fit(left_out)),
        beat_kinds.NETWORK: SmallNetwork.of(kinds.fit(left_out)),
    }
    with (
        patch.object(qrs_candidates, "shipped_network", fitted.__getitem__),
        patch.object(beat_kinds, "shipped_network", fitted.__getitem__),
    ):
        yield


def measured(record: Annotated, lead: int) -> list[Counts]:
    """Count the beats of a record: all of them, and the ventricular ones."""
    trace = record.conditioned[lead : lead + 1]
    samples = beats_of(trace, 100.0)
    ventricular = kinds_of(trace, samples, 100.0) == "ventricular"
    found = samples / 100.0
    outside = ~inside(found, record.flutter, TOLERANCE_SECONDS)
    found, ventricular = found[outside], ventricular[outside]
    there = ~inside(record.beats, record.flutter)
    beats = record.beats[there]
    pairs = matched(found, beats)
    kinds, unpaired = np.full(len(found), "N"), np.ones(len(found), dtype=np.bool_)
    kinds[pairs[:, 0]], unpaired[pairs[:, 0]] = record.kinds[there][pairs[:, 1]], False
    counted = ventricular & (kinds != "F")
    return [
        Counts(len(beats), len(found), len(pairs)),
        Counts(
            int((record.kinds[there] == "V").sum()),
            int(counted.sum()),
            int((counted & (kinds == "V") & ~unpaired).sum()),
        ),
    ]


def matched(found: Float, beats: Float) -> NDArray[np.int64]:
    """``(pairs, 2)`` positions in both: each beat with the nearest that is found, within the tolerance, each once."""
    pairs = []
    first = second = 0
    while first < len(found) and second < len(beats):
        apart = found[first] - beats[second]
        if abs(apart) > TOLERANCE_SECONDS:
            first, second = first + (apart < 0), second + (apart > 0)
        elif first + 1 < len(found) and abs(found[first + 1] - beats[second]) < abs(apart):
            first += 1
        elif second + 1 < len(beats) and abs(found[first] - beats[second + 1]) < abs(apart):
            second += 1
        else:
            pairs.append((first, second))
            first, second = first + 1, second + 1
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


if __name__ == "__main__":
    main()
