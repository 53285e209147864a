"""How a worker process prepares: silent, then less urgent than the server, limited in memory, ended with its parent."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from mvkt.processes import begin_worker

_NICENESS = 5
"""The server comes before its workers, so that it answers while they are busy."""

_STATUS = Path("/proc/self/status")


def isolate() -> None:
    """Leave Ctrl-C to the parent, end with it, and write nothing: libraries may quote a file in a warning."""
    begin_worker()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)


def step_back() -> None:
    """Let the server come first from now on; where a system knows no such order, nothing changes."""
    if hasattr(os, "nice"):
        os.nice(_NICENESS)


def limit_memory(allowed: int) -> bool:
    """Let this process take so many bytes more than it has now.

    Returns:
        Whether this system holds the limit: Linux does.
    """
    held = _data_bytes()
    if held is None:
        return False
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = held + allowed if hard == resource.RLIM_INFINITY else min(held + allowed, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
    return True


def resident_bytes() -> int | None:
    """Memory that this process holds; None where the system does not state it."""
    return _status("VmRSS")


def _data_bytes() -> int | None:
    return _status("VmData")


def _status(name: str) -> int | None:
    if not _STATUS.is_file():
        return None
    for line in _STATUS.read_text(encoding="ascii", errors="replace").splitlines():
        key, _, value = line.partition(":")
        if key == name:
            return int(value.split()[0]) * 1024
    return None
