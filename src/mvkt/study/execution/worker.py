"""One worker of a study: a process of one thread that trains networks and reads test folds, task after task.

It is ended by being killed, whatever it is doing, and it never outlives the process that started it
(:mod:`mvkt.processes`). What it has done until then is kept (:mod:`mvkt.training.checkpoint`).
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mvkt.errors import MvktError
from mvkt.processes import Message, begin_worker, receive, send

if TYPE_CHECKING:
    from mvkt.study.execution.job_runner import JobRunner

_SECONDS_BETWEEN_STEPS = 0.5


class MessageReporter:
    """Reporter that sends what happens in a training as messages; batches at most twice a second."""

    def __init__(self, out: Callable[[Message], None]) -> None:
        self._out = out
        self._done, self._sent = 0, 0.0

    def begin(self, role: str, epochs: int, done: int, steps: int, batch_size: int) -> None:
        """See :class:`mvkt.training.reporter.Reporter`."""
        self._done = 0
        self._out(Message("begin", {"epochs": epochs, "done": done, "steps": steps, "batch_size": batch_size}))

    def step(self) -> None:
        """See :class:`mvkt.training.reporter.Reporter`."""
        self._done += 1
        if time.monotonic() - self._sent > _SECONDS_BETWEEN_STEPS:
            self._sent = time.monotonic()
            self._out(Message("steps", {"done": self._done}))

    def epoch(self, role: str, metrics: dict[str, Any]) -> None:
        """See :class:`mvkt.training.reporter.Reporter`."""
        self._out(Message("steps", {"done": self._done}))

    def message(self, text: str) -> None:
        """See :class:`mvkt.training.reporter.Reporter`; goes to the log of the worker."""
        sys.stderr.write(f"{text}\n")


def work(connection: Connection, corpus: str, networks: Path, log: Path, lock: Any) -> None:
    """Do tasks until the connection ends; the target of a worker process.

    Known errors are an answer, others end the worker with a traceback in its log.

    Args:
        connection: To the parent.
        corpus: Path or URL of the corpus to train on.
        networks: Folder of the trained networks.
        log: File for what is written on standard output and standard error.
        lock: A descriptor to keep open.
    """
    begin_worker()
    lock.detach()
    _write_to(log)
    import torch

    from mvkt.corpora.corpus import Corpus
    from mvkt.study.execution.job_runner import JobRunner

    torch.set_num_threads(1)

    def answer(message: Message) -> None:
        send(connection, message)

    runner = JobRunner(Corpus.open(corpus), networks, MessageReporter(answer))
    while True:
        answer(outcome(runner, receive(connection).about))


def outcome(runner: JobRunner, task: Mapping[str, Any]) -> Message:
    """Do a task and return what came of it: ``finished``, or ``failed`` where a known error ended it."""
    try:
        return Message("finished", {"result": runner.do(task)})
    except (MvktError, OSError) as error:
        return Message("failed", {"error": f"{type(error).__name__}: {error}"})


def _write_to(log: Path) -> None:
    """Let the log have what this process and its libraries print."""
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    os.close(descriptor)
