"""The logits of a bundle over the labelled rows of a corpus."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mvkt.bundle.bundle import Bundle
from mvkt.corpora import Corpus, prepare
from mvkt.corpora.label_sets import UNKNOWN
from mvkt.corpora.sources.simulated import Simulated
from mvkt.ecg.rhythm_head import RhythmHead
from mvkt.ecg.signal import SignalSpec, standardise
from mvkt.errors import BundleError, CorpusError
from mvkt.training.predict_bundle import predict_bundle

Make = Callable[..., Path]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """150 simulated recordings of 25 s: three windows each."""
    out = tmp_path_factory.mktemp("simulated") / "corpus"
    return prepare(Simulated(records=150, duration=25.0), out, view="I", workers=1)


def ignore(done: int, total: int) -> None:
    assert 0 < done <= total


def test_predictions_are_of_the_bundle_and_the_folds(make_bundle: Make, corpus: Corpus) -> None:
    bundle = Bundle.open(make_bundle(classes=("STD", "AF"), thresholds=(0.5, 0.5), temperatures=(1, 1)))
    predictions = predict_bundle(bundle, corpus, (9, 10), ignore)
    matrix = corpus.targets("conditions")
    columns = [matrix.classes.index("STD"), matrix.classes.index("AF")]
    rows = corpus.rows((9, 10))
    rows = rows[matrix.matrix[rows][:, columns].any(axis=1)]
    assert len(rows) >= 6
    assert predictions.classes == ("STD", "AF")
    np.testing.assert_array_equal(predictions.record_id, corpus.record_id[rows])
    np.testing.assert_array_equal(predictions.patient_id, corpus.patient_id[rows])
    np.testing.assert_array_equal(predictions.targets, matrix.matrix[rows][:, columns])
    np.testing.assert_allclose(predictions.logits, bundle.logits(corpus.batch(rows, "I")), atol=1e-5)


def test_what_beats_add_is_in_the_predictions(
    make_bundle: Make, corpus: Corpus, rhythm_head: Callable[..., RhythmHead]
) -> None:
    plain = predict_bundle(Bundle.open(make_bundle("plain")), corpus, (9,), ignore)
    beside = make_bundle("beside", rhythm=rhythm_head((1.0, 0.0, -2.0)))
    moved = predict_bundle(Bundle.open(beside), corpus, (9,), ignore)
    np.testing.assert_allclose(moved.logits - plain.logits, [[1.0, 0.0, -2.0]] * len(plain), atol=1e-5)


def test_standardisation_is_that_of_the_bundle(make_bundle: Make, corpus: Corpus) -> None:
    spec = SignalSpec(standardise="global", mean=0.0, std=0.5)
    bundle = Bundle.open(make_bundle(signal=spec))
    predictions = predict_bundle(bundle, corpus, (10,), ignore)
    rows = corpus.rows((10,))
    rows = rows[np.isin(corpus.record_id[rows], predictions.record_id)]
    expected = bundle.logits(standardise(corpus.select(rows, "I"), spec))
    np.testing.assert_allclose(predictions.logits, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("bundle", "folds", "error", "message"),
    [
        ({"signal": SignalSpec(band=(0.5, 35.0))}, (10,), BundleError, r"band: \(0.5, 35.0\) in the bundle"),
        (
            {"signal": SignalSpec(hop_seconds=5)},
            (10,),
            BundleError,
            "hop_seconds: 5.0 in the bundle, 10.0 in the",
        ),
        ({"task": "rhythm"}, (10,), BundleError, "for task 'rhythm'; the corpus has conditions"),
        ({"classes": ("A", "B", "C")}, (10,), CorpusError, "no record whose labels are known for A, B, C"),
        ({}, (10, 11), CorpusError, "no fold 11; the corpus has 1, 2, 3"),
        ({"view": "V1"}, (10,), LookupError, "this corpus holds I"),
    ],
)
def test_what_does_not_fit_is_named(
    make_bundle: Make,
    corpus: Corpus,
    bundle: dict[str, Any],
    folds: tuple[int, ...],
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=message):
        predict_bundle(Bundle.open(make_bundle(**bundle)), corpus, folds, ignore)


def test_records_that_were_read_and_have_no_class_are_negatives(make_bundle: Make, corpus: Corpus) -> None:
    """The index column ``labelled`` decides, as it does in training."""
    bundle = Bundle.open(make_bundle(classes=("STD", "AF"), thresholds=(0.5, 0.5), temperatures=(1, 1)))
    rows = corpus.rows((10,))
    other = Corpus(corpus.path, corpus.manifest, corpus.microvolts)
    other.labels = [{} if row in rows[:6] else labels for row, labels in enumerate(corpus.labels)]
    other.labelled = np.isin(np.arange(len(corpus)), rows[:3])
    before = predict_bundle(bundle, corpus, (10,), ignore)
    after = predict_bundle(bundle, other, (10,), ignore)
    named = after.record_id.tolist()
    assert {*corpus.record_id[rows[:3]]} <= {*named}
    assert not {*corpus.record_id[rows[3:6]]} & {*named}
    assert not after.targets[np.isin(after.record_id, corpus.record_id[rows[:3]])].any()
    assert {*before.record_id} - {*corpus.record_id[rows[:6]]} <= {*named}


def test_records_of_which_a_class_is_unknown_are_left_out(make_bundle: Make, corpus: Corpus) -> None:
    bundle = Bundle.open(make_bundle(classes=("STD", "AF"), thresholds=(0.5, 0.5), temperatures=(1, 1)))
    before = predict_bundle(bundle, corpus, (9, 10), ignore)
    other = Corpus(corpus.path, corpus.manifest, corpus.microvolts)
    statements = {
        code: name for name, codes in corpus.manifest.tasks["conditions"].statements.items() for code in codes
    }
    gone = before.record_id[before.targets[:, 0] & ~before.targets[:, 1]][0]
    other.labels = [
        labels | {statements["AF"]: UNKNOWN} if name == gone else labels
        for name, labels in zip(corpus.record_id, corpus.labels, strict=True)
    ]
    after = predict_bundle(bundle, other, (9, 10), ignore)
    assert {*before.record_id} - {*after.record_id} == {gone}


def test_all_rows_are_run_where_labels_are_not_wanted(make_bundle: Make, corpus: Corpus) -> None:
    bundle = Bundle.open(make_bundle(task="of another corpus"))
    made = predict_bundle(bundle, corpus, (9, 10), ignore, labelled=False)
    np.testing.assert_array_equal(made.record_id, corpus.record_id[corpus.rows((9, 10))])
    assert not made.targets.any()
    with pytest.raises(CorpusError, match="hold no record"):
        predict_bundle(bundle, corpus, (77,), ignore, labelled=False)
