"""What the endpoints share: limits, students, workers, and the recordings that are kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request

from mvkt.bundle.packaged import find, names
from mvkt.web.limits import Limits
from mvkt.web.shelf import Shelf
from mvkt.web.upload import UploadMemory
from mvkt.web.workers.worker_pool import WorkerPool


@dataclass(frozen=True, eq=False)
class Services:
    """What one server has.

    Attributes:
        limits: See :class:`~mvkt.web.limits.Limits`.
        bundles: Name -> folder of the students that may be named.
        pool: The workers.
        shelf: The recordings that people look at.
        uploads: What is being received.
    """

    limits: Limits
    bundles: dict[str, Path]
    pool: WorkerPool
    shelf: Shelf
    uploads: UploadMemory


def services_of(request: Request) -> Services:
    """Return what the server of a request has."""
    services: Services = request.app.state.services
    return services


def bundles_by_name(further: tuple[Path, ...] = ()) -> dict[str, Path]:
    """Return the students that come with mvkt, and further bundles by the names of their folders."""
    return {**{name: find(name) for name in names()}, **{path.resolve().name: path.resolve() for path in further}}
