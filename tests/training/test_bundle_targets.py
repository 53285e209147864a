"""Which labels of a corpus are those of a bundle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from tests.own_corpus import own_corpus

from mvkt.bundle.bundle import Bundle
from mvkt.corpora import Corpus, prepare
from mvkt.corpora.sources.simulated import Simulated
from mvkt.errors import BundleError
from mvkt.training.bundle_targets import bundle_labels, bundle_targets
from mvkt.training.predict_bundle import predict_bundle

Make = Callable[..., Path]


def ignore(done: int, total: int) -> None:
    assert 0 < done <= total


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """40 recordings of a folder with a table of labels: every second has AF, every fourth PVC as well."""

    def cells(row: int, conditions: object) -> str:
        return f"{'AF;PVC' if row % 4 == 0 else 'AF' if row % 2 == 0 else ''},{10 if row < 20 else 1}"

    return own_corpus(tmp_path_factory.mktemp("own"), 40, "labels,fold", cells)


def test_of_own_labels_the_classes_that_are_the_bundle_s_count(make_bundle: Make, own: Corpus) -> None:
    bundle = Bundle.open(make_bundle(classes=("STD", "AF"), thresholds=(0.5, 0.5), temperatures=(1, 1)))
    assert bundle_labels(bundle.manifest, own) == ("labels", {"AF": ("AF",)})
    made = predict_bundle(bundle, own, (10,), ignore)
    assert made.classes == ("AF",)
    np.testing.assert_array_equal(made.targets[:, 0], np.arange(20) % 2 == 0)  # those without a label are negatives
    rows = own.rows((10,))
    np.testing.assert_allclose(made.logits, bundle.logits(own.batch(rows, "I"))[:, [1]], atol=1e-5)


def test_own_labels_that_are_none_of_the_bundle_s_are_refused(make_bundle: Make, own: Corpus) -> None:
    bundle = Bundle.open(make_bundle(classes=("STD", "NORM"), thresholds=(0.5, 0.5), temperatures=(1, 1)))
    with pytest.raises(
        BundleError, match=r"none of the labels of the corpus \(AF, PVC\) .* \(STD, NORM\); if some mean"
    ):
        predict_bundle(bundle, own, (10,), ignore)


def test_labels_with_other_codes_count_where_their_meaning_is_stated(make_bundle: Make, own: Corpus) -> None:
    manifest = Bundle.open(make_bundle(classes=("STD", "AFIB", "EXTRA"))).manifest
    meanings = {"AF": "AFIB", "PVC": "EXTRA"}
    assert bundle_labels(manifest, own, meanings) == ("labels", {"AFIB": ("AF",), "EXTRA": ("PVC",)})
    targets, theirs = bundle_targets(manifest, own, meanings), own.targets("labels")
    assert targets.classes == ("AFIB", "EXTRA")
    np.testing.assert_array_equal(targets.matrix, theirs.matrix)
    both = bundle_targets(manifest, own, {"AF": "EXTRA", "PVC": "EXTRA"})
    np.testing.assert_array_equal(both.matrix[:, 0], theirs.matrix.any(axis=1))


def test_another_published_task_counts_where_its_codes_are_named(make_bundle: Make, tmp_path: Path) -> None:
    corpus = prepare(Simulated(records=30), tmp_path / "corpus", view="I", workers=1)
    two = {"classes": ("AF", "STTC"), "thresholds": (0.5, 0.5), "temperatures": (1, 1)}
    manifest = Bundle.open(make_bundle(task="findings", **two)).manifest
    assert bundle_labels(manifest, corpus) == ("", {})
    with pytest.raises(BundleError, match=r"for task 'findings'; the corpus has conditions; if some mean .* --label"):
        bundle_targets(manifest, corpus)
    targets = bundle_targets(manifest, corpus, {"STD": "STTC"})
    theirs = corpus.targets("conditions")
    assert targets.classes == ("STTC",)  # AF has the same code, and may mean something else
    np.testing.assert_array_equal(targets.matrix[:, 0], theirs.matrix[:, theirs.classes.index("STD")])


@pytest.mark.parametrize(
    ("meanings", "message"),
    [
        ({"AF": "AFBI"}, "tiny has no class 'AFBI'; did you mean 'AFIB'?"),
        ({"PCV": "AFIB"}, "the corpus has no label 'PCV'; did you mean 'PVC'?"),
        ({"xyz": "AFIB"}, "the corpus has no label 'xyz'; it has: AF, PVC"),
    ],
)
def test_a_wrong_name_gets_the_nearest(
    make_bundle: Make, own: Corpus, meanings: Mapping[str, str], message: str
) -> None:
    manifest = Bundle.open(make_bundle(classes=("STD", "AFIB"), thresholds=(0.5, 0.5), temperatures=(1, 1))).manifest
    with pytest.raises(BundleError) as caught:
        bundle_labels(manifest, own, meanings)
    assert str(caught.value) == message
