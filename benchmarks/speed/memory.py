"""Memory of a piece of work, measured in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_STATUS = Path("/proc/self/status")
MEGABYTE = 1024.0  # kilobytes, the unit of Linux


class Anonymous(AbstractContextManager["Anonymous"]):
    """The most memory that is not a mapped file, in MB above what there was before; 0 where there is no /proc.

    Mapped files (the signals of a corpus) are left out: the system gives that memory to others when they need it.
    """

    def __enter__(self) -> Self:
        self._before, self.megabytes = anonymous_kilobytes(), 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._done.wait(0.01):
            self._note()

    def _note(self) -> None:
        self.megabytes = max(self.megabytes, (anonymous_kilobytes() - self._before) / MEGABYTE)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._note()
        self._done.set()
        self._thread.join()


def anonymous_kilobytes() -> float:
    """Kilobytes that this process holds now, without mapped files."""
    if not _STATUS.exists():
        return 0.0
    lines = _STATUS.read_text(encoding="ascii").splitlines()
    return next((float(line.split()[1]) for line in lines if line.startswith("RssAnon:")), 0.0)


def in_child(module: str, arguments: Sequence[str]) -> dict[str, Any]:
    """Run a module of this folder in a fresh process, and return the JSON of its last line."""
    command = [sys.executable, "-m", f"benchmarks.speed.{module}", *arguments]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=root)  # noqa: S603 - of this folder
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result
