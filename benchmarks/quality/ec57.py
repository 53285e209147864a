"""How well are beats and atrial fibrillation found? A table in the manner of ANSI/AAMI EC57, for annotated half-hours.

    python -m benchmarks.quality.ec57 FOLDER [--lead 1|2] [--ptb-xl FOLDER] [--as-shipped]

FOLDER holds WFDB records with ``atr`` annotations (the MIT-BIH Arrhythmia Database, or a part of it). A beat is found
if it lies within 150 ms of the annotated one; none is found twice. Unlike in EC57 the first five minutes count.
Stretches of ventricular flutter do not, and a fusion beat or an unknown one is no right and no wrong ventricular one.
Without ``--lead`` both leads are read. Fibrillation is that of a diagnosis, see :mod:`ec57_fibrillation`.
The networks are fitted anew without every seventh part of the records, and each record is read by networks that have
not learned from it; ``--as-shipped`` reads with what mvkt ships, which has learned from ``mitdb-ds1``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from itertools import product
from pathlib import Path
from typing import Any
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).parents[2]))  # also as a script: python benchmarks/quality/ec57.py

import numpy as np
from benchmarks.fit import qrs_fit
from benchmarks.fit.kinds_fit import KindsTraining
from benchmarks.quality.ec57_fibrillation import Durations, fibrillation_in, table
from benchmarks.reference.annotated import Annotated, annotated_in, inside
from benchmarks.speed.machine import describe
from numpy.typing import NDArray

from mvkt.ecg import beat_kinds, qrs_candidates
from mvkt.ecg.beat_kinds import kinds_of
from mvkt.ecg.recording_beats import beats_of
from mvkt.ecg.small_network import SmallNetwork

TOLERANCE_SECONDS = 0.15
PARTS = 7
_COUNTED = {"V": "ventricular", "S": "supraventricular"}
_HEADS = tuple(f"{what} {share}" for what in ("QRS", *_COUNTED.values()) for share in ("sensitivity", "PPV"))
Float = NDArray[np.float64]


@dataclass(frozen=True)
class Counts:
    """Beats that are there, found, and found rightly: all of them, or those of a kind."""

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
    parser.add_argument("--lead", type=int, choices=(1, 2), help="number of the only lead to read")
    parser.add_argument(
        "--ptb-xl", type=Path, help="folder of short recordings that the kinds of beats also learn from"
    )
    parser.add_argument("--as-shipped", action="store_true", help="networks of the package, whatever they learned from")
    chosen = parser.parse_args(arguments)
    records = annotated_in(chosen.folder)
    kinds = None if chosen.as_shipped else KindsTraining.of(records, chosen.ptb_xl)
    training = None if kinds is None else (qrs_fit.TrainingSet.of(records), kinds)
    leads = (chosen.lead,) if chosen.lead else (1, 2)
    rows = {lead: dict[str, list[Counts]]() for lead in leads}
    fibrillation = {lead: dict[str, Durations]() for lead in leads}
    for part in range(PARTS):
        read = records[part::PARTS]
        with _networks(training, tuple(record.name for record in read)):
            for lead, record in product(leads, read):
                rows[lead][record.name] = measured(record, lead - 1)
                fibrillation[lead][record.name] = fibrillation_in(record, lead - 1)
    how = "networks as shipped" if chosen.as_shipped else "networks that have not learned from the record"
    for lead in leads:
        print(f"Lead {lead} of {len(records)} records, {how}; {describe()['processor']}\n")
        print(f"{beat_table(rows[lead])}\n\nAtrial fibrillation:\n\n{table(fibrillation[lead])}\n")


def beat_table(rows: dict[str, list[Counts]]) -> str:
    """A row for each record, and the sum of all."""
    lines = [f"| record | beats | {' | '.join(_HEADS)} |", f"{'|---' * (len(_HEADS) + 2)}|"]
    gross = [sum(column, Counts()) for column in zip(*rows.values(), strict=True)]
    for name, counts in [*sorted(rows.items()), ("gross", gross)]:
        lines.append(f"| {name} | {counts[0].beats} | {' | '.join(cell for count in counts for cell in count.cells)} |")
    return "\n".join(lines)


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
    """Count the beats of a record: all of them, the ventricular and the supraventricular ones."""
    trace = record.conditioned[lead : lead + 1]
    samples = beats_of(trace, 100.0)
    named = kinds_of(trace, samples, 100.0)
    found = samples / 100.0
    outside = ~inside(found, record.flutter, TOLERANCE_SECONDS)
    found, named = found[outside], named[outside]
    there = ~inside(record.beats, record.flutter)
    beats, annotated = record.beats[there], record.kinds[there]
    pairs = matched(found, beats)
    kinds = np.full(len(found), "-")
    kinds[pairs[:, 0]] = annotated[pairs[:, 1]]
    counts = [Counts(len(beats), len(found), len(pairs))]
    for letter, name in _COUNTED.items():
        counted = (named == name) & (kinds != "F")
        right = int((counted & (kinds == letter)).sum())
        counts.append(Counts(int((annotated == letter).sum()), int(counted.sum()), right))
    return counts


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
