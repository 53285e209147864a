"""What was not foreseen."""

from __future__ import annotations

import asyncio
import logging

import pytest

from mvkt.web.inner_errors import InnerErrors, inner_error


async def broken(scope, receive, send) -> None:
    raise ValueError("the name of a patient")


def test_an_error_is_logged_without_its_message(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        asyncio.run(InnerErrors(broken)({"type": "http"}, None, None))
    assert "internal error: ValueError at test_inner_errors.py:" in caplog.text
    assert "patient" not in caplog.text


def test_outside_of_requests_it_is_raised() -> None:
    with pytest.raises(ValueError, match="patient"):
        asyncio.run(InnerErrors(broken)({"type": "lifespan"}, None, None))


def test_the_answer_holds_nothing_of_it() -> None:
    answer = asyncio.run(inner_error(None, ValueError("the name of a patient")))
    assert answer.status_code == 500
    assert b"patient" not in answer.body
