from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np
import pytest

from mvkt.ecg.formats import read
from mvkt.ecg.formats.table_times import in_seconds
from mvkt.errors import RecordFormatError

ECG = np.sin(np.arange(20_000) / 9) + np.sin(np.arange(20_000) / 3.3)
SECONDS = np.arange(20_000) / 250


def table(times: list[str], names: str = "time,I [mV]") -> bytes:
    rows = "".join(f"{time},{value:.4f}\n" for time, value in zip(times, ECG, strict=False))
    return f"{names}\n{rows}".encode()


@pytest.mark.parametrize("began", [35_990.0, 35_930.0])
@pytest.mark.parametrize("pattern", ["{h:02}{m:02}{s:06.3f}", "20240501{h:02}{m:02}{s:06.3f}"])
def test_times_of_day_in_digits(began: float, pattern: str) -> None:
    clock = [divmod(began + second, 3600) for second in SECONDS]
    times = [pattern.format(h=int(hour), m=int(rest // 60), s=round(rest % 60, 3)) for hour, rest in clock]
    for cells in (times, [time.replace(".", "") for time in times] if pattern.startswith("2024") else times):
        record = read(table(cells))
        assert (record.sampling_frequency, len(record.signal), record.notes) == (250.0, 20_000, ())


def test_numbers_that_only_look_like_a_time_of_day() -> None:
    times = np.array([0.0, 1.0, 2.0, 59.0, 60.0])
    np.testing.assert_array_equal(in_seconds(times, 1.0), times)
    gap = np.concatenate([np.arange(100) / 100, 41 + np.arange(100) / 100])
    np.testing.assert_array_equal(in_seconds(gap, 1.0), gap)


@pytest.mark.parametrize("given", [None, 250.0])
@pytest.mark.parametrize("pattern", ["{:.3f}", "00:00:{:06.3f}"])
def test_times_that_fall_are_those_of_rows_in_the_other_direction(pattern: str, given: float | None) -> None:
    falling = [pattern.format(second) for second in SECONDS[:2000][::-1]]
    record = read(table(falling), sampling_frequency=given)
    np.testing.assert_allclose(record.signal[:, 0], ECG[:2000][::-1], atol=1e-4)
    assert record.notes == ("the times of the samples fall: rows are read from the last one to the first",)


def test_of_several_columns_of_times_the_rising_counts() -> None:
    times = [f"2024-05-01T10:00:00,1.71456E+12,{second * 1000:.3f}" for second in SECONDS[:2000]]
    record = read(table(times, "Phone timestamp,sensor timestamp [ns],timestamp [ms],I [mV]"))
    assert (record.sampling_frequency, record.leads) == (250.0, ("I",))
    with pytest.raises(RecordFormatError, match=r"do not rise.*sampling-frequency"):
        read(table(["1.71456E+12"] * 2000, "timestamp [ms],I [mV]"))


@pytest.mark.parametrize(
    ("cell", "rate", "start"),
    [
        (lambda n: str(133_616_232_000_000_000 + n * 10_000), 1000, "2024-05-31 10:00:00+00:00"),  # Windows
        (lambda n: str(638_527_464_000_000_000 + n * 40_000), 250, "2024-05-31 10:00:00+00:00"),  # .NET
        (lambda n: str(1_717_149_600_000_000 + n * 1000), 1000, "2024-05-31 10:00:00+00:00"),
        (lambda n: str(1_717_149_600_000 + n), 1000, "2024-05-31 10:00:00+00:00"),
        (lambda n: f"{3_799_994_400 + n / 250:.3f}", 250, "None"),  # from 1904 on, as LabVIEW
        (lambda n: f"{738_842_400 + n / 250:.3f}", 250, "None"),  # from 2001 on, as Apple's
        (lambda n: str(1_200_000_000 + n * 4000), 250, "None"),  # microseconds since a start
    ],
)
def test_where_times_are_counted_from(cell: Callable[[int], str], rate: int, start: str) -> None:
    record = read(table([cell(n) for n in range(2000)]))
    assert (record.sampling_frequency, str(record.start_time)) == (rate, start)


def test_counts_with_a_gap_are_no_milliseconds() -> None:
    times = [str(n) for n in range(2000) if not 500 <= n < 600]
    with pytest.raises(RecordFormatError, match="does not state its sampling frequency"):
        read(table(times))


def test_a_day_between_two_samples() -> None:
    times = [f"2024-05-0{1 + n // 500} 10:00:{n / 250:06.3f}" for n in range(1000)]
    with pytest.raises(RecordFormatError, match="some days are missing"):
        read(table(times))
    assert len(read(table(times), sampling_frequency=250).signal) == 1000


def test_times_pass_what_marks_missing_samples() -> None:
    record = read(table([str(4 * n - 40_000) for n in range(5000)], "time [ms],I [mV]"))
    assert (record.sampling_frequency, len(record.signal), record.notes) == (250.0, 5000, ())


def test_a_clock_that_is_set_to_summer_time_has_no_gap() -> None:
    def cell(n: int) -> str:
        return str(datetime(2024, 3, 31, 1, 59, 58) + timedelta(milliseconds=4 * n + 1, hours=n >= 500))

    record = read(table([cell(n) for n in range(1000)]))
    assert (record.sampling_frequency, len(record.signal)) == (250.0, 1000)
    assert record.notes == (
        "the times go on by exactly one hour in one step: the clock is taken for set to summer time there",
    )
    paused = [cell(n) for n in range(1000) if not 498 <= n < 502]
    with pytest.raises(RecordFormatError, match="gaps far longer"):
        read(table(paused))
