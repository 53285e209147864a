"""Who is simulated: age, sex, conditions in possible combinations, and how one body differs from the next."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mvkt.errors import RecordError, hint

Array = NDArray[np.float64]

CONDITIONS: Mapping[str, str] = {
    "NORM": "normal ECG",
    "AF": "atrial fibrillation",
    "AVB1": "first-degree AV block",
    "LBBB": "left bundle branch block",
    "RBBB": "right bundle branch block",
    "AMI": "anterior myocardial infarction",
    "IMI": "inferior myocardial infarction",
    "LVH": "left ventricular hypertrophy",
    "STD": "ST depression",
    "PVC": "premature ventricular complexes",
    "PAC": "premature atrial complexes",
}
DISEASES = tuple(code for code in CONDITIONS if code != "NORM")

# The second of a pair cannot be there, or cannot be read from an ECG, beside the first.
EXCLUSIVE = (
    ("AF", "AVB1"),
    ("AF", "PAC"),
    ("LBBB", "RBBB"),
    ("LBBB", "AMI"),
    ("LBBB", "IMI"),
    ("LBBB", "LVH"),
    ("LBBB", "STD"),
)

# Code: share at 60 years, factor for every decade more, factor for men. Enriched as in a hospital's archive;
# the direction of the age and sex effects is that of population studies, the shares are ours.
_PREVALENCE = {
    "AF": (0.10, 1.45, 1.2),
    "AVB1": (0.11, 1.30, 1.2),
    "LBBB": (0.08, 1.30, 1.0),
    "RBBB": (0.11, 1.25, 1.3),
    "AMI": (0.11, 1.20, 1.4),
    "IMI": (0.11, 1.20, 1.4),
    "LVH": (0.13, 1.15, 1.1),
    "STD": (0.12, 1.20, 0.9),
    "PVC": (0.11, 1.20, 1.1),
    "PAC": (0.11, 1.25, 1.0),
}
_OLDEST, _YOUNGEST = 95.0, 18.0

# How strongly a disease shows: 1 is the picture of a textbook. Some who do not have it show a little of it as
# well (rSr' in V1, slow R progression, a q in III, high voltage in the young, a lower ST segment).
_EXTENT = (0.22, 1.1)
_BORDERLINE_CODES, _BORDERLINE_SHARE, _BORDERLINE_EXTENT = ("RBBB", "AMI", "IMI", "LVH", "STD"), 0.5, 0.5

# Clear pictures: twelve leads show them beyond doubt, so that a few records teach a network of twelve leads.
_CLEAR_EXTENT, _CLEAR_BORDERLINE_SHARE = (0.6, 1.2), 0.2


@dataclass(frozen=True)
class People:
    """Those who are recorded; every array is ``(records,)`` or has that as its first axis.

    Attributes:
        age: Years.
        female: Whether a woman.
        present: Code of a disease -> who has it.
        extent: Code of a disease -> how strongly it shows; a little of some shows in those who do not have
        it. heart: ``(records, 3, 3)`` rotation of the heart in the chest.
        voltage: Factor on all voltages: size of heart, lungs and chest wall.
        rate: Beats a minute at rest.
        qtc: QT at 60 beats a minute, seconds.
        pr: PR interval, seconds.
        qrs: Factor on the duration of the QRS complex.
    """

    age: Array
    female: NDArray[np.bool_]
    present: Mapping[str, NDArray[np.bool_]]
    extent: Mapping[str, Array]
    heart: Array
    voltage: Array
    rate: Array
    qtc: Array
    pr: Array
    qrs: Array

    def conditions(self) -> tuple[frozenset[str], ...]:
        """The codes of every record; ``NORM`` where there is no disease."""
        present = [[code for code in DISEASES if self.present[code][row]] for row in range(len(self.age))]
        return tuple(frozenset(codes or ["NORM"]) for codes in present)


def check_conditions(conditions: Collection[str]) -> frozenset[str]:
    """Return the conditions as a set.

    Raises:
        RecordError: One is unknown, or they cannot occur together.
    """
    if isinstance(conditions, str):
        conditions = (conditions,)
    codes = frozenset(conditions)
    for code in sorted(codes - set(CONDITIONS)):
        raise RecordError(f"{code!r} is not a simulated condition; {hint(code.upper(), CONDITIONS)}")
    if not codes:
        raise RecordError("no condition was named; use {'NORM'} for a healthy heart")
    pairs = [*EXCLUSIVE, *(("NORM", code) for code in DISEASES)]
    for first, other in pairs:
        if first in codes and other in codes:
            raise RecordError(f"{first} and {other} cannot be simulated together; leave one of them out")
    return codes


def draw_people(
    rng: np.random.Generator, records: int, conditions: frozenset[str] | None, *, clear: bool = False
) -> People:
    """Draw those who are recorded, with the given conditions or (None) with what is frequent at their age.

    With ``clear`` their diseases show as in a textbook, and fewer people without a disease show a little of it.

    The same random numbers are drawn either way: a seed is the same body with and without a disease. Rate, QTc,
    PR, QRS, axis and voltage drift with age and sex in the directions of Rijnbeek et al., "Normal values of the
    electrocardiogram for ages 16-90 years", Journal of Electrocardiology 47 (2014) 914-921; the sizes are rounded.
    """
    age = np.clip(rng.normal(60.0, 17.0, records), _YOUNGEST, _OLDEST)
    female = rng.random(records) < 0.5
    present = _draw_present(rng, age, female, conditions)
    extent = _draw_extent(rng, present, clear)
    decades = (age - 50.0) / 10.0
    ill = present["AMI"] | present["STD"] | present["AF"]
    rate = 68.0 + 3.0 * female + 5.0 * ill + 10.0 * rng.standard_normal(records)
    rate = np.clip(rate * np.exp(0.06 * rng.standard_normal(records)), 44.0, 125.0)
    voltage = np.exp(0.22 * rng.standard_normal(records) - 0.10 * female - 0.03 * decades)
    qtc = 0.402 + 0.012 * female + 0.003 * decades + 0.018 * rng.standard_normal(records)
    pr = np.clip(0.157 + 0.003 * decades + 0.018 * rng.standard_normal(records), 0.118, 0.198)
    pr = np.where(present["AVB1"], 0.204 + 0.085 * extent["AVB1"] ** 2, pr)
    qrs = np.clip(1.0 - 0.06 * female + 0.07 * rng.standard_normal(records), 0.8, 1.2)
    return People(
        age=age,
        female=female,
        present=present,
        extent=extent,
        heart=_draw_rotation(rng, decades, extent["LVH"]),
        voltage=voltage,
        rate=rate,
        qtc=np.clip(qtc, 0.35, 0.47),
        pr=pr,
        qrs=qrs,
    )


def _draw_present(
    rng: np.random.Generator, age: Array, female: NDArray[np.bool_], conditions: frozenset[str] | None
) -> dict[str, NDArray[np.bool_]]:
    """Who has what, given age and sex and what excludes each other."""
    present = {}
    for code, (share, decade, male) in _PREVALENCE.items():
        probability = share * decade ** ((age - 60.0) / 10.0) * np.where(female, 1.0 / male**0.5, male**0.5)
        present[code] = rng.random(len(age)) < np.minimum(probability, 0.5)
        if conditions is not None:
            present[code] = np.full(len(age), code in conditions)
    for kept, dropped in EXCLUSIVE:
        present[dropped] &= ~present[kept]
    return present


def _draw_extent(rng: np.random.Generator, present: Mapping[str, NDArray[np.bool_]], clear: bool) -> dict[str, Array]:
    """How strongly each disease shows. Left bundle branch block hides all that is not rhythm."""
    records = len(present["LBBB"])
    ill_extent, slight_share = (_CLEAR_EXTENT, _CLEAR_BORDERLINE_SHARE) if clear else (_EXTENT, _BORDERLINE_SHARE)
    extent = {}
    for code, ill in present.items():
        full, slight = rng.uniform(*ill_extent, records), rng.uniform(0.0, _BORDERLINE_EXTENT, records)
        slight *= rng.random(records) < slight_share
        if code not in _BORDERLINE_CODES:
            slight *= 0.0
        extent[code] = np.where(ill, np.maximum(full, slight + 0.1), np.where(present["LBBB"], 0.0, slight))
    return extent


def _draw_rotation(rng: np.random.Generator, decades: Array, lvh: Array) -> Array:
    """``(records, 3, 3)``: frontal (leftward with age and LVH), then horizontal and sagittal."""
    spread = rng.standard_normal((3, len(decades)))
    frontal = np.radians(-4.0 * decades - 12.0 * lvh + 17.0 * spread[0])
    horizontal = np.radians(14.0 * spread[1])
    sagittal = np.radians(9.0 * spread[2])
    return rotation(frontal, (0, 1)) @ rotation(horizontal, (0, 2)) @ rotation(sagittal, (1, 2))


def rotation(angle: Array, plane: tuple[int, int]) -> Array:
    """``(records, 3, 3)``: turn by ``angle`` (radians) from the first axis of the plane to the second."""
    matrix = np.zeros((len(angle), 3, 3))
    matrix[:, range(3), range(3)] = 1.0
    first, other = plane
    matrix[:, first, first] = matrix[:, other, other] = np.cos(angle)
    matrix[:, first, other] = -np.sin(angle)
    matrix[:, other, first] = np.sin(angle)
    return matrix
