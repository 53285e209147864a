"""The workers of a study, as seen by the process that started them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Any, NamedTuple

_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
_SECONDS_TO_STOP = 10.0
GONE = "gone"


class Event(NamedTuple):
    """What a worker said.

    Attributes:
        worker: Its number.
        name: ``begin``, ``steps``, ``finished``, ``failed``, or :data:`GONE` when it ended without being asked to.
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
        arguments: Of :mod:`mvkt.study.execution.worker`.
        logs: Folder for what workers write on standard error.
        lock: A descriptor that they keep open, see :mod:`mvkt.study.execution.lock`.
    """

    def __init__(self, size: int, arguments: tuple[str, ...], logs: Path, lock: int) -> None:
        self._command = [sys.executable, "-m", "mvkt.study.execution.worker", *arguments]
        self._logs, self._lock = logs, lock
        self._processes: dict[int, subprocess.Popen[str]] = {}
        self._events: SimpleQueue[Event] = SimpleQueue()
        self._idle = list(range(size))

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes.values():
            _close(process)
        for process in self._processes.values():
            try:
                process.wait(_SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    @property
    def idle(self) -> bool:
        """Whether a worker has nothing to do."""
        return bool(self._idle)

    def give(self, task: Mapping[str, Any]) -> int:
        """Give a task to an idle worker and return its number."""
        worker = self._idle.pop(0)
        if worker not in self._processes:
            self._start(worker)
        stream = self._processes[worker].stdin
        with suppress(BrokenPipeError):  # where it died its listener says so
            if stream is not None:
                stream.write(json.dumps(task) + "\n")
                stream.flush()
        return worker

    def hear(self) -> Event:
        """Wait for something that a worker says."""
        event = self._events.get()
        if event.name == GONE:
            _close(self._processes.pop(event.worker))
        if event.name in (GONE, "finished", "failed") and event.worker not in self._idle:
            self._idle.append(event.worker)
        return event

    def _start(self, worker: int) -> None:
        self._logs.mkdir(parents=True, exist_ok=True)
        with (self._logs / f"worker-{worker}.log").open("w", encoding="utf-8") as log:
            process = subprocess.Popen(  # noqa: S603 - our own module
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
                env={**os.environ, **_ONE_THREAD},
                pass_fds=(self._lock,),
                # Ctrl-C is for the one who started it all.
                start_new_session=True,
            )
        self._processes[worker] = process
        threading.Thread(target=self._listen, args=(worker, process), daemon=True).start()

    def _listen(self, worker: int, process: subprocess.Popen[str]) -> None:
        if process.stdout is not None:
            with process.stdout:
                for line in process.stdout:
                    if line.endswith("\n"):  # else it died in the middle of a word
                        facts = json.loads(line)
                        self._events.put(Event(worker, facts.pop("event"), facts))
        self._events.put(Event(worker, GONE, {"error": self._last_words(worker, process.wait())}))

    def _last_words(self, worker: int, code: int) -> str:
        log = self._logs / f"worker-{worker}.log"
        lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
        if code < 0:
            hint = "; was there too little memory? try fewer --jobs" if code == -9 else ""
            return f"its worker was ended by signal {-code}{hint}"
        return f"its worker ended with exit code {code}: {lines[-1].strip() if lines else 'it said nothing'} ({log})"


def _close(process: subprocess.Popen[str]) -> None:
    """End the input of a worker, and thereby the worker."""
    with suppress(BrokenPipeError):
        if process.stdin is not None:
            process.stdin.close()
