"""From the dipole to the leads: a published lead field, and electrodes that are never quite in place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.leads import STANDARD_LEADS, derive_limb_leads
from mvkt.ecg.simulate.population import Array

# Dower, Machado and Osborne, "On deriving the electrocardiogram from vectorcardiographic leads", Clinical
# Cardiology 3 (1980) 87-95: the leads as weighted sums of Frank's X (left), Y (down) and Z (back).
DOWER = {
    "I": (0.632, -0.235, 0.059),
    "II": (0.235, 1.066, -0.132),
    "V1": (-0.515, 0.157, -0.917),
    "V2": (0.044, 0.164, -1.387),
    "V3": (0.882, 0.098, -1.277),
    "V4": (1.213, 0.127, -0.601),
    "V5": (1.125, 0.127, -0.086),
    "V6": (0.831, 0.076, 0.230),
}
ELECTRODES = ("RA", "LA", "LL", "V1", "V2", "V3", "V4", "V5", "V6")


def electrode_fields() -> Array:
    """``(9, 3)``: the potential of each electrode against Wilson's central terminal, from Dower's leads.

    The three limb electrodes are at a third of the leads between them (Einthoven's triangle closed).
    """
    lead_1, lead_2 = np.array(DOWER["I"]), np.array(DOWER["II"])
    limbs = [-(lead_1 + lead_2) / 3, (2 * lead_1 - lead_2) / 3, (2 * lead_2 - lead_1) / 3]
    return np.array([*limbs, *(DOWER[f"V{chest}"] for chest in range(1, 7))])


def draw_fields(rng: np.random.Generator, records: int) -> Array:
    """``(records, 9, 3)``: the fields of misplaced electrodes on bodies of different shape.

    A chest electrode slips along the row towards its neighbour and up or down, most often all together (a row
    that sits an intercostal space too high is the commonest fault); every electrode has a gain of its own.
    """
    exact = electrode_fields()
    fields = np.tile(exact, (records, 1, 1))
    along = 0.20 * rng.standard_normal((records, 6)) + 0.15 * rng.standard_normal((records, 1))
    towards = np.where(along > 0, np.arange(1, 7), np.arange(-1, 5)).clip(0, 5)
    chest = exact[3:]
    share = np.minimum(np.abs(along), 0.6)[:, :, None]
    fields[:, 3:] = (1 - share) * chest + share * chest[towards]
    fields[:, 3:, 1] += 0.10 * rng.standard_normal((records, 1)) + 0.06 * rng.standard_normal((records, 6))
    gain = np.exp(0.08 * rng.standard_normal((records, 9, 1)))
    gain[:, 3:] *= np.exp(0.10 * rng.standard_normal((records, 1, 1)))
    return fields * gain


def leads_from_potentials(potentials: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn electrode potentials ``(records, 9, samples)`` into the twelve leads ``(records, samples, 12)``.

    I and II are differences of two limbs, the other limb leads follow from them (Einthoven, Goldberger), the
    chest leads are against the mean of the limbs (Wilson).
    """
    right, left, foot = (potentials[:, index] for index in range(3))
    signals = derive_limb_leads({"I": left - right, "II": foot - right})
    central = (right + left + foot) / np.float32(3)
    signals.update((lead, potentials[:, index] - central) for index, lead in enumerate(ELECTRODES) if index > 2)
    return np.stack([signals[lead] for lead in STANDARD_LEADS], axis=-1)
