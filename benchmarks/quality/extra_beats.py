"""In how many short recordings with and without extra beats is a beat taken for one?

    python -m benchmarks.quality.extra_beats PTB_XL STRIPS

reads lead I of folds 9 and 10, from which the network of kinds has not learned. Ventricular: all recordings with the
statement PVC, BIGU or TRIGU, and 350 with none of them. Supraventricular: all with PAC and without fibrillation or
flutter, and 350 with none of these. ``STRIPS`` is the folder of the PhysioNet Challenge 2017: those of folds 9 and 10
with a normal rhythm, which should have no extra beats.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from benchmarks.fit.real_records import RealRecords
from benchmarks.reference.normal_strips import normal_strips
from numpy.typing import NDArray

from mvkt.ecg.beat_kinds import kinds_of
from mvkt.ecg.recording_beats import beats_of

LAST_FOLD = 8
"""Up to here the networks of kinds have learned, of both collections."""

_WITHOUT = 350


@dataclass(frozen=True)
class ExtraBeats:
    """A kind of extra beats.

    Attributes:
        kind: See :func:`mvkt.ecg.beat_kinds.kinds_of`.
        statements: Of recordings that have it.
        apart: Statements of recordings that are left out.
    """

    kind: str
    statements: tuple[str, ...]
    apart: tuple[str, ...] = ()

    def groups(self, records: RealRecords) -> dict[str, NDArray[np.int64]]:
        """Rows of the recordings with and without it."""
        extra, apart = (
            np.any([records.having(code) for code in codes] or [np.zeros(len(records.fold), dtype=np.bool_)], axis=0)
            for codes in (self.statements, self.apart)
        )
        held_out = (records.fold > LAST_FOLD) & ~apart
        return {"with": np.flatnonzero(held_out & extra), "without": np.flatnonzero(held_out & ~extra)[:_WITHOUT]}


EXTRA_BEATS = (
    ExtraBeats("ventricular", ("PVC", "BIGU", "TRIGU")),
    ExtraBeats("supraventricular", ("PAC",), ("AFIB", "AFLT")),
)


def has_beat_of(kind: str, records: RealRecords, row: int) -> bool:
    """Whether a beat in lead I of a recording is taken for an extra beat of this kind."""
    lead = records.lead_of(row, "I")[np.newaxis]
    return bool((kinds_of(lead, beats_of(lead, 100.0), 100.0) == kind).any())


def main(folder: Path, strips: Path) -> None:
    """Print a Markdown table."""
    records = RealRecords.read(folder)
    normal = normal_strips(strips, range(LAST_FOLD + 1, 11))
    print("| extra beats | recordings | a beat is taken for it |\n|---|---|---|")
    for extra in EXTRA_BEATS:
        groups = {
            name: [has_beat_of(extra.kind, records, int(row)) for row in rows]
            for name, rows in extra.groups(records).items()
        }
        groups["strips, normal rhythm"] = [strip.has(extra.kind) for strip in normal]
        for name, found in groups.items():
            print(f"| {extra.kind} | {len(found)} {name} | {sum(found)} ({np.mean(found):.0%}) |", flush=True)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
