from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mvkt.evaluation.report.toml_text import to_toml

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
SCALARS = st.one_of(st.booleans(), st.integers(-(2**60), 2**60), st.floats(allow_nan=False, allow_infinity=False), TEXT)
TABLES: st.SearchStrategy[dict[str, Any]] = st.recursive(
    st.dictionaries(TEXT, SCALARS | st.lists(SCALARS, max_size=3), max_size=4),
    lambda inner: st.dictionaries(TEXT, SCALARS | inner | st.lists(inner, max_size=2), max_size=4),
    max_leaves=12,
)


@given(TABLES)
def test_what_is_written_is_read_back(table: dict[str, Any]) -> None:
    assert tomllib.loads(to_toml(table)) == table


def test_none_is_left_out() -> None:
    assert tomllib.loads(to_toml({"folds": None, "seed": 1, "a": {"b": None}})) == {"seed": 1, "a": {}}


def test_it_looks_as_one_would_write_it() -> None:
    recipe = {"name": "demo", "student": {"view": "I", "model": {"name": "resnet1d", "widths": [64, 96]}}}
    assert to_toml(recipe) == (
        'name = "demo"\n\n[student]\nview = "I"\n\n[student.model]\nname = "resnet1d"\nwidths = [64, 96]'
    )
