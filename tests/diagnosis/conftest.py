"""Fixtures of the diagnosis room."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from mvkt.bundle import packaged
from mvkt.bundle.bundle import Bundle
from mvkt.diagnosis.diagnoser import Diagnoser
from mvkt.diagnosis.panel import Opinion
from mvkt.diagnosis.prepared import prepare
from mvkt.ecg.record import Record


@pytest.fixture
def in_the_box(make_bundle: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Make a bundle that comes with mvkt; called at least once, nothing else does."""

    def make(name: str, view: str = "I", **overrides: object) -> Path:
        folder = make_bundle(name, view=view, **overrides)
        manifest = json.loads((folder / "bundle.json").read_text())
        (folder / "bundle.json").write_text(json.dumps(manifest | {"name": f"student {name}"}))
        monkeypatch.setattr(packaged, "_STUDENTS", folder.parent)
        return folder

    return make


@pytest.fixture
def opinion(make_bundle: Callable[..., Path]) -> Callable[..., Opinion]:
    """Judge a recording; keywords override the manifest of the student."""
    numbers = count()

    def make(record: Record, lead: str | None = None, **overrides: object) -> Opinion:
        diagnoser = Diagnoser(Bundle.open(make_bundle(f"student-{next(numbers)}", **overrides)))
        manifest = diagnoser.bundle.manifest
        prepared = prepare(record, manifest.view, manifest.signal, lead)
        return Opinion(diagnoser, prepared, diagnoser.judge(prepared))

    return make
