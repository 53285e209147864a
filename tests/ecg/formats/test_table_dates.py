"""Dates before a table, whatever they are called."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mvkt.ecg.formats.table_dates import only_start, stated_age, stated_start
from mvkt.ecg.formats.table_facts import facts_of

MORNING = datetime(2024, 5, 1, 10)


@pytest.mark.parametrize(
    ("line", "start"),
    [
        ("Start: 20240501100000", MORNING),
        ("start_time = 1714557600000", MORNING.replace(tzinfo=UTC)),
        ("Lead II, 250 Hz, 2024-05-01 10:00:00", MORNING),
        ("Дата исследования: 01.05.2024 10:00:00", None),
        ("Exported 2024-06-01 10:00:00; 250 Hz", None),
    ],
)
def test_a_start_by_its_key(line: str, start: datetime | None) -> None:
    assert stated_start(facts_of([line], "")) == start


def test_the_only_date_with_a_time_is_the_start() -> None:
    assert only_start(facts_of(["Дата исследования: 01.05.2024 10:00:00"], "")) == MORNING
    lines = ["Firmware date: 2020-01-01 08:00", "记录时间: 2024年5月1日 10:00:00"]
    assert only_start(facts_of(lines, "")) == MORNING
    assert only_start(facts_of(["A: 2024-05-01 10:00:00", "B: 2024-05-01 11:00:00"], "")) is None


@pytest.mark.parametrize("line", ["DOB: 1967-03-01", "Geburtsdatum: 01.03.1967", "生年月日: 1967年3月1日"])
def test_the_age_by_a_date_of_birth(line: str) -> None:
    assert stated_age(facts_of([line], ""), MORNING) == 57
    assert stated_age(facts_of([line], ""), None) is None
    assert stated_age(facts_of([line, "Birth of child: 2020-01-01"], ""), MORNING) is None
