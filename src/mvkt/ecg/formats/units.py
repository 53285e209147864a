"""Units of voltage, as files write them: symbols and words in the scripts that telephones write."""

from __future__ import annotations

import re
from html import unescape

_PREFIXES = {
    1e-6: "n nano н нано νανο נאנו نانو नैनो ナノ 纳 奈 나노 นาโน ნ ն",
    1e-3: "u æ mc micro mikro микро мікро мк μικρο מיקרו מק ميكرو مايكرو میکرو माइक्रो マイクロ 微 마이크로 ไมโคร მკ մկ",
    1.0: "m milli mili м милли мілі мили χιλιοστο מילי ملي مللي ميلي میلی मिली ミリ 毫 밀리 มิลลิ მ մ",
    1e3: "",
}
_VOLTS = "v volt в вольт волт βολτ וולט ו فولت ولت वोल्ट ボルト 伏特 伏 볼트 โวลต์ ვ վ"
_ENDINGS = "s y i ы a ů и а і io ov ai ов ів ах ios"  # of words, not of symbols: "Vi" and "Vs" are none
_FACTORS = {
    prefix + volt: factor
    for factor, prefixes in _PREFIXES.items()
    for prefix in (prefixes.split() or [""])
    for volt in _VOLTS.split()
}
_SYMBOLS = tuple(volt for volt in _VOLTS.split() if len(volt) == 1)

_OTHER_UNIT = re.compile(
    r"nu|mm\s?hg|cm\s?h2o|k?pa|bpm|\S*/min|%|°?\s?[cf]|celsius|[km]?(ohms?|Ω)|[km]?hz|l/s|m/s[2²]?|k?g|deg(rees)?|n?lx",
    re.IGNORECASE,
)


def is_other_unit(unit: str) -> bool:
    """Whether a unit is that of something else than a voltage: mmHg, %, beats a minute."""
    return _OTHER_UNIT.fullmatch(unit.strip()) is not None


def millivolts_per(unit: str) -> float | None:
    """Return how many mV one of a unit is, or None for what is no unit of voltage.

    ``uV`` is written with either Greek letter, a u, HealthKit's ``mcV`` or the letters of another script (``мкВ``);
    units may be in capitals (``MICROVOLTS``), in brackets, spelled out, or decoded wrongly (``ÂµV``, ``æV`` of DOS).
    """
    plain = _decoded_again(unescape(unit[:40])).casefold().replace("\u03bcv", "uv")  # both signs of micro
    key = re.sub(r"[\s._\-()\[\]\u05f4\u05be]", "", plain)
    words = (key.removesuffix(ending) for ending in _ENDINGS.split() if key.endswith(ending))
    units = (key, *(word for word in words if not word.endswith(_SYMBOLS)))
    return next((_FACTORS[unit] for unit in units if unit in _FACTORS), None)


def _decoded_again(text: str) -> str:
    """Return UTF-8 that was read as an encoding of Windows, ``ÂµV``, as it was written; other text as it came."""
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text
