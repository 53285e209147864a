from __future__ import annotations

import numpy as np
import pytest

from mvkt.errors import PredictionsError
from mvkt.evaluation import Predictions, metrics
from mvkt.evaluation.subgroups import AGE_GROUPS, FEWEST, subgroups


@pytest.fixture
def people() -> tuple[Predictions, np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    targets = random.random((400, 3)) < [0.4, 0.3, 0.08]
    logits = random.normal(size=(400, 3)) + 1.5 * targets
    patients = random.integers(360, size=400).astype(str)
    made = Predictions(np.arange(400).astype(str), patients, targets, logits, ("AF", "MI", "STE"))
    age = random.choice([20.0, 39.9, 40.0, 59.0, 60.0, 74.9, 75.0, 90.0, np.nan], 400)
    return made, age.astype(np.float32), random.choice(["female", "male", ""], 400, p=[0.45, 0.45, 0.1])


def test_groups_are_judged_by_themselves(people: tuple[Predictions, np.ndarray, np.ndarray]) -> None:
    made, age, sex = people
    found = subgroups(made, age, sex, resamples=100)
    names = ["female", "male", "unknown", *(name for name, _, _ in AGE_GROUPS), "unknown"]
    assert [group.name for group in found] == names
    assert [group.by for group in found] == ["sex"] * 3 + ["age"] * 5
    assert sum(group.records for group in found if group.by == "sex") == 400
    assert sum(group.records for group in found if group.by == "age") == 400
    under_40 = next(group for group in found if group.name == "under 40")
    assert under_40.records == (age < 40).sum()
    women = sex == "female"
    auc = metrics.roc_auc(made.targets[women], made.logits[women])
    assert found[0].patients == len(set(made.patient_id[women].tolist()))
    judged = found[0].classes[0].auc
    assert judged is not None
    assert judged.value == pytest.approx(auc[0])
    assert judged.low < judged.value < judged.high
    for group in found:
        for column, class_ in enumerate(group.classes):
            enough = class_.positives >= FEWEST and group.records - class_.positives >= FEWEST
            assert (class_.auc is not None) == enough
            assert (class_.code in group.too_few) != enough
            assert class_.code == made.classes[column]


def test_a_mean_over_a_few_of_the_classes_is_not_given() -> None:
    targets = np.zeros((100, 3), dtype=bool)
    targets[:50, 0] = True
    targets[60:63, 1:] = True
    names = np.arange(100).astype(str)
    made = Predictions(names, names, targets, np.random.default_rng(0).normal(size=(100, 3)), ("A", "B", "C"))
    (group,) = (g for g in subgroups(made, np.full(100, 50.0), np.full(100, ""), resamples=20) if g.by == "age")
    assert group.classes[0].auc is not None
    assert group.too_few == ("B", "C")
    assert group.macro_auc is None
    two = Predictions(names, names, targets[:, :2], made.logits[:, :2], ("A", "B"))
    group = subgroups(two, np.full(100, 50.0), np.full(100, ""), resamples=20)[-1]
    assert group.macro_auc == group.classes[0].auc


def test_windows_of_a_record_count_once(people: tuple[Predictions, np.ndarray, np.ndarray]) -> None:
    made, age, sex = people
    twice = made.at(np.tile(np.arange(400), 2))
    assert subgroups(twice, np.tile(age, 2), np.tile(sex, 2), 20) == subgroups(made, age, sex, 20)


def test_a_tiny_group_has_no_figures() -> None:
    made = Predictions(np.array(["1"]), np.array(["1"]), np.array([[True, False]]), np.zeros((1, 2)), ("A", "B"))
    for group in subgroups(made, np.array([30.0]), np.array(["male"]), resamples=5):
        assert group.macro_auc is None
        assert group.too_few == ("A", "B")


def test_ages_of_other_rows(people: tuple[Predictions, np.ndarray, np.ndarray]) -> None:
    made, age, sex = people
    with pytest.raises(PredictionsError, match="400 rows need as many ages and sexes"):
        subgroups(made, age[:-1], sex)
