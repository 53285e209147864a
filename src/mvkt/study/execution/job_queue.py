"""The jobs of a study in the order in which they can be done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Job:
    """One piece of work for one worker.

    Attributes:
        key: Different for every job.
        role: What kind of work it is: the role of the network that is trained, or :data:`CELL`.
        name: For people.
        requires: Keys of the jobs to be done before.
        task: Arguments for the worker.
    """

    key: str
    role: str
    name: str
    requires: frozenset[str] = frozenset()
    task: Mapping[str, Any] = field(default_factory=dict, compare=False)


CELL = "cell"
"""Role of the jobs that read a test fold: nothing waits for them, and they are short."""


class JobQueue:
    """Hands out jobs, each once, those first on which most others wait.

    What a job requires and is not among the jobs counts as done. Cells come before networks: they are short, and a
    figure that is there cannot be lost.

    Args:
        jobs: In the order that decides among equals.
    """

    def __init__(self, jobs: Iterable[Job]) -> None:
        self._waiting = {job.key: job for job in jobs}
        self._unfinished = dict(self._waiting)
        waiting_for = self._dependents()
        ranked = sorted(self._waiting.values(), key=lambda job: (job.role != CELL, -len(waiting_for[job.key])))
        self._waiting = {job.key: job for job in ranked}

    def _dependents(self) -> dict[str, set[str]]:
        """Return for every job those that wait for it, directly or not."""
        waiting_for: dict[str, set[str]] = {key: set() for key in self._waiting}
        for job in self._waiting.values():
            ahead, seen = list(job.requires), set[str]()
            while ahead:
                key = ahead.pop()
                if key in self._waiting and key not in seen:
                    seen.add(key)
                    waiting_for[key].add(job.key)
                    ahead += self._waiting[key].requires
        return waiting_for

    def __bool__(self) -> bool:
        return bool(self._unfinished)

    @property
    def unfinished(self) -> tuple[Job, ...]:
        """Jobs that are neither done nor given up, those at work among them."""
        return tuple(self._unfinished.values())

    def next(self) -> Job | None:
        """Hand out a job, or None when all that is left waits for others."""
        for key, job in self._waiting.items():
            if self._unfinished.keys().isdisjoint(job.requires):
                return self._waiting.pop(key)
        return None

    def done(self, job: Job) -> None:
        """Take note that a job is done."""
        del self._unfinished[job.key]

    def give_up(self, job: Job) -> tuple[Job, ...]:
        """Take note that a job failed; return it and all that waited for it, which are given up as well."""
        lost = {job.key}
        while more := {key for key, job in self._unfinished.items() if key not in lost and job.requires & lost}:
            lost |= more
        for key in lost:
            self._waiting.pop(key, None)
        return tuple(self._unfinished.pop(key) for key in list(self._unfinished) if key in lost)
