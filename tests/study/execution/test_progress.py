from __future__ import annotations

from collections import Counter

import pytest

from mvkt.study.execution.job_queue import CELL, Job
from mvkt.study.execution.progress import State, Work


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def work_on(role: str, clock: Clock) -> Work:
    return Work(Job(role, role, role), clock=clock)


def test_how_far_a_network_is(clock):
    work = work_on("teacher", clock)
    assert work.share_left == 1
    assert work.seconds_in_all is None
    clock.now += 5  # preparing
    work.begin(epochs=10, done=4, steps=20, batch_size=64)
    assert work.epoch == 5
    assert work.share_left == pytest.approx(0.6)
    work.done, clock.now = 50, clock.now + 25
    assert work.epoch == 7
    assert work.share_left == pytest.approx(1 - 130 / 200)
    assert work.seconds_in_all == pytest.approx(100)
    assert work.records_per_second == pytest.approx(2 * 64)
    work.done = 120
    assert work.epoch == 10


def test_time_left_is_the_mean_of_each_role(clock):
    state = State(workers=2, waiting=Counter(student=3, teacher=1))
    assert state.seconds_left is None
    state.took("teacher", 60)
    assert state.seconds_left == pytest.approx(4 * 60 / 2), "nothing is known of students yet"
    state.waiting[CELL] = 9
    assert state.seconds_left == pytest.approx(4 * 60 / 2), "cells are short"
    del state.waiting[CELL]
    state.took("student", 10)
    state.took("student", 20)
    assert state.seconds_left == pytest.approx((3 * 15 + 60) / 2)
    state.at_work[0] = work_on("student", clock)
    state.at_work[0].begin(epochs=4, done=0, steps=10, batch_size=8)
    state.at_work[0].done = 10
    assert state.seconds_left == pytest.approx((3 * 15 + 60 + 0.75 * 15) / 2)


def test_the_time_of_the_first_network_follows_from_its_speed(clock):
    state = State(workers=1, waiting=Counter(teacher=1))
    state.at_work[0] = work_on("teacher", clock)
    state.at_work[0].begin(epochs=2, done=0, steps=10, batch_size=8)
    clock.now += 5
    state.at_work[0].done = 5
    assert state.seconds_left == pytest.approx(20 + 0.75 * 20)
    assert state.records_per_second == pytest.approx(8)
