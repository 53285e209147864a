"""The application: paths, guards, workers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from starlette.applications import Starlette
from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount, Route

from mvkt.web.endpoints import diagnose, documents, lists, recordings, site
from mvkt.web.guard import Guard
from mvkt.web.inner_errors import InnerErrors, inner_error
from mvkt.web.limits import Limits
from mvkt.web.problem import RequestError, http_error, request_error
from mvkt.web.services import Services, bundles_by_name
from mvkt.web.shelf import Shelf
from mvkt.web.traces.display_filter import warm_up
from mvkt.web.upload import UploadMemory
from mvkt.web.workers.inference_worker import WorkerSettings
from mvkt.web.workers.worker_pool import WorkerPool

_TIDY_SECONDS = 30.0


class _Kind(Convertor[str]):
    """``raw`` or ``filtered``."""

    regex = "raw|filtered"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("kind", _Kind())

_RECORDING = "/api/recordings/{id:str}"
ROUTES = (
    Route("/", site.page),
    Route("/api/health", lists.health),
    Route("/api/models", lists.models),
    Route("/api/models/{name:str}/card", lists.card),
    Route("/api/formats", lists.formats_list),
    Route("/api/example", site.example),
    Route("/api/openapi.json", site.openapi),
    Route("/api/diagnose", diagnose.diagnose, methods=["POST"]),
    Route("/api/recordings", recordings.add, methods=["POST"]),
    Route(_RECORDING, recordings.forget, methods=["DELETE"]),
    Route(_RECORDING + "/{kind:kind}/{level:int}/{index:int}", recordings.trace_tile),
    Route(_RECORDING + "/support", recordings.support),
    Route(_RECORDING + "/document", documents.make_document, methods=["POST"]),
)


def application(
    limits: Limits | None = None, bundles: tuple[Path, ...] = (), hosts: Collection[str] = (), token: str = ""
) -> Starlette:
    """Return the application.

    Args:
        limits: What is refused, ended or forgotten.
        bundles: Students besides those that come with mvkt, to be named by their folders' names.
        hosts: Names of this server besides those of the loopback interface.
        token: What every request must know; empty where only this machine can send any.
    """
    limits = limits or Limits()
    named = bundles_by_name(bundles)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        settings = WorkerSettings(named, limits.memory_bytes, limits.signal_bytes)
        async with WorkerPool(limits, settings) as pool:
            await asyncio.to_thread(warm_up)
            shelf = Shelf(limits.kept_bytes, limits.kept_seconds)
            app.state.services = Services(limits, named, pool, shelf, UploadMemory(limits.uploads_bytes))
            tidying = asyncio.create_task(_tidy(shelf))
            yield
            tidying.cancel()
            with suppress(asyncio.CancelledError):
                await tidying

    return Starlette(
        routes=[*ROUTES, Mount("/static", site.static_files())],
        lifespan=lifespan,
        middleware=[Middleware(InnerErrors), Middleware(Guard, hosts=tuple(hosts), token=token)],
        exception_handlers={RequestError: request_error, HTTPException: http_error, Exception: inner_error},
    )


async def _tidy(shelf: Shelf) -> None:
    while True:
        await asyncio.sleep(_TIDY_SECONDS)
        shelf.tidy()
