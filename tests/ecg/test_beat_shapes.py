"""Beats that are cut out and compared."""

from __future__ import annotations

import numpy as np

from mvkt.ecg.beat_shapes import LeadBeats, centred

_LENGTH = 100


def block(shapes: list[int], seed: int = 0) -> LeadBeats:
    """Beats of two shapes: 0 is narrow and upright, 1 is wide and turned; with a little noise."""
    rng = np.random.default_rng(seed)
    lead = 3.0 * rng.standard_normal(_LENGTH * (len(shapes) + 1))
    beats = _LENGTH * (1 + np.arange(len(shapes)))
    around = np.arange(-40, 41)
    drawn = (1000 * np.exp(-0.5 * (around / 1.5) ** 2), -900 * np.exp(-0.5 * (around / 6) ** 2))
    for beat, shape in zip(beats, shapes, strict=True):
        lead[beat - 40 : beat + 41] += drawn[shape]
    return LeadBeats.of(lead, beats.astype(np.int64), np.zeros((9, len(shapes))), 100.0)


def test_cuts_are_around_the_beats_and_hold_the_ends() -> None:
    lead = np.arange(200.0)
    made = LeadBeats.of(lead, np.array([10, 100, 195]), np.zeros((9, 3)), 100.0)
    assert made.cut.shape == (3, 82)
    assert made.piece(0, 1)[:, 0].tolist() == [10.0, 100.0, 195.0]
    assert made.cut[0, 0] == 0.0
    assert made.cut[2, -1] == 199.0
    np.testing.assert_allclose(centred(made.cut).sum(axis=1), 0.0, atol=1e-3)


def test_seconds_are_kept_at_other_sampling_frequencies() -> None:
    lead = np.arange(1000.0)
    made = LeadBeats.of(lead, np.array([500]), np.zeros((9, 1)), 250.0)
    assert made.piece(-10, 11)[0, [0, -1]].tolist() == [475.0, 525.0]


def test_usual_are_the_most_and_early_ones_count_less() -> None:
    shapes = [0, 0, 1, 0, 0, 1, 0, 1]
    assert (block(shapes).usual == (np.array(shapes) == 0)).all()
    even = block([0, 1] * 10)
    even.timing[0, 1::2] = -0.5
    assert (even.usual == (np.arange(20) % 2 == 0)).all()


def test_values_are_shared_by_beats_of_one_shape() -> None:
    shapes = np.array([0, 0, 1, 0, 0, 1, 0, 1] * 4)
    shared = block(shapes.tolist()).shared(np.where(shapes, 2.0, -1.0)[:, np.newaxis])[:, 0]
    np.testing.assert_allclose(shared, np.where(shapes, 2.0, -1.0), atol=0.05)


def test_few_stand_for_many_with_the_same_means() -> None:
    """120 of the usual beats are compared with, and each of the others."""
    shapes = np.zeros(900, dtype=np.int64)
    shapes[::30] = 1
    many = block(shapes.tolist())
    assert len(many.compared.beats) == 120 + 30
    assert many.compared.counts.sum() == 900
    means, share = many.means_over(lambda rows: many.groups(rows)[:1], (shapes[:, np.newaxis],))[0]
    np.testing.assert_allclose(means[:, 0], shapes, atol=1e-6)
    np.testing.assert_allclose(share, np.where(shapes, 30 / 900, 870 / 900), atol=2e-3)
