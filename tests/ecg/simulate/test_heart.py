"""Every condition has its signs in the leads where they should be, and no others."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from tests.ecg.simulate.median_beats import Float, clean, effect, part, qrs_width, separation

from mvkt.ecg.leads import STANDARD_LEADS
from mvkt.ecg.simulate import CONDITIONS


def test_normal_amplitudes() -> None:
    complexes = part("NORM", "V5", -0.05, 0.05)
    assert 0.8 < np.median(complexes.max(axis=1)) < 2.0
    assert 0.1 < np.median(part("NORM", "II", 0.2, 0.4).max(axis=1)) < 0.5
    assert np.median(part("NORM", "aVR", -0.05, 0.05).min(axis=1)) < -0.4
    # R grows from V1 to V4, S is deepest in V1 to V3.
    r = [np.median(part("NORM", name, -0.05, 0.05).max(axis=1)) for name in ("V1", "V2", "V3", "V4")]
    assert all(low < high for low, high in pairwise(r))


def test_rbbb() -> None:
    late = {code: part(code, "V1", 0.045, 0.1).max(axis=1) for code in ("RBBB", "NORM")}
    assert late["RBBB"].mean() > 0.4
    assert effect(late["RBBB"], late["NORM"]) > 1.3
    s_wave = {code: part(code, "I", 0.04, 0.1).min(axis=1) for code in ("RBBB", "NORM")}
    assert effect(s_wave["RBBB"], s_wave["NORM"]) < -1.0
    assert np.median(qrs_width("RBBB", "V1")) > 0.12


def test_lbbb_is_wide_in_every_lead() -> None:
    for name in STANDARD_LEADS:
        assert np.median(qrs_width("LBBB", name)) > 0.12, name
        assert np.median(qrs_width("NORM", name)) < 0.10, name
    assert np.median(part("LBBB", "V1", -0.05, 0.1).max(axis=1)) < 0.15  # QS or a small r
    assert np.median(part("LBBB", "V6", 0.25, 0.4).mean(axis=1)) < 0  # T against QRS
    assert np.median(part("LBBB", "I", -0.05, 0.0).min(axis=1)) > -0.05  # no septal q


def test_anterior_infarction_is_not_in_lead_i() -> None:
    r_in_v2 = {code: part(code, "V2", -0.04, 0.02).max(axis=1) for code in ("AMI", "NORM")}
    assert effect(r_in_v2["AMI"], r_in_v2["NORM"]) < -1.5
    for name in ("V1", "V2", "V3", "V4"):
        assert separation("AMI", name) > 1.3, name
    assert abs(separation("AMI", "I")) < 1.0
    assert separation("AMI", "V2") > 2.5 * abs(separation("AMI", "I"))


def test_inferior_infarction_is_in_ii_iii_avf() -> None:
    for name in ("II", "III", "aVF"):
        assert separation("IMI", name) > 1.3, name
        q = {code: part(code, name, -0.04, 0.0).min(axis=1) for code in ("IMI", "NORM")}
        assert effect(q["IMI"], q["NORM"]) < -0.4, name
    assert abs(separation("IMI", "I")) < 0.8


def test_lvh_has_voltage() -> None:
    def sokolow_lyon(code: str) -> Float:
        r = np.maximum(*(part(code, name, -0.05, 0.06).max(axis=1) for name in ("V5", "V6")))
        return r - part(code, "V1", -0.05, 0.06).min(axis=1)

    assert np.mean(sokolow_lyon("LVH") > 3.5) > 2 * np.mean(sokolow_lyon("NORM") > 3.5)
    assert effect(sokolow_lyon("LVH"), sokolow_lyon("NORM")) > 0.6


def test_st_depression() -> None:
    for name in ("II", "V4", "V5"):
        st = {code: part(code, name, 0.08, 0.12).mean(axis=1) for code in ("STD", "NORM")}
        assert st["STD"].mean() < -0.04
        assert effect(st["STD"], st["NORM"]) < -1.0, name
    assert separation("STD", "V4") > separation("STD", "I")


def test_every_condition_changes_the_recording() -> None:
    normal = clean("NORM").signal
    for code in CONDITIONS:
        if code != "NORM":
            assert np.abs(clean(code).signal - normal).max(axis=(1, 2)).min() > 0.03, code
