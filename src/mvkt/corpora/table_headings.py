"""What the columns of a table of labels are called, by people and programs of many languages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches

from mvkt.ecg.formats.person_facts import AGE_KEYS, SEX_KEYS, parse_sex

AGE = "age"
FACTS = ("record", "labels", "patient", "fold", AGE, "sex")
"""Columns with a meaning of their own; every other column is a label."""

_SPELLINGS = {
    "record": (
        *("record_id", "recording", "recording_id", "file", "file_name", "filename", "path", "datei", "dateiname"),
        *("archivo", "fichier", "arquivo", "ficheiro", "plik", "bestand", "fil", "файл", "文件", "文件名"),
        *("ファイル", "ファイル名", "파일"),
    ),
    "labels": (
        *("label", "class", "classes", "rhythm", "rozpoznanie", "scp_codes", "target", "targets", "y", "befund"),
        *("etiqueta", "étiquette", "etikett", "метка", "标签", "標籤", "ラベル", "라벨"),
    ),
    "fold": (
        *("strat_fold", "split", "subset", "partition", "data_split", "set", "cv_fold", "kfold", "fold_id", "folds"),
        *("pli", "partición", "partição", "фолд", "折", "分割", "폴드"),
    ),
    AGE: tuple(AGE_KEYS.replace(" ", "_").split("|")),
    "sex": tuple(SEX_KEYS.replace(" ", "_").split("|")),
}
"""What else tables call the columns, in small letters with ``_`` between words."""

_PATIENT = "patient|patiënt|subject|pa[cs]ient?|paciente?|paziente?|pacjent|páciens|пац[иі][еє]нт|ασθεν|ασθενής|hasta|"
_PATIENT += "potilas|المريض|מטופל|bệnh_nhân|ผู้ป่วย|रोगी|患者|病人|환자"
_STEMS = {
    "labels": re.compile(
        "(?:di[aá]gn|dijagn|д[иі]агн|διάγν|διαγν|التشخيص|تشخیص|אבחנ|tanı|chẩn_đoán|วินิจฉัย|निदान|진단|诊断|診断|診斷)"
        r"[^_]*(?:_(?:codes?|texts?|names?|labels?|class(?:es)?))?"
    ),
    "patient": re.compile(
        rf"(?:{_PATIENT})(?:en)?_?(?:id|no|nr|num|number|nummer|numer|code|key|name|编号|番号|번호|#)?"
    ),
}
"""How words for the same begin, of languages that inflect them."""

_DETAIL = re.compile(r"(.{1,60}?)[\s_]*[\[(]([^\])]{1,40})[\])]")
_AGE_WITH_UNIT = re.compile(r"(.{1,30}?)_(?:in_)?(years|yrs|yr|y|months|jahre|jahren|ans|años|anni|anos|лет)")
_OF_A_PERSON = re.compile(rf"(?:{_PATIENT})s?_(?=(?:{AGE_KEYS}|{SEX_KEYS})(?:_|$))")
_CODE = re.compile(r"([^\W_]+(?:\.0)?)\s*[=:]\s*([^\W\d_]+)|([^\W\d_]+)\s*[=:]\s*(\d+(?:\.0)?)")


def facts_of(columns: Sequence[str]) -> dict[str, str]:
    """Return which column of a table is which of :data:`FACTS`, by its name in any letters or another usual name.

    Units and codes in brackets, ``Age (years)``, are no part of the name.

    Args:
        columns: As the table has them.
    """
    plain = {column: _plain(column) for column in reversed(columns)}
    by_name = {name: column for column, name in plain.items()}
    without = {_without_detail(name): column for name, column in by_name.items()}
    found: dict[str, str] = {}
    for fact in FACTS:
        names = (fact, *_SPELLINGS.get(fact, ()))
        column = next((by_name[name] for name in names if name in by_name), None)
        column = column or next((without[name] for name in names if name in without), None)
        stem = _STEMS.get(fact)
        if column is None and stem:
            stemmed = [whole for name, whole in without.items() if whole not in found and stem.fullmatch(name)]
            column = stemmed[0] if len(stemmed) == 1 else None
        found |= {} if column is None else {column: fact}
    return found


def is_near_a_fact(column: str) -> bool:
    """Whether a column is called nearly as one of :data:`FACTS`: a slip, as it seems."""
    return bool(get_close_matches(_plain(column), FACTS, cutoff=0.75))


def unit_of(column: str) -> str:
    """Return the unit of an age in the name of its column, ``age (months)``; empty where there is none."""
    tail = _AGE_WITH_UNIT.fullmatch(_plain(column))
    return tail[2] if tail else _detail(column)


def female_in(column: str) -> str:
    """Return the code of women as the name of a column states it, ``sex (1=female)``; empty where it does not."""
    pairs = [(left or right, word or again) for left, word, again, right in _CODE.findall(_detail(column))]
    return next((code for code, word in pairs if parse_sex(word) == "female"), "")


def _plain(column: str) -> str:
    return re.sub(r"[\s_-]+", "_", column.strip().lower()).strip("_")


def _without_detail(name: str) -> str:
    """Return a name without a unit, without a point at its end, and without the word for a patient before an age."""
    detail = _DETAIL.fullmatch(name)
    name = (detail[1] if detail else name).rstrip("._:")
    name = _OF_A_PERSON.sub("", name)
    age = _AGE_WITH_UNIT.fullmatch(name)
    return age[1] if age else name


def _detail(column: str) -> str:
    found = _DETAIL.fullmatch(column.strip())
    return found[2].strip() if found else ""
