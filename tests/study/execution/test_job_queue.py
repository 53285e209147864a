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


def test_jobs_that_most_others_require_come_first_and_cells_as_soon_as_they_can():
    schedule, order = JobQueue(JOBS), []
    while schedule:
        next_job = schedule.next()
        assert next_job is not None
        order.append(next_job.key)
        schedule.done(next_job)
    assert order == ["t2", "t1", "a2", "s0", "c0", "s1", "c1", "s2", "c2"]


def test_nothing_is_handed_out_twice_or_too_early():
    for seed in range(50):
        chance, schedule = random.Random(seed), JobQueue(JOBS)
        at_work, done = [], set()
        while schedule:
            next_job = schedule.next()
            if next_job is not None and chance.random() < 0.7:
                at_work.append(next_job)
                assert next_job.requires <= done
            elif next_job is not None:
                at_work.append(next_job)
            if at_work and (next_job is None or chance.random() < 0.5):
                finished = at_work.pop(chance.randrange(len(at_work)))
                schedule.done(finished)
                assert finished.key not in done
                done.add(finished.key)
        assert done == {job_.key for job_ in JOBS}


def test_a_requirement_that_is_no_job_counts_as_done():
    schedule = JobQueue([job("s1", "t1")])
    assert schedule.next() == job("s1", "t1")


def test_jobs_that_require_a_failed_job_are_given_up_and_the_rest_goes_on():
    schedule = JobQueue(JOBS)
    failed = schedule.next()
    assert failed is not None
    assert failed.key == "t2"
    assert {given_up.key for given_up in schedule.give_up(failed)} == {"t2", "a2", "s2", "c2"}
    assert {unfinished.key for unfinished in schedule.unfinished} == {"s0", "c0", "t1", "s1", "c1"}
    handed = []
    while next_job := schedule.next():
        handed.append(next_job.key)
        schedule.done(next_job)
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
