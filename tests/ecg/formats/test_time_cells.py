from __future__ import annotations

import numpy as np
import pytest

from mvkt.ecg.formats.time_cells import check_dates, is_date, is_time, seconds_of
from mvkt.errors import RecordFormatError


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("10:00:00.000", "10:00:00.004"),
        ("10:00:00,000", "10:00:00,004"),
        ("10:00:00:000", "10:00:00:004"),
        ("0:00.000", "0:00.004"),
        ("2024-05-01T10:00:00.000", "2024-05-01T10:00:00.004"),
        ("2024-05-01T10:00:00.000Z", "2024-05-01T10:00:00.004Z"),
        ("2024-05-01 10:00:00.000+02:00", "2024-05-01 10:00:00.004+02:00"),
        ("01.05.2024 10:00:00.000", "01.05.2024 10:00:00.004"),
        ("[10:00:00.000 01/05/2024]", "[10:00:00.004 01/05/2024]"),
        ("31-May-2024 23:59:59.998", "01-Jun-2024 00:00:00.002"),
        ("Fri May 31, 2024 10:00:00.000", "Fri May 31, 2024 10:00:00.004"),
        ("2024/05/31-10:00:00.000", "2024/05/31-10:00:00.004"),
        ("2024-05-31_10:00:00.000", "2024-05-31_10:00:00.004"),
        ("11:59:59.998 PM", "12:00:00.002 AM"),
        ("20240531T095959.998Z", "20240531T100000.002Z"),
        ("0 days 00:00:00", "0 days 00:00:00.004000"),
        ("2024-05-01 23:59:59.998", "2024-05-02 00:00:00.002"),
        ("20240531 09:59:59.998", "20240531 10:00:00.002"),
        ("20240531095959998", "20240531100000002"),
        ("20240531095959.998", "20240531100000.002"),
        ("0 sec", "0.004 sec"),
        ("1,000 s", "1,004 s"),
        ("4 ms", "8 ms"),
    ],
)
def test_times(first: str, second: str) -> None:
    assert is_time(first)
    np.testing.assert_allclose(np.diff(seconds_of([first, second])), 0.004, atol=1e-9)


def test_what_is_no_time() -> None:
    assert not any(
        is_time(cell)
        for cell in (
            "1.5",
            "N",
            "",
            "12345678901234",
            "20241331100000",
            "4 mV",
            "5 m s",
            "a:b",
            "10:00:00 o'clock",
            "1:2:3:4:5",
        )
    )
    assert [is_date(cell) for cell in ("2024-05-01", "1.5.2024", "[2024-05-01", "1.5", "N")] == [True] * 3 + [False] * 2
    with pytest.raises(RecordFormatError, match="column of times"):
        seconds_of(["10:00:00", "N"])


def test_dates_go_on_by_as_many_days_as_times() -> None:
    for cells in (
        ["2024-05-01 23:59:59.998", "2024-05-02 00:00:00.002"],
        ["10:00:00", "10:00:01"],
        ["2024-05-01 10:00:00", "2024-05-01 10:00:01"],
    ):
        check_dates(cells[0], cells[-1], seconds_of(cells))
    cells = ["2024-05-01 10:00:00", "2024-05-01 10:00:01", "2024-05-03 10:00:02"]
    with pytest.raises(RecordFormatError, match="some days are missing"):
        check_dates(cells[0], cells[-1], seconds_of(cells))
