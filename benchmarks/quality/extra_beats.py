"""In how many short recordings with and without extra beats is a beat taken for one?

    python -m benchmarks.quality.extra_beats PTB_XL [STRIPS] [--leads I] [--noise NSTDB]

reads lead I, or others together, of folds 9 and 10, from which the network of kinds has not learned. Ventricular: all
recordings with the statement PVC, BIGU or TRIGU, and 350 with none of them. Supraventricular: all with PAC and without
fibrillation or flutter, and 350 with none of these. ``STRIPS`` is the folder of the PhysioNet Challenge 2017: those of
folds 9 and 10 with a normal rhythm, which should have no extra beats. ``NSTDB`` is that of the MIT-BIH Noise Stress
Test Database: muscle (ma), moving electrodes (em) and a wandering baseline (bw) of a Holter are added to the
recordings, at a signal-to-noise ratio of 6 dB as :mod:`benchmarks.fit.stress_noise` defines it: of the baseline, what
conditioning leaves of it counts.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from benchmarks.fit.real_records import SPEC, RealRecords
from benchmarks.fit.stress_noise import noise_power, signal_power
from benchmarks.reference.normal_strips import normal_strips
from numpy.typing import NDArray

from mvkt.ecg.beat_kinds import kinds_of
from mvkt.ecg.formats import read
from mvkt.ecg.long_recordings import condition_long
from mvkt.ecg.recording_beats import beats_of

LAST_FOLD = 8
"""Up to here the networks of kinds have learned, of both collections."""

_WITHOUT = 350
_NOISES, _AFTER_CONDITIONING = ("ma", "em", "bw"), ("bw",)
_DECIBELS, _SECONDS = 6.0, 10.0


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


Traces = NDArray[np.int16]
"""``(leads, samples)`` of a recording, conditioned."""


def has_beat_of(kind: str, traces: Traces) -> bool:
    """Whether a beat of a recording is taken for an extra beat of this kind."""
    return bool((kinds_of(traces, beats_of(traces, 100.0), 100.0) == kind).any())


def noise_of(folder: Path, name: str) -> Callable[[Traces, int], Traces]:
    """Return what adds ten-second pieces of a recording of noise to traces, others for each row."""
    record = read(folder / f"{name}.hea")
    left = condition_long(record, SPEC, record.leads[0])[0] / 1000.0
    raw = left if name in _AFTER_CONDITIONING else record.signal[:, 0].astype(np.float64)
    frequency = 100.0 if name in _AFTER_CONDITIONING else record.sampling_frequency
    length = round(_SECONDS * frequency)
    power = noise_power(raw[: len(raw) // length * length].reshape(-1, length), frequency)[:, 0]
    pieces = np.flatnonzero(power > 0)  # one of moving electrodes is flat

    def add(traces: Traces, row: int) -> Traces:
        made = []
        for lead, trace in enumerate(traces):
            number = np.random.default_rng([row, lead]).choice(pieces)
            piece = left[round(number * _SECONDS * 100) :][: len(trace)]
            wanted = np.nan_to_num(signal_power(trace[np.newaxis, np.newaxis])[0, 0]) / 10 ** (_DECIBELS / 10)
            made.append(trace + 1000.0 * piece * np.sqrt(wanted / power[number]))
        noisy: Traces = np.clip(np.stack(made), -32767, 32767).astype(np.int16)
        return noisy

    return add


def main(chosen: argparse.Namespace) -> None:
    """Print a Markdown table."""
    records = RealRecords.read(chosen.ptb_xl)
    normal = normal_strips(chosen.strips, range(LAST_FOLD + 1, 11)) if chosen.strips else ()
    noises = {f", noise {name}": noise_of(chosen.noise, name) for name in _NOISES} if chosen.noise else {"": _unchanged}
    print("| extra beats | recordings | a beat is taken for it |\n|---|---|---|")
    for extra in EXTRA_BEATS:
        for noise, add in noises.items():
            groups = {
                f"{name}{noise}": [
                    has_beat_of(extra.kind, add(np.stack([records.lead_of(row, lead) for lead in chosen.leads]), row))
                    for row in rows.tolist()
                ]
                for name, rows in extra.groups(records).items()
            }
            for name, found in groups.items():
                _print_row(extra.kind, name, found)
        if normal:
            _print_row(extra.kind, "strips, normal rhythm", [strip.has(extra.kind) for strip in normal])


def _unchanged(traces: Traces, row: int) -> Traces:
    del row
    return traces


def _print_row(kind: str, name: str, found: list[bool]) -> None:
    print(f"| {kind} | {len(found)} {name} | {sum(found)} ({np.mean(found):.0%}) |", flush=True)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("ptb_xl", type=Path)
    options.add_argument("strips", type=Path, nargs="?")
    options.add_argument("--leads", type=lambda text: text.split(","), default=["I"], help="such as II or I,II,V1")
    options.add_argument("--noise", type=Path, metavar="NSTDB")
    main(options.parse_args())
