"""Simulated twelve-lead recordings: people, rhythm, dipole, torso and noise put together."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.leads import STANDARD_LEADS
from mvkt.ecg.record import Record
from mvkt.ecg.simulate.dipole import draw_dipole
from mvkt.ecg.simulate.noise import electrode_noise
from mvkt.ecg.simulate.population import Array, People, check_conditions, draw_people
from mvkt.ecg.simulate.rhythm import Rhythm, draw_rhythm
from mvkt.ecg.simulate.torso import draw_fields, leads_from_potentials
from mvkt.errors import RecordError

_BLOCK = 32
"""Records made at once, from a seed of their own: the first ten of twenty records are those of ten."""

_SHORTEST_SECONDS, _LONGEST_SECONDS = 5.0, 3600.0

Float32 = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Simulation:
    """Simulated recordings, with the truth about them.

    Attributes:
        signal: ``(records, samples, 12)`` float32 in mV, leads in the standard order.
        conditions: Codes of :data:`CONDITIONS` for every record; ``NORM`` alone or diseases.
        age: ``(records,)`` years.
        sex: ``"female"`` or ``"male"`` for every record.
        r_peaks: Seconds of the R peaks of every record.
        sampling_frequency: Samples a second.
    """

    signal: Float32
    conditions: tuple[frozenset[str], ...]
    age: Array
    sex: tuple[str, ...]
    r_peaks: tuple[Array, ...]
    sampling_frequency: float

    def record(self, row: int) -> Record:
        """One recording as a :class:`Record`."""
        return Record(
            self.signal[row],
            STANDARD_LEADS,
            self.sampling_frequency,
            age=float(self.age[row]),
            sex="female" if self.sex[row] == "female" else "male",
            source="simulated",
        )


def simulate(
    records: int,
    *,
    seed: int | Sequence[int],
    conditions: Collection[str] | None = None,
    sampling_frequency: float = 100.0,
    duration: float = 10.0,
    noise: bool = True,
    clear: bool = False,
) -> Simulation:
    """Simulate twelve-lead recordings of a three-dimensional cardiac dipole.

    The same arguments give the same recordings; the first of many are the same as few. Heart, rhythm and
    noise draw from generators of their own: the same seed with and without ``noise``, or with other
    ``conditions``, is the same body.

    Args:
        records: How many.
        seed: What ``numpy.random.SeedSequence`` takes: a whole number or several, such as ``(seed, chunk)``.
        conditions: Codes that every record shall have, or None for what is frequent at the age of each.
        sampling_frequency: Samples a second, 50 to 10,000.
        duration: Seconds, 5 to 3,600.
        noise: Whether to add wander, muscle, mains, motion and amplifier noise.
        clear: Whether diseases show as in a textbook, instead of from hardly visible to severe.

    Raises:
        RecordError: An argument is out of range, or the conditions exclude each other.
    """
    possible = _SHORTEST_SECONDS <= duration <= _LONGEST_SECONDS and 50 <= sampling_frequency <= 10_000
    if records < 1 or not possible:
        raise RecordError(
            f"cannot simulate {records} records of {duration} s at {sampling_frequency} Hz: expected one record "
            f"or more, {_SHORTEST_SECONDS:g} to {_LONGEST_SECONDS:g} s and 50 to 10,000 Hz"
        )
    fixed = None if conditions is None else check_conditions(conditions)
    samples = round(duration * sampling_frequency)
    blocks = -(-records // _BLOCK)
    signal = np.empty((records, samples, len(STANDARD_LEADS)), dtype=np.float32)
    crowds: list[People] = []
    peaks: list[Array] = []
    for block, sequence in enumerate(np.random.SeedSequence(seed).spawn(blocks)):
        people, rhythm, leads = _simulate_block(sequence, fixed, samples, sampling_frequency, noise, clear)
        signal[block * _BLOCK : (block + 1) * _BLOCK] = leads[: records - block * _BLOCK]
        crowds.append(people)
        peaks.extend(r[(r >= 0) & (r < duration)] for r in rhythm.r)
    return Simulation(
        signal=signal,
        conditions=tuple(codes for people in crowds for codes in people.conditions())[:records],
        age=np.concatenate([people.age for people in crowds])[:records],
        sex=tuple("female" if woman else "male" for people in crowds for woman in people.female)[:records],
        r_peaks=tuple(peaks[:records]),
        sampling_frequency=sampling_frequency,
    )


def _simulate_block(
    sequence: np.random.SeedSequence,
    conditions: frozenset[str] | None,
    samples: int,
    sampling_frequency: float,
    noise: bool,
    clear: bool,
) -> tuple[People, Rhythm, Float32]:
    body, heart, beats, outside = (np.random.default_rng(child) for child in sequence.spawn(4))
    seconds = np.arange(samples) / sampling_frequency
    people = draw_people(body, _BLOCK, conditions, clear=clear)
    fields = draw_fields(body, _BLOCK).astype(np.float32)
    rhythm = draw_rhythm(beats, people, samples / sampling_frequency)
    potentials: Float32 = fields @ draw_dipole(heart, people, rhythm, seconds)
    if noise:
        potentials += electrode_noise(outside, rhythm.breathing, samples, sampling_frequency)
    return people, rhythm, leads_from_potentials(potentials)
