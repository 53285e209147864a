"""Rows that are not in the order of their times, or are no samples."""

from __future__ import annotations

import numpy as np
import pytest

from mvkt.ecg.formats import read
from mvkt.ecg.formats.row_order import in_order
from mvkt.ecg.formats.user_facts import NOTHING
from mvkt.errors import RecordFormatError

ROWS = 2000
ECG = np.sin(np.arange(ROWS) / 9) + np.sin(np.arange(ROWS) / 3.3)
CELLS = [f"{value:.4f}" for value in ECG.tolist()]
LINES = [f"{n * 0.004:.3f},{cell}" for n, cell in enumerate(CELLS)]


def table(lines: list[str], names: str = "time [s],I [mV]") -> bytes:
    return "\n".join([names, *lines, ""]).encode()


@pytest.mark.parametrize(
    ("lines", "note"),
    [
        ([*LINES[:500], LINES[501], LINES[500], *LINES[502:]], "in the order of their times"),
        ([*LINES[1000:], *LINES[:1000]], "in the order of their times"),
        ([*LINES[:1000], *LINES[900:]], "came twice: 100"),
        ([line for line in LINES for _ in range(2)], "came twice: 2,000"),
        (LINES[::-1], "from the last one to the first"),
        ([line for n, line in enumerate(LINES) for line in ([line, f"{n * 0.004 + 0.002:.3f},"])], "2,000"),
    ],
)
def test_rows_are_put_in_the_order_of_their_times(lines: list[str], note: str) -> None:
    record = read(table(lines))
    assert record.sampling_frequency == 250
    np.testing.assert_allclose(record.signal[:, 0], ECG, atol=1e-4)
    assert note in record.notes[0]


def test_at_a_given_frequency_all_rows_follow_one_another() -> None:
    record = read(table([*LINES[:1000], *LINES[900:]]), sampling_frequency=250)
    assert len(record.signal) == ROWS + 100


@pytest.mark.parametrize(
    "lines",
    [
        [*LINES, *(f"{n * 0.004:.3f},{cell}" for n, cell in enumerate(CELLS[::-1]))],  # two recordings
        [*LINES[1000:], *(f"{n * 0.004 - 100:.3f},{cell}" for n, cell in enumerate(CELLS))],  # the second one earlier
    ],
)
def test_no_order_is_guessed(lines: list[str]) -> None:
    with pytest.raises(RecordFormatError, match="do not rise"):
        read(table(lines))


@pytest.mark.parametrize(
    ("names", "clock"),
    [
        ("ms,I [mV]", lambda n: str((60_000 + 4 * n) % 65_536)),
        ("micros,I [mV]", lambda n: str((2**32 - 2_000_000 + 4000 * n) % 2**32)),
        ("time [s],I [mV]", lambda n: f"{(86_396 + n * 0.004) % 86_400:.3f}"),
        ("time,I [mV]", lambda n: f"{(58 + n // 15_000 + (n >= 500)) % 60:02}:{(58 + n * 0.004) % 60:06.3f}"),
        ("time,I [mV]", lambda n: f"{12 if n < 500 else 1}:{59 if n < 500 else 0:02}:{(58 + n * 0.004) % 60:06.3f}"),
        ("time,I [mV]", lambda n: f"2024-10-27 02:{59 if n < 500 else 0:02}:{(58 + n * 0.004) % 60:06.3f}+02:00"),
    ],
)
def test_clocks_that_begin_anew(names: str, clock: object) -> None:
    record = read(table([f"{clock(n)},{cell}" for n, cell in enumerate(CELLS)], names))  # type: ignore[operator]
    assert (record.sampling_frequency, record.notes) == (250, ())
    np.testing.assert_allclose(record.signal[:, 0], ECG, atol=1e-4)


def test_a_flat_line_with_coarse_times_keeps_its_rows() -> None:
    times, flat = np.repeat(np.arange(20.0), 100), np.zeros(2000)
    assert in_order(times, [flat], (), NOTHING).as_they_were


def test_a_count_that_comes_twice_with_other_samples_has_a_note() -> None:
    rows = [f"{n},{cell}" for n, cell in enumerate(CELLS)]
    record = read(table([*rows[:500], "499,0.77", *rows[500:]], "sample,I [mV]"), sampling_frequency=250)
    assert len(record.signal) == ROWS + 1
    assert "counts that come twice with other samples: 1; all samples are kept" in record.notes
