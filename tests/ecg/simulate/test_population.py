"""Who is simulated."""

from __future__ import annotations

import numpy as np
import pytest

from mvkt.ecg.simulate.population import CONDITIONS, EXCLUSIVE, check_conditions, draw_people, rotation
from mvkt.ecg.simulate.recording import simulate
from mvkt.errors import RecordError


def test_conditions_that_can_occur_together() -> None:
    assert check_conditions("AF") == {"AF"}
    assert check_conditions(["LVH", "STD"]) == {"LVH", "STD"}
    for message, conditions in (
        ("did you mean 'AF'", ["af"]),
        ("no condition was named", []),
        ("LBBB and RBBB cannot be simulated together", ["RBBB", "LBBB"]),
        ("NORM and AF cannot be simulated together", ["NORM", "AF"]),
    ):
        with pytest.raises(RecordError, match=message):
            check_conditions(conditions)


def test_drawn_people_have_possible_conditions() -> None:
    people = draw_people(np.random.default_rng(0), 2000, None)
    assert ((people.age >= 18) & (people.age <= 95)).all()
    seen = people.conditions()
    assert set().union(*seen) == set(CONDITIONS)
    for codes in seen:
        assert codes
        assert not any(first in codes and second in codes for first, second in EXCLUSIVE)
        assert "NORM" not in codes or len(codes) == 1


def test_a_seed_is_the_same_body_with_and_without_a_disease() -> None:
    healthy, sick = (draw_people(np.random.default_rng(3), 50, frozenset({code})) for code in ("NORM", "LVH"))
    np.testing.assert_array_equal(healthy.age, sick.age)
    np.testing.assert_array_equal(healthy.female, sick.female)


def test_clear_pictures_are_of_the_same_people_with_more_to_see() -> None:
    usual, clear = (draw_people(np.random.default_rng(5), 2000, None, clear=clear) for clear in (False, True))
    assert usual.conditions() == clear.conditions()
    np.testing.assert_array_equal(usual.age, clear.age)
    ill = usual.present["AMI"]
    assert usual.extent["AMI"][ill].min() < 0.4
    assert clear.extent["AMI"][ill].min() >= 0.6
    slight = [(people.extent["AMI"][~ill] > 0).mean() for people in (usual, clear)]
    assert slight[1] < slight[0] / 2


def test_rotation_is_orthogonal() -> None:
    turned = rotation(np.array([0.0, np.pi / 2, 0.3]), (0, 2))
    np.testing.assert_allclose(turned @ np.swapaxes(turned, 1, 2), np.tile(np.eye(3), (3, 1, 1)), atol=1e-12)
    np.testing.assert_allclose(turned[1] @ [1, 0, 0], [0, 0, 1], atol=1e-12)


def test_combinations_are_possible_and_ages_differ_by_condition() -> None:
    simulated = simulate(1500, seed=5, duration=5.0, sampling_frequency=50, noise=False)
    has = {code: np.array([code in codes for codes in simulated.conditions]) for code in CONDITIONS}
    assert not any((has[first] & has[second]).any() for first, second in EXCLUSIVE)
    assert all(codes == {"NORM"} for codes in simulated.conditions if "NORM" in codes)
    assert 0.2 < has["NORM"].mean() < 0.45
    assert all(0.04 < share.mean() < 0.2 for code, share in has.items() if code != "NORM")
    assert sum(len(codes) > 1 for codes in simulated.conditions) > 200
    assert simulated.age[has["AF"]].mean() > simulated.age[has["NORM"]].mean() + 4
    assert simulated.age.min() >= 18
    assert simulated.age.max() <= 95
