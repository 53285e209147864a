"""Ray, where it is installed: the cluster of ``RAY_ADDRESS``, or a Ray that is started on this machine."""

from __future__ import annotations

import gc
import logging
import os
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal, TypeVar

from mvkt.errors import MissingExtraError, WorkerError

Item = TypeVar("Item")
Result = TypeVar("Result")

Engine = Literal["processes", "ray"]
"""Who does the work: processes of this machine, or Ray."""

RETRIES = 5
"""How often Ray does a piece of work again whose process died."""

_ITEMS_IN_FLIGHT_PER_WORKER = 3
_STARTS = 3


def begin_ray(workers: int) -> Any:
    """Connect to the cluster of ``RAY_ADDRESS``, or start Ray on this machine with so many processors; return Ray.

    Raises:
        MissingExtraError: Ray is not installed.
        WorkerError: It cannot be started, or the cluster does not answer.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is reported to anybody
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    ray = _ray()
    if not ray.is_initialized():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Ray, and of the processes that a start in vain leaves to be collected
            _start(ray, {} if os.environ.get("RAY_ADDRESS") else {"num_cpus": workers, "include_dashboard": False})
    return ray


def _start(ray: Any, own: dict[str, Any]) -> None:
    for attempt in range(_STARTS):
        try:
            ray.init(log_to_driver=False, logging_level=logging.ERROR, **own)
            return
        except Exception as error:  # on a busy machine, a bare one: its parts waited too long for each other
            ray.shutdown()
            if attempt == _STARTS - 1:
                where = "on this machine" if own else f"at RAY_ADDRESS={os.environ['RAY_ADDRESS']}"
                reason = str(error).splitlines()[0] if str(error) else type(error).__name__
                raise WorkerError(f"Ray did not answer {where}, {_STARTS} times: {reason}") from error
        gc.collect()


def _ray() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import ray
            import ray.data
            import ray.exceptions
    except ImportError as error:
        raise MissingExtraError("--engine ray needs Ray, which is not installed: pip install 'mvkt[scale]'") from error
    return ray


def on_ray(function: Callable[[Item], Result], items: Iterable[Item], workers: int) -> Iterator[Result]:
    """Yield ``function(item)`` for every item, in order, with a few items at a time under way.

    An item whose process dies is done again. It is :func:`mvkt.processes.in_processes` on a cluster.

    Args:
        function: Sent to the cluster once; what it belongs to is sent with it.
        items: What to do.
        workers: Processors of the cluster that are used at the same time.

    Raises:
        MissingExtraError: Ray is not installed.
        WorkerError: An item killed its process again and again.
    """
    ray = begin_ray(workers)
    task = ray.remote(_call).options(num_cpus=1, max_retries=RETRIES)
    sent = ray.put(function)
    waiting: deque[Any] = deque()
    try:
        for item in items:
            waiting.append(task.remote(sent, item))
            if len(waiting) >= workers * _ITEMS_IN_FLIGHT_PER_WORKER:
                yield ray.get(waiting.popleft())
        while waiting:
            yield ray.get(waiting.popleft())
    except (ray.exceptions.WorkerCrashedError, ray.exceptions.OutOfMemoryError) as error:
        raise WorkerError(
            f"Ray gave up on a piece of work after {RETRIES + 1} tries: {str(error).splitlines()[0]}; was there too "
            "little memory for so many workers?"
        ) from error
    finally:
        for each in waiting:
            ray.cancel(each)


def _call(function: Callable[[Any], Any], item: Any) -> Any:
    return function(item)
