"""One process at a time in a folder."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mvkt.errors import StudyError

_LOCK_FILE = ".lock"
_PATIENCE_SECONDS = 60.0
_PAUSE_SECONDS = 0.1


@contextmanager
def locked(folder: Path) -> Iterator[int]:
    """Keep other processes out of a folder; yield the descriptor that holds the lock.

    The system drops the lock with the last process that has the descriptor open, however it ended: a lock cannot
    outlive its owner. Workers inherit the descriptor, so that those of a process that was killed are gone before the
    next one begins; that is what the patience is for.

    Raises:
        StudyError: Another process is at work there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / _LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _acquire(descriptor, folder)
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, folder: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.pread(descriptor, 20, 0).decode(errors="replace")
            if _is_alive(owner) or time.monotonic() >= deadline:
                raise StudyError(
                    f"process {owner} is at work in {folder}; wait for it, or choose another folder"
                ) from None
            time.sleep(_PAUSE_SECONDS)
        else:
            return


def _is_alive(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except PermissionError:
        return True  # somebody else's
    except (ValueError, OSError):
        return False
    return True
