"""A part of a collection: the recordings of a hospital, and those of all patients who were never there."""

from __future__ import annotations

import pytest

from mvkt.corpora.table_part import TablePart, disjoint
from mvkt.errors import CorpusError

ROWS = [
    {"patient": "1", "site": "0.0"},
    {"patient": "1", "site": "1.0"},
    {"patient": "2", "site": "1"},
    {"patient": "3", "site": ""},
    {"patient": "4", "site": "ward"},
]


def patients(text: str) -> list[str]:
    return [row["patient"] for row in TablePart.parse(text).of(ROWS, "patient")]


def test_the_parts_of_a_value_have_no_patient_in_common() -> None:
    assert patients("site=1") == ["1", "2"]
    assert patients("site != 1.0") == ["3", "4"]
    assert patients("site=ward") == ["4"]
    assert patients("site!=ward") == ["1", "1", "2", "3"]


def test_malformed_parts_get_a_message() -> None:
    for text in ("site", "=1", "site=", ""):
        with pytest.raises(CorpusError, match="COLUMN=VALUE or COLUMN!=VALUE"):
            TablePart.parse(text)
    with pytest.raises(CorpusError, match=r"no column 'sit'; did you mean 'site'\?"):
        patients("sit=1")
    with pytest.raises(
        CorpusError, match=r"no row of the table has site '7'; the most frequent are 1 \(2\), 0 \(1\), nothing \(1\)"
    ):
        patients("site=7")


def test_which_parts_are_known_to_be_disjoint() -> None:
    assert disjoint("site=1", "site!=1.0")
    assert disjoint("site!=1", "site=1")
    assert not disjoint("site=1", "site=2"), "a patient may be at both"
    assert not disjoint("site=1", "site=1")
    assert not disjoint("", "site=1")
    assert not disjoint("site=1", "device!=1")
