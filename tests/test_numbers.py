from __future__ import annotations

import pytest
from pydantic import ValidationError

from mvkt import numbers
from mvkt.numbers import Interval

RISE = Interval(value=0.00124, low=-0.00304, high=0.0052)


def test_an_interval_rises_and_is_finite() -> None:
    with pytest.raises(ValidationError, match="from low to high"):
        Interval(value=0.5, low=0.6, high=0.4)
    for value in (float("nan"), float("inf")):
        with pytest.raises(ValidationError, match="finite"):
            Interval(value=value, low=0, high=1)


def test_numbers() -> None:
    assert numbers.number(0.84649) == "0.846"
    assert numbers.number(-0.0042) == "−0.004"
    assert numbers.number(-0.0001) == "0.000"
    assert numbers.number(0.00934, 4) == "0.0093"
    assert numbers.signed(0.0123) == "+0.012"
    assert numbers.signed(-0.0123) == "−0.012"
    assert numbers.signed(-0.00004, 4) == "0.0000"
    assert numbers.count(1234567) == "1,234,567"
    assert numbers.plural(1, "record") == "1 record"
    assert numbers.plural(1234, "record") == "1,234 records"


def test_intervals() -> None:
    auc = Interval(value=0.846, low=0.8211, high=0.8694)
    assert numbers.limits(auc) == "0.821 to 0.869"
    assert numbers.with_limits(auc) == "0.846 (0.821 to 0.869)"
    assert numbers.with_limits(auc, 2) == "0.85 (0.82 to 0.87)"
    assert numbers.with_limits(None) == "–"
    assert numbers.with_limits(None, absent="absent") == "absent"
    assert numbers.signed_limits(RISE) == "−0.003 to +0.005"
    assert numbers.signed_with_limits(RISE, 4) == "+0.0012 (−0.0030 to +0.0052)"


def test_shares() -> None:
    assert numbers.percent(0.234) == "23 %"
    assert numbers.percent(-0.0001) == "0 %"
    assert numbers.percent(0.00234, 1) == "0.2 %"
    assert numbers.percent_with_limits(Interval(value=0.25, low=-0.04, high=0.5)) == "25 % (−4 to 50)"
    assert numbers.percent_with_limits(None, absent="none") == "none"


def test_p_values() -> None:
    assert [numbers.p_value(p) for p in (0.0004, 0.001, 0.0312, 1.0)] == ["<0.001", "0.001", "0.031", "1.000"]
    assert [numbers.p_equals(p) for p in (0.0004, 0.0312)] == ["p <0.001", "p = 0.031"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (9.94, "9.94 s"),
        (59.4, "59.4 s"),
        (59.6, "1 min"),
        (119.4, "1 min 59 s"),
        (200, "3 min 20 s"),
        (1805, "30 min 5 s"),
        (3599.6, "1 h"),
        (7200, "2 h"),
        (7529, "2 h 5 min"),
        (86_399, "24 h"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert numbers.duration(seconds) == text


def test_templates_have_them_all() -> None:
    functions = {name for name, thing in vars(numbers).items() if getattr(thing, "__module__", "") == numbers.__name__}
    assert {name for name in functions if name[0].islower()} == set(numbers.FILTERS)
