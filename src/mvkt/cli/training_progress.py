"""What one sees of a training: a live bar on a terminal, a line an epoch elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import click
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from mvkt.cli.console import remarks
from mvkt.errors import MissingExtraError

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter


class TrainingProgress:
    """Reporter of a run; a context manager around it.

    Args:
        tensorboard: Folder for TensorBoard's event files; None for none.

    Raises:
        MissingExtraError: TensorBoard is requested but not installed.
    """

    def __init__(self, tensorboard: Path | None = None) -> None:
        columns = (
            TextColumn("{task.description:<8}"),
            BarColumn(bar_width=24),
            TextColumn("epoch {task.fields[epoch]:>3}/{task.fields[epochs]}"),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[figures]}"),
        )
        self._bar = Progress(*columns, console=remarks(), disable=not sys.stderr.isatty())
        self._task: TaskID | None = None
        self._epochs = 0
        self._best = 0.0
        self._summary_writer = _summary_writer() if tensorboard else None
        self._folder = tensorboard
        self._writer: SummaryWriter | None = None

    def __enter__(self) -> TrainingProgress:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()
        if self._writer is not None:
            self._writer.close()

    def begin(self, role: str, epochs: int, done: int, steps: int, batch_size: int) -> None:
        """Start the bar of a network."""
        self._epochs, self._best = epochs, 0.0
        self._task = self._bar.add_task(
            role, total=epochs * steps, completed=done * steps, epoch=done, epochs=epochs, figures=""
        )
        if done:
            self.message(f"{role}: going on after epoch {done}")

    def step(self) -> None:
        """Move the bar."""
        if self._task is not None:
            self._bar.advance(self._task)

    def epoch(self, role: str, metrics: dict[str, Any]) -> None:
        """Show the figures of an epoch."""
        score = metrics["validation"]["macro_auc"]
        self._best = max(self._best, score)
        if self._summary_writer is not None:
            # Made with the first figures: the run folder is the run's to make.
            self._writer = self._writer or self._summary_writer(str(self._folder))
            for name, value in {**metrics["losses"], "validation macro AUC": score}.items():
                self._writer.add_scalar(f"{role}/{name}", value, metrics["epoch"])
        losses = "  ".join(f"{name} {value:.3f}" for name, value in metrics["losses"].items())
        figures = f"AUC {score:.4f}  best {self._best:.4f}  {losses}  {metrics['records_per_second']:,.0f} records/s"
        if self._bar.disable:
            click.echo(f"{role:<8} epoch {metrics['epoch']:>3}/{self._epochs}  {figures}", err=True)
        elif self._task is not None:
            self._bar.update(self._task, epoch=metrics["epoch"], figures=figures)

    def message(self, text: str) -> None:
        """Print a line between the bars."""
        if self._bar.disable:
            click.echo(text, err=True)
        else:
            self._bar.console.print(text, style="dim")


def _summary_writer() -> type[SummaryWriter]:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ModuleNotFoundError as error:
        raise MissingExtraError("--tensorboard needs TensorBoard: pip install tensorboard") from error
    return SummaryWriter
