"""What one sees of a study: what every worker is at and how long it will take, or a line a network."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

import click
from rich.console import Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from mvkt.cli.console import plain, remarks
from mvkt.numbers import duration

if TYPE_CHECKING:
    from rich.console import RenderableType

    from mvkt.study.execution.job_queue import Job
    from mvkt.study.execution.progress import Count, State, Work

_BAR_WIDTH = 24


class StudyProgress:
    """Monitor of a study; a context manager around it."""

    def __init__(self) -> None:
        self._state: State | None = None
        self._began = time.monotonic()
        self._live: Live | None = None
        if sys.stderr.isatty():
            self._live = Live(
                console=remarks(), get_renderable=lambda: self.view(), refresh_per_second=2, transient=True
            )

    def __enter__(self) -> StudyProgress:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def begin(self, state: State) -> None:
        """See :class:`mvkt.study.execution.progress.Monitor`."""
        self._state = state
        self._print(
            f"{_of(state.networks)} networks and {_of(state.cells)} cells are there; "
            f"{state.workers} worker(s) of one thread"
        )

    def finished(self, job: Job, result: Mapping[str, Any]) -> None:
        """See :class:`mvkt.study.execution.progress.Monitor`."""
        if self._state is None or not result:
            return  # a cell: it is counted
        figures = f"{result['epoch']} epochs, best {result['best_epoch']}, validation AUC {result['best_score']:.4f}"
        self._print(
            f"network {_of(self._state.networks)}, cell {_of(self._state.cells)}: {job.name}, {figures}, "
            f"{duration(result['seconds'])}; {left(self._state)}"
        )

    def failed(self, job: Job, error: str) -> None:
        """See :class:`mvkt.study.execution.progress.Monitor`."""
        self._print(f"failed: {job.name}: {plain(error)}")

    def view(self) -> RenderableType:
        """Draw how far it has come."""
        if self._state is None:
            return Text("")
        state, bars = self._state, Table.grid(padding=(0, 1))
        for name, count in (("networks", state.networks), ("cells", state.cells)):
            bar = ProgressBar(max(count.total, 1), count.done, width=_BAR_WIDTH)
            failed = f"{count.failed} failed" if count.failed else ""
            bars.add_row(name, bar, Text(_of(count)), Text(failed, style="red"))
        rate = f"{state.records_per_second:,.0f} records/s" if state.at_work else ""
        summary = Text(f"{duration(round(time.monotonic() - self._began))} so far, {left(state)}  {rate}", style="dim")
        workers = Table.grid(padding=(0, 2))
        for number, work in sorted(state.at_work.items()):
            workers.add_row(f"  {number + 1}", Text(plain(work.job.name)), Text(_epoch(work)))
        return Group(bars, summary, workers)

    def _print(self, text: str) -> None:
        if self._live is None:
            click.echo(text, err=True)
        else:
            self._live.console.print(Text(text, style="dim"))


def left(state: State) -> str:
    """Return how long it will still take."""
    seconds = state.seconds_left
    return "time left unknown yet" if seconds is None else f"about {duration(round(seconds))} left"


def _of(count: Count) -> str:
    return f"{count.done}/{count.total}"


def _epoch(work: Work) -> str:
    return f"epoch {work.epoch}/{work.epochs}" if work.epochs else "preparing"
