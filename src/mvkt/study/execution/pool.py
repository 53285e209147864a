"""The workers of a study, as seen by the process that started them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from multiprocessing.connection import wait
from multiprocessing.reduction import DupFd
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from mvkt.processes import Message, Worker
from mvkt.study.execution.worker import work

ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
"""Variables of a process that computes with one thread."""

GONE = "gone"


class Event(NamedTuple):
    """What happened in a worker.

    Attributes:
        worker: Its number.
        name: ``begin``, ``steps``, ``finished``, ``failed``, or :data:`GONE` when the process died.
        facts: What belongs to it.
    """

    worker: int
    name: str
    facts: Mapping[str, Any]


class Pool:
    """Processes of one thread each, started when they are first needed and again when they die.

    One thread, for two processes of several on the same cores wait for each other most of the time; and the same
    number always, so that figures do not depend on how many workers there were.

    Args:
        size: How many workers.
        corpus: Path or URL of the corpus to train on.
        networks: Folder of the trained networks.
        logs: Folder for what workers write on standard output and standard error.
        lock: A descriptor that they keep open, see :mod:`mvkt.study.execution.lock`.
    """

    def __init__(self, size: int, corpus: str, networks: Path, logs: Path, lock: int) -> None:
        # Absolute paths: nothing depends on where a worker believes itself to be.
        self._corpus, self._networks = corpus, networks.resolve()
        self._logs, self._lock = logs.resolve(), lock
        self._workers: dict[int, Worker] = {}
        self._idle = list(range(size))

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers.values():
            worker.end()

    @property
    def idle(self) -> bool:
        """Whether a worker has nothing to do."""
        return bool(self._idle)

    def give(self, task: Mapping[str, Any]) -> int:
        """Give a task to an idle worker and return its number."""
        number = self._idle.pop(0)
        if number not in self._workers:
            self._workers[number] = self._start(number)
        with suppress(OSError):  # where it died, the next event is that it did
            self._workers[number].send(Message("task", dict(task)))
        return number

    def next_event(self) -> Event:
        """Wait for what happens next in a worker."""
        ready = wait([worker.connection for worker in self._workers.values()])
        number = next(number for number, worker in self._workers.items() if worker.connection in ready)
        try:
            message = self._workers[number].receive()
        except (EOFError, OSError):
            message = Message(GONE, {"error": self._why(number, self._workers.pop(number).end())})
        if message.kind in (GONE, "finished", "failed") and number not in self._idle:
            self._idle.append(number)
        return Event(number, message.kind, message.about)

    def _start(self, number: int) -> Worker:
        self._logs.mkdir(parents=True, exist_ok=True)
        arguments = (self._corpus, self._networks, self._log(number), DupFd(self._lock))
        return Worker(work, *arguments, environment=ONE_THREAD)

    def _log(self, number: int) -> Path:
        return self._logs / f"worker-{number}.log"

    def _why(self, number: int, code: int | None) -> str:
        log = self._log(number)
        if code is not None and code < 0:
            hint = "; was there too little memory? try fewer --jobs" if code == -9 else ""
            return f"its worker was ended by signal {-code}{hint}"
        text = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return f"its worker ended with exit code {code}: {lines[-1] if lines else 'its log is empty'} ({log})"
