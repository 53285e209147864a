from __future__ import annotations

import numpy as np
import pytest
from benchmarks.reference.records import Augmentation, Records, standardise

from mvkt.ecg.signal import SignalSpec
from mvkt.ecg.signal import standardise as our_standardise

TARGETS = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 1], [0, 0, 0]], dtype=np.bool_)


def records(augmentation: Augmentation = Augmentation(), negatives: int = 0, seed: int = 0) -> Records:  # noqa: B008
    microvolts = np.random.default_rng(0).integers(-900, 900, (5, 12, 300))
    return Records((microvolts / 1000).astype(np.float32), TARGETS, [0], augmentation, negatives, seed=seed)


def test_an_unaltered_item_is_what_our_networks_see() -> None:
    data = records()
    teacher, student, targets, row, negatives = data[3]
    microvolts = np.rint(1000 * data.millivolts[3:4]).astype(np.int16)
    expected = our_standardise(microvolts, SignalSpec())[0]
    np.testing.assert_allclose(teacher.numpy(), expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(student.numpy(), our_standardise(microvolts[:, :1], SignalSpec())[0], atol=1e-4)
    assert (targets.tolist(), row, negatives.tolist()) == ([0.0, 1.0, 1.0], 3, [])
    assert standardise(np.ones((1, 10), dtype=np.float32)).tolist() == [[0.0] * 10]


@pytest.mark.parametrize("row", range(5))
def test_negatives_share_no_label_with_a_record_and_are_not_itself(row: int) -> None:
    negatives = records(negatives=200)[row][4].numpy()
    assert set(negatives) == {other for other in range(5) if other != row and not (TARGETS[other] & TARGETS[row]).any()}


@pytest.mark.parametrize(
    "augmentation",
    [
        Augmentation(shift_seconds=1.0),
        Augmentation(noise_mv=0.1),
        Augmentation(wander_mv=0.5),
        Augmentation(mask_share=0.5),
    ],
)
def test_each_alteration_alters_the_same_record_for_both_networks(augmentation: Augmentation) -> None:
    data = records(augmentation, seed=3)
    teacher, student, *_ = data[0]
    again, *_ = records(augmentation, seed=3)[0]
    assert np.array_equal(teacher, again)
    assert not np.allclose(teacher, records()[0][0])
    assert np.corrcoef(teacher[0], student[0])[0, 1] == pytest.approx(1.0)


def test_scaling_is_undone_by_standardisation() -> None:
    np.testing.assert_allclose(records(Augmentation(scale=0.5))[0][0], records()[0][0], rtol=1e-3, atol=1e-3)
