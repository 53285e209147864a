"""How well are beats and atrial fibrillation found? A table in the manner of ANSI/AAMI EC57, for annotated half-hours.

    python -m benchmarks.quality.ec57 FOLDER [--lead 1|2] [--ptb-xl FOLDER]
        [--threshold 1.2 | --strips FOLDER | --as-shipped]

FOLDER holds WFDB records with ``atr`` annotations (the MIT-BIH Arrhythmia Database, or a part of it). A beat is found
if it lies within 150 ms of the annotated one; none is found twice. Unlike in EC57 the first five minutes count.
Stretches of ventricular flutter do not, and a fusion beat or an unknown one is no right and no wrong ventricular one.
Without ``--lead`` both leads are read. Fibrillation is that of a diagnosis, see :mod:`ec57_fibrillation`.
The networks are fitted anew without every seventh part of the records, and each record is read by networks that have
not learned from it, with a threshold that was chosen without it, unless ``--threshold`` is given; ``--as-shipped``
reads with what mvkt ships, which has learned from ``mitdb-ds1``. With ``--strips``, the folder of the PhysioNet
Challenge 2017, the half-hours are cut into strips of 30 s, each read for itself by the network of strips.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).parents[2]))  # also as a script: python benchmarks/quality/ec57.py

from benchmarks.fit import qrs_fit
from benchmarks.fit.kinds_fit import PARTS, KindsTraining
from benchmarks.quality.ec57_fibrillation import Durations, fibrillation_in, table
from benchmarks.reference.annotated import Annotated, annotated_in
from benchmarks.reference.beat_counts import COUNTED, Counts, counts_of
from benchmarks.speed.machine import describe

from mvkt.ecg import beat_kinds, qrs_candidates
from mvkt.ecg.beat_kinds import kinds_of
from mvkt.ecg.recording_beats import beats_of
from mvkt.ecg.small_network import SmallNetwork

_STRIP_SECONDS = 30.0
_HEADS = tuple(f"{what} {share}" for what in ("QRS", *COUNTED.values()) for share in ("sensitivity", "PPV"))


def main(arguments: list[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder of WFDB records with annotations")
    parser.add_argument("--lead", type=int, choices=(1, 2), help="number of the only lead to read")
    parser.add_argument(
        "--ptb-xl", type=Path, help="folder of short recordings that the kinds of beats also learn from"
    )
    parser.add_argument(
        "--noise",
        type=Path,
        help="folder of the noise of a Holter, with which the network of strips learns from them, too",
    )
    read_by = parser.add_mutually_exclusive_group()
    read_by.add_argument("--threshold", type=float, help="log odds that a ventricular beat must have, for all records")
    read_by.add_argument("--strips", type=Path, help="folder of strips with a normal rhythm that a network learns from")
    read_by.add_argument(
        "--as-shipped", action="store_true", help="networks of the package, whatever they learned from"
    )
    chosen = parser.parse_args(arguments)
    records = annotated_in(chosen.folder)
    kinds = None if chosen.as_shipped else KindsTraining.of(records, chosen.ptb_xl, chosen.strips, chosen.noise)
    training = None if kinds is None else (qrs_fit.TrainingSet.of(records), kinds)
    leads = (chosen.lead,) if chosen.lead else (1, 2)
    rows = {lead: dict[str, list[Counts]]() for lead in leads}
    fibrillation = {lead: dict[str, Durations]() for lead in leads}
    for part in range(PARTS):
        read = records[part::PARTS]
        with _networks(training, tuple(record.name for record in read), chosen.threshold):
            for lead, record in product(leads, read):
                if chosen.strips:
                    counts = [measured(strip, lead - 1) for strip in record.cut(_STRIP_SECONDS)]
                    rows[lead][record.name] = [sum(column, Counts()) for column in zip(*counts, strict=True)]
                else:
                    rows[lead][record.name] = measured(record, lead - 1)
                    fibrillation[lead][record.name] = fibrillation_in(record, lead - 1)
    how = "networks as shipped" if chosen.as_shipped else "networks that have not learned from the record"
    for lead in leads:
        print(f"Lead {lead} of {len(records)} records, {how}; {describe()['processor']}\n")
        print(f"{beat_table(rows[lead])}\n")
        if fibrillation[lead]:
            print(f"Atrial fibrillation:\n\n{table(fibrillation[lead])}\n")


def beat_table(rows: dict[str, list[Counts]]) -> str:
    """A row for each record, and the sum of all."""
    lines = [f"| record | beats | {' | '.join(_HEADS)} |", f"{'|---' * (len(_HEADS) + 2)}|"]
    gross = [sum(column, Counts()) for column in zip(*rows.values(), strict=True)]
    for name, counts in [*sorted(rows.items()), ("gross", gross)]:
        lines.append(f"| {name} | {counts[0].beats} | {' | '.join(cell for count in counts for cell in count.cells)} |")
    return "\n".join(lines)


@contextmanager
def _networks(training: Any, left_out: tuple[str, ...], threshold: float | None) -> Iterator[None]:
    if training is None:
        yield
        return
    beats, kinds = training
    fitted = {
        qrs_candidates.NETWORK: SmallNetwork.of(beats.fit(left_out)),
    }
    if kinds.strips:
        fitted[beat_kinds.STRIP_NETWORK] = SmallNetwork.of(kinds.fit_strips(left_out))
    else:
        fitted[beat_kinds.NETWORK] = SmallNetwork.of(kinds.fit(left_out, threshold))
    with (
        patch.object(qrs_candidates, "shipped_network", fitted.__getitem__),
        patch.object(beat_kinds, "shipped_network", fitted.__getitem__),
    ):
        yield


def measured(record: Annotated, lead: int) -> list[Counts]:
    """Count the beats that are found in a lead, from 0; see :func:`counts_of`."""
    trace = record.conditioned[lead : lead + 1]
    samples = beats_of(trace, 100.0)
    return counts_of(record, samples, kinds_of(trace, samples, 100.0))


if __name__ == "__main__":
    main()
