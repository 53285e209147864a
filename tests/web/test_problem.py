"""``application/problem+json``."""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus

import pytest
from starlette.exceptions import HTTPException

from mvkt.web.problem import MEDIA_TYPE, RequestError, http_error, problem, request_error


def test_a_problem_has_title_status_and_detail() -> None:
    answer = problem(413, "too large", {"X": "y"})
    assert (answer.status_code, answer.media_type, answer.headers["X"]) == (413, MEDIA_TYPE, "y")
    content = json.loads(bytes(answer.body))
    assert content == {
        "type": "about:blank", "title": HTTPStatus(413).phrase, "status": 413, "detail": "too large",
    }  # fmt: skip


def test_a_request_that_may_be_repeated() -> None:
    busy = RequestError(HTTPStatus.SERVICE_UNAVAILABLE, "busy", retry_seconds=5)
    assert asyncio.run(request_error(None, busy)).headers["Retry-After"] == "5"
    refused = RequestError(HTTPStatus.BAD_REQUEST, "no")
    assert "Retry-After" not in asyncio.run(request_error(None, refused)).headers


def test_errors_of_starlette_keep_their_status_and_headers() -> None:
    answer = asyncio.run(http_error(None, HTTPException(405, "no such method", {"Allow": "GET"})))
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")


def test_other_errors_are_raised_again() -> None:
    for handler in (request_error, http_error):
        with pytest.raises(ZeroDivisionError):
            asyncio.run(handler(None, ZeroDivisionError()))
