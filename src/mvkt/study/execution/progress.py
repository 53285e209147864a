"""How far a study has come: what is drawn while it runs."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any, Protocol

from mvkt.study.execution.job_queue import CELL, Job


@dataclass
class Count:
    """So many of so many."""

    done: int = 0
    total: int = 0
    failed: int = 0


@dataclass
class Work:
    """What a worker is at.

    Attributes:
        job: What it was given.
        epochs: That the network is trained for; 0 until it begins.
        steps: Batches of all epochs.
        done_before: Of these, done in an earlier session.
        done: Of these, done in this session.
        batch_size: Records of a batch.
        clock: Returns seconds.
        began: When it began, on ``clock``.
    """

    job: Job
    epochs: int = 0
    steps: int = 0
    done_before: int = 0
    done: int = 0
    batch_size: int = 0
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    began: float = field(init=False)

    def __post_init__(self) -> None:
        self.began = self.clock()

    def begin(self, epochs: int, done: int, steps: int, batch_size: int) -> None:
        """See :meth:`mvkt.training.loop.Reporter.begin`."""
        self.epochs, self.batch_size, self.began = epochs, batch_size, self.clock()
        self.steps, self.done_before, self.done = epochs * steps, done * steps, 0

    @property
    def seconds(self) -> float:
        """Since it began."""
        return self.clock() - self.began

    @property
    def epoch(self) -> int:
        """The epoch that it is in, from 1."""
        return min(self.epochs, (self.done_before + self.done) * self.epochs // max(self.steps, 1) + 1)

    @property
    def records_per_second(self) -> float:
        """In this session, validation included."""
        return self.done * self.batch_size / max(self.seconds, 1e-3)

    @property
    def seconds_in_all(self) -> float | None:
        """What the whole network takes at this speed; None while nobody knows."""
        return self.seconds * self.steps / self.done if self.done else None

    @property
    def share_left(self) -> float:
        """Of the work on the network."""
        return 1 - (self.done_before + self.done) / self.steps if self.steps else 1.0


@dataclass
class State:
    """All of it.

    Attributes:
        workers: How many can be at work.
        networks: Different networks that the study takes.
        cells: Of all its tables.
        at_work: Worker to what it is at.
        waiting: Jobs that nobody has begun, by role.
        seconds: What networks of a role took so far.
    """

    workers: int
    networks: Count = field(default_factory=Count)
    cells: Count = field(default_factory=Count)
    at_work: dict[int, Work] = field(default_factory=dict)
    waiting: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def took(self, role: str, seconds: float) -> None:
        """Take note of what a network took."""
        self.seconds.setdefault(role, []).append(seconds)

    @property
    def seconds_left(self) -> float | None:
        """From the mean of each role so far; None while nothing is known."""
        at_work = list(self.at_work.values())
        known = {role: fmean(seconds) for role, seconds in self.seconds.items()}
        for work in at_work:
            if work.job.role not in known and work.seconds_in_all is not None:
                known[work.job.role] = work.seconds_in_all
        if not known:
            return None
        anything = fmean(known.values())
        known.setdefault(CELL, 0.0)  # next to nothing beside a training
        left = sum(known.get(role, anything) * number for role, number in self.waiting.items())
        left += sum(known.get(work.job.role, anything) * work.share_left for work in at_work)
        return left / self.workers

    @property
    def records_per_second(self) -> float:
        """Of all workers together."""
        return sum(work.records_per_second for work in list(self.at_work.values()))


class Monitor(Protocol):
    """Gets the progress of a study; the command line draws it."""

    def begin(self, state: State) -> None:
        """It begins; ``state`` is kept up to date from now on."""

    def finished(self, job: Job, result: Mapping[str, Any]) -> None:
        """A job is done; of a network ``result`` is its progress."""

    def failed(self, job: Job, error: str) -> None:
        """A job failed, and with it all that needs it."""
