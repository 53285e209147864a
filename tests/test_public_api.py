"""What users import from the top; a change here is a change for all of them."""

from __future__ import annotations

import mvkt


def test_public_names() -> None:
    assert mvkt.__all__ == ["__version__", "load", "read"]
    assert {name: getattr(mvkt, name).__module__ for name in ("load", "read")} == {
        "load": "mvkt.diagnosis.diagnoser",
        "read": "mvkt.ecg.formats.registry",
    }
    assert not hasattr(mvkt, "diagnose")
