"""Recordings are kept within a limit, and forgotten in the order in which nobody looks at them."""

from __future__ import annotations

import numpy as np

from mvkt.web.shelf import KeptRecording, ReadBy, Shelf
from mvkt.web.traces.envelope import raw_envelope
from mvkt.web.traces.stored_trace import StoredTrace


def recording(samples: int = 1000) -> KeptRecording:
    trace = StoredTrace(np.zeros((1, samples), dtype=np.int16), (1.0,), (0.0,), ("I",), 100.0)
    return KeptRecording({}, trace, raw_envelope(trace))


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_name_cannot_be_guessed() -> None:
    shelf = Shelf(10**9, 60)
    names = [shelf.put(recording()) for _ in range(50)]
    assert len(set(names)) == 50
    assert all(name is not None and len(name) >= 22 for name in names)
    assert shelf.get("guessed") is None


def test_the_least_recently_used_recording_goes_first() -> None:
    shelf = Shelf(3 * recording().bytes, 60)
    first, second, third = (shelf.put(recording()) or "" for _ in range(3))
    assert shelf.get(first) is not None
    fourth = shelf.put(recording()) or ""
    assert [shelf.get(name) is not None for name in (first, second, third, fourth)] == [True, False, True, True]
    assert shelf.bytes <= 3 * recording().bytes


def test_a_recording_that_grows_displaces_others() -> None:
    shelf = Shelf(2 * recording().bytes + 100, 60)
    first, second = (shelf.put(recording()) or "" for _ in range(2))
    found = shelf.get(second)
    assert found is not None
    before = shelf.bytes
    found.recording = b"x" * 1000
    shelf.weigh(second)
    assert shelf.bytes == before + 1000 - recording().bytes
    assert shelf.get(first) is None
    assert shelf.get(second) is found


def test_a_recording_that_is_too_large_is_not_kept() -> None:
    shelf = Shelf(recording().bytes, 60)
    kept = shelf.put(recording()) or ""
    assert shelf.put(recording(5000)) is None
    assert shelf.get(kept) is not None


def test_time_and_people_make_it_forget() -> None:
    clock = Clock()
    shelf = Shelf(10**9, 60, clock)
    name, other = shelf.put(recording()) or "", shelf.put(recording()) or ""
    assert shelf.forget(other)
    assert not shelf.forget(other)
    clock.now = 50.0
    assert shelf.get(name) is not None
    clock.now = 100.0
    assert shelf.get(name) is not None  # it was looked at
    clock.now = 170.0
    assert shelf.get(name) is None
    shelf.tidy()
    assert len(shelf) == 0


def test_windows_of_a_student() -> None:
    read_by = ReadBy("lead-I", ("I",), False, np.arange(25, dtype=np.int16)[np.newaxis], (0, 10, 20), 10, ("AFIB",))
    second, third = read_by.window(1), read_by.window(2)
    assert second is not None
    assert third is not None
    assert second[0].tolist() == list(range(10, 20))
    assert third[0].tolist() == [20, 21, 22, 23, 24, *[-32768] * 5]
    assert read_by.window(3) is None
    assert read_by.window(-1) is None
