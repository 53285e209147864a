"""One worker process as the server sees it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Executor
from multiprocessing import get_context
from typing import TypeVar

from mvkt.web.workers.inference_worker import WorkerSettings, work
from mvkt.web.workers.messages import Message, receive, send

_Result = TypeVar("_Result")
_JOIN_SECONDS = 5.0


class WorkerProcess:
    """A process that answers one task at a time. What waits for it waits in a thread."""

    def __init__(self, settings: WorkerSettings, threads: Executor) -> None:
        """Start the process; it is ready when its first message has come."""
        context = get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=work, args=(theirs, settings), daemon=True, name="mvkt-worker")
        self._process.start()
        theirs.close()
        self._threads = threads
        self._under_way: asyncio.Future[Message] | None = None

    async def send(self, message: Message) -> None:
        """Send a task.

        Raises:
            OSError: The process is gone.
        """
        await self._in_thread(lambda: send(self._connection, message))

    async def receive(self, deadline: float) -> Message:
        """Wait for the next message; when this is cancelled the next call goes on with the same wait.

        Args:
            deadline: On the clock of :func:`time.monotonic`.

        Raises:
            TimeoutError: It did not come in time.
            EOFError: The process is gone.
            OSError: The process is gone.
        """
        if self._under_way is None:
            self._under_way = self._in_thread(lambda: self._wait(deadline))
        message = await asyncio.shield(self._under_way)
        self._under_way = None
        return message

    def end(self) -> None:
        """End the process at once, whatever it does."""
        self._process.kill()
        self._process.join(_JOIN_SECONDS)
        self._connection.close()

    def _in_thread(self, call: Callable[[], _Result]) -> asyncio.Future[_Result]:
        return asyncio.get_running_loop().run_in_executor(self._threads, call)

    def _wait(self, deadline: float) -> Message:
        if not self._connection.poll(max(0.0, deadline - time.monotonic())):
            raise TimeoutError
        return receive(self._connection)
