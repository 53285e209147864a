"""Facts that stand in columns: ``fs``, ``unit``, ``age`` and ``sex`` in every row of a table, or in the first alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mvkt.ecg.formats.converter_steps import UNIT_KEYS
from mvkt.ecg.formats.person_facts import AGE_KEYS, SEX_KEYS
from mvkt.ecg.formats.table_facts import facts_of, is_rate
from mvkt.ecg.formats.units import millivolts_per

_OF_ANYTHING = ("rate", "frequency", "freq")
"""Names of columns that may be of the heart."""

_PERSON = re.compile(f"{AGE_KEYS}|{SEX_KEYS}", re.IGNORECASE)


def facts_of_columns(names: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, str]:
    """Return what columns state that hold the same in all rows, or nothing but in the first.

    Args:
        names: Of the columns; empty where there are none.
        rows: The first ones, as long as the names.
    """
    found: dict[str, str] = {}
    for column, name in enumerate(names if rows else ()):
        value = rows[0][column]
        if value and {row[column] for row in rows[1:]} in ({value}, {""}):
            found |= {key: fact for key, fact in facts_of([f"{name}: {value}"], "").items() if _is_fact(key, fact)}
    return found


def _is_fact(key: str, value: str) -> bool:
    is_unit = key in UNIT_KEYS and millivolts_per(value) is not None
    is_frequency = is_rate(key, value) and key not in _OF_ANYTHING
    return is_unit or is_frequency or _PERSON.fullmatch(key) is not None
