"""Which windows a run keeps as examples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tests.training.conftest import plan_with

from mvkt.corpora.corpus import Corpus
from mvkt.evaluation import fit_calibration
from mvkt.training.example_windows import choose_examples, save_examples


def test_examples_show_hits_the_worst_miss_and_the_worst_false_alarm() -> None:
    targets = np.array([[1, 0], [1, 0], [0, 1], [0, 1], [1, 0], [0, 1]], dtype=bool)
    scores = np.array([[0.9, 0.1], [0.8, 0.1], [0.1, 0.9], [0.9, 0.8], [0.05, 0.1], [0.1, 0.7]], dtype=np.float32)
    picked = choose_examples(targets, scores, np.array([0.5, 0.5], dtype=np.float32))
    assert len(set(picked)) == len(picked)
    assert {3, 4} <= set(picked)
    assert any((targets[row] == (scores[row] >= 0.5)).all() for row in picked)


def test_there_is_an_example_even_when_nothing_is_right() -> None:
    targets, scores = np.zeros((2, 1), dtype=bool), np.zeros((2, 1), dtype=np.float32)
    assert choose_examples(targets, scores, np.array([0.5], dtype=np.float32)).tolist() == [0]


def test_the_windows_are_kept_with_the_leads_that_are_named(corpus: Corpus, tmp_path: Path) -> None:
    rows = plan_with(corpus).validation
    noise = np.random.default_rng(0).normal(size=rows.targets.shape)
    predictions = rows.predictions((4 * rows.targets - 2 + noise).astype(np.float32))
    save_examples(tmp_path / "examples.npz", rows, ("II", "I"), predictions, fit_calibration(predictions))
    with np.load(tmp_path / "examples.npz") as kept:
        assert kept["leads"].tolist() == ["II", "I"]
        assert kept["sampling_frequency"] == rows.sampling_frequency == corpus.signal.sampling_frequency
        first = np.flatnonzero(rows.record_id == kept["record_id"][0])[:1]
        np.testing.assert_array_equal(kept["microvolts"][:1], rows.select(first, "II+I"))
        assert kept["probabilities"].shape == kept["targets"].shape == (len(kept["record_id"]), len(rows.classes))
