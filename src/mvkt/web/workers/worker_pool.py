"""Worker processes together: tasks go in, messages come out, whoever passes a limit is ended and replaced."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

from mvkt.processes import Message
from mvkt.web.limits import MEGABYTE, Limits
from mvkt.web.problem import RequestError
from mvkt.web.workers.inference_worker import DONE, FAILED, WorkerSettings
from mvkt.web.workers.worker_process import WorkerProcess

_LOG = logging.getLogger(__name__)
_START_SECONDS = 180.0
_LARGE_BYTES = 32 * MEGABYTE
"""Tasks of more than this leave one worker free for the others."""


class TaskError(RequestError):
    """A task that came to no good end."""


class WorkerPool:
    """Hands tasks to worker processes, first come, first served; an asynchronous context.

    Attributes:
        waiting: Tasks that no worker has begun with.
        busy: Workers that have a task.
    """

    def __init__(self, limits: Limits, settings: WorkerSettings) -> None:
        self._limits, self._settings = limits, settings
        self._idle: asyncio.Queue[WorkerProcess] = asyncio.Queue()
        self._large = asyncio.Semaphore(max(1, limits.workers - 1))
        self._threads = ThreadPoolExecutor(2 * limits.workers + 1, thread_name_prefix="mvkt-worker")
        self._background: set[asyncio.Task[None]] = set()
        self._alive: set[WorkerProcess] = set()
        self.waiting = self.busy = 0

    async def __aenter__(self) -> WorkerPool:
        try:
            await asyncio.gather(*(self._start() for _ in range(self._limits.workers)))
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in tuple(self._background):
            task.cancel()
        for worker in tuple(self._alive):
            self._end(worker)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def only(self, task: Message) -> Message:
        """Return the one message that a task is answered with.

        Raises:
            TaskError: It was refused, passed a limit, or broke its worker.
            RequestError: Too many tasks wait already.
        """
        (message,) = [message async for message in self.messages(task)]
        return message

    async def messages(self, task: Message) -> AsyncGenerator[Message, None]:
        """Yield what a task is answered with, as it comes.

        Raises:
            TaskError: It was refused, passed a limit, or broke its worker.
            RequestError: Too many tasks wait already.
        """
        large = sum(map(len, task.buffers)) > _LARGE_BYTES
        worker = await self._take(large)
        deadline, last = time.monotonic() + self._limits.seconds, None
        try:
            await worker.send(task)
            while last is None:
                message = await worker.receive(deadline)
                if message.kind in (DONE, FAILED):
                    last = message
                else:
                    yield message
        except TimeoutError:
            self._end(worker)
            raise self._failure("time") from None
        except (EOFError, OSError):
            self._end(worker)
            raise self._failure("memory") from None
        finally:
            self._run(self._give_back(worker, deadline, last, large))
        if last.kind == FAILED:
            raise self._failure(last.about["reason"], last.about.get("detail", ""))

    async def _take(self, large: bool) -> WorkerProcess:
        if self.waiting >= self._limits.waiting:
            detail = "too many files are waiting to be read; try again in a moment"
            raise RequestError(HTTPStatus.SERVICE_UNAVAILABLE, detail, retry_seconds=5)
        self.waiting += 1
        try:
            if large:
                await self._large.acquire()
            try:
                worker = await self._idle.get()
            except BaseException:
                if large:
                    self._large.release()
                raise
        finally:
            self.waiting -= 1
        self.busy += 1
        return worker

    async def _give_back(self, worker: WorkerProcess, deadline: float, last: Message | None, large: bool) -> None:
        """Make a worker free again; where the client left, what is still to come is thrown away first."""
        try:
            while last is None and worker in self._alive:
                message = await worker.receive(deadline)
                last = message if message.kind in (DONE, FAILED) else None
        except (TimeoutError, EOFError, OSError):
            self._end(worker)
        finally:
            self.busy -= 1
            if large:
                self._large.release()
        if worker in self._alive and last is not None and not last.about.get("leaves"):
            self._idle.put_nowait(worker)
            return
        self._end(worker)
        await self._start_again()

    async def _start(self) -> None:
        worker = WorkerProcess(self._settings, self._threads)
        self._alive.add(worker)
        try:
            await worker.receive(time.monotonic() + _START_SECONDS)
        except BaseException:
            self._end(worker)
            raise
        self._idle.put_nowait(worker)

    async def _start_again(self) -> None:
        while True:
            try:
                return await self._start()
            except (TimeoutError, EOFError, OSError) as error:
                _LOG.error("a worker process does not start (%s); another try follows", type(error).__name__)
                await asyncio.sleep(1.0)

    def _end(self, worker: WorkerProcess) -> None:
        if worker in self._alive:
            self._alive.discard(worker)
            worker.end()

    def _run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    def _failure(self, reason: str, detail: str = "") -> TaskError:
        limit = f"{self._limits.memory_bytes / MEGABYTE:,.0f} MB"
        details = {
            "time": f"reading the file took longer than {self._limits.seconds:g} s, so it was given up",
            "memory": f"the file needs more memory than the {limit} that one may, or it broke its reader",
            "broken": f"the file broke its reader ({detail})",
        }
        if reason != "refused":
            _LOG.warning("a file was given up: %s", reason)
        return TaskError(HTTPStatus.UNPROCESSABLE_ENTITY, details.get(reason, detail))
