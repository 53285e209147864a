from __future__ import annotations

import pytest

from mvkt.ecg.formats.person_facts import facts_in_comments, parse_age, parse_sex


@pytest.mark.parametrize(
    ("comment", "age", "sex"),
    [
        ("<age>: 65 <sex>: F <diagnoses> (none)", 65, "female"),
        ("Age: 64 Sex: F", 64, "female"),
        ("age=64;sex=Male", 64, "male"),
        ("69 M 1085 1629 x1", 69, "male"),
        ("F, 54 years", 54, "female"),
        ("57 years old female", 57, "female"),
        ("? F 1", None, "female"),
        ("Age (years): 63 Sex (M/F): M", 63, "male"),
        ("Age: 18 months Sex: M", 1.5, "male"),
        ("Sex: F Age: 71", 71, "female"),
        ("Gender: Male Age: 44 Height: 180", 44, "male"),
        ("Patient age: 44 sex: M", 44, "male"),
        ("Age: 12 M", 12, None),
        ("Gestational age: 39", None, None),
        ("Maternal age: 33", None, None),
        ("Age: NaN Sex: Unknown", None, None),
        ("Age: about 40", None, None),
        ("Age: 300", None, None),
        ("age: 5 sex: 1", 5, None),
        ("Patient: 65-year-old woman", 65, "female"),
        ("Alter: 65 Geschlecht: w", 65, "female"),
        ("PatientAge=072Y;PatientSex=F", 72, "female"),
        ("dob 1950, age at recording: 60, sex F", 60, "female"),
        ("Alter: 18 Monate, Geschlecht: w", 1.5, "female"),
        ("Age: 57 M", 57, None),
        ("Edad: 41 Sexo: masculino", 41, "male"),
        ("Edad: 41 Sexo: mujer", 41, "female"),
        ("Věk: 41 Pohlaví: žena", 41, "female"),
        ("Kor: 63 év Nem: nő", 63, "female"),
        ("Ikä: 63 v, Sukupuoli: mies", 63, "male"),
        ("Yaş: 63; Cinsiyet: Kadın", 63, "female"),
        ("Ηλικία: 63; Φύλο: Άνδρας", 63, "male"),
        ("Вік: 63 роки, Стать: жіноча", 63, "female"),
        ("年齡: 63歲 性別: 女", 63, "female"),
        ("나이: 63세 성별: 여성", 63, "female"),
        ("גיל: 63 מין: נקבה", 63, "female"),
        ("العمر: 63 الجنس: ذكر", 63, "male"),
        ("อายุ: 63 ปี เพศ: หญิง", 63, "female"),
        ("आयु: 63 लिंग: महिला", 63, "female"),
        ("Tuổi: 63 Giới tính: Nữ", 63, "female"),
        ("Biological sex: female", None, "female"),
        ('{"age": 50, "sex": "F"}', 50, "female"),
        ("Patient: M, 45 yo", 45, "male"),
        ("Patient: M, 63 y; Recorded: 2024-05-01", 63, "male"),
        ("Age: 57,5 Sex: F", 57.5, "female"),
        ("patient age 55 years, female", 55, "female"),
        ("Age: 55, son: male, sister: female", 55, None),
        ("Age/Sex: 54/M", 54, "male"),
        ("Sex/Age: F/29 y", 29, "female"),
        ("Alter, Geschlecht = 44, w", 44, "female"),
        ("recorded for 10 years, male nurse", None, None),
        ("Patient 12; female, 54 years; BMI 28", 54, "female"),
        ("123 male aged 45 years", 45, "male"),
    ],
)
def test_facts_of_one_line(comment: str, age: float | None, sex: str | None) -> None:
    assert facts_in_comments([comment]) == (age, sex)


def test_facts_of_several_lines() -> None:
    assert facts_in_comments(["from a ward", "Sex: F", "Age: 57", "69 M 1085"]) == (57, "female")


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("057Y", 57),
        ("600M", 50),
        ("60 Jahre", 60),
        ("18 Monate", 1.5),
        ("61 ans", 61),
        ("63歳", 63),
        ("6 mesi", 0.5),
        ("90+", 90),
        (">89", 89),
        ("2,5", 2.5),
        ("48 hours", 2 / 365.25),
        ("57 H", None),
        ("57 HR", None),
        ("-1", None),
        ("nan", None),
        ("", None),
    ],
)
def test_ages(text: str, age: float | None) -> None:
    assert parse_age(text) == (None if age is None else pytest.approx(age))


def test_sexes() -> None:
    assert [parse_sex(text) for text in ("F", "weiblich", "женский", "女")] == ["female"] * 4
    assert [parse_sex(text) for text in ("m", "Male", "муж", "男性")] == ["male"] * 4
    assert [parse_sex(text) for text in ("X", "", "0", "1", "unknown")] == [None] * 5
