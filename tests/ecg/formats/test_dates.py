"""Dates and times as exports write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from mvkt.ecg.formats.dates import age_at, is_placeholder, parse_date, parse_time


@pytest.mark.parametrize(
    "text",
    [
        "1980-01-31",
        "31.01.1980",
        "Jan 31, 1980",
        "31 janv. 1980",
        "1980年1月31日",
        "31 января 1980 г.",
        "31 de enero de 1980",
        "31 يناير 1980",
        "31 בינו׳ 1980",
        "31 thg 1, 1980",
        "31 Ιαν 1980",
        "31 იან. 1980",
        "31 հունվ 1980",
        "31 қаң 1980",
    ],
)
def test_a_date_in_many_languages(text: str) -> None:
    assert parse_date(text) == date(1980, 1, 31)


@pytest.mark.parametrize("text", ["", "1/2/1980", "31.02.1980", "Jan 1980", "1 Foo 1980", "1.1.80", "9" * 100])
def test_what_is_no_certain_date_is_none(text: str) -> None:
    assert parse_date(text) is None


def test_letters_of_several_signs_are_months() -> None:
    assert parse_date("5 Μαΐου 1985") == parse_date("5 maja 1985") == date(1985, 5, 5)


def test_slashes_where_only_one_order_is_possible() -> None:
    assert parse_date("31/01/1980") == parse_date("01/31/1980") == date(1980, 1, 31)


def test_times() -> None:
    assert parse_time("2024-05-01 08:00:30 +0000") == datetime(2024, 5, 1, 8, 0, 30, tzinfo=UTC)
    assert parse_time("2024/05/01 08:00:30") == parse_time("2024-05-01T08:00:30") == datetime(2024, 5, 1, 8, 0, 30)
    assert parse_time("8 o'clock") is parse_time("2024T") is None


@pytest.mark.parametrize(
    "text",
    [
        "31.01.2024, 13:02:03",
        "Jan 31, 2024 at 1:02:03 PM",
        "Wed Jan 31 13:02:03 2024",
        "31 janv. 2024 13:02:03",
        "2024/01/31 午後1:02:03",
        "2024年1月31日 下午1:02:03",
        "2024. 1. 31. 오후 1:02:03",
        "2024-01-31 01:02:03 PM",
    ],
)
def test_a_date_with_a_time_of_day(text: str) -> None:
    assert parse_time(text) == datetime(2024, 1, 31, 13, 2, 3)


def test_parts_of_a_time_of_day() -> None:
    assert parse_time("2024-01-31 12:02 AM") == datetime(2024, 1, 31, 0, 2)
    assert parse_time("2024/01/31 午前12:02") == datetime(2024, 1, 31, 0, 2)
    assert parse_time("31.01.2024 13:02:03,25") == datetime(2024, 1, 31, 13, 2, 3, 250_000)
    assert parse_time("2024-01-31 10:11:12 PM +0100") == datetime(
        2024, 1, 31, 22, 11, 12, tzinfo=timezone(timedelta(hours=1))
    )
    assert parse_time("31.01.2024 13:02:03Z") == datetime(2024, 1, 31, 13, 2, 3, tzinfo=UTC)


@pytest.mark.parametrize("text", ["31.01.2024 25:00:00", "01/02/2024 10:00:00", "10:00:00", "Lead 1: 10:00", "72 BPM"])
def test_what_is_no_certain_time_is_none(text: str) -> None:
    assert parse_time(text) is None


def test_placeholders_of_clocks_that_were_never_set() -> None:
    assert is_placeholder(datetime(1970, 1, 1))
    assert not is_placeholder(datetime(1970, 1, 1, 0, 0, 1))
    assert not is_placeholder(datetime(1971, 1, 1))


def test_age_is_in_whole_years() -> None:
    born = date(1980, 6, 15)
    assert age_at(born, datetime(2024, 6, 14)) == 43
    assert age_at(born, datetime(2024, 6, 15)) == 44
    assert age_at(None, datetime(2024, 6, 15)) is age_at(born, None) is None


@pytest.mark.parametrize(
    "text",
    [
        "1900-01-01 00:00:00", "1970-01-01 01:00:00", "1899-12-30 10:00:00", "1800-01-01 12:00:00",
        "2001-01-01 00:00:00",        "1753-01-01 00:00:00", "0001-01-01 00:00:00",
    ],
)  # fmt: skip
def test_times_that_stand_for_an_unknown_one(text: str) -> None:
    assert is_placeholder(datetime.fromisoformat(text))
    assert not is_placeholder(datetime(2001, 1, 1, 9, 30))


def test_a_date_of_birth_that_stands_for_an_unknown_one() -> None:
    assert age_at(date(1900, 1, 1), datetime(2020, 2, 3)) is None
    assert age_at(date(1985, 1, 1), datetime(2020, 2, 3)) == 35
    assert age_at(date(1951, 5, 2), datetime(1970, 1, 1)) is None


@pytest.mark.parametrize(
    "text", ["2567-05-31 10:00:00", "2567-05-31T10:00:00", "31/5/2567 10:00:00", "31.5.2567, 10:00 AM"]
)
def test_years_of_the_buddhist_calendar(text: str) -> None:
    assert parse_time(text) == datetime(2024, 5, 31, 10)


@pytest.mark.parametrize("text", ["31 ม.ค. 2503", "31 มกราคม 2503", "31 ม.ค. 1960"])
def test_thai_months(text: str) -> None:
    assert parse_date(text) == date(1960, 1, 31)


def test_years_of_other_calendars_are_unknown() -> None:
    assert all(is_placeholder(datetime(year, 5, 31, 10)) for year in (1403, 1445, 1899))
    assert is_placeholder(datetime(1980, 1, 6))  # where GPS begins to count
    assert not is_placeholder(datetime(2190, 5, 31, 10))
