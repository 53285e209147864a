"""Which leads hold a signal at all."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mvkt.ecg.quality.usable_leads import usable_leads
from mvkt.ecg.record import Record

Beating = Callable[..., Record]


def with_column(record: Record, column: int, values: np.ndarray) -> Record:
    signal = np.array(record.signal)
    signal[:, column] = values
    return Record(signal, record.leads, record.sampling_frequency)


def test_leads_with_beats_are_usable(beating: Beating) -> None:
    record = beating(("I", "II", "V1"))
    assert usable_leads(record) == ("I", "II", "V1")


def test_leads_of_an_open_electrode_are_not_usable(beating: Beating) -> None:
    record = beating(("I", "II", "V1"))
    samples = len(record.signal)
    hum_of_a_converter = np.resize([0.0, 0.001, -0.001], samples)
    for values in (np.zeros(samples), np.full(samples, 5.0), np.full(samples, np.nan), hum_of_a_converter):
        assert usable_leads(with_column(record, 1, values)) == ("I", "V1")


@pytest.mark.parametrize(("share", "usable"), [(0.4, False), (0.6, True)])
def test_half_of_the_time_is_enough(beating: Beating, share: float, usable: bool) -> None:
    record = beating(("I", "II"), seconds=20)
    kept = np.arange(len(record.signal)) < share * len(record.signal)
    for lost in (0.0, np.nan):
        made = with_column(record, 1, np.where(kept, record.signal[:, 1], lost))
        assert ("II" in usable_leads(made)) is usable


def test_less_than_a_second_and_more_than_is_looked_at() -> None:
    rows = np.random.default_rng(0).normal(size=(50_000, 2)).astype(np.float32)
    rows[:, 1] = 0
    assert usable_leads(Record(rows[:10], ("I", "II"), 250.0)) == ("I",)
    assert usable_leads(Record(rows, ("I", "II"), 10.0)) == ("I",)
