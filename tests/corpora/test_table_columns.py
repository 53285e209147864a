from __future__ import annotations

import pytest

from mvkt.corpora.label_sets import UNKNOWN
from mvkt.corpora.table_columns import LabelColumns, is_added
from mvkt.corpora.table_headings import facts_of
from mvkt.errors import CorpusError


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
    found = facts_of(["ファイル名", "患者ID", "診断", "年齢", "jenis kelamin"])
    assert list(found.values()) == ["record", "labels", "patient", "age", "sex"]


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
    [
        ("AF\nSR", ["AF", "SR"]),
        ("AF；SR", ["AF", "SR"]),
        ("\"AF\"; 'SR'", ["AF", "SR"]),
        ("Sto\u0308rung", ["Störung"]),
        *[(mark, []) for mark in ("?", "-", "nan")],
        ("set()", []),
        ("{'AF', 'SR'}", ["AF", "SR"]),
        ("4.26783006E8", ["426783006"]),
        ("[np.str_('AF'), np.str_('SR')]", ["AF", "SR"]),
        ("frozenset({'AF', 'SR'})", ["AF", "SR"]),
        ("array(['AF', 'SR'], dtype=object)", ["AF", "SR"]),
        ("AV block (third degree)", ["AV block (third degree)"]),
    ],
)
def test_cells_of_several_labels(cell: str, labels: list[str]) -> None:
    rows = [{"record": "a", "labels": cell}]
    assert LabelColumns.of(rows, "t.csv").positives(rows[0]) == labels


def test_numbers_of_patients_that_were_rounded_are_refused() -> None:
    rows = [{"record": f"r{n}", "patient": "1.23E+07", "labels": "AF"} for n in range(2)]
    with pytest.raises(CorpusError, match="rounded a number"):
        LabelColumns.of(rows, "t.csv")
    LabelColumns.of([{**row, "patient": "1.2345678E7"} for row in rows], "t.csv")


@pytest.mark.parametrize("cell", ["房颤、室早", "房颤，室早", "房颤, 室早, ", "房颤 室早"])
def test_marks_between_labels_that_stand_alone_as_well(cell: str) -> None:
    rows = [{"record": f"r{n}", "labels": text} for n, text in enumerate((cell, "房颤", "室早"))]
    assert LabelColumns.of(rows, "t.csv").positives(rows[0]) == ["房颤", "室早"]
    alone = LabelColumns.of(rows[:2], "t.csv")
    assert len(alone.positives(rows[0])) == 1


@pytest.mark.parametrize(
    ("cell", "words"), [("{'AF': 100.0, 'SR': 0.0}", "a dictionary is not read"), ("4.27E+08", "rounded a code")]
)
def test_labels_that_no_rule_reads_are_refused(cell: str, words: str) -> None:
    with pytest.raises(CorpusError, match=words):
        LabelColumns.of([{"record": "a", "labels": cell}], "t.csv")


def test_columns_of_nothing_are_left_out_beside_labels_and_patients() -> None:
    names = ("record", "labels", "patient", "remark", "rate", "date")
    cells = (("a", "AF", "1", "moved", "71.5", "2024-05-01"), ("b", "AF / SR", "2", "", "68", ""))
    rows = [dict(zip(names, row, strict=True)) for row in cells]
    columns = LabelColumns.of(rows, "t.csv")
    assert (columns.single, columns.left_out) == ((), ("remark", "rate", "date"))
    assert columns.warnings == (
        "the label 'AF / SR' is one class; separate several by ';' or '|'",
        "left out columns that are no labels: 'remark', 'rate', 'date'",
    )
    for name, cell in (("lables", "AF"), ("part", "3")):  # a slip, and folds as it seems
        with pytest.raises(CorpusError, match=f"has the column '{name}'"):
            LabelColumns.of([{"record": "a", "labels": "AF", "patient": "1", name: cell}], "t.csv")


@pytest.mark.parametrize("cells", ["0 1 2", "7.0 3.0 12.0", ""])
def test_an_index_is_one_after_rows_were_left_out(cells: str) -> None:
    assert is_added("Unnamed: 0", cells.split() or ["", ""])
    assert not is_added("index", ["0", "1", "1"])
