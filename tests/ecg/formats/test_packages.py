from __future__ import annotations

import numpy as np
import pytest

from mvkt.ecg.formats.packages import placed
from mvkt.ecg.formats.user_facts import NOTHING, UserFacts
from mvkt.errors import RecordFormatError

KNOWN = (125.0, 128.0, 250.0)
SIZE = 16


def place(times: list[float], given: UserFacts = NOTHING) -> tuple[list[float], float, tuple[str, ...]]:
    """Put packages of 16 samples at their times."""
    signal = np.arange(SIZE * len(times), dtype=np.float64)
    placed_signal, frequency, notes = placed(signal, [SIZE] * len(times), times, KNOWN, given)
    return placed_signal.tolist(), frequency, notes


def test_the_nearest_known_frequency_is_meant() -> None:
    """Times are rounded to milliseconds: 16 samples at 128 Hz are 0.125 s, at 125 Hz 0.128 s."""
    for frequency in KNOWN:
        times = [round(number * 16 / frequency, 3) for number in range(50)]
        signal, found, notes = place(times)
        assert (found, notes) == (frequency, ())
        assert signal == list(range(800))


def test_jitter_is_no_gap() -> None:
    random = np.random.default_rng(0)
    times = (np.arange(50) * 0.125 + random.uniform(-0.03, 0.03, 50)).tolist()
    signal, frequency, notes = place(times)
    assert (len(signal), frequency, notes) == (800, 128.0, ())


def test_lost_packages() -> None:
    times = [number * 0.125 for number in range(20) if number not in (7, 8)]
    signal, _, notes = place(times)
    assert np.flatnonzero(np.isnan(signal)).tolist() == list(range(112, 144))
    assert notes == ("1 gaps (0.25 s in all) are marked as missing",)


def test_a_package_that_came_twice_counts_once() -> None:
    times = [number * 0.125 for number in range(20)]
    signal = np.arange(SIZE * 20, dtype=np.float64)
    signal[7] = np.nan
    twice = np.concatenate([signal[: 9 * SIZE], signal[8 * SIZE :]])
    found, _, notes = placed(twice, [SIZE] * 21, [*times[:9], times[8], *times[9:]], KNOWN, NOTHING)
    np.testing.assert_array_equal(found, signal)
    assert notes == ("packages that came twice are left out",)


def test_times_that_fall() -> None:
    times = [0, 0.125, 0.0625, 0.375]
    with pytest.raises(RecordFormatError, match="--sampling-frequency"):
        place(times)
    signal, frequency, notes = place(times, UserFacts(sampling_frequency=128))
    assert signal == list(range(64))
    assert frequency == 128
    assert "joined in the order of the file" in notes[0]


def test_a_single_package_has_no_frequency() -> None:
    with pytest.raises(RecordFormatError, match="sampling frequency"):
        place([0])
    assert place([0], UserFacts(sampling_frequency=128))[1] == 128


@pytest.mark.parametrize(
    ("times", "reason"),
    [
        ([0, 1, 2, 3], "mean 16 Hz; the device has 125, 128, 250 Hz"),
        ([0, 0.125, 0.25, 1e9], "gaps far longer"),
        ([], "no samples"),
    ],
)
def test_what_is_refused(times: list[float], reason: str) -> None:
    with pytest.raises(RecordFormatError, match=reason):
        place(times)
