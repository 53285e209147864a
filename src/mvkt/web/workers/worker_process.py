"""One worker process as the server sees it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar

from mvkt.processes import Message, Worker
from mvkt.web.workers.inference_worker import WorkerSettings, work

_Result = TypeVar("_Result")


class WorkerProcess:
    """A process that answers one task at a time. What waits for it waits in a thread."""

    def __init__(self, settings: WorkerSettings, threads: Executor) -> None:
        """Start the process; it is ready when its first message has come."""
        self._worker = Worker(work, settings)
        self._threads = threads
        self._under_way: asyncio.Future[Message] | None = None

    async def send(self, message: Message) -> None:
        """Send a task.

        Raises:
            OSError: The process is gone.
        """
        await self._in_thread(lambda: self._worker.send(message))

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
            self._under_way = self._in_thread(lambda: self._worker.receive(deadline - time.monotonic()))
        message = await asyncio.shield(self._under_way)
        self._under_way = None
        return message

    def end(self) -> None:
        """End the process at once, whatever it does."""
        self._worker.end()

    def _in_thread(self, call: Callable[[], _Result]) -> asyncio.Future[_Result]:
        return asyncio.get_running_loop().run_in_executor(self._threads, call)
