"""When the heart beats."""

from __future__ import annotations

import numpy as np
import pytest

from mvkt.ecg.simulate.population import draw_people
from mvkt.ecg.simulate.rhythm import Rhythm, draw_rhythm


def drawn(code: str, duration: float = 10.0) -> tuple[Rhythm, np.ndarray]:
    people = draw_people(np.random.default_rng(0), 200, frozenset({code}))
    return draw_rhythm(np.random.default_rng(1), people, duration), 60.0 / people.rate


def inside(rhythm: Rhythm, duration: float = 10.0) -> np.ndarray:
    return (rhythm.r >= 0) & (rhythm.r < duration)


@pytest.mark.parametrize("code", ["NORM", "AF", "PVC", "PAC"])
def test_beats_cover_the_recording(code: str) -> None:
    rhythm, _ = drawn(code)
    assert (np.diff(rhythm.r, axis=1) >= 0.28 - 1e-9).all()
    assert (rhythm.r[:, 0] < 0).all()
    assert (rhythm.r[:, -1] > 10).all()


def test_sinus_rhythm_keeps_its_rate_and_fibrillation_is_irregular() -> None:
    variations = {}
    for code in ("NORM", "AF"):
        rhythm, usual = drawn(code)
        shares = [np.std(rr[keep]) / np.mean(rr[keep]) for rr, keep in zip(rhythm.rr, inside(rhythm), strict=True)]
        variations[code] = np.median(shares)
        if code == "NORM":
            means = [rr[keep].mean() for rr, keep in zip(rhythm.rr, inside(rhythm), strict=True)]
            assert np.median(np.abs(np.array(means) / usual - 1)) < 0.05
    assert variations["NORM"] < 0.08 < 0.15 < variations["AF"]


@pytest.mark.parametrize(("code", "name"), [("PVC", "pvc"), ("PAC", "pac")])
def test_a_premature_beat_is_inside_the_recording(code: str, name: str) -> None:
    rhythm, usual = drawn(code)
    marked = getattr(rhythm, name)
    assert (marked & inside(rhythm)).any(axis=1).all()
    assert not (marked[:, 1:] & marked[:, :-1]).any(), "never two in a row"
    early = (rhythm.rr / usual[:, np.newaxis])[marked]
    assert np.median(early) < 0.85


def test_a_ventricular_beat_is_followed_by_a_full_pause() -> None:
    rhythm, usual = drawn("PVC")
    rows, beats = np.nonzero(rhythm.pvc[:, 1:-1])
    both = rhythm.rr[rows, beats + 1] + rhythm.rr[rows, beats + 2]
    np.testing.assert_allclose(np.median(both / usual[rows]), 2.0, atol=0.02)
