from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from tests.slowness import slowness

from mvkt.study.execution.lock import locked
from mvkt.study.execution.pool import GONE, Pool

# A worker answers this with a traceback: no task of a study is called so.
NONSENSE = {"do": "nonsense"}


@pytest.fixture
def pool(corpus, tmp_path):
    with (
        locked(tmp_path) as lock,
        Pool(1, corpus.place, tmp_path / "networks", tmp_path / "logs", lock) as pool,
    ):
        yield pool


def test_a_worker_that_dies_leaves_the_reason_and_is_replaced(pool, tmp_path):
    for _ in range(2):
        assert pool.idle
        worker = pool.give(NONSENSE)
        assert not pool.idle
        event = pool.next_event()
        assert (event.worker, event.name) == (worker, GONE)
        assert "exit code 1: TypeError" in event.facts["error"]
        assert "worker-0.log" in event.facts["error"]
    assert "Traceback" in (tmp_path / "logs" / "worker-0.log").read_text()


def test_a_worker_that_is_killed_is_an_error(pool):
    pool.give(NONSENSE)
    os.kill(pool._workers[0].process_id, signal.SIGKILL)
    event = pool.next_event()
    assert event.name == GONE
    assert "ended by signal 9" in event.facts["error"]
    assert "--jobs" in event.facts["error"]


def test_known_errors_are_answers(pool):
    pool.give({"do": "train", "recipe": '{"name": "x", "task": "no such"}', "key": "0"})
    event = pool.next_event()
    assert event.name == "failed"
    assert "RecipeError" in event.facts["error"]
    assert "no such" in event.facts["error"]
    assert pool.idle


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at the processes of Linux")
def test_workers_have_one_thread_and_end_with_the_pool(corpus, tmp_path):
    with locked(tmp_path) as lock, Pool(1, corpus.place, tmp_path, tmp_path / "logs", lock) as pool:
        pool.give(NONSENSE)
        process = Path(f"/proc/{pool._workers[0].process_id}")
        while not (variables := (process / "environ").read_bytes()):  # it has none before it runs our code
            time.sleep(0.01)
        assert b"OMP_NUM_THREADS=1" in variables.split(b"\0")
        started = time.monotonic()
    assert not process.exists()
    took = time.monotonic() - started
    assert took < 5 * slowness(time.monotonic)
