"""EDF+D: data records that do not follow one another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from mvkt.ecg.formats import read
from mvkt.errors import RecordFormatError

SAMPLES = 250


def make_discontinuous(onsets: Sequence[float], kind: str = "EDF+D") -> bytes:
    """Data records of one second: lead II at 250 Hz whose samples count on, and the annotations with their starts."""
    fixed = ["0", "X X X X", "Startdate X X X X", "01.02.20", "10.11.12", str(256 * 3), kind, str(len(onsets))]
    head = "".join(text.ljust(width) for text, width in zip(fixed, [8, 80, 80, 8, 8, 8, 44, 8], strict=True))
    head += "1".ljust(8) + "2".ljust(4)
    for texts, width in (
        (("ECG II", "EDF Annotations"), 16), (("", ""), 80), (("uV", ""), 8), (("-32768", "-1"), 8),
        (("32767", "1"), 8), (("-32768", "-32768"), 8), (("32767", "32767"), 8), (("", ""), 80),
        ((str(SAMPLES), "10"), 8), (("", ""), 32),
    ):  # fmt: skip
        head += "".join(text.ljust(width) for text in texts)
    body = b""
    for number, onset in enumerate(onsets):
        samples = np.arange(number * SAMPLES, (number + 1) * SAMPLES).astype("<i2")
        body += samples.tobytes() + f"+{onset:g}\x14\x14".encode().ljust(20, b"\x00")
    return head.encode("ascii") + body


def test_gaps_are_missing_and_the_rest_keeps_its_time() -> None:
    record = read(make_discontinuous([0, 1, 4.5, 5.5]))
    assert record.leads == ("II",)
    assert len(record.signal) == 6.5 * SAMPLES
    signal = record.signal[:, 0] * 1000
    np.testing.assert_allclose(signal[: 2 * SAMPLES], np.arange(2 * SAMPLES), atol=0.01)
    assert np.isnan(signal[2 * SAMPLES : 1125]).all()
    np.testing.assert_allclose(signal[1125:], np.arange(2 * SAMPLES, 4 * SAMPLES), atol=0.01)
    assert record.notes == ("gaps of 2.50 s in all are marked as missing",)


def test_without_gaps_nothing_changes() -> None:
    for content in (make_discontinuous([0, 1, 2]), make_discontinuous([0, 1, 2], "EDF+C")):
        record = read(content)
        assert len(record.signal) == 3 * SAMPLES
        assert record.notes == ()


def test_starts_that_are_rounded_are_no_gaps() -> None:
    assert len(read(make_discontinuous([0, 1.004, 2.004, 2.997])).signal) == 4 * SAMPLES


@pytest.mark.parametrize(
    ("onsets", "reason"),
    [([0, 0.5, 1.5], "overlap"), ([5, 3, 4], "overlap"), ([0, 1, 99_999], "far longer than what was recorded")],
)
def test_impossible_starts(onsets: list[float], reason: str) -> None:
    with pytest.raises(RecordFormatError, match=reason):
        read(make_discontinuous(onsets))


def test_starts_that_are_not_there() -> None:
    content = make_discontinuous([0, 1, 4.5]).replace(b"+4.5", b"\x00\x00\x00\x00")
    record = read(content)
    np.testing.assert_allclose(record.signal[:, 0] * 1000, np.arange(3 * SAMPLES), atol=0.01)
    assert record.notes == ("not all data records state when they begin: they are joined without gaps",)


@pytest.mark.parametrize("kind", ["EDF+C", ""])
def test_gaps_of_a_file_that_should_have_none(kind: str) -> None:
    record = read(make_discontinuous([0, 1, 4.5], kind))
    assert np.isnan(record.signal[2 * SAMPLES : -SAMPLES]).all()
    np.testing.assert_allclose(record.signal[-SAMPLES:, 0] * 1000, np.arange(2 * SAMPLES, 3 * SAMPLES), atol=0.01)
    assert record.notes == ("gaps of 2.50 s in all are marked as missing",)


@pytest.mark.parametrize("onsets", [[0, 0.5, 1.5], [0, 1, 99_999]])
def test_impossible_starts_of_a_file_that_should_have_no_gaps(onsets: list[float]) -> None:
    record = read(make_discontinuous(onsets, "EDF+C"))
    assert len(record.signal) == 3 * SAMPLES
    assert record.notes == ("the data records begin at impossible times: they are joined without gaps",)


def test_a_slow_clock_makes_no_gaps() -> None:
    record = read(make_discontinuous([second * 1.004 for second in range(20)], "EDF+C"))
    assert (len(record.signal), record.notes) == (20 * SAMPLES, ())
