from __future__ import annotations

import pytest

from mvkt.corpora.table_cells import (
    age,
    begin_at_zero,
    fold,
    is_absent,
    plain_python,
    same_patient,
    sex_codes,
    sex_in_cell,
    truth,
    warnings_on_folds,
    without_decimals,
)
from mvkt.errors import RecordError


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
    assert meaning == {"1.0": "male", "2.0": "female"}
    assert "'0', '9'" in warnings[0]


@pytest.mark.parametrize(
    ("cells", "women"),
    [
        ("HMH", "m"),
        ("FH", "f"),
        ("KM", "k"),
        ("EK", "k"),
        ("MV", "v"),
        ("MN", "n"),
        ("FN", "n"),
        ("LP", "p"),
        ("MWd", "w"),
    ],
)
def test_a_letter_means_what_it_does_beside_the_other(cells: str, women: str) -> None:
    meaning = sex_codes(list(cells))[0]
    assert [letter for letter, sex in meaning.items() if sex == "female"] == [women]
    assert len(meaning) == 2


def test_codes_of_unknown_sexes_and_codes_with_decimals() -> None:
    assert sex_codes(["0,0", "1,0", "9"], female="0")[0] == {"0,0": "female", "1,0": "male"}
    assert sex_codes(["-1", "1"], female="-1")[0] == {"-1": "female", "1": "male"}


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        ("evet", "hayır"),
        ("KYLLÄ", "EI"),
        ("ano", "ne"),
        ("예", "아니요"),
        ("有", "无"),
        ("+", "-"),
        ("present", "absent"),
        ("ИСТИНА", "ЛОЖЬ"),
        ("DOĞRU", "YANLIŞ"),
        ("ΑΛΗΘΗΣ", "ΨΕΥΔΗΣ"),
        ("Ja", "Nei"),
    ],
)
def test_yes_and_no_in_more_languages(yes: str, no: str) -> None:
    assert (truth(yes), truth(no)) == (True, False)


def test_folds_and_patients_in_other_forms() -> None:
    assert [fold(text) for text in ("01", "٩", "Fold 10", "fold_01")] == [1, 9, 10, 1]
    assert same_patient("１２") == same_patient("12") == "12"


def test_parts_that_are_empty() -> None:
    assert (
        warnings_on_folds(["1", "9.0", "10"])
        == warnings_on_folds(["train", "val", "test"])
        == warnings_on_folds(["", "x"])
        == ()
    )
    assert warnings_on_folds(["1", "2", "fold 9"]) == ("the column 'fold' has no 10 (test)",)
    assert warnings_on_folds(["1", "2"]) == ("the column 'fold' has no 9 (validation) and no 10 (test)",)


def test_folds_from_0_and_parts_in_other_languages() -> None:
    assert begin_at_zero(["0.0", "1", "2", "3", "4", ""])
    assert not begin_at_zero(["0", "1", "2"])  # parts of one split
    assert not begin_at_zero([*"012345", "10"])
    assert [fold(cell, from_zero=True) for cell in ("0", "9.0", "")] == [1, 10, None]
    counted = "the column 'fold' counts from 0: 0 to 9 are taken for 1 to 10"
    assert warnings_on_folds([*"0123456789"]) == (counted,)
    assert [fold(cell) for cell in ("验证", "prueba", "holdout", "eval")] == [9, 10, 10, 9]


def test_words_for_nothing() -> None:
    assert [age(cell) for cell in ("unbekannt", "k. A.", "#NV", "不明")] == [None] * 4
    assert all(map(is_absent, ("#N/A", "#NV", "#WERT!", "#Н/Д", "#¡VALOR!")))
    assert not any(map(is_absent, ("#AF", "#1", "N/V")))
    assert age("18", "months") == 1.5
    assert age("40 years", "years") == 40


@pytest.mark.parametrize(("women", "men"), [("true", "false"), ("Q", "R")])
def test_of_two_codes_the_other_is_of_men(women: str, men: str) -> None:
    meaning, warnings = sex_codes([women, men, "nan"], women)
    assert (meaning[women.lower()], meaning[men.lower()], warnings) == ("female", "male", ())
    assert "gesperrt" not in sex_codes(["f", "m", "gesperrt"], "f")[0]
    assert sex_codes(["1", "2", "9"], "2")[0] == {"1": "male", "2": "female"}
    assert set(sex_codes(["Female (0)", "Male (1)", "♀", "Ž"])[0].values()) == {"female", "male"}


def test_numbers_that_a_spreadsheet_rewrote() -> None:
    assert [without_decimals(text) for text in ("17.0", "4.26783006E8", "4.27E+08", "1E5x")] == [
        "17",
        "426783006",
        "4.27E+08",
        "1E5x",
    ]
    assert [without_decimals(text) for text in ("17,0", "17,5", "a,0", "v1.0/x")] == ["17", "17,5", "a,0", "v1.0/x"]


@pytest.mark.parametrize("cells", [("True", "False"), ("1,0", "0,0"), ("WAHR", "FALSCH"), ("VRAI", "faux"), ("x", "0")])
def test_true_and_false_of_spreadsheet_programs(cells: tuple[str, str]) -> None:
    assert [truth(cell) for cell in (*cells, "", "nan", "maybe")] == [True, False, None, None, None]


def test_sex_in_words_or_as_true_and_false() -> None:
    cells = ("male", "F", "1", "0.0", "TRUE", "", "nan", "unknown")
    assert [sex_in_cell(cell, true="female") for cell in cells] == [
        "male", "female", "female", "male", "female", None, None, None,
    ]  # fmt: skip
    assert [sex_in_cell(cell, true="male") for cell in ("1", "0", "F")] == ["male", "female", "female"]
    with pytest.raises(RecordError, match="unusable row: sex '2' is none"):
        sex_in_cell("2", true="female")


def test_spellings_of_a_patient() -> None:
    assert same_patient(" P17.0 ") == same_patient("p17") != same_patient("p170")
    assert same_patient("017") == same_patient("17.0") == same_patient("17") != same_patient("p17")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("{'SR': np.float64(0.0), 'AF': numpy.int64(100)}", "{'SR': 0.0, 'AF': 100}"),
        ("array(['AF'], dtype='<U2')", "['AF']"),
        ("OrderedDict({'AF': 100.0})", "{'AF': 100.0}"),
        (" block (complete) ", "block (complete)"),
        ("PVC(s)", "PVC(s)"),
    ],
)
def test_types_of_python_are_taken_off(text: str, plain: str) -> None:
    assert plain_python(text) == plain
