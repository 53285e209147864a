"""What the endpoints share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mvkt.bundle.packaged import names
from mvkt.web.services import bundles_by_name


def test_students_by_name(make_bundle: Callable[..., Path]) -> None:
    folder = make_bundle("my-own")
    found = bundles_by_name((folder,))
    assert set(found) == {*names(), "my-own"}
    assert found["my-own"] == folder.resolve()
    assert all(path.is_dir() for path in found.values())
