"""Worker processes: how many, how they start and end, and what goes between them and their parent.

A worker leaves Ctrl-C to its parent and ends with it, even where the parent is killed. :func:`in_processes` shares out
items and keeps their order. A :class:`Worker` is one process that answers tasks by messages; whoever started it may end
it at any moment, because it takes too long or too much memory, and other workers are not affected.
"""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from mvkt.errors import WorkerError

if TYPE_CHECKING:
    from concurrent.futures import Future
    from multiprocessing.connection import Connection

Item = TypeVar("Item")
Result = TypeVar("Result")
Buffer = bytes | bytearray | memoryview

_ITEMS_IN_FLIGHT_PER_WORKER = 3
_SECONDS_TO_END = 5.0


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def begin_worker() -> None:
    """Leave Ctrl-C to the parent and end with it; the first step of every worker process."""
    import signal
    import threading

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def in_processes(function: Callable[[Item], Result], items: Iterable[Item], workers: int) -> Iterator[Result]:
    """Yield ``function(item)`` for every item, in order, with a few items at a time under way.

    Args:
        function: Sent to every worker once; what it belongs to is sent with it.
        items: What to do.
        workers: Processes.

    Raises:
        WorkerError: A worker died.
    """
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    pool = ProcessPoolExecutor(workers, get_context("spawn"), initializer=_keep, initargs=(function,))
    waiting: deque[Future[Result]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(_call, item))
            if len(waiting) >= workers * _ITEMS_IN_FLIGHT_PER_WORKER:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool as error:
        raise WorkerError(
            "a worker process died: there was too little memory for so many (use fewer), or a script started them "
            "outside of `if __name__ == '__main__':`"
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_kept: Callable[[Any], Any] | None = None


def _keep(function: Callable[[Any], Any]) -> None:
    global _kept
    begin_worker()
    _kept = function


def _call(item: Any) -> Any:
    if _kept is None:
        raise RuntimeError("a worker process was not started by _keep")
    return _kept(item)


@dataclass(frozen=True)
class Message:
    """What a worker and its parent send each other.

    Attributes:
        kind: What it is.
        about: Whatever JSON can hold.
        buffers: Bytes that go with it.
    """

    kind: str
    about: dict[str, Any] = field(default_factory=dict)
    buffers: tuple[Buffer, ...] = field(default=(), repr=False)


def send(connection: Connection, message: Message) -> None:
    """Send a message: a JSON head and raw buffers, nothing that is executed.

    Raises:
        OSError: The other side is gone.
    """
    head = {"kind": message.kind, "about": message.about, "buffers": len(message.buffers)}
    connection.send_bytes(json.dumps(head, allow_nan=False).encode())
    for buffer in message.buffers:
        connection.send_bytes(buffer)


def receive(connection: Connection) -> Message:
    """Wait for a message.

    Raises:
        EOFError: The other side is gone.
        OSError: The other side is gone.
    """
    head = json.loads(connection.recv_bytes())
    return Message(head["kind"], head["about"], tuple(connection.recv_bytes() for _ in range(head["buffers"])))


class Worker:
    """A process that answers tasks by messages.

    Args:
        target: What the process does; it gets the other end of the connection, then the arguments.
        arguments: Of the target.
        environment: Variables that the process has besides those of its parent.

    Attributes:
        connection: To the process; it can be read when a message has come or the process is gone.
    """

    def __init__(self, target: Callable[..., None], *arguments: Any, environment: Mapping[str, str] | None = None):
        from multiprocessing import get_context

        context = get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=target, args=(theirs, *arguments), daemon=True, name="mvkt-worker")
        with _variables(environment or {}):
            self._process.start()
        theirs.close()

    @property
    def process_id(self) -> int:
        """Number of the process."""
        return self._process.pid or 0

    def send(self, message: Message) -> None:
        """Send a task.

        Raises:
            OSError: The process is gone.
        """
        send(self.connection, message)

    def receive(self, seconds: float | None = None) -> Message:
        """Wait for the next message.

        Args:
            seconds: How long; None for as long as it takes.

        Raises:
            TimeoutError: It did not come in time.
            EOFError: The process is gone.
            OSError: The process is gone.
        """
        if seconds is not None and not self.connection.poll(max(0.0, seconds)):
            raise TimeoutError
        return receive(self.connection)

    def end(self) -> int | None:
        """End the process at once, whatever it does; return its exit code, below 0 for a signal."""
        self._process.kill()
        self._process.join(_SECONDS_TO_END)
        self.connection.close()
        return self._process.exitcode


@contextmanager
def _variables(added: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in added}
    os.environ.update(added)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
