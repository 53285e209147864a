from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from mvkt.ecg.rhythm_features import NAMES, rhythm_features
from mvkt.ecg.rhythm_head import RhythmHead

WIDTH = len(NAMES)


def parts(**changes: Any) -> dict[str, Any]:
    random = np.random.default_rng(0)
    return {
        "features": NAMES,
        "typical": (0.0,) * WIDTH,
        "lowest": (-2.0,) * WIDTH,
        "highest": (2.0,) * WIDTH,
        "hidden": tuple(map(tuple, random.normal(size=(WIDTH, 3)).tolist())),
        "hidden_bias": (0.1, 0.2, 0.3),
        "output": tuple(map(tuple, random.normal(size=(3, 4)).tolist())),
        "output_bias": (1.0, 2.0, 3.0, 4.0),
        **changes,
    }


def test_a_layer_of_tangents_and_a_sum() -> None:
    head, features = RhythmHead(**parts()), np.random.default_rng(1).uniform(-1, 1, (5, WIDTH))
    hidden = np.tanh(features @ np.array(head.hidden) + head.hidden_bias)
    np.testing.assert_allclose(head.of_features(features), hidden @ np.array(head.output) + head.output_bias)


def test_what_is_not_known_is_typical_and_what_is_extreme_is_cut() -> None:
    head = RhythmHead(**parts(typical=(0.5,) * WIDTH))
    unknown, typical = np.full((1, WIDTH), np.nan), np.full((1, WIDTH), 0.5)
    np.testing.assert_array_equal(head.of_features(unknown), head.of_features(typical))
    far, edge = np.full((1, WIDTH), 99.0), np.full((1, WIDTH), 2.0)
    np.testing.assert_array_equal(head.of_features(far), head.of_features(edge))


def test_windows_become_features_and_those_a_shift() -> None:
    head = RhythmHead(**parts())
    windows = np.random.default_rng(2).normal(0, 200, (3, 1, 3000)).astype(np.int16)
    shift = head.shift(windows, 100.0)
    assert (shift.shape, shift.dtype) == ((3, 4), np.float32)
    np.testing.assert_allclose(shift, head.of_features(rhythm_features(windows, 100.0)), rtol=1e-6)
    assert head.shift(windows[:0], 100.0).shape == (0, 4)


def test_it_survives_being_stored() -> None:
    head = RhythmHead(**parts())
    assert RhythmHead.model_validate_json(head.model_dump_json()) == head


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"features": NAMES[:-1]}, "that this version of mvkt does not measure"),
        ({"typical": (0.0,)}, "typical has the wrong shape"),
        ({"hidden": ((0.0, 0.0, 0.0),)}, "hidden has the wrong shape"),
        ({"output": ((0.0,) * 4, (0.0,) * 4, (0.0,) * 3)}, "output has the wrong shape"),
        ({"hidden_bias": (float("nan"), 0.0, 0.0)}, "finite"),
    ],
)
def test_parts_that_do_not_fit(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        RhythmHead(**parts(**change))
