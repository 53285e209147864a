"""Electrodes and leads."""

from __future__ import annotations

import numpy as np

from mvkt.ecg.leads import STANDARD_LEADS
from mvkt.ecg.simulate.torso import DOWER, ELECTRODES, draw_fields, electrode_fields, leads_from_potentials


def test_leads_of_a_dipole_are_those_of_dower() -> None:
    dipole = np.random.default_rng(0).normal(0, 1, (1, 3, 50)).astype(np.float32)
    leads = leads_from_potentials(electrode_fields().astype(np.float32) @ dipole)
    assert leads.shape == (1, 50, 12)
    for lead, weights in DOWER.items():
        expected = np.array(weights, dtype=np.float32) @ dipole[0]
        np.testing.assert_allclose(leads[0, :, STANDARD_LEADS.index(lead)], expected, atol=1e-5)


def test_einthoven_and_goldberger() -> None:
    potentials = np.random.default_rng(1).normal(0, 1, (2, len(ELECTRODES), 20)).astype(np.float32)
    lead = dict(zip(STANDARD_LEADS, np.moveaxis(leads_from_potentials(potentials), 2, 0), strict=True))
    np.testing.assert_allclose(lead["I"] + lead["III"], lead["II"], atol=1e-5)
    np.testing.assert_allclose(lead["aVR"] + lead["aVL"] + lead["aVF"], 0, atol=1e-5)


def test_electrodes_slip_but_stay_near_their_place() -> None:
    exact, drawn = electrode_fields(), draw_fields(np.random.default_rng(2), 500)
    assert drawn.shape == (500, 9, 3)
    assert np.abs(np.median(drawn, axis=0) - exact).max() < 0.2
    assert (drawn.std(axis=0)[3:].max(axis=1) > 0.05).all()
