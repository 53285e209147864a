"""The dipole of a whole recording: every wave of the heart placed at its beats."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.simulate.heart import (
    QRS_ONSET,
    TABLE_PR,
    TABLE_T_END,
    Waves,
    p_waves,
    pvc_waves,
    qrs_waves,
    t_waves,
)
from mvkt.ecg.simulate.population import Array, People
from mvkt.ecg.simulate.rhythm import Rhythm

_NEVER = 1e6
"""Seconds of an event that does not happen."""

Float32 = NDArray[np.float32]


def draw_dipole(rng: np.random.Generator, people: People, rhythm: Rhythm, seconds: Array) -> Float32:
    """``(records, 3, samples)`` mV along X, Y and Z: beats and fibrillation, scaled by breathing."""
    dipole = _beats(rng, people, rhythm, seconds)
    _add_fibrillation(rng, people, dipole, seconds)
    frequency, phase = rhythm.breathing[:, :1], rhythm.breathing[:, 1:]
    deep = rng.uniform(0.01, 0.06, (len(people.age), 1))
    dipole *= (1.0 + deep * np.sin(2 * np.pi * frequency * seconds + phase)).astype(np.float32)[:, None]
    return dipole


def _beats(rng: np.random.Generator, people: People, rhythm: Rhythm, seconds: Array) -> Float32:
    """``(records, 3, samples)``: the waves of all beats. Each kind of wave has events of its own."""
    dipole = np.zeros((len(people.age), 3, len(seconds)), dtype=np.float32)
    conducted = np.where(rhythm.pvc, _NEVER, rhythm.r)
    atrial = np.where(people.present["AF"][:, None], _NEVER, conducted)
    atrial = atrial - (people.pr - TABLE_PR)[:, None]
    p, ectopic_p = p_waves(rng, people), p_waves(rng, people, ectopic=True)
    qrs, t, pvc = qrs_waves(rng, people), t_waves(rng, people), pvc_waves(rng, people)
    _add(dipole, p, np.where(rhythm.pac, _NEVER, atrial), seconds)
    _add(dipole, qrs, conducted, seconds)
    _add(dipole, t, conducted, seconds, stretch=_qt_stretch(people, rhythm))
    _add_rare(dipole, ectopic_p, np.where(rhythm.pac, atrial, _NEVER), seconds)
    _add_rare(dipole, pvc, np.where(rhythm.pvc, rhythm.r, _NEVER), seconds)
    return dipole


def _qt_stretch(people: People, rhythm: Rhythm) -> Array:
    """``(records, beats)``: T later and wider with the RR interval, QT = QTc * RR^(1/3) (Fridericia 1920).

    QT follows the rate slowly: the RR interval that counts is midway between that of the beat and the usual
    one.
    """
    rr = (rhythm.rr + np.median(rhythm.rr, axis=1, keepdims=True)) / 2
    qt = people.qtc[:, None] * np.cbrt(rr)
    stretch: Array = (qt + QRS_ONSET) / TABLE_T_END
    return stretch


def _add_rare(dipole: Float32, waves: Waves, events: Array, seconds: Array) -> None:
    """Add waves that most records do not have, to those that do."""
    rows = np.flatnonzero((events < _NEVER / 2).any(axis=1))
    if rows.size:
        part = dipole[rows]
        _add(part, Waves(waves.centre[rows], waves.width[rows], waves.moment[rows]), events[rows], seconds)
        dipole[rows] = part


def _add(dipole: Float32, waves: Waves, events: Array, seconds: Array, stretch: Array | None = None) -> None:
    """Add the waves around their events in place; a sample belongs to the event whose waves are nearest."""
    order = np.argsort(events, axis=1)
    events = np.take_along_axis(events, order, axis=1)
    middle = float(np.median(waves.centre))
    half_way = (events[:, 1:] + events[:, :-1]) / 2 + middle
    rate = (len(seconds) - 1) / float(seconds[-1])
    first_of_next = np.clip(np.ceil(half_way * rate), 0, len(seconds)).astype(np.int64)
    steps = np.zeros((len(events), len(seconds) + 1), dtype=np.int64)
    np.add.at(steps, (np.arange(len(events))[:, None], first_of_next), 1)
    nearest = np.cumsum(steps[:, :-1], axis=1)
    after = (seconds - np.take_along_axis(events, nearest, axis=1)).astype(np.float32)
    if stretch is not None:
        stretch = np.take_along_axis(stretch, order, axis=1)
        after /= np.take_along_axis(stretch, nearest, axis=1).astype(np.float32)
    centre, width, moment = (part.astype(np.float32) for part in (waves.centre, waves.width, waves.moment))
    for wave in range(centre.shape[1]):
        gaussian = np.exp(-0.5 * np.square((after - centre[:, wave, None]) / width[:, wave, None]))
        for axis in np.flatnonzero(moment[:, wave].any(axis=0)):
            dipole[:, axis] += moment[:, wave, axis, None] * gaussian


def _add_fibrillation(rng: np.random.Generator, people: People, dipole: Float32, seconds: Array) -> None:
    """Add f waves of 4 to 9 Hz in place to the records that have atrial fibrillation.

    Source: Stridh and Sörnmo, IEEE Transactions on Biomedical Engineering 48 (2001) 105-111: a sawtooth of a
    few harmonics whose frequency and amplitude swing slowly; strongest towards V1, in front and to the right.
    """
    n = len(people.age)
    ranges = ((4.0, 9.0), (0.1, 0.5), (0.05, 0.3))
    frequency, swing, slow = (rng.uniform(low, high, (n, 1)) for low, high in ranges)
    phase = rng.uniform(0, 2 * np.pi, (n, 3, 1))
    size = 0.055 * np.exp(0.45 * rng.standard_normal((n, 1)))
    direction = np.array([-0.35, 0.5, -0.8]) + 0.25 * rng.standard_normal((n, 3))
    rows = np.flatnonzero(people.present["AF"])
    frequency, swing, slow, phase = frequency[rows], swing[rows], slow[rows], phase[rows]
    angle = 2 * np.pi * frequency * seconds + swing / slow * np.sin(2 * np.pi * slow * seconds)
    angle = angle[:, None] + 0.5 * phase
    wave = sum(np.sin(harmonic * angle) / harmonic for harmonic in (1, 2, 3))
    envelope = size[rows] * (1.0 + 0.4 * np.sin(np.pi * slow * seconds + phase[:, 0]))
    dipole[rows] += (direction[rows, :, None] * wave * envelope[:, None]).astype(np.float32)
