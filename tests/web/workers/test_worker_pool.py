"""A file that passes a limit is given up, and nobody else notices."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mvkt.processes import Message
from mvkt.web.limits import MEGABYTE, Limits
from mvkt.web.problem import RequestError
from mvkt.web.reading_options import ReadingOptions
from mvkt.web.services import bundles_by_name
from mvkt.web.workers.inference_worker import WorkerSettings
from mvkt.web.workers.worker_pool import TaskError, WorkerPool

MEMORY = Path("/dev/shm")  # noqa: S108
FACTS = ReadingOptions(sampling_frequency=100, unit="mV", lead="I").model_dump()
USABLE = ReadingOptions().model_dump()


def within(limits: Limits, scenario: Callable[[WorkerPool], Coroutine[Any, Any, None]]) -> None:
    """Run a scenario with a pool of its own."""

    async def run() -> None:
        settings = WorkerSettings(bundles_by_name(), limits.memory_bytes, limits.signal_bytes)
        async with WorkerPool(limits, settings) as pool:
            await scenario(pool)

    asyncio.run(run())


def reading(content: bytes, options: dict[str, Any] = USABLE, *, trace: bool = False) -> Message:
    return Message("read", {"files": ["a"], "options": options, "trace": trace}, (content,))


async def kinds(pool: WorkerPool, task: Message) -> list[str]:
    async with aclosing(pool.messages(task)) as messages:
        return [message.kind async for message in messages]


async def eventually(reached: Callable[[], bool], seconds: float = 20.0) -> None:
    for _ in range(round(seconds / 0.05)):
        if reached():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come about in time")


@pytest.fixture(scope="module")
def long_file(make_array_file: Callable[[np.ndarray], bytes]) -> bytes:
    """Six hours at 100 Hz."""
    return make_array_file(hours_of_beats(6))


def hours_of_beats(hours: int) -> np.ndarray:
    beat = np.exp(-(((np.arange(80) - 30) / 2.0) ** 2))
    return np.tile(beat, 4500 * hours).astype(np.float32)


def test_tasks_are_answered_at_the_same_time(watch_file: bytes) -> None:
    async def scenario(pool: WorkerPool) -> None:
        answers = await asyncio.gather(*(kinds(pool, reading(watch_file, trace=True)) for _ in range(6)))
        assert answers == [["trace", "envelope", "diagnosis"]] * 6
        await eventually(lambda: pool.busy == 0)
        assert pool.waiting == 0

    within(Limits(workers=2), scenario)


def test_a_worker_that_takes_too_long_is_ended_and_replaced(
    watch_file: bytes, make_array_file: Callable[[np.ndarray], bytes]
) -> None:
    days = make_array_file(hours_of_beats(72))  # a quick processor takes four seconds for them

    async def scenario(pool: WorkerPool) -> None:
        with pytest.raises(TaskError, match=r"longer than 0.4 s"):
            await kinds(pool, reading(days, FACTS, trace=True))
        await eventually(lambda: pool.busy == 0)
        assert await kinds(pool, reading(watch_file)) == ["diagnosis"]

    within(Limits(workers=1, seconds=0.4), scenario)


def test_a_task_that_needs_too_much_memory_is_refused_and_the_others_live(watch_file: bytes, long_file: bytes) -> None:
    async def scenario(pool: WorkerPool) -> None:
        greedy = asyncio.gather(
            *(kinds(pool, reading(long_file, FACTS, trace=True)) for _ in range(2)), return_exceptions=True
        )
        answers = await asyncio.gather(*(kinds(pool, reading(watch_file)) for _ in range(4)))
        assert answers == [["diagnosis"]] * 4
        for outcome in await greedy:
            assert isinstance(outcome, TaskError) or outcome == ["error"]
        assert await kinds(pool, reading(watch_file)) == ["diagnosis"]

    within(Limits(workers=2, memory_bytes=30 * MEGABYTE), scenario)


def test_a_process_that_dies_is_replaced(watch_file: bytes, long_file: bytes) -> None:
    async def scenario(pool: WorkerPool) -> None:
        async def kill() -> None:
            await eventually(lambda: pool.busy == 1)
            for process in children():
                os.kill(process, signal.SIGKILL)

        killing = asyncio.create_task(kill())
        with pytest.raises(TaskError, match="broke its reader"):
            await kinds(pool, reading(long_file, FACTS, trace=True))
        await killing
        assert await kinds(pool, reading(watch_file)) == ["diagnosis"]

    within(Limits(workers=1), scenario)


def children() -> list[int]:
    """The worker processes of this one."""
    from multiprocessing import active_children

    return [process.pid for process in active_children() if process.name == "mvkt-worker" and process.pid]


def test_a_client_that_leaves_frees_the_worker(watch_file: bytes, long_file: bytes) -> None:
    async def scenario(pool: WorkerPool) -> None:
        leaving = asyncio.create_task(kinds(pool, reading(long_file, FACTS, trace=True)))
        await eventually(lambda: pool.busy == 1)
        waiting = asyncio.create_task(kinds(pool, reading(watch_file)))
        await asyncio.sleep(0.1)
        waiting.cancel()
        leaving.cancel()
        for task in (leaving, waiting):
            with pytest.raises(asyncio.CancelledError):
                await task
        assert pool.waiting == 0
        assert await kinds(pool, reading(watch_file)) == ["diagnosis"]
        await eventually(lambda: pool.busy == 0)

    within(Limits(workers=1), scenario)


def test_not_all_wait(watch_file: bytes, long_file: bytes) -> None:
    async def scenario(pool: WorkerPool) -> None:
        first = asyncio.create_task(kinds(pool, reading(long_file, FACTS)))
        await eventually(lambda: pool.busy == 1)
        second = asyncio.create_task(kinds(pool, reading(watch_file)))
        await eventually(lambda: pool.waiting == 1)
        with pytest.raises(RequestError, match="waiting") as caught:
            await kinds(pool, reading(watch_file))
        assert caught.value.status == 503
        await asyncio.gather(first, second)

    within(Limits(workers=1, waiting=1), scenario)


def test_the_error_of_a_broken_task_is_no_more_than_its_kind(watch_file: bytes) -> None:
    async def scenario(pool: WorkerPool) -> None:
        secret = {"files": ["geheim"], "options": {"lead": "geheim+geheim"}, "trace": False}
        with pytest.raises(TaskError, match="ValidationError") as caught:
            await pool.only(Message("read", secret, (watch_file,)))
        assert "geheim" not in str(caught.value)
        assert await kinds(pool, reading(watch_file)) == ["diagnosis"]

    within(Limits(workers=1), scenario)


def test_a_file_that_unpacks_to_too_much_is_refused(long_file: bytes) -> None:
    async def scenario(pool: WorkerPool) -> None:
        async with aclosing(pool.messages(reading(long_file, FACTS))) as messages:
            (message,) = [message async for message in messages]
        assert message.kind == "error"
        assert "more than 1 MB of signal" in message.about["detail"]

    within(Limits(workers=1, signal_bytes=1_000_000), scenario)


def test_nothing_is_written_to_disk(shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hospital formats and WFDB need a path: it leads into memory, and is gone afterwards."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    before = set(MEMORY.glob("mvkt-*"))
    paths = [shared_data / "device-samples" / "philips_sierra_129DYPRG.xml"]
    header = sorted(shared_data.glob("cinc2011-part/*.hea"))[0]

    async def scenario(pool: WorkerPool) -> None:
        for path in paths:
            assert await kinds(pool, reading(path.read_bytes())) == ["diagnosis"]
        pair = (header, header.with_suffix(".dat"))
        about = {"files": [path.name for path in pair], "options": USABLE, "trace": False}
        assert await kinds(pool, Message("read", about, tuple(path.read_bytes() for path in pair))) == ["diagnosis"]

    within(Limits(workers=1), scenario)
    assert not list(tmp_path.iterdir())
    assert set(MEMORY.glob("mvkt-*")) == before
