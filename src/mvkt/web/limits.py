"""How much one request, one file and the whole server may use."""

from __future__ import annotations

from dataclasses import dataclass, field

from mvkt.processes import processors

MEGABYTE = 1024 * 1024


def _default_workers() -> int:
    return max(2, min(4, processors()))


@dataclass(frozen=True)
class Limits:
    """What is refused, ended or forgotten.

    Attributes:
        upload_bytes: Of the body of one request.
        uploads_bytes: Of all bodies that are being received at a time.
        files: Of one request.
        seconds: For one file, from the moment a worker begins with it.
        memory_bytes: For one file, on top of what a worker needs for itself. Held by Linux only.
        signal_bytes: Of the signals that one file unpacks to, as 32-bit numbers.
        kept_bytes: Of the recordings that are kept for viewing; the ones not looked at for longest are forgotten first.
        kept_seconds: After which a recording that nobody looks at is forgotten.
        workers: Processes that read and judge.
        waiting: Requests that may wait for a worker.
        stall_seconds: After which a client that sends or takes nothing is cut off.
        least_bytes_per_second: An upload that is slower on average is cut off.
    """

    upload_bytes: int = 512 * MEGABYTE
    uploads_bytes: int = 1024 * MEGABYTE
    files: int = 64
    seconds: float = 120.0
    memory_bytes: int = 3072 * MEGABYTE
    signal_bytes: int = 2048 * MEGABYTE
    kept_bytes: int = 1024 * MEGABYTE
    kept_seconds: float = 1800.0
    workers: int = field(default_factory=_default_workers)
    waiting: int = 256
    stall_seconds: float = 15.0
    least_bytes_per_second: int = 32 * 1024
