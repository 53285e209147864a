"""What the cells of a table mean, as people, pandas, R and spreadsheet programs write them."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from mvkt.ecg.formats.person_facts import parse_age, parse_sex
from mvkt.ecg.formats.text import is_error, plain
from mvkt.ecg.record import Sex
from mvkt.errors import RecordError

_ABSENT = {"", "nan", "na", "n/a", "none", "null", "<na>", "nat"}
_NOT_KNOWN = {
    "?",
    "-",
    ".",
    "*",
    "unknown",
    "not known",
    "missing",
    "unbekannt",
    "k. a.",
    "k.a.",
    "inconnu",
    "inconnue",
    "n.d.",
}
_NOT_KNOWN |= {"desconocido", "s/d", "sconosciuto", "desconhecido", "onbekend", "okänd", "ukendt", "ukjent", "nieznany"}
_NOT_KNOWN |= {"neznámý", "неизвестно", "неизвестен", "невідомо", "未知", "不明", "不详", "미상", "bilinmiyor"}
CROSSES = {"x", "✓", "✔"}
"""Marks of something that is there, in tables where nothing else is marked."""

_YES = {"ja", "oui", "sí", "si", "sì", "sim", "tak", "да", "是", "はい"}
_YES |= {"так", "есть", "da", "taip", "jah", "jā", "áno", "ใช่", "有り", "陽性", "阳性", "نعم", "כן", "có", "ya"}
_YES |= {"evet", "kyllä", "igen", "ano", "ναι", "예", "네", "+", "positive", "pos", "present", "有", "あり"}
_NO = {"nein", "nee", "nej", "non", "não", "nie", "нет", "否", "いいえ", "hayır", "hayir", "ei", "nem", "ne"}
_NO |= {"ні", "nei", "nu", "nē", "ไม่", "無し", "陰性", "阴性", "لا", "לא", "không", "tidak"}
_NO |= {"όχι", "아니요", "아니오", "-", "negative", "neg", "absent", "无", "無", "なし"}
_TRUE = {
    "wahr",
    "vrai",
    "verdadero",
    "vero",
    "verdadeiro",
    "waar",
    "истина",
    "істина",
    "prawda",
    "pravda",
    "igaz",
    "sant",
}
_TRUE |= {"sand", "sann", "tosi", "doğru", "αληθης", "αληθής", "adevărat", "istina", "istinito", "真"}
_FALSE = {"falsch", "faux", "falso", "onwaar", "ложь", "хибність", "fałsz", "nepravda", "hamis", "falskt", "falsk"}
_FALSE |= {
    "usann",
    "epätosi",
    "yanlış",
    "yanliş",
    "ψευδης",
    "ψευδής",
    "fals",
    "laž",
    "neistinito",
    "лъжа",
    "неистина",
    "假",
}
"""What spreadsheet programs write for true and false in other languages."""
_PRESENT = {"1", "true", "t", "yes", "y"} | _YES | _TRUE | CROSSES
_NOT_PRESENT = {"0", "false", "f", "no", "n"} | _NO | _FALSE
_WOMEN = {"fm": "f", "mw": "w", "hm": "m", "fh": "f", "km": "k", "ek": "k", "mv": "v", "mn": "n", "fn": "n", "lp": "p"}
_WOMEN |= {"mž": "ž", "αγ": "γ", "αθ": "θ"}
"""Of two letters for the sexes in a column that of women: ``M`` is a man beside ``F``, and ``mujer`` beside ``H``."""

_OTHER_SEXES = frozenset("oudxi")
_UNKNOWN_AGES = {"-1", "-9", "-99", "-999", "300", "999", "9999"}
_ISO_FEMALE, _ISO_UNKNOWN = 2.0, 0.0
_CODES_OF_UNKNOWN = frozenset({9.0, 99.0, 999.0, -9.0, -99.0})
_TRAINING, _VALIDATION, _TEST = 8, 9, 10
_FEWEST_FOLDS = 5
_PARTS = {
    **dict.fromkeys(
        ("val", "valid", "validation", "dev", "eval", "validierung", "validación", "validação"), _VALIDATION
    ),
    **dict.fromkeys(("validazione", "валидация", "验证", "驗證", "検証", "검증"), _VALIDATION),
    **dict.fromkeys(
        ("test", "testing", "tst", "holdout", "hold-out", "prueba", "teste", "тест", "测试", "測試"), _TEST
    ),
    **dict.fromkeys(("テスト", "테스트"), _TEST),
    **dict.fromkeys(("train", "training", "trn", "entrenamiento", "entraînement", "apprentissage", "treino"), 0),
    **dict.fromkeys(("addestramento", "обучение", "训练", "訓練", "学習", "훈련"), 0),
}
"""Words for folds; 0 for any of the training folds."""

_WHOLE = re.compile(r"-?\d+")
_IN_BRACKETS = re.compile(r"\s*\([^)]*\)$")
_NUMPY = re.compile(r"\bn(?:p|umpy)\.\w+\(([^()]*)\)")
_CALL = re.compile(r"[A-Za-z]\w*\(\s*([\[{(].*[\]})])\s*(?:,\s*dtype=[^\[\](){}]*)?\)", re.DOTALL)
_POWER_OF_TEN = re.compile(r"\d\.(\d+)[eE]\+?(\d{1,2})")


def sex_of_truth(column: str, cell: str) -> str:
    """Return the sex by a cell of a column ``female`` or ``male`` of 0 and 1; empty where the cell is."""
    is_so, named = truth(cell), sex_in_name(column)
    return "" if is_so is None or named is None else named if is_so else "male" if named == "female" else "female"


def sex_in_cell(cell: str, true: Sex) -> str | None:
    """Return the sex by a cell in words, or of 0 and 1; None where it is empty or unknown.

    Args:
        cell: Of the table.
        true: The sex that 1 stands for.

    Raises:
        RecordError: It is no sex.
    """
    sex = parse_sex(cell) or sex_of_truth(true, cell)
    if not sex and not is_absent(cell) and cell.strip().lower() not in _NOT_KNOWN:
        raise RecordError(f"unusable row: sex {cell[:40]!r} is none; leave it empty where it is unknown")
    return sex or None


def sex_in_name(column: str) -> Sex | None:
    """Return the sex that is the name of a column; None where it is no sex."""
    word = re.sub(r"(?i)^(is|sex|gender)[\s_-]+", "", column.strip())
    return parse_sex(word) if len(word) > 1 else None


def same_patient(name: str) -> str:
    """Return what two spellings of a patient have in common: either case, ``17.0`` for 17, and ``017`` for 17."""
    name = without_decimals(plain(name).strip()).casefold()
    return str(int(name)) if name.isascii() and name.isdigit() else name


def without_decimals(text: str) -> str:
    """Return a whole number as it was before pandas or a spreadsheet rewrote it, ``17`` of ``17.0`` and ``17,0``.

    ``4.26783006E8`` is 426783006; other texts stay as they are.
    """
    exact = _POWER_OF_TEN.fullmatch(text)
    if exact and len(exact[1]) >= int(exact[2]):  # 4.26783006E8 has all of its digits, 4.27E+08 has not
        return f"{float(text):.0f}"
    return re.sub(r"(?<=\d)\.0+$", "", re.sub(r"^(\d+),0+$", r"\1", text))


def plain_python(text: str) -> str:
    """Return a list, a set or a dictionary that Python wrote into a cell, without the names of types.

    ``{'SR': np.float64(0.0)}`` is ``{'SR': 0.0}``, and ``array(['AF'], dtype=object)`` is ``['AF']``.
    """
    inner = _NUMPY.sub(r"\1", text.strip())
    call = _CALL.fullmatch(inner)
    return call[1] if call else inner


def is_truth(text: str) -> bool:
    """Whether a cell states that something is there or not, or is empty."""
    return truth(text) is not None or is_absent(text)


def is_absent(text: str) -> bool:
    """Whether a cell is empty, or holds what pandas, R and spreadsheet programs write for a missing value."""
    text = text.strip()
    return text.lower() in _ABSENT or is_error(text)


def truth(text: str) -> bool | None:
    """Return whether a cell states that something is there; None where it is empty or states neither."""
    value = without_decimals(text.strip().lower())
    return True if value in _PRESENT else False if value in _NOT_PRESENT else None


def fold(text: str, patient: str = "", *, from_zero: bool = False) -> int | None:
    """Return a fold, 1 to 10; None for an empty cell.

    Args:
        text: A number, or a word for a part: ``train``, ``validation``, ``test``.
        patient: Whose recording it is; the training folds of a word are filled by patients.
        from_zero: Whether 0 is the first fold.

    Raises:
        RecordError: It is no fold.
    """
    if is_absent(text):
        return None
    text = re.sub(r"(?i)^(fold[\s_-]*)?0*(?=\d)", "", plain(text).strip())
    part = _PARTS.get(text.lower())
    if part is not None:
        return part or 1 + zlib.crc32(patient.encode()) % _TRAINING
    number = without_decimals(text)
    if not re.fullmatch(r"\d" if from_zero else r"[1-9]|10", number):
        raise RecordError(f"unusable row: fold {text!r} is not one of 1 to 10, nor train, validation or test")
    return int(number) + from_zero


def begin_at_zero(cells: Iterable[str]) -> bool:
    """Whether folds are counted from 0, as Python counts: five at least, and none of 10; 0, 1 and 2 may be parts."""
    found = {without_decimals(cell.strip()) for cell in cells if not is_absent(cell)}
    return "0" in found and len(found) >= _FEWEST_FOLDS and found <= set("0123456789")


def warnings_on_folds(cells: Sequence[str]) -> tuple[str, ...]:
    """Return warnings where folds are counted from 0, and where none is that of validation or of test."""
    found = set()
    from_zero = begin_at_zero(cells)
    for cell in set(cells):
        try:
            found.add(fold(cell, from_zero=from_zero))
        except RecordError:
            continue
    empty = [
        f"{number} ({part})" for number, part in ((_VALIDATION, "validation"), (_TEST, "test")) if number not in found
    ]
    counted = "the column 'fold' counts from 0: 0 to 9 are taken for 1 to 10"
    missing = f"the column 'fold' has no {' and no '.join(empty)}"
    return (*[counted] * from_zero, *[missing] * bool(empty and found - {None}))


def age(text: str, unit: str = "") -> float | None:
    """Return an age in years, of ``57``, ``57,5``, ``>89`` or ``18 months``; None where it is empty or unknown.

    Args:
        text: The cell.
        unit: What the name of its column states.

    Raises:
        RecordError: It is no age.
    """
    if is_absent(text) or without_decimals(text.strip().lower()) in _NOT_KNOWN | _UNKNOWN_AGES:
        return None
    with_unit = parse_age(text, unit) if unit else None
    years = parse_age(text) if with_unit is None else with_unit
    if years is None:
        raise RecordError(f"unusable row: age {text!r} is not a human's")
    return years


def sex_codes(cells: Sequence[str], female: str = "") -> tuple[Mapping[str, str], tuple[str, ...]]:
    """Return what each cell of the column ``sex`` means, and warnings about cells that mean nothing.

    Words are understood in many languages. Numbers mean different things in different tables (PTB-XL: 1 female;
    ISO 5218: 1 male, 2 female, 0 and 9 unknown), so that they are understood only with the code of women.

    Args:
        cells: Of the column.
        female: The code of women, where the column holds numbers; of two other codes the one is of women, too.
    """
    counts = Counter(cell.strip().lower() for cell in cells if not is_absent(cell))
    meaning: dict[str, str] = {cell: sex for cell in counts if (sex := parse_sex(_IN_BRACKETS.sub("", cell)))}
    letters = {cell for cell in counts if len(cell) == 1 and cell.isalpha()} - _OTHER_SEXES
    woman = _WOMEN.get("".join(sorted(letters)))
    meaning |= {letter: "female" if letter == woman else "male" for letter in letters if woman}
    numbers = {cell: float(code) for cell in counts if _WHOLE.fullmatch(code := without_decimals(cell))}
    if female:
        code = without_decimals(female.strip().lower())
        wanted = float(code) if _WHOLE.fullmatch(code) else None
        unknown = _CODES_OF_UNKNOWN | ({_ISO_UNKNOWN} if wanted == _ISO_FEMALE else set())
        meaning |= {cell: "male" for cell, number in numbers.items() if number not in unknown}
        meaning |= {cell: "female" for cell in counts if cell == code or numbers.get(cell) == wanted is not None}
        others = [cell for cell in counts if cell not in {*meaning, *numbers, *_NOT_KNOWN}]
        meaning |= (
            dict.fromkeys(others, "male")
            if len(others) == 1 and code in counts and "male" not in meaning.values()
            else {}
        )
    strange = [cell for cell in counts if cell not in meaning]
    if not strange:
        return meaning, ()
    codes = ", ".join(repr(cell) for cell in sorted(strange)[:4])
    advice = "give the code of women by --female" if numbers else "write female or male"
    number = sum(counts[cell] for cell in strange)
    return meaning, (f"the sex of {number:,} records is unknown: the column 'sex' has {codes}; {advice}",)
