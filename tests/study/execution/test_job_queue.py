from __future__ import annotations

import random

from mvkt.study.execution.job_queue import CELL, Job, JobQueue


def job(key: str, *requires: str, role: str = "student") -> Job:
    return Job(key, role, key, frozenset(requires))


# Two teachers, one of them with an assistant; three students, each with its cell.
JOBS = [
    job("s0"),
    job("c0", "s0", role=CELL),
    job("t1", role="teacher"),
    job("s1", "t1"),
    job("c1", "s1", "t1", role=CELL),
    job("t2", role="teacher"),
    job("a2", "t2", role="assistant"),
    job("s2", "a2"),
    job("c2", "s2", "a2", "t2", role=CELL),
]


def test_first_what_most_wait_for_and_cells_as_soon_as_they_can():
    schedule, order = JobQueue(JOBS), []
    while schedule:
        one = schedule.next()
        assert one is not None
        order.append(one.key)
        schedule.done(one)
    assert order == ["t2", "t1", "a2", "s0", "c0", "s1", "c1", "s2", "c2"]


def test_nothing_is_handed_out_twice_or_too_early():
    for seed in range(50):
        chance, schedule = random.Random(seed), JobQueue(JOBS)
        at_work, done = [], set()
        while schedule:
            one = schedule.next()
            if one is not None and chance.random() < 0.7:
                at_work.append(one)
                assert one.requires <= done
            elif one is not None:
                at_work.append(one)
            if at_work and (one is None or chance.random() < 0.5):
                finished = at_work.pop(chance.randrange(len(at_work)))
                schedule.done(finished)
                assert finished.key not in done
                done.add(finished.key)
        assert done == {one.key for one in JOBS}


def test_what_is_required_and_no_job_counts_as_done():
    schedule = JobQueue([job("s1", "t1")])
    assert schedule.next() == job("s1", "t1")


def test_what_needs_a_failed_job_is_given_up_and_the_rest_goes_on():
    schedule = JobQueue(JOBS)
    failed = schedule.next()
    assert failed is not None
    assert failed.key == "t2"
    assert {one.key for one in schedule.give_up(failed)} == {"t2", "a2", "s2", "c2"}
    assert {one.key for one in schedule.unfinished} == {"s0", "c0", "t1", "s1", "c1"}
    handed = []
    while one := schedule.next():
        handed.append(one.key)
        schedule.done(one)
    assert set(handed) == {"s0", "c0", "t1", "s1", "c1"}
    assert not schedule


def test_waiting_while_all_is_at_work():
    schedule = JobQueue([job("t"), job("s", "t")])
    teacher = schedule.next()
    assert teacher is not None
    assert schedule.next() is None
    assert schedule
    schedule.done(teacher)
    assert schedule.next() == job("s", "t")
