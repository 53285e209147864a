"""The cardiac dipole of one beat: Gaussian waves along X (left), Y (down) and Z (back), in mV and seconds.

The normal beat is the vectorcardiogram of Sameni, Clifford, Jutten and Shamsollahi, "Multichannel ECG and
noise modeling", EURASIP Journal on Advances in Signal Processing 2007:43407 (the maternal dipole of its
table), which makes the Gaussian waves of McSharry et al., IEEE Transactions on Biomedical Engineering 50
(2003) 289-294 vectors. As in Clifford, Nemati and Sameni, "An artificial vector model for generating abnormal
electrocardiographic rhythms", Physiological Measurement 31 (2010) 595-609, diseases change, remove and add
waves of that dipole. How they change it is the vectorcardiographic description of textbooks (Chou,
"Electrocardiography in Clinical Practice"; Surawicz et al., AHA/ACCF/HRS recommendations part III, 2009, for
conduction): infarction takes away the vector towards the dead wall, a bundle branch block adds a late and
slow vector towards the side that is activated last.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mvkt.ecg.simulate.population import Array, People, rotation

# (phase in radians, amplitude in mV, width in radians) of Sameni et al. 2007, for a beat of one second.
_X = (
    (-1.09, 0.03, 0.0906), (-0.83, 0.08, 0.1057), (-0.19, -0.13, 0.0453), (-0.07, 0.85, 0.0378),
    (0.0, 1.11, 0.0332), (0.06, 0.75, 0.0302), (0.22, 0.06, 0.0378), (1.2, 0.1, 0.604),
    (1.42, 0.17, 0.302), (1.68, 0.39, 0.1812),
)  # fmt: skip
_Y = (
    (-1.1, 0.035, 0.07), (-0.9, 0.015, 0.07), (-0.76, -0.019, 0.04), (-0.11, 0.32, 0.055),
    (-0.01, 0.51, 0.037), (0.065, -0.32, 0.0604), (0.8, 0.04, 0.45), (1.58, 0.08, 0.3),
)  # fmt: skip
_Z = (
    (-1.1, -0.03, 0.03), (-0.93, -0.14, 0.12), (-0.7, -0.035, 0.04), (-0.4, 0.045, 0.4),
    (-0.15, -0.4, 0.045), (0.095, 0.46, 0.05), (1.05, -0.12, 0.8), (1.25, -0.2, 0.4),
    (1.55, -0.35, 0.2),
)  # fmt: skip
_NORMAL = np.array([(axis, *wave) for axis, waves in enumerate((_X, _Y, _Z)) for wave in waves])

# The table is one beat. These bring it closer to the average adult: factors along X, Y and Z for P and T, broad P
# waves, a flatter ST segment, and a vector that is further back at the time of R, without which V2 and V3 would have
# no S. Chosen by eye and by the peak-to-peak amplitudes of the training folds of PTB-XL.
_ADULT_P, _ADULT_T = np.array([1.1, 2.3, 0.6]), np.array([0.75, 2.1, 0.6])
_ADULT_P_WIDTH, _ADULT_ST, _BROAD = 1.5, 0.4, 0.35
_ADULT_QRS = ((0.009, 0.009, (0.0, 0.0, 0.42)),)

QRS_ONSET = -0.045
"""Seconds from the R peak of the normal beat to where its QRS complex begins."""

TABLE_PR = 0.155
TABLE_T_END = 0.325
"""Seconds from P onset to QRS onset, and from the R peak to the end of T, in the normal beat."""

_Table = tuple[tuple[float, float, tuple[float, float, float]], ...]

# Waves that diseases add: (seconds from R, seconds wide, (x, y, z) in mV at extent 1).
_LBBB_QRS = (
    (-0.020, 0.014, (0.32, 0.06, 0.08)),
    (0.012, 0.017, (0.85, 0.26, 0.62)),
    (0.048, 0.018, (0.55, 0.10, 0.92)),
    (0.080, 0.016, (0.80, 0.02, 0.70)),
)
_RBBB_QRS = ((0.048, 0.016, (-0.34, 0.02, -0.60)), (0.078, 0.018, (-0.40, 0.04, -0.52)))
_AMI_QRS = ((-0.024, 0.011, (0.02, 0.0, 0.42)), (-0.002, 0.013, (-0.22, 0.0, 0.62)))
_IMI_QRS = ((-0.026, 0.011, (-0.10, -0.34, 0.0)), (-0.010, 0.012, (-0.12, -0.40, 0.03)))
_PVC_QRS = ((-0.018, 0.015, 0.45), (0.014, 0.017, 1.0), (0.052, 0.018, 0.75))
_ST_WAVES = ((0.105, 0.032), (0.165, 0.040))
_T_WAVE = (0.255, 0.042)


@dataclass(frozen=True)
class Waves:
    """Gaussian waves of the dipole around an event.

    Attributes:
        centre: ``(records, waves)`` seconds after the event.
        width: ``(records, waves)`` standard deviation in seconds.
        moment: ``(records, waves, 3)`` mV along X, Y and Z.
    """

    centre: Array
    width: Array
    moment: Array

    def turned(self, matrix: Array) -> Waves:
        """The same waves after a rotation ``(records, 3, 3)``."""
        return Waves(self.centre, self.width, np.einsum("rij,rwj->rwi", matrix, self.moment))


def p_waves(rng: np.random.Generator, people: People, ectopic: bool = False) -> Waves:
    """P wave around the moment at which R would follow with a PR interval of :data:`TABLE_PR`.

    An ectopic one begins elsewhere in the atria: turned and of another height.
    """
    n = len(people.age)
    waves = _normal(rng, n, low=-2.0, high=-0.5, jitter=0.15)
    height = np.exp(0.25 * rng.standard_normal((n, 1, 1)))
    moment = waves.moment * height * _ADULT_P
    turn = np.radians(12.0 * rng.standard_normal((2, n)))
    if ectopic:
        turn += np.radians(rng.uniform(40.0, 120.0, (2, n)) * rng.choice([-1.0, 1.0], (2, n)))
        moment *= rng.uniform(0.7, 1.3, (n, 1, 1))
    turned = Waves(waves.centre, waves.width * _ADULT_P_WIDTH, moment).turned(
        rotation(turn[0], (0, 1)) @ rotation(turn[1], (0, 2))
    )
    return turned.turned(people.heart)


def qrs_waves(rng: np.random.Generator, people: People) -> Waves:
    """QRS complex of the conducted beat, around its R peak."""
    extent = people.extent
    left = np.where(people.present["LBBB"], 0.8 + 0.2 * extent["LBBB"], 0.0)
    conducted = np.where(people.present["LBBB"], 0.0, 1.0 + 0.85 * extent["LVH"])
    # The less of the right bundle branch conducts, the later its ventricle is reached.
    late = 0.6 + 0.4 * np.minimum(extent["RBBB"] / 0.6, 1.0)
    joined = _joined(
        [
            _conducted_qrs(rng, people),
            _added(rng, _ADULT_QRS, conducted),
            _added(rng, _LBBB_QRS, left),
            _added(rng, _RBBB_QRS, extent["RBBB"], late),
            _added(rng, _AMI_QRS, extent["AMI"]),
            _added(rng, _IMI_QRS, extent["IMI"]),
        ]
    )
    # The complex is stretched from its onset, so that the PR interval stays.
    stretch = (people.qrs * (1.0 + 0.07 * extent["LVH"]))[:, None]
    stretch = np.where(people.present["LBBB"][:, None], 0.76 + 0.14 * extent["LBBB"][:, None], stretch)
    centre = QRS_ONSET + (joined.centre - QRS_ONSET) * stretch
    return Waves(centre, joined.width * stretch, joined.moment * _voltage(people)).turned(people.heart)


def _conducted_qrs(rng: np.random.Generator, people: People) -> Waves:
    """The waves of the table, as far as the ventricles are alive and not hypertrophic; none with LBBB."""
    extent = people.extent
    waves = _normal(rng, len(people.age), low=-0.5, high=0.5, jitter=0.16)
    phase = _NORMAL[(_NORMAL[:, 1] > -0.5) & (_NORMAL[:, 1] < 0.5)]
    factor = np.ones(waves.centre.shape)
    for wave, (axis, centre, amplitude, _) in enumerate(phase):
        if axis == 2 and amplitude < -0.1:  # the septum, towards the front: gone with the anterior wall
            factor[:, wave] = np.maximum(1.0 - 0.9 * extent["AMI"], 0.0)
        elif axis == 2 and centre > 0:  # the left wall, towards the back
            factor[:, wave] = 1.0 + 0.85 * extent["LVH"]
        elif axis == 1 and amplitude > 0:  # downwards: lost with the inferior wall
            factor[:, wave] = 1.0 - 0.35 * extent["IMI"]
        elif axis == 0:
            factor[:, wave] = 1.0 + 0.60 * extent["LVH"] - 0.10 * extent["AMI"]
    factor[people.present["LBBB"]] = 0.0
    return Waves(waves.centre, waves.width, waves.moment * factor[:, :, None])


def _added(rng: np.random.Generator, waves: _Table, strength: Array, late: Array | None = None) -> Waves:
    """The waves of a table, each a little different from body to body, times a strength ``(records,)``."""
    centre, width, direction = (np.array(column) for column in zip(*waves, strict=True))
    shape = (len(strength), len(waves))
    varied = direction * np.exp(0.15 * rng.standard_normal((*shape, 1)))
    centres = np.broadcast_to(centre, shape) * (1.0 if late is None else late[:, None])
    return Waves(centres, np.broadcast_to(width, shape), varied * strength[:, None, None])


def t_waves(rng: np.random.Generator, people: People) -> Waves:
    """ST segment and T wave of the conducted beat, around its R peak, for the QT interval of the table."""
    n, extent = len(people.age), people.extent
    normal = _normal(rng, n, low=0.5, high=3.0, jitter=0.12)
    height = np.exp(0.28 * rng.standard_normal(n) - 0.10 * people.female - 0.04 * (people.age - 50.0) / 10.0)
    flat = 1.0 - 0.45 * np.minimum(extent["STD"], 1.0) * rng.random(n)
    flat *= np.where(people.present["LBBB"], 0.15, 1.0)
    turn = np.radians(np.stack([14.0, 16.0])[:, None] * rng.standard_normal((2, n)))
    usual = Waves(normal.centre, normal.width, normal.moment * _ADULT_T * (height * flat)[:, None, None])
    usual = usual.turned(rotation(turn[0], (0, 1)) @ rotation(turn[1], (0, 2)))
    st, t = _repolarisation(rng, people)
    st_centre, st_width = (np.array(column) for column in zip(*_ST_WAVES, strict=True))
    added = Waves(
        np.tile([*st_centre, _T_WAVE[0]], (n, 1)),
        np.tile([*st_width, _T_WAVE[1]], (n, 1)),
        np.stack([st, st, t], axis=1),
    )
    joined = _joined([usual, added])
    delay = 0.045 * people.present["LBBB"] + 0.022 * extent["RBBB"]
    moved = Waves(joined.centre + delay[:, None], joined.width, joined.moment * _voltage(people))
    return moved.turned(people.heart)


def pvc_waves(rng: np.random.Generator, people: People) -> Waves:
    """A premature ventricular complex: wide, from one place in a ventricle, T against QRS."""
    n = len(people.age)
    # From the right ventricle the vector runs to the left and back, from the left one to the right and front.
    side = np.where(rng.random(n) < 0.6, 1.0, -1.0)
    vertical = rng.normal(0.0, 0.6, n)
    direction = np.stack([0.8 * side + 0.25 * rng.standard_normal(n), vertical, 0.7 * side], axis=1)
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    direction *= (rng.uniform(1.1, 1.9, n) * people.voltage)[:, None]
    wide = rng.uniform(0.9, 1.2, n)[:, None]
    centre = np.array([*(wave[0] for wave in _PVC_QRS), 0.14, 0.30])
    width = np.array([*(wave[1] for wave in _PVC_QRS), 0.04, 0.05])
    strength = np.array([*(wave[2] for wave in _PVC_QRS), -0.10, -0.42])
    moment = strength[:, None] * direction[:, None, :]
    moment[:, 1:] += 0.18 * rng.standard_normal((n, 1, 3)) * strength[1:, None]
    onset = centre[0] - 2 * width[0]
    return Waves(onset + (centre - onset) * wide, width * wide, moment)


def _repolarisation(rng: np.random.Generator, people: People) -> tuple[Array, Array]:
    """What diseases add to the ST segment and to the T wave: two arrays ``(records, 3)``."""
    n, extent = len(people.age), people.extent
    acute = rng.random((2, n)) ** 2  # most infarctions in an archive are old
    strain = rng.random(n)
    lbbb = np.where(people.present["LBBB"], 0.8 + 0.2 * extent["LBBB"], 0.0)
    ami, imi, lvh, std = extent["AMI"], extent["IMI"], extent["LVH"], extent["STD"]
    st = (
        0.02 * rng.standard_normal((n, 3))
        + np.outer(lbbb, (-0.09, -0.02, -0.14))
        + np.outer(ami * acute[0], (0.02, 0.0, -0.28))
        + np.outer(imi * acute[1], (0.03, 0.16, 0.03))
        + np.outer(std, (-0.12, -0.12, 0.10))
        + np.outer(lvh * strain, (-0.08, 0.0, -0.04))
    )
    t = (
        np.outer(lbbb, (-0.42, -0.08, -0.40))
        + np.outer(extent["RBBB"], (0.04, 0.0, 0.34))
        + np.outer(ami * (1.0 - acute[0]), (-0.14, 0.0, 0.62))
        + np.outer(imi * (1.0 - acute[1]), (-0.09, -0.26, 0.0))
        + np.outer(lvh * strain, (-0.48, -0.04, 0.10))
    )
    return st, t


def _normal(rng: np.random.Generator, records: int, low: float, high: float, jitter: float) -> Waves:
    """The waves of the table with a phase from ``low`` to ``high`` radians, varied from body to body."""
    table = _NORMAL[(_NORMAL[:, 1] > low) & (_NORMAL[:, 1] < high)]
    axis, centre, amplitude, width = table.T
    amplitude = np.where((centre > 0) & (width > _BROAD), _ADULT_ST, 1.0) * amplitude
    amplitude = amplitude * np.exp(jitter * rng.standard_normal((records, len(table))))
    width = width * np.exp(0.06 * rng.standard_normal((records, len(table))))
    moment = amplitude[:, :, None] * (axis[:, None] == np.arange(3))
    seconds = 1.0 / (2.0 * np.pi)
    return Waves(np.tile(centre * seconds, (records, 1)), width * seconds, moment)


def _voltage(people: People) -> Array:
    return people.voltage[:, None, None]


def _joined(parts: list[Waves]) -> Waves:
    return Waves(
        np.concatenate([part.centre for part in parts], axis=1),
        np.concatenate([part.width for part in parts], axis=1),
        np.concatenate([part.moment for part in parts], axis=1),
    )
