from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from mvkt.ecg.rhythm_features import NAMES, rhythm_features
from mvkt.ecg.rhythm_head import RhythmHead

WIDTH = len(NAMES)


def parts(**changes: Any) -> dict[str, Any]:
    """A head of two classes with three trees of depth 2 each."""
    random = np.random.default_rng(0)
    return {
        "features": NAMES,
        "typical": (0.0,) * WIDTH,
        "split": tuple(map(tuple, random.integers(0, WIDTH, (6, 3)).tolist())),
        "threshold": tuple(map(tuple, random.normal(0, 0.3, (6, 3)).tolist())),
        "leaves": tuple(map(tuple, random.normal(size=(6, 4)).tolist())),
        "bias": (1.0, -2.0),
        **changes,
    }


def plainly(head: RhythmHead, features: list[float]) -> list[float]:
    sums = list(head.bias)
    for number, (split, threshold, leaves) in enumerate(zip(head.split, head.threshold, head.leaves, strict=True)):
        right = features[split[0]] > threshold[0]
        below = 2 if right else 1
        sums[number // 3] += leaves[2 * right + (features[split[below]] > threshold[below])]
    return sums


def test_every_tree_adds_the_leaf_that_its_splits_lead_to() -> None:
    head, features = RhythmHead(**parts()), np.random.default_rng(1).normal(0, 0.4, (50, WIDTH))
    np.testing.assert_allclose(head.of_features(features), [plainly(head, row) for row in features.tolist()])


def test_what_is_not_known_is_typical_and_a_threshold_itself_is_below() -> None:
    head = RhythmHead(**parts(typical=(0.5,) * WIDTH))
    unknown, typical = np.full((1, WIDTH), np.nan), np.full((1, WIDTH), 0.5)
    np.testing.assert_array_equal(head.of_features(unknown), head.of_features(typical))
    tree = {"split": ((3,),), "threshold": ((0.25,),), "leaves": ((-1.0, 1.0),), "bias": (0.0,)}
    features = np.zeros((3, WIDTH))
    features[:, 3] = 0.2, 0.25, 0.3
    np.testing.assert_array_equal(RhythmHead(**parts(**tree)).of_features(features), [[-1.0], [-1.0], [1.0]])


def test_a_share_of_what_it_adds() -> None:
    head, features = RhythmHead(**parts()), np.random.default_rng(1).normal(0, 0.4, (50, WIDTH))
    shares = np.array([0.5, 0.0])
    np.testing.assert_allclose(
        head.weighed(shares).of_features(features), head.of_features(features) * shares, atol=1e-3
    )


def test_many_windows_are_as_each_by_itself() -> None:
    head, features = RhythmHead(**parts()), np.random.default_rng(1).normal(0, 0.4, (2100, WIDTH))
    whole = head.of_features(features)
    for place in (0, 1023, 1024, 2099):
        np.testing.assert_array_equal(whole[place], head.of_features(features[place : place + 1])[0])


def test_without_trees_it_always_adds_the_same() -> None:
    head = RhythmHead(**parts(split=(), threshold=(), leaves=()))
    np.testing.assert_array_equal(head.of_features(np.zeros((3, WIDTH))), [[1.0, -2.0]] * 3)


def test_windows_become_features_and_those_a_shift() -> None:
    head = RhythmHead(**parts())
    windows = np.random.default_rng(2).normal(0, 200, (3, 1, 3000)).astype(np.int16)
    shift = head.shift(windows, 100.0)
    assert (shift.shape, shift.dtype) == ((3, 2), np.float32)
    np.testing.assert_allclose(shift, head.of_features(rhythm_features(windows, 100.0)), rtol=1e-6)
    assert head.shift(windows[:0], 100.0).shape == (0, 2)


def test_it_survives_being_stored() -> None:
    head = RhythmHead(**parts())
    assert RhythmHead.model_validate_json(head.model_dump_json()) == head


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"features": NAMES[:-1]}, "that this version of mvkt does not measure"),
        ({"typical": (0.0,)}, f"1 typical values for {WIDTH} features"),
        ({"threshold": ((0.0,) * 3,) * 5}, "threshold has the wrong shape for 6 trees of 3 splits"),
        ({"leaves": ((0.0,) * 3,) * 6}, "leaves has the wrong shape"),
        ({"split": ((0, 0, 0),) * 5 + ((0, 0),)}, "split has the wrong shape"),
        ({"split": ((0, 0, WIDTH),) * 6}, "beyond"),
        ({"split": ((0, 0, -1),) * 6}, "beyond"),
        ({"bias": (0.0,) * 4}, "as many for each class"),
        ({"split": ((0, 0),) * 6, "threshold": ((0.0,) * 2,) * 6, "leaves": ((0.0,) * 3,) * 6}, "no whole trees"),
        ({"bias": (float("nan"), 0.0)}, "finite"),
    ],
)
def test_parts_that_do_not_fit(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        RhythmHead(**parts(**change))
