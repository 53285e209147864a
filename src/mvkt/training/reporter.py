"""How a training reports on itself."""

from __future__ import annotations

from typing import Any, Protocol


class Reporter(Protocol):
    """Receives the progress of a training; the command line draws it, a notebook may log it."""

    def begin(self, role: str, epochs: int, done: int, steps: int, batch_size: int) -> None:
        """A network starts at epoch ``done`` of ``epochs``, with ``steps`` batches in each."""

    def step(self) -> None:
        """One batch is done."""

    def epoch(self, role: str, metrics: dict[str, Any]) -> None:
        """One epoch is done; ``metrics`` is its line of ``metrics.jsonl``."""

    def message(self, text: str) -> None:
        """A remark for the user."""


class SilentReporter:
    """A reporter that shows nothing."""

    def begin(self, role: str, epochs: int, done: int, steps: int, batch_size: int) -> None:
        """See :class:`Reporter`."""

    def step(self) -> None:
        """See :class:`Reporter`."""

    def epoch(self, role: str, metrics: dict[str, Any]) -> None:
        """See :class:`Reporter`."""

    def message(self, text: str) -> None:
        """See :class:`Reporter`."""
