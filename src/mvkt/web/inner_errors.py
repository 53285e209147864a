"""What was not foreseen is neither shown nor logged beyond its kind and place: a message may quote a file."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from mvkt.web.problem import problem

_LOG = logging.getLogger(__name__)


class InnerErrors:
    """Keeps errors of an application from the server, which would log them in full."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        try:
            await self._app(scope, receive, send)
        except Exception as error:
            if scope["type"] != "http":
                raise
            _LOG.error("internal error: %s at %s", type(error).__name__, _place(error))


async def inner_error(_: Request, __: Exception) -> Response:
    """Answer what was not foreseen."""
    return problem(500, "internal error; the log of the server has its kind and place")


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
