"""What is measured at the end of a run, without training one."""

from __future__ import annotations

from typing import Any

import pytest

from mvkt.corpora.corpus import Corpus
from mvkt.training.conclude import records_without_findings
from mvkt.training.plan import Plan
from mvkt.training.recipe import parse_recipe


@pytest.mark.parametrize("classes", [None, ("AF", "LBBB", "NORM"), ("AF", "LBBB")])
def test_records_without_findings_are_those_that_are_labelled_normal_and_nothing_else(
    corpus: Corpus, recipe_data: dict[str, Any], classes: tuple[str, ...] | None
) -> None:
    recipe = parse_recipe({**recipe_data, "min_samples": 0, **({"classes": classes} if classes else {})})
    labels = dict(zip(corpus.record_id.tolist(), corpus.labels, strict=True))
    normal = {record for record, codes in labels.items() if set(codes) == {"NORM"}}
    assert normal
    assert set(records_without_findings(Plan.make(recipe, corpus)).tolist()) == normal
