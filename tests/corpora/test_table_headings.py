from __future__ import annotations

import pytest

from mvkt.corpora.table_headings import facts_of, female_in, is_near_a_fact, unit_of


@pytest.mark.parametrize(
    "columns",
    [
        ["Fil", "Diagnos", "Patientnummer", "kfold", "Ålder (år)", "Kön (K/M)"],
        ["record", "Tanı", "Hasta No.", "folds", "Yaş", "Cinsiyet"],
        ["file", "Διάγνωση", "Ασθενής", "fold", "Ηλικία", "Φύλο"],
        ["Файл", "Діагноз", "Пацієнт", "Фолд", "Вік", "Стать"],
        ["path", "Chẩn đoán", "Bệnh nhân", "fold", "Tuổi", "Giới tính"],
        ["filename", "target", "Patient Name", "split", "patient_age_years", "patient sex"],
        ["文件", "标签", "患者编号", "折", "年龄 (岁)", "性别"],
    ],
)
def test_words_of_many_languages(columns: list[str]) -> None:
    assert list(facts_of(columns).values()) == ["record", "labels", "patient", "fold", "age", "sex"]


def test_columns_of_labels_are_no_facts() -> None:
    assert facts_of(
        ["record", "diagnosis_AF", "diagnosis_SR", "AF (sure)", "patients_moved", "diagnosed_by", "tanı_date"]
    ) == {"record": "record"}
    assert is_near_a_fact("lables")
    assert not is_near_a_fact("heart_rate")


def test_units_and_codes_in_names() -> None:
    assert [unit_of(name) for name in ("age (months)", "age_years", "Alter [Jahre]", "age")] == [
        "months", "years", "Jahre", "",
    ]  # fmt: skip
    assert [female_in(name) for name in ("sex (1=female)", "Sex (M=0, F=1)", "Geschlecht [2 = weiblich]", "sex")] == [
        "1", "1", "2", "",
    ]  # fmt: skip
