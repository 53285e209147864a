"""Collect the warnings of libraries, in this thread only.

``warnings.catch_warnings`` changes the whole process: a thread that reads a file would take away, or be taken, the
warnings of all others. So the libraries' own name ``warnings`` is bound to a module of ours, once; it keeps them
where this thread collects warnings, and passes the others on to Python.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import ModuleType
from typing import Any

_collected: ContextVar[dict[str, list[str]] | None] = ContextVar("mvkt_collected", default=None)


class _Listening(ModuleType):
    """Stands for the module ``warnings`` in the modules of one library."""

    def __init__(self, library: str) -> None:
        super().__init__("warnings")
        self._library = library

    def warn(self, message: Any, category: Any = None, stacklevel: int = 1, *args: Any, **kwargs: Any) -> None:
        """Keep a message where this thread listens; pass it on elsewhere."""
        collected = _collected.get()
        if collected is None or self._library not in collected:
            warnings.warn(message, category, stacklevel + 1, *args, **kwargs)
        else:
            collected[self._library].append(str(message))

    def __getattr__(self, name: str) -> Any:
        return getattr(warnings, name)


@contextmanager
def collected_warnings(*libraries: str) -> Iterator[dict[str, list[str]]]:
    """Collect what the loaded modules of some libraries warn of, by library; other warnings go where they always go."""
    for name, module in list(sys.modules.items()):
        library = name.partition(".")[0]
        if library in libraries and module.__dict__.get("warnings") is warnings:
            module.warnings = _Listening(library)  # type: ignore[attr-defined]
    collected: dict[str, list[str]] = {library: [] for library in libraries}
    token = _collected.set(collected)
    try:
        yield collected
    finally:
        _collected.reset(token)
