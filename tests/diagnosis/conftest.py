"""Fixtures of the diagnosis room."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.bundle.bundle import Bundle
from mvkt.diagnosis.diagnoser import Diagnoser
from mvkt.diagnosis.prepared_recording import prepare
from mvkt.diagnosis.student_panel import Opinion
from mvkt.ecg.record import Record


@pytest.fixture
def opinion(make_bundle: Callable[..., Path]) -> Callable[..., Opinion]:
    """Diagnose a recording; keywords override the manifest of the student."""
    numbers = count()

    def make(record: Record, lead: str | None = None, **overrides: object) -> Opinion:
        diagnoser = Diagnoser(Bundle.open(make_bundle(f"student-{next(numbers)}", **overrides)))
        manifest = diagnoser.bundle.manifest
        prepared = prepare(record, manifest.view, manifest.signal, lead)
        return Opinion(diagnoser, prepared, diagnoser.judge(prepared))

    return make


@pytest.fixture
def with_gap(beating: Callable[..., Record]) -> Callable[[float], Record]:
    """Make a recording of so many seconds in which those from 10 to 20 are missing."""

    def make(seconds: float) -> Record:
        clean = beating(seconds=seconds)
        signal = np.array(clean.signal)
        signal[1000:2000] = np.nan
        return Record(signal, clean.leads, clean.sampling_frequency)

    return make


class Watched(Bundle):
    """A bundle that keeps what its network was given."""

    given: list[NDArray[np.float32]]

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle.path, bundle.manifest, bundle.session)
        object.__setattr__(self, "given", [])

    def logits(self, signal: NDArray[np.float32]) -> NDArray[np.float32]:
        self.given.append(signal.copy())
        return super().logits(signal)
