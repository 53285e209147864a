"""Groups of the same leads that follow one another."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.formats import read
from mvkt.ecg.formats.assemble import Channel
from mvkt.ecg.formats.readers.consecutive_groups import in_succession

Counts = NDArray[np.int16]
NEXT_SET = b"</sequenceSet></component><component><sequenceSet>"


def group(first: int, names: str = "ab", count: int = 100, frequency: float = 100) -> list[Channel]:
    samples = np.arange(first, first + count, dtype=np.float32)
    return [Channel(name, samples + place, "mV", frequency) for place, name in enumerate(names)]


def test_parts_are_put_where_they_begin() -> None:
    joined, notes = in_succession([group(100, "ba"), group(0), group(7, "c")], [11.5, 10.0, 10.0])
    assert [[channel.name for channel in part] for part in joined] == [[], ["a", "b"], ["c"]]
    first, second = joined[1]
    np.testing.assert_array_equal(first.signal[:100], np.arange(100))
    assert np.isnan(first.signal[100:150]).all()
    np.testing.assert_array_equal(first.signal[150:], np.arange(100) + 101)
    np.testing.assert_array_equal(second.signal[150:], np.arange(100) + 100)
    assert notes == ["joined 2 parts of the same leads, which follow one another"]


def test_times_that_are_rounded() -> None:
    joined, _ = in_succession([group(0), group(100)], [0.0, 0.99])
    np.testing.assert_array_equal(joined[0][0].signal, np.arange(200))


@pytest.mark.parametrize(
    ("second", "beginning"),
    [
        (group(100), 0.0),  # a copy
        (group(100), 0.5),
        (group(100), 300.0),  # another recording
        (group(100), None),
        (group(100, frequency=50), 1.0),
        (group(100, "ac"), 1.0),
        ([Channel(name, np.empty(0), "mV", 100, "damaged") for name in "ab"], 1.0),
    ],
)
def test_what_stays_apart(second: Sequence[Channel], beginning: float | None) -> None:
    groups = [group(0), list(second)]
    assert in_succession(groups, [0.0, beginning]) == (groups, [])
    assert in_succession([[], []], [0.0, 1.0]) == ([[], []], [])


def test_sets_of_aecg(make: SimpleNamespace, counts: Counts) -> None:
    later = make.aecg(counts[400:]).replace(b"101112", b"101112.800")
    later_set = later[later.index(b"<sequenceSet>") + 13 : later.index(b"</sequenceSet>")]
    content = make.aecg(counts[:400]).replace(b"</sequenceSet>", NEXT_SET + later_set + b"</sequenceSet>", 1)
    record = read(content)
    np.testing.assert_allclose(record.signal, counts * 0.005, rtol=1e-6)
    assert record.notes == ("joined 2 parts of the same leads, which follow one another",)
