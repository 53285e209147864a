"""What is wrong with a request, as ``application/problem+json``.

Source: RFC 9457, Problem Details for HTTP APIs.
"""

from __future__ import annotations

import json
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from mvkt.errors import MvktError

MEDIA_TYPE = "application/problem+json"


class RequestError(MvktError):
    """A request that is not answered.

    Attributes:
        status: Of HTTP.
        detail: What came, what was expected, what to do.
        retry_seconds: After which another try may be answered; None where another try is of no use.
    """

    def __init__(self, status: HTTPStatus, detail: str, retry_seconds: int | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.retry_seconds = status, detail, retry_seconds


def problem(status: int, detail: str, headers: dict[str, str] | None = None) -> Response:
    """Return the answer to a request that is not served."""
    title = HTTPStatus(status).phrase
    content = json.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail})
    return Response(content, status, headers, MEDIA_TYPE)


async def request_error(_: Request, error: Exception) -> Response:
    """Answer a :class:`RequestError`."""
    if not isinstance(error, RequestError):
        raise error
    retry = {} if error.retry_seconds is None else {"Retry-After": str(error.retry_seconds)}
    return problem(error.status, error.detail, retry)


async def http_error(_: Request, error: Exception) -> Response:
    """Answer what Starlette refuses: no such path, no such method."""
    if not isinstance(error, HTTPException):
        raise error
    return problem(error.status_code, error.detail, dict(error.headers or {}))
