"""What is measured at the end of a run, without training one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mvkt.corpora.corpus import Corpus
from mvkt.evaluation import Predictions, fit_calibration
from mvkt.training.conclude import evaluated
from mvkt.training.plan import Plan
from mvkt.training.recipe import parse_recipe
from mvkt.training.rows import FoldRows


def guess(rows: FoldRows, seed: int) -> Predictions:
    logits = 2.0 * rows.targets + np.random.default_rng(seed).normal(size=rows.targets.shape) - 1
    return Predictions(rows.record_id, rows.patient_id, rows.targets, logits, rows.classes)


@pytest.mark.parametrize("classes", [None, ("AF", "LBBB", "NORM"), ("AF", "LBBB")])
def test_records_without_any_target_are_those_that_are_labelled_normal_and_nothing_else(
    corpus: Corpus, recipe_data: dict[str, Any], classes: tuple[str, ...] | None
) -> None:
    recipe = parse_recipe({**recipe_data, "min_samples": 0, **({"classes": classes} if classes else {})})
    plan = Plan.make(recipe, corpus)
    rows, validation = plan.test_rows(), guess(plan.validation, 0)
    test, calibration = guess(rows, 1), fit_calibration(validation)
    found = evaluated(plan, "student", validation, test, calibration, rows)
    labels = dict(zip(corpus.record_id.tolist(), corpus.labels, strict=True))
    normal = [record for record in np.unique(rows.record_id).tolist() if set(labels[record]) == {"NORM"}]
    assert normal
    assert found["false_positives"].records == len(normal)
    assert found["false_positives"].normal == ("NORM",)
    assert sum(group.records for group in found["subgroups"] if group.by == "sex") == len(np.unique(rows.record_id))
    assert found["abstention"] is not None
    assert evaluated(plan, "teacher", validation, test, calibration, rows)["subgroups"] == ()
