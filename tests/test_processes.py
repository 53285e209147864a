"""Worker processes: order, errors, ends, limits."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from mvkt.errors import WorkerError
from mvkt.processes import Message, Worker, begin_worker, in_processes, processors, receive, send

ROOT = Path(__file__).parents[1]
LINUX = pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at the processes of Linux")


def process_and_square(number: int) -> tuple[int, int]:
    return os.getpid(), number * number


def refuse(number: int) -> int:
    if number == 2:
        raise ZeroDivisionError(f"no {number}")
    return number


def die(number: int) -> int:
    os._exit(3)


def echo(connection: Connection, word: str) -> None:
    begin_worker()
    while True:
        task = receive(connection)
        if task.kind == "sleep":
            time.sleep(60)
        if task.kind == "variable":
            send(connection, Message("variable", {"value": os.environ.get(task.about["name"])}))
        send(connection, Message(word, task.about, task.buffers))


@pytest.fixture(autouse=True)
def _findable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let worker processes import this module."""
    monkeypatch.setattr(sys, "path", [str(ROOT), *sys.path])


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker(echo, "answer", environment={"MVKT_TEST": "set"})
    yield made
    made.end()


def test_processors_are_those_that_may_be_used() -> None:
    assert 1 <= processors() <= (os.cpu_count() or 1)


def test_order_is_kept_by_other_processes() -> None:
    answers = list(in_processes(process_and_square, iter(range(20)), 2))
    assert [square for _, square in answers] == [number * number for number in range(20)]
    assert os.getpid() not in {process for process, _ in answers}


def test_few_items_are_under_way() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    answers = in_processes(process_and_square, items(), 1)
    next(answers)
    assert len(taken) == 3
    answers.close()


def test_an_error_of_the_function_is_raised_in_its_turn() -> None:
    answers = in_processes(refuse, range(5), 1)
    assert [next(answers), next(answers)] == [0, 1]
    with pytest.raises(ZeroDivisionError, match="no 2"):
        next(answers)


def test_a_worker_that_dies_is_an_error() -> None:
    with pytest.raises(WorkerError, match="use fewer"):
        list(in_processes(die, range(5), 1))


def test_messages_with_buffers_go_both_ways(worker: Worker) -> None:
    task = Message("task", {"lead": "II", "value": None}, (b"", b"\x00" * 100_000))
    worker.send(task)
    assert worker.receive(20) == Message("answer", task.about, task.buffers)


def test_a_number_that_is_none_is_not_sent(worker: Worker) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        worker.send(Message("task", {"value": float("nan")}))


def test_variables_are_those_of_the_worker_alone(worker: Worker) -> None:
    worker.send(Message("variable", {"name": "MVKT_TEST"}))
    assert worker.receive(20).about == {"value": "set"}
    assert "MVKT_TEST" not in os.environ


def test_a_worker_that_takes_too_long_is_ended_and_the_others_live(worker: Worker) -> None:
    slow = Worker(echo, "late")
    slow.send(Message("sleep"))
    with pytest.raises(TimeoutError):
        slow.receive(0.2)
    assert slow.end() == -signal.SIGKILL
    worker.send(Message("task", {"still": "here"}))
    assert worker.receive(20).about == {"still": "here"}


def test_a_worker_that_is_gone_reports_nothing_more() -> None:
    worker = Worker(die)
    with pytest.raises((EOFError, OSError)):
        worker.receive(20)
    assert worker.end() == 3


@LINUX
def test_workers_end_with_their_parent_and_leave_ctrl_c_to_it() -> None:
    script = (
        "import time; from mvkt.processes import Worker; from tests.test_processes import echo, Message\n"
        "worker = Worker(echo, 'answer'); worker.send(Message('task')); worker.receive()\n"
        "print(worker.process_id, flush=True); time.sleep(60)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=environment, text=True)
    assert parent.stdout is not None
    number = int(parent.stdout.readline())
    process = Path(f"/proc/{number}")
    os.kill(number, signal.SIGINT)
    time.sleep(0.2)
    assert process.exists()
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 10
    while process.exists() and "\nState:\tZ" not in (process / "status").read_text():
        assert time.monotonic() < deadline, "it outlives its parent"
        time.sleep(0.05)
