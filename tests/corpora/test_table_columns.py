from __future__ import annotations

import pytest

from mvkt.corpora.label_sets import UNKNOWN
from mvkt.corpora.table_columns import (
    LabelColumns,
    age,
    facts_of,
    fold,
    is_absent,
    same_patient,
    sex_codes,
    without_decimals,
)
from mvkt.errors import CorpusError, RecordError


def test_joined_and_single_columns_together() -> None:
    rows = [
        {"record": "a", "labels": "AF;SR", "PVC": "", "LBBB": "1"},
        {"record": "b", "labels": "nan", "PVC": "", "LBBB": ""},
    ]
    columns = LabelColumns.of(rows, "t.csv")
    assert columns == LabelColumns(joined=True, single=("PVC", "LBBB"))
    assert columns.read(rows[0]) == ({"AF": 100.0, "SR": 100.0, "LBBB": 100.0, "PVC": UNKNOWN}, True)
    assert columns.read(rows[1]) == ({}, False)


def test_a_table_may_have_no_labels() -> None:
    row = {"record": "a", "patient": "p", "age": "40"}
    columns = LabelColumns.of([row], "t.csv")
    assert not columns
    assert columns.read(row) == ({}, False)


def test_names_of_columns() -> None:
    assert facts_of(["Patient ID", "RECORD", "file", "Gender", "AF"]) == {
        "Patient ID": "patient", "RECORD": "record", "Gender": "sex",
    }  # fmt: skip
    assert same_patient(" P17.0 ") == same_patient("p17") != same_patient("p170")
    assert same_patient("017") == same_patient("17.0") == same_patient("17") != same_patient("p17")


def test_missing_values() -> None:
    assert all(map(is_absent, ("", " ", "nan", "NaN", "None", "NA", "<NA>", "null")))
    assert not is_absent("0")


def test_folds_and_ages() -> None:
    assert [fold(text) for text in ("1", "10", "9.0", "", "nan")] == [1, 10, 9, None, None]
    assert [age(text) for text in ("40", "40.5", "40,5", "", "nan")] == [40, 40.5, 40.5, None, None]
    assert [age(text) for text in (">89", "90+", "057Y", "18 months", "unknown")] == [89, 90, 57, 1.5, None]
    assert [fold(text, "p") for text in ("Validation", "test")] == [9, 10]
    assert sorted({fold("train", f"p{number}") for number in range(100)}) == list(range(1, 9))
    for bad in ("0", "11", "1.5", "x"):
        with pytest.raises(RecordError, match="fold"):
            fold(bad)
    assert [age(text) for text in ("-1", "999", "300.0", "?")] == [None] * 4
    for bad in ("131", "old", "inf"):
        with pytest.raises(RecordError, match="age"):
            age(bad)


def test_sexes_in_words_need_no_code_and_numbers_do() -> None:
    assert sex_codes(["F", "male", "w", "", "nan"]) == ({"f": "female", "male": "male", "w": "female"}, ())
    meaning, warnings = sex_codes(["0", "1", "1"], female="0")
    assert (meaning["0"], meaning["1"], warnings) == ("female", "male", ())
    meaning, (warning,) = sex_codes(["0", "1", "divers"])
    assert meaning == {}
    assert "3 records" in warning


def test_sex_in_other_languages_and_by_iso_5218() -> None:
    assert sex_codes(["M ", "männlich", "女", "женский"])[0] == {
        "m": "male",
        "männlich": "male",
        "女": "female",
        "женский": "female",
    }
    meaning, warnings = sex_codes(["0", "1.0", "2.0", "9"], female="2")
    assert meaning == {"1.0": "male", "2.0": "female", "2": "female"}
    assert "'0', '9'" in warnings[0]


def test_crosses_and_words_of_other_languages() -> None:
    rows = [{"record": "a", "AF": "x", "SR": ""}, {"record": "b", "AF": "", "SR": "X"}]
    columns = LabelColumns.of(rows, "t.csv")
    assert columns.crossed
    assert columns.read(rows[0]) == ({"AF": 100.0}, True)
    rows = [{"record": "a", "AF": "ja", "SR": "nein"}, {"record": "b", "AF": "", "SR": "oui"}]
    columns = LabelColumns.of(rows, "t.csv")
    assert not columns.crossed
    assert columns.read(rows[0]) == ({"AF": 100.0}, True)
    assert columns.read(rows[1]) == ({"SR": 100.0, "AF": UNKNOWN}, True)


@pytest.mark.parametrize(
    ("cell", "labels"),
    [("AF\nSR", ["AF", "SR"]), ("set()", []), ("{'AF', 'SR'}", ["AF", "SR"]), ("4.26783006E8", ["426783006"])],
)
def test_cells_of_several_labels(cell: str, labels: list[str]) -> None:
    rows = [{"record": "a", "labels": cell}]
    assert LabelColumns.of(rows, "t.csv").positives(rows[0]) == labels


@pytest.mark.parametrize(
    ("cell", "words"), [("{'AF': 100.0, 'SR': 0.0}", "a dictionary is not read"), ("4.27E+08", "rounded a code")]
)
def test_labels_that_no_rule_reads_are_refused(cell: str, words: str) -> None:
    with pytest.raises(CorpusError, match=words):
        LabelColumns.of([{"record": "a", "labels": cell}], "t.csv")


def test_numbers_that_a_spreadsheet_rewrote() -> None:
    assert [without_decimals(text) for text in ("17.0", "4.26783006E8", "4.27E+08", "1E5x")] == [
        "17",
        "426783006",
        "4.27E+08",
        "1E5x",
    ]
