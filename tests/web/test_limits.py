"""Limits of the server."""

from __future__ import annotations

import pytest

from mvkt.web import limits
from mvkt.web.limits import Limits


@pytest.mark.parametrize(("there", "workers"), [(1, 2), (2, 2), (3, 3), (64, 4)])
def test_workers_by_processors(monkeypatch: pytest.MonkeyPatch, there: int, workers: int) -> None:
    monkeypatch.setattr(limits, "processors", lambda: there)
    assert Limits().workers == workers


def test_limits_are_in_proportion() -> None:
    usual = Limits()
    assert usual.upload_bytes <= usual.uploads_bytes
    assert usual.signal_bytes <= usual.memory_bytes
