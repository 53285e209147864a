"""Waiting for the page."""

from __future__ import annotations

import time
from typing import Any

from playwright.sync_api import Page

_SECONDS = 20.0  # the processors may be busy with other tests


def wait_until(page: Page, condition: str, arg: Any = None) -> None:
    """Wait until a script is true.

    ``page.wait_for_function`` evaluates a text within the page, which its Content Security Policy blocks, wherever the
    condition does not hold at once.

    Raises:
        AssertionError: It is still not true after 20 s.
    """
    last = time.monotonic() + _SECONDS
    while not page.evaluate(condition, arg):
        assert time.monotonic() < last, f"not true after {_SECONDS:g} s: {condition}"
        page.wait_for_timeout(50)
