from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Any

import numpy as np
import pytest

from mvkt.ecg.record import Record
from mvkt.errors import LeadError, RecordError


def make(**changed: Any) -> Record:
    parts: dict[str, Any] = {"signal": np.zeros((10, 2)), "leads": ("I", "II"), "sampling_frequency": 100}
    return Record(**parts | changed)


def test_a_record_normalises_its_fields() -> None:
    record = make(
        leads=("lead i", "MLII"), sampling_frequency=511.4, start_time=datetime(2020, 1, 1), age=60, sex="female"
    )
    assert record.signal.dtype == np.float32
    assert record.leads == ("I", "II")
    assert record.duration == pytest.approx(10 / 511.4)
    assert (record.age, record.sex, record.notes, record.source) == (60, "female", (), "")


def test_a_single_lead_may_come_as_one_row_of_numbers() -> None:
    record = Record([0.1, None, 0.3], "lead II", 100)
    assert record.leads == ("II",)
    np.testing.assert_array_equal(record.signal, np.array([[0.1], [np.nan], [0.3]], dtype=np.float32))


def test_it_cannot_be_changed() -> None:
    source = np.zeros((10, 2), dtype=np.float32)
    record = make(signal=source)
    source[:] = 7
    assert not record.signal.any(), "the record has a copy of its own"
    with pytest.raises(ValueError, match="read-only"):
        record.signal[0, 0] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        record.leads = ("V1", "V2")  # type: ignore[misc]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"signal": np.zeros(10)}, "2 lead names .* for a signal of 1 leads"),
        ({"signal": np.zeros(())}, r"\(samples, leads\)"),
        ({"signal": np.zeros((2, 10))}, r"for a signal of 10 leads; a signal is \(samples, leads\)"),
        ({"signal": np.zeros((10, 2), dtype=complex)}, "values of type complex"),
        ({"signal": [["a", "b"]]}, "a signal is numbers in mV"),
        ({"signal": [[{}, None]]}, "values of type object"),
        ({"signal": np.zeros((0, 2))}, r"shape \(0, 2\)"),
        ({"signal": np.zeros((10, 0)), "leads": ()}, r"shape \(10, 0\)"),
        ({"signal": np.zeros((10, 3))}, "2 lead names"),
        ({"leads": ("II", "MLII")}, "must differ"),
        ({"sampling_frequency": 0}, "sampling frequency 0 Hz"),
        ({"sampling_frequency": -100}, "sampling frequency"),
        ({"sampling_frequency": float("nan")}, "sampling frequency nan"),
        ({"sampling_frequency": 1e9}, "sampling frequency"),
        ({"sampling_frequency": "100"}, "sampling_frequency is a number, not '100'"),
        ({"sampling_frequency": None}, "sampling frequency None"),
        ({"age": "60"}, "age is a number, not '60'"),
        ({"sex": "M"}, "sex is"),
        ({"age": 999}, "age 999"),
        ({"age": float("nan")}, "age nan"),
    ],
)
def test_an_impossible_record_gets_a_message(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(RecordError, match=message):
        make(**changed)


def test_a_signal_that_nobody_can_change_is_not_copied() -> None:
    signal = np.zeros((100, 1), dtype=np.float32)
    looks_unchanging = signal[:]
    looks_unchanging.setflags(write=False)
    for writable in (signal, looks_unchanging):
        assert not np.shares_memory(Record(writable, ("I",), 100.0).signal, signal)
    signal.setflags(write=False)
    record = Record(signal, ("I",), 100.0)
    assert np.shares_memory(record.signal, signal)
    assert np.shares_memory(dataclasses.replace(record, signal=record.signal[10:]).signal, signal)


def test_selecting_a_view() -> None:
    signal = np.arange(20, dtype=np.float32).reshape(10, 2)
    record = make(signal=signal)
    np.testing.assert_array_equal(record.select("II"), signal[:, 1:])
    np.testing.assert_array_equal(record.select("II+I"), signal[:, ::-1])
    limb = record.select("limb")
    assert limb.shape == (10, 6)
    np.testing.assert_allclose(limb[:, 2], signal[:, 1] - signal[:, 0])


def test_a_lead_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(LeadError, match=r"'12-lead' needs lead V1, V2, V3, V4, V5, V6.*has I, II and what follows"):
        make().select("12-lead")
    with pytest.raises(LeadError, match=r"needs lead II; this recording has I$"):
        make(signal=np.zeros((10, 1)), leads=("I",)).select("II")


def test_relabelling() -> None:
    single = make(signal=np.ones((10, 1)), leads=("ECG",), age=50)
    renamed = single.relabel("mlii")
    assert renamed.leads == ("II",)
    assert renamed.age == 50
    assert single.leads == ("ECG",)
    with pytest.raises(RecordError, match="single-lead recording can be renamed; this one has I, II"):
        make().relabel("I")
