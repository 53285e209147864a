"""What users import from the top; a change here is a change for all of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path

import pytest

import mvkt


def test_public_names() -> None:
    assert mvkt.__all__ == ["__version__", "load", "read"]
    assert {name: getattr(mvkt, name).__module__ for name in ("load", "read")} == {
        "load": "mvkt.diagnosis.diagnoser",
        "read": "mvkt.ecg.formats.registry",
    }
    assert not hasattr(mvkt, "diagnose")


def test_parameters() -> None:
    assert list(inspect.signature(mvkt.load).parameters) == ["bundle"]
    reading = inspect.signature(mvkt.read).parameters
    assert list(reading)[:2] == ["source", "name"]
    assert {"sampling_frequency", "unit", "lead"} <= {
        name for name, one in reading.items() if one.kind is inspect.Parameter.KEYWORD_ONLY
    }


def test_five_lines(make_bundle: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mvkt.bundle import packaged

    monkeypatch.setattr(packaged, "_STUDENTS", make_bundle("lead-I").parent)
    path = tmp_path / "ecg.csv"
    path.write_text("Sample Rate,512 hertz\n\n\nLead,Lead I\nUnit,µV\n\n\n" + "0\n" * 5120, encoding="utf-8")

    diagnosis = mvkt.load("lead-I").diagnose(mvkt.read(path))

    assert diagnosis.summary.startswith("Nothing could be judged")
    assert {"findings", "positive", "quality", "heart_rate", "timeline", "notes", "to_json"} <= set(dir(diagnosis))
    recording = mvkt.load("lead-I").diagnose(mvkt.read(path), lead="I")
    assert recording == diagnosis
