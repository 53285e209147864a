from __future__ import annotations

from collections import Counter

import pytest
from rich.console import Console

from mvkt.cli.study_progress import StudyProgress
from mvkt.study.execution.job_queue import CELL, Job
from mvkt.study.execution.progress import Count, State, Work

TEACHER = Job("k", "teacher", "teacher of mkd 0-10")
RESULT = {"epoch": 20, "best_epoch": 17, "best_score": 0.91234, "seconds": 61.0}


@pytest.fixture
def state() -> State:
    work = Work(TEACHER)
    work.begin(epochs=20, done=0, steps=10, batch_size=64)
    work.done = 45
    return State(
        workers=2,
        networks=Count(3, 12),
        cells=Count(2, 8, failed=1),
        at_work={0: work, 1: Work(Job("c", CELL, "bce 0-10"))},
        waiting=Counter(student=4),
        seconds={"student": [30.0]},
    )


def test_a_line_a_network_where_there_is_no_terminal(state, capsys):
    with StudyProgress() as progress:
        progress.begin(state)
        progress.finished(TEACHER, RESULT)
        progress.finished(Job("c", CELL, "bce 0-10"), {})
        progress.failed(TEACHER, "out of \x1b[2J memory")
    captured = capsys.readouterr()
    assert not captured.out
    first, second, third = captured.err.splitlines()
    assert first == "3/12 networks and 2/8 cells are there; 2 worker(s) of one thread"
    assert second.startswith(
        "network 3/12, cell 2/8: teacher of mkd 0-10, 20 epochs, best 17, validation AUC 0.9123, 1 min 1 s"
    )
    assert "left" in second
    assert third == "failed: teacher of mkd 0-10: out of �[2J memory"


def test_what_is_drawn_on_a_terminal(state):
    progress = StudyProgress()
    console = Console(width=100)
    progress.begin(state)
    with console.capture() as capture:
        console.print(progress.view())
    text = capture.get()
    for part in (
        "networks",
        "3/12",
        "cells",
        "2/8",
        "1 failed",
        "left",
        "records/s",
        "teacher of mkd 0-10",
        "epoch 5/20",
    ):
        assert part in text
    assert "preparing" in text
