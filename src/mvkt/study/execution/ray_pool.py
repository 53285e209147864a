"""The workers of a study as tasks of Ray: the same jobs in the same order, on a cluster.

Every machine needs the folder of the study at the same path, for the networks in it are shared, and plugins as well; a
corpus is opened by its path or its URL on each.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any

from mvkt.corpora.corpus import Corpus
from mvkt.plugins import VARIABLE as PLUGINS_VARIABLE
from mvkt.processes import Message
from mvkt.ray_cluster import RETRIES, begin_ray
from mvkt.study.execution.job_runner import JobRunner
from mvkt.study.execution.pool import GONE, ONE_THREAD, Event
from mvkt.study.execution.worker import outcome
from mvkt.training.reporter import SilentReporter


def carry_out(corpus: str, networks: str, task: Mapping[str, Any]) -> Message:
    """Do a task in whatever process of the cluster this is, with one thread."""
    import torch

    torch.set_num_threads(1)
    return outcome(_runner(corpus, networks), task)


@lru_cache(maxsize=1)
def _runner(corpus: str, networks: str) -> JobRunner:
    return JobRunner(Corpus.open(corpus), Path(networks), SilentReporter())


class RayPool:
    """What :class:`mvkt.study.execution.pool.Pool` is, with tasks of Ray in the place of processes.

    A task whose process dies is done again, up to five times: a training goes on from its last complete epoch.
    Tasks send no steps, only what came of them.

    Args:
        size: Tasks at the same time.
        corpus: Path or URL of the corpus to train on.
        networks: Folder of the trained networks.
        function: Does a task.

    Raises:
        MissingExtraError: Ray is not installed.
    """

    def __init__(
        self,
        size: int,
        corpus: str,
        networks: Path,
        function: Callable[[str, str, Mapping[str, Any]], Message] = carry_out,
    ) -> None:
        self._ray = begin_ray(size)
        plugins = {name: os.environ[name] for name in (PLUGINS_VARIABLE,) if name in os.environ}
        self._function = self._ray.remote(function).options(
            num_cpus=1, max_retries=RETRIES, runtime_env={"env_vars": ONE_THREAD | plugins}
        )
        self._corpus, self._networks = corpus, str(networks.resolve())
        self._running: dict[Any, int] = {}
        self._idle = list(range(size))

    def __enter__(self) -> RayPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._running:
            self._ray.cancel(task, force=True)

    @property
    def idle(self) -> bool:
        """Whether another task can run."""
        return bool(self._idle)

    def give(self, task: Mapping[str, Any]) -> int:
        """Begin a task and return its number among those that run."""
        number = self._idle.pop(0)
        self._running[self._function.remote(self._corpus, self._networks, dict(task))] = number
        return number

    def next_event(self) -> Event:
        """Wait for the next task that ends."""
        (ended, *_), _ = self._ray.wait(list(self._running), num_returns=1)
        number = self._running.pop(ended)
        self._idle.append(number)
        try:
            message = self._ray.get(ended)
        except self._ray.exceptions.RayTaskError as error:
            return Event(number, GONE, {"error": f"its task ended with {type(error.cause).__name__}: {error.cause}"})
        except self._ray.exceptions.RayError as error:
            reason = str(error).splitlines()[0]
            return Event(number, GONE, {"error": f"its task was given up after {RETRIES + 1} tries: {reason}"})
        return Event(number, message.kind, message.about)
