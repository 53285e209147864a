"""Threads: the same results in the same order, few at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from mvkt.ecg.threads import in_threads, processors


@pytest.mark.parametrize("threads", [None, 1, 2, 5])
def test_results_come_in_order(threads: int | None) -> None:
    def slow_when_early(number: int) -> int:
        time.sleep(0.002 * (number % 3 == 0))
        return number**2

    assert list(in_threads(slow_when_early, range(20), threads)) == [number**2 for number in range(20)]
    assert list(in_threads(slow_when_early, [], threads)) == []


def test_items_are_taken_when_they_are_needed() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            assert threading.current_thread() is threading.main_thread()
            yield number

    results = in_threads(lambda number: number, items(), threads=2)
    next(results)
    assert len(taken) <= 4
    results.close()
    assert len(taken) <= 4


@pytest.mark.parametrize("threads", [1, 2])
def test_an_error_reaches_the_caller(threads: int) -> None:
    with pytest.raises(ZeroDivisionError):
        list(in_threads(lambda number: 1 // number, [2, 1, 0, 1], threads))


def test_there_is_a_processor() -> None:
    assert processors() >= 1
