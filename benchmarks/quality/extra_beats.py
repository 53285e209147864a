"""In how many short recordings with and without extra beats is a beat taken for one?

    python -m benchmarks.quality.extra_beats PTB_XL [STRIPS] [--leads I] [--noise NSTDB]

reads lead I, or others together, of folds 9 and 10, from which the network of kinds has not learned. Ventricular: all
recordings with the statement PVC, BIGU or TRIGU, and 350 with none of them. Supraventricular: all with PAC and without
fibrillation or flutter, and 350 with none of these. ``STRIPS`` is the folder of the PhysioNet Challenge 2017: those of
folds 9 and 10 with a normal rhythm, which should have no extra beats. ``NSTDB`` is that of the MIT-BIH Noise Stress
Test Database: muscle (ma), moving electrodes (em) and a wandering baseline (bw) of a Holter are added to the
recordings, at a signal-to-noise ratio of 6 dB, from the halves of its records that the networks have not learned from
(:mod:`benchmarks.fit.holter_noise`).
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from benchmarks.fit.holter_noise import NAMES, HolterNoise, Traces
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


def has_beat_of(kind: str, traces: Traces) -> bool:
    """Whether a beat of a recording is taken for an extra beat of this kind."""
    return bool((kinds_of(traces, beats_of(traces, 100.0), 100.0) == kind).any())


def main(chosen: argparse.Namespace) -> None:
    """Print a Markdown table."""
    records = RealRecords.read(chosen.ptb_xl)
    normal = normal_strips(chosen.strips, range(LAST_FOLD + 1, 11)) if chosen.strips else ()
    noises: dict[str, HolterNoise | None] = {"": None}
    if chosen.noise:
        noises = {f", noise {name}": HolterNoise.of(chosen.noise, name, to_learn=False) for name in NAMES}
    print("| extra beats | recordings | a beat is taken for it |\n|---|---|---|")
    for extra in EXTRA_BEATS:
        for name_of_noise, noise in noises.items():
            groups = {
                f"{name}{name_of_noise}": [
                    has_beat_of(extra.kind, _traces(records, row, chosen.leads, noise)) for row in rows.tolist()
                ]
                for name, rows in extra.groups(records).items()
            }
            for name, found in groups.items():
                _print_row(extra.kind, name, found)
        if normal:
            _print_row(extra.kind, "strips, normal rhythm", [strip.has(extra.kind) for strip in normal])


def _traces(records: RealRecords, row: int, leads: list[str], noise: HolterNoise | None) -> Traces:
    traces = np.stack([records.lead_of(row, lead) for lead in leads])
    return noise.added(traces, (row,)) if noise else traces


def _print_row(kind: str, name: str, found: list[bool]) -> None:
    print(f"| {kind} | {len(found)} {name} | {sum(found)} ({np.mean(found):.0%}) |", flush=True)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("ptb_xl", type=Path)
    options.add_argument("strips", type=Path, nargs="?")
    options.add_argument("--leads", type=lambda text: text.split(","), default=["I"], help="such as II or I,II,V1")
    options.add_argument("--noise", type=Path, metavar="NSTDB")
    main(options.parse_args())
