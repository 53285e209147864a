"""The page itself and its files, all of which come with the package; and the description of the interface."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send

from mvkt.ecg.example import example as path_of_example
from mvkt.web.endpoints.lists import json_response
from mvkt.web.openapi import description

_PACKAGE, _FOLDER = "mvkt.web", "static"


async def page(_: Request) -> Response:
    """Return the page."""
    return HTMLResponse(_page(), headers={"Cache-Control": "no-cache"})


async def openapi(_: Request) -> Response:
    """Return the description of the interface, OpenAPI 3.1."""
    return json_response(description())


async def example(_: Request) -> Response:
    """Return the example recording that comes with mvkt, for those who have none."""
    file = path_of_example()
    return Response(file.read_bytes(), media_type="text/csv", headers={"X-File-Name": file.name})


class _Files(StaticFiles):
    """Static files that a browser requests again each time, and has to load only when they changed."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_uncached(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"cache-control", b"no-cache")]
            await send(message)

        await super().__call__(scope, receive, send_uncached)


def static_files() -> StaticFiles:
    """Return what serves the files of the page."""
    return _Files(packages=[(_PACKAGE, _FOLDER)])


@cache
def _page() -> str:
    return files(_PACKAGE).joinpath(_FOLDER, "index.html").read_text(encoding="utf-8")
