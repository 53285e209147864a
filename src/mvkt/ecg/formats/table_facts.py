"""What the lines before the rows of a table state: sampling frequency, unit, steps of a converter, start."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from mvkt.ecg.formats.converter_steps import STEP, UNIT_KEYS, step_in
from mvkt.ecg.formats.dates import parse_time
from mvkt.ecg.formats.table_header import COMMENT_MARKS, SECONDS
from mvkt.ecg.formats.text import bare, is_number
from mvkt.ecg.formats.units import millivolts_per
from mvkt.ecg.formats.user_facts import SAME_FREQUENCY
from mvkt.ecg.leads import LIMB_LEADS, STANDARD_LEADS, is_other_name, is_word_for_lead, normalise_lead

_DATE_LENGTH = 10
_NEXT_FACT = re.compile(r"[;,|]\s*(?=\"?[^\W\d][^:=;,|\t]{0,40}[:=])")
_HZ_OR_GAIN = r"\s+(?:k?hz|\w+(?:/| per )[mu]v)"
_IN_WORDS = re.compile(
    rf"\b(fs|(?:sampling|sample) (?:rate|frequency)|units?|leads?|gain|baseline)\s+(\S+(?:{_HZ_OR_GAIN}\b)?)",
    re.IGNORECASE,
)
_RATE_OR_GAIN = re.compile(rf"\d+(?:[.,]\d+)?(?:{_HZ_OR_GAIN.replace('+', '*', 1)})?", re.IGNORECASE).fullmatch
_IN_SENTENCES = {
    "sampling rate": re.compile(r"\bsampled (?:at|with) (\d+(?:[.,]\d+)?\s*k?hz)\b", re.IGNORECASE),
    "unit": re.compile(r"\bin (milli-?volts?|micro-?volts?|[mnuµμ]v)\b", re.IGNORECASE),
}
_PER_SAMPLE = re.compile(r"(\d{1,6}(?:[.,]\d{1,9})?\s*[^\W\d_]{1,12})\s*/\s*sample", re.IGNORECASE)
_RATE_ALONE = re.compile(
    r"(?:\d{3,6}|\d[.,]?\d*(?=\s*k))(?:[.,]\d{1,9})?\s*(?:k?hz|sps|samples\s*(?:/|per)\s*s\w*)", re.IGNORECASE
)
_INTERVAL = re.compile(r"(\d{1,6}(?:[.,]\d{1,9})?)\s*([^\W\d_]{0,12})")
_INTERVAL_WORDS = ("interval", "period", "intervall", "sample time", "time step")
_INTERVAL_KEYS = frozenset({"dt", "ts", "delta t", "delta x", "δt", "1/fs"})
_OF_RATES = ("sampling rate", "sample rate", "sampling frequency", "sample frequency", "fs", "interval")
_LONGEST_SECONDS = 0.05
"""Between two samples: an interval without a unit that is longer may be in ms."""

ECG = re.compile("ecg|ekg|экг|心[电電]")
_LAST_WORD = re.compile(r"(.{1,60}?)\s+([^\s\d]{1,12})")
_KEY_WITH_UNIT = re.compile(r"(.{1,60}?)\s*[\[(]([^\])]{1,12})[\])]")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
_SEPARATED = re.compile(r"([1-9]\d{0,2})(?:[ '](\d{3})([.,]\d+)?|\.(\d{3})(,\d+)|,(\d{3})(\.\d+))(?!\d)")
_LOWEST_RATE = 20.0
"""In Hz; below it "1,000" was not meant as one."""

_LEAD_KEYS = ("lead", "leads", "lead names", "channels", "channel names", "signals", "columns", "labels", "sig name")
HERTZ = r"(?:hz|hert\w*|herc\w*|herț\w*|гц|герц\w*|херц\w*|χερτζ|赫兹?|赫茲|ヘルツ|헤르츠|เฮิรตซ์|ه[يـ]?رتز|הרץ|हर्ट्ज़?)"
"""Hertz in the scripts that telephones write, as alternatives of a pattern."""

RATE_NUMBER = re.compile(
    rf"(\d{{1,6}}(?:[.,]\d{{1,9}})?(?:e\+?\d)?)\s*[\[(]?(k)?(?:{HERTZ}|sps|samples.*|sa?/s\w*|1/s)?[\])]?",
    re.IGNORECASE,
)
_RATES_OF_ANYTHING = frozenset({"sampling", "rate", "frequency", "freq"})
_RATE_KEYS = _RATES_OF_ANYTHING | {"fs", "f s", "fe", "sr", "sfreq", "hz", "abtastrate", "messrate"}
_LOWEST_BARE_RATE = 100.0
"""Without Hz a lower one may be that of the heart."""

_SAMPLED = re.compile(
    "sampl|abtast|[ée]chantillon|muestre|campion|amostra|bemonster|näytte|próbk|vzork|mintav|e[șş]ant|örnek|δειγματ|"
    "дискретиз|采样|採樣|取樣|サンプ|표본|샘플|lấy mẫu|דגימה|العينات|สุ่มตัวอย่าง"
)
_RATE_WORDS = ("rate", "freq", "fréq", "frec", "taxa", "част", "率", "レート", "hz", "sps", "per s", "/s")
"""Of sampling, in languages of many exports."""

_RATE_OF = re.compile(r"[\s_]*(sampl\w*[\s_]*)?(rate|freq\w*)(\s*\d*)$", re.IGNORECASE)
"""What stands after the name of a signal in ``acc sampling rate``."""

_BEFORE_RESAMPLING = re.compile(r"original|native|source")
_OF_OTHERS = re.compile(r"battery|supply|threshold|trigger|display|pacing|\b(?:acc|resp|ppg|emg|eeg|temp)")
"""Of keys whose unit is none of the samples."""


def is_rate(key: str, value: str) -> bool:
    """Whether a line states the sampling frequency, by its key in small letters and its value."""
    rate = RATE_NUMBER.fullmatch(without_thousands(value))
    if not rate or (key in _RATES_OF_ANYTHING and is_number(value) and rate_of(rate[1]) < _LOWEST_BARE_RATE):
        return False
    return key.removesuffix(" hz") in _RATE_KEYS or (
        _SAMPLED.search(key) is not None and any(word in f"{key} {value}".lower() for word in _RATE_WORDS)
    )


def facts_of(lines: Iterable[str], separator: str) -> dict[str, str]:
    """Return what lines of ``key: value`` state, several in a line too; keys in lower case with single spaces."""
    facts: dict[str, str] = {}
    alone: dict[str, str] = {}
    between = tuple({separator.strip() or ",", ";", "\t"})
    for line in lines:
        line = line.replace("'", '"') if "{'" in line else line  # as Python writes a dictionary
        line = line.lstrip(COMMENT_MARKS).strip("{}")
        for part in _NEXT_FACT.split(line) if separator == "|" else re.split(r"\s\|\s|" + _NEXT_FACT.pattern, line):
            marks = {mark: at for mark in (":", "=", *between) if (at := _place_of(mark, part)) >= 0}
            without = _without_marks(part) if not {":", "="} & {*marks} else {}
            alone |= without | alone
            if len(without) > 1 or not marks:
                continue
            mark = min(marks, key=lambda found: marks[found])
            key, value = _key_and_value(part[: marks[mark]], part[marks[mark] + 1 :], mark * (mark in between))
            if key in facts and is_rate(key, value):  # of a section each
                key = f"sampling rate {len(facts)}"
            facts.setdefault(key, value)
    rates = _OF_RATES if stated_frequency(facts) else ()
    return {**{key: value for key, value in alone.items() if not key.startswith(rates)}, **facts}


def _key_and_value(key: str, value: str, mark: str) -> tuple[str, str]:
    """Return what a line states; ``mark`` is what separates cells, if it stands between the two."""
    key, value = " ".join(bare(key).lower().replace("_", " ").split()), bare(value.lstrip("="))
    cells = [cell.strip() for cell in value.split(mark)] if mark else []
    value = quantity(value, mark) if cells else value
    if len(cells) > 1 and len(set(cells)) == 1:  # the same of each channel
        value = cells[0]
    with_unit = _with_unit(key) if is_number(value) and key not in _RATE_KEYS else None
    return (with_unit[1], f"{value} {with_unit[2]}") if with_unit else (key, value)  # "sample interval (ms): 4"


def _without_marks(line: str) -> dict[str, str]:
    """Return what a line states without ``:`` and ``=``, as ``Lead II, 250 Hz, mV``."""
    found: dict[str, str] = {}
    for part in map(str.strip, re.split(r"[;|\t]|,(?!\d)", line)):
        interval, rate = _PER_SAMPLE.fullmatch(part), _RATE_ALONE.fullmatch(part)
        if words := _in_words(part):
            found |= words | found
        elif STEP.fullmatch(part) or interval or rate:
            key = "interval" if interval else "sampling rate" if rate else "resolution"
            key += f" {len(found)}" * (rate is not None and found.get(key, part) != part)  # several: none is taken
            found.setdefault(key, interval[1] if interval else part)
        elif len(part) > 1 and millivolts_per(part) is not None:
            found.setdefault("unit", part)
        elif len(part) > _DATE_LENGTH and part[0].isdigit() and parse_time(part):
            found.setdefault("start", part)
    return found


def _place_of(mark: str, line: str) -> int:
    """Return where a mark is in a line; -1 where it is none, or within numbers and times: ``511,4 Hz``, ``10:00``."""
    found = re.search(rf"(?<!\d){mark}|{mark}(?!\d)", line) if mark in ",:" else None
    return line.find(mark) if mark not in ",:" else found.start() if found else -1


def states_facts(line: str) -> bool:
    """Whether a line above a column states facts without a mark, and is no name: ``Gain 200 adu per mV``."""
    return len(_without_marks(line)) > 1 or bool(_in_words(line).keys() & {"fs", "gain", "baseline"})


def _in_words(line: str) -> dict[str, str]:
    """Return what a line states without any mark, ``fs 250 unit mV lead II``, where the values are such."""
    line = line.replace("_", " ")
    sentence = {key: within[1] for key, pattern in _IN_SENTENCES.items() if (within := pattern.search(line))}
    found = {**sentence, **{key.lower(): value for key, value in _IN_WORDS.findall(line)}}
    tests = {"unit": millivolts_per, "lead": lambda value: normalise_lead(value) in STANDARD_LEADS or None}
    return {key: value for key, value in found.items() if tests.get(key.rstrip("s"), _RATE_OR_GAIN)(value) is not None}


def quantity(value: str, mark: str) -> str:
    """Return a number and its unit, which may be cells of their own as in ``rate,250,Hz``, with a space between."""
    cells = [cell.strip() for cell in value.split(mark)]
    return " ".join(cells).strip() if len(cells) == 2 and is_number(cells[0]) and not cells[1][:1].isdigit() else value


def _with_unit(key: str) -> re.Match[str] | None:
    """Match a key that ends with a unit: in brackets, ``sample interval (ms)``, or as its last word, ``fs hz``."""
    last = _LAST_WORD.fullmatch(key)
    is_unit = (
        last is not None
        and not last[1].endswith(" per")
        and (last[2] in SECONDS or re.fullmatch(f"k?{HERTZ}|[mnuµ]v", last[2]) is not None)
    )
    return _KEY_WITH_UNIT.fullmatch(key) or (last if is_unit else None)


def stated_frequency(facts: Mapping[str, str]) -> float | None:
    """Return Hz as lines before the table state them; None where none does, or where several differ."""
    found = stated_frequencies(facts)
    return found[0] if found and max(found) - min(found) <= SAME_FREQUENCY * max(found) else None


def stated_frequencies(facts: Mapping[str, str]) -> tuple[float, ...]:
    """Return Hz of the lines that state a sampling frequency: of the ECG, or else of no other signal."""
    rates = {key: rate for key, value in facts.items() if (rate := _stated_rate(key, value))}
    of_ecg = [rate for key, rate in rates.items() if ECG.search(key)]
    own = [rate for key, rate in rates.items() if not _is_of_other(key)]
    return () if all(map(_BEFORE_RESAMPLING.match, rates)) else tuple(of_ecg or own)


def _is_of_other(key: str) -> bool:
    """Whether a sampling frequency is that of another signal: ``acc sampling rate``."""
    signal = _RATE_OF.sub("", key)
    return signal != key and is_other_name(signal)


def _stated_rate(key: str, value: str) -> float:
    """Return Hz of a line that states the sampling frequency or its interval; 0 of any other."""
    rate = RATE_NUMBER.fullmatch(without_thousands(value))
    if rate and is_rate(key, value):
        return rate_of(rate[1]) * (1000 if rate[2] else 1)
    interval = _INTERVAL.fullmatch(value)
    if interval and (key in _INTERVAL_KEYS or any(word in key for word in _INTERVAL_WORDS)):
        seconds = float(interval[1].replace(",", ".")) * SECONDS.get(interval[2].lower() or "s", 0.0)
        if seconds and (interval[2] or seconds <= _LONGEST_SECONDS):
            return float(f"{1 / seconds:.7g}")
    return 0.0


def without_thousands(value: str) -> str:
    """Return a number without what separates its thousands where that is clear: ``1 000``, ``1.000,0``, ``1,000.0``."""
    found = _SEPARATED.match(value)
    return "".join(filter(None, found.groups())).replace(",", ".") + value[found.end() :] if found else value


def rate_of(number: str) -> float:
    """Return a number of a sampling frequency in Hz; ``1,000`` and ``1.000`` are a thousand."""
    rate = float(number.replace(",", "."))
    return rate * 1000 if rate < _LOWEST_RATE and _THOUSANDS.fullmatch(number) else rate


def stated_leads(facts: Mapping[str, str]) -> tuple[str, ...]:
    """Return the leads that a line before the table states, ``lead: II`` or ``leads: I, II``; none if one is odd.

    The key is one of a lead in any language, or in another script than Latin: there a limb lead alone is its own proof.
    """
    known = [_leads_in(facts[key]) for key in _LEAD_KEYS if key in facts][:1]
    worded = {_leads_in(value) for key, value in facts.items() if key not in _LEAD_KEYS and is_word_for_lead(key)}
    others = {
        (value,)
        for key, value in facts.items()
        if value in LIMB_LEADS and not any("LATIN" in unicodedata.name(letter, "LATIN") for letter in key)
    }
    for found in (known, sorted(worded - {()}), sorted(others)):
        if len(found) == 1:
            return found[0]
    return ()


def _leads_in(value: str) -> tuple[str, ...]:
    """Return the leads that a value consists of; none if a part of it is something else."""
    for parts in (re.split(r"[,;+/|]", value), value.split()):
        names = tuple(normalise_lead(bare(part)) for part in parts)
        if set(names) <= set(STANDARD_LEADS):
            return names
    return ()


def stated_unit(facts: Mapping[str, str]) -> str:
    """Return the unit that lines before the table state: that of a key "unit", or the only one that is a value."""
    units = {
        value
        for key, value in facts.items()
        if len(value) > 1 and millivolts_per(value) is not None and not _OF_OTHERS.search(key)
    }
    stated = next((facts[key] for key in UNIT_KEYS if facts.get(key) and not step_in(key, facts[key])), "")
    return stated or (units.pop() if len(units) == 1 else "")
