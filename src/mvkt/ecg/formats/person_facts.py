"""Age and sex, as files write them: in a field of their own, or several facts in one line of a comment."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mvkt.ecg.record import Sex

OLDEST = 115.0
"""Years; what is more is a placeholder (999), as of people born on 1 January 1900."""

YEARS_PER = {"h": 1 / 24 / 365.25, "d": 1 / 365.25, "w": 7 / 365.25, "m": 1 / 12, "y": 1.0}
_UNITS = {
    "y": r"y(?:ears?|rs?|/?o)?|jahre?n?|a|ans?|años?|ann[io]|anos?|år|jaar|lat|let|év|vuotta|лет|года?|"
    "години|рок(?:ів|и)|yaşında|yıl|ετών|έτη|歳|岁|歲|세|ปี|tuổi|سنة|שנים",
    "m": r"m(?:onths?|os?|ths?)?|monate?n?|mois|mes(?:es)?|mes[ei]|мес\w*|个月|か月|ヶ月|개월",
    "w": r"w(?:eeks?|ks?)?|wochen?|semaines?|semanas?|settiman[ae]|нед\w*",
    "h": r"hours?|stunden?|heures?|horas?",  # HR is a heart rate, and H a man in French
    "d": r"d(?:ays?)?|tage?n?|jours?|d[ií]as?|giorn[io]|дн\w*|天|日",
}
_UNIT = f"(?:{'|'.join(_UNITS.values())})"
_NAMED_UNIT = "|".join(f"(?P<{name}>{words})" for name, words in _UNITS.items())
_AGE = re.compile(rf"[<>~=]*\s*(\d{{1,3}}(?:[.,]\d+)?)\s*\+?\s*(?:{_NAMED_UNIT})?(?:[\s-]*olds?)?\.?", re.IGNORECASE)
_WORDS: dict[Sex, str] = {
    "female": "♀ girl f fem female females w weibl weiblich woman women frau femme féminin femenino femminile feminino "
    "kvinna femmina feminin kvinde kvinne nainen kobieta žena ženský ženská žensko mujer mulher donna "
    "vrouw nő femeie kadın γυναίκα θήλυ жен женский женщина жена ж жіноча жіночий жінка 女 女性 여 여성 여자 נקבה "
    "אישה أنثى หญิง महिला स्त्री nữ perempuan wanita",
    "male": "♂ boy m masc male males männl männlich man men mann homme masculin masculino maschile mies mężczyzna "
    "maschio hombre homem uomo férfi muž mužský moški muško bărbat erkek άνδρας άντρας άρρεν муж мужской "
    "мужчина мъж м чоловіча чоловічий чоловік 男 男性 남 남성 남자 זכר גבר ذكر ชาย पुरुष nam laki-laki pria",
}
_SEXES: dict[str, Sex] = {word.casefold(): sex for sex, words in _WORDS.items() for word in words.split()}
AGE_KEYS = (
    "age|alter|âge|edad|età|idade|ålder|alder|leeftijd|wiek|vek|věk|yaş|ηλικία|возраст|възраст|вік|"
    "ikä|kor|életkor|vârsta|vârstă|usia|umur|年齢|年龄|年齡|나이|연령|גיל|العمر|السن|อายุ|आयु|उम्र|tuổi"
)
SEX_KEYS = (
    "sex|gender|geschlecht|sexe|sexo|sesso|kön|køn|kjønn|geslacht|płeć|pohlaví|pohlavi|cinsiyet|φύλο|пол|стать|"
    "sukupuoli|nem|spol|性別|性别|성별|מין|الجنس|เพศ|लिंग|giới tính|jenis kelamin"
)
"""What age and sex are called in many languages, as alternatives of a pattern."""

_KEY = re.compile(
    rf"[<\"]?(?<!\w)(?:patient_?)?({AGE_KEYS}|{SEX_KEYS})(?![\w\u0e31-\u0e4e])[>\"]?\s*"
    r"(?:\((?:y|yrs?|years?|m/f|f/m)\)|in years|\[years?\]|at (?:[a-z]{1,12} ?){1,3}(?=[:=]))?\s*[:=]?\s*",
    re.IGNORECASE,
)
_PAIR = re.compile(
    rf"\b({AGE_KEYS}|{SEX_KEYS})\s*[/&,]\s*({AGE_KEYS}|{SEX_KEYS})\s*[:=]\s*([^\s/,;:=]+)[\s/,;]+([^\s/,;:=]+)",
    re.IGNORECASE,
)
_VALUE = re.compile(
    rf"[<>~]*\s*(?:\d{{1,3}},\d(?!\d)|[^\s,;<>|]+)(?:\s+(?=[^\W\d_]{{2}}|y){_UNIT}\b(?![:=]))?", re.IGNORECASE
)
_PLAIN = re.compile(
    rf"(?P<age>\d{{1,3}}|\?)\s*(?:{_UNIT}(?:[\s-]*old)?)?[\s,/]+(?P<sex>m|f|male|female|man|woman|\?)\b|"
    rf"(?P<sex2>m|f|male|female|man|woman)[\s,/]+(?P<age2>\d{{1,3}})(?:{_UNIT})?\b",
    re.IGNORECASE,
)
_PERSON = re.compile(r"^(?:patient|subject)\W+", re.IGNORECASE)
_SEX_ALONE = re.compile(r"(?<![-\w])(female|male|woman|man)(?![-\w])", re.IGNORECASE)
_IN_WORDS = re.compile(
    r"\b(?P<age>\d{1,3})[\s-]*(?:years?|yrs?|y)[\s/.-]*(?:olds?|o)[\s.,-]+(?P<sex>man|woman|male|female|m|f)\b"
    r"|(?<![-\w])(?P<sex2>man|woman|male|female)[\s,]+(?:aged? )?(?P<age2>\d{1,3})[\s-]*(?:years?|yrs?)\b",
    re.IGNORECASE,
)
_BEFORE = frozenset({"", "patient", "patients", "patient's", "subject", "subjects", "subject's", "biological"})
"""What may stand before a key: "gestational age" is no age of the person."""


def possible_age(years: float | None) -> float | None:
    """Return years that a human can have; None of others."""
    return float(years) if years is not None and 0 <= years <= OLDEST else None


def parse_age(text: str, unit: str = "") -> float | None:
    """Return years: of ``57``, ``057Y``, ``18 months``, ``>89``, ``90+``; None where it is no human's.

    Args:
        text: The age, perhaps with its unit.
        unit: That of a field of its own, where ``h`` and ``hr`` are hours; in a text they are other words.
    """
    unit = "hours" if unit.strip().casefold() in ("h", "hr", "hrs") else unit
    found = _AGE.fullmatch(f"{text.strip()} {unit}".strip()[:40])
    if found is None:
        return None
    years = float(found[1].replace(",", ".")) * YEARS_PER[found.lastgroup or "y"]
    return possible_age(years)


def parse_sex(text: str) -> Sex | None:
    """Return the sex: of ``F``, ``female``, ``weiblich``, ``женский``; None of bare numbers, whose codes differ."""
    return _SEXES.get(text.strip().strip("<>().,;").casefold())


def facts_in_comments(comments: Iterable[str]) -> tuple[float | None, Sex | None]:
    """Return age and sex from comments: ``Age: 57``, ``<age>: 65 <sex>: F``, ``Age=64; Gender=Male``, ``69 M 1085``.

    A line without keys counts only where it is the first, as in the databases of MIT.
    """
    age: float | None = None
    sex: Sex | None = None
    for position, comment in enumerate(comments):
        line, known = _PAIR.sub(r"\1: \3 \2: \4", comment.strip()[:400]), age is not None
        for key in _KEY.finditer(line):
            value = _VALUE.match(line, key.end())
            if value is None or not _stands_alone(line[: key.start()]):
                continue
            if re.fullmatch(AGE_KEYS, key[1], re.IGNORECASE):
                age = parse_age(value[0].strip('<>(){}" ')) if age is None else age
            else:
                sex = sex or parse_sex(value[0].strip('{}"'))
        person = _PERSON.sub("", line).partition(";")[0]
        plain = _PLAIN.match(person) if position == 0 and ":" not in person else None
        if plain is not None:
            age = parse_age(plain["age"] or plain["age2"]) if age is None else age
            sex = sex or parse_sex(plain["sex"] or plain["sex2"])
        words = _IN_WORDS.search(line)
        if words is not None:
            age = parse_age(words["age"] or words["age2"]) if age is None else age
            sex = sex or parse_sex(words["sex"] or words["sex2"])
        alone = {word.lower() for word in _SEX_ALONE.findall(line)} if age is not None and not known else set()
        sex = sex or (parse_sex(alone.pop()) if len(alone) == 1 else None)
    return age, sex


def _stands_alone(before: str) -> bool:
    """Whether a key follows nothing, punctuation, a value, or a word that names the person."""
    before = before.rstrip()
    word = "" if before[-1:] in tuple(",;|<(:=>") else re.split(r"[\s,;|(<:=]", before)[-1].casefold()
    return word in _BEFORE or word in _SEXES or not word.isalpha() or re.fullmatch(_UNIT, word) is not None
