"""Whole simulated recordings."""

from __future__ import annotations

import numpy as np
import pytest

from mvkt.ecg.leads import STANDARD_LEADS
from mvkt.ecg.simulate.recording import simulate
from mvkt.errors import RecordError


def test_a_row_is_a_record() -> None:
    simulated = simulate(3, seed=1, duration=5.0, sampling_frequency=250.0)
    record = simulated.record(2)
    assert record.leads == STANDARD_LEADS
    assert (record.sampling_frequency, record.signal.shape) == (250.0, (1250, 12))
    assert (record.age, record.sex) == (pytest.approx(simulated.age[2], abs=1), simulated.sex[2])
    np.testing.assert_array_equal(record.signal, simulated.signal[2])
    assert ((simulated.r_peaks[2] >= 0) & (simulated.r_peaks[2] < 5)).all()


def test_the_first_records_do_not_depend_on_how_many_follow() -> None:
    few, many = (simulate(records, seed=7, duration=5.0, sampling_frequency=100.0) for records in (2, 70))
    np.testing.assert_array_equal(few.signal, many.signal[:2])
    assert few.conditions == many.conditions[:2]


@pytest.mark.parametrize(
    "wrong", [{"records": 0}, {"records": 1, "duration": 0.1}, {"records": 1, "sampling_frequency": 9}]
)
def test_sizes_that_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(RecordError, match="expected one record or more"):
        simulate(**{"records": 1, "seed": 0, **wrong})
