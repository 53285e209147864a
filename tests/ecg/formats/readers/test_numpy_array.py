from __future__ import annotations

import io
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.formats import read
from mvkt.errors import RecordFormatError

Counts = NDArray[np.int16]
GIVEN = {"sampling_frequency": 500.0, "unit": "uV"}


def npy(array: NDArray[np.generic], **settings: object) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, **settings)  # type: ignore[arg-type]
    return stream.getvalue()


def test_an_archive_has_all_facts(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.npz(counts))
    assert (record.source, record.leads, record.sampling_frequency) == ("NumPy", ("I", "II"), 500.0)
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)


def test_an_array_needs_facts(make: SimpleNamespace, counts: Counts) -> None:
    content = make.numpy(counts)
    with pytest.raises(RecordFormatError, match="does not state its unit"):
        read(content)
    with pytest.raises(RecordFormatError, match="does not state its sampling frequency"):
        read(content, unit="mV")
    record = read(content, sampling_frequency=500, unit="mV", lead="I+II")
    assert record.leads == ("I", "II")
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)
    record = read(make.npz(counts), sampling_frequency=100)
    assert record.sampling_frequency == 100
    assert record.notes == ("100 Hz was given and is taken; the file states 500 Hz",)


@pytest.mark.parametrize("kind", ["<i2", ">i2", "<i4", "<f4", ">f8", "<u2", "<f2"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_types_and_orders(counts: Counts, kind: str, order: str) -> None:
    array = np.asarray(counts, dtype=kind, order=order)  # type: ignore[call-overload]
    record = read(npy(array), **GIVEN, lead="I+II")  # type: ignore[arg-type]
    np.testing.assert_allclose(record.signal, counts / 1000, atol=1e-6)


def test_the_longer_axis_is_that_of_the_samples(counts: Counts) -> None:
    record = read(npy(counts.T), **GIVEN)  # type: ignore[arg-type]
    assert record.signal.shape == counts.shape
    assert record.notes == ("an array of shape (2, 1000) is taken as leads x samples",)
    assert read(npy(counts[:, 0]), **GIVEN).signal.shape == (1000, 1)  # type: ignore[arg-type]


def test_missing_samples() -> None:
    array = np.array([1.0, -32768, np.nan, np.inf, 2.0])
    np.testing.assert_array_equal(
        np.isnan(read(npy(array), **GIVEN).signal[:, 0]),  # type: ignore[arg-type]
        [False, True, True, True, False],
    )


def test_nanovolts_reach_what_marks_missing_samples_elsewhere() -> None:
    array = np.round(np.sin(np.arange(1000) / 9) * 1e6)
    array[300] = -32768
    assert not np.isnan(read(npy(array), sampling_frequency=250, unit="nV").signal).any()
    array[300:310] = -32768
    assert np.isnan(read(npy(array), sampling_frequency=250, unit="nV").signal).sum() == 10


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (npy(np.array([{"a": 1}], dtype=object), allow_pickle=True), "Python objects"),
        (npy(np.zeros((3, 4, 5))), "expected one array"),
        (npy(np.array(["a", "b"])), "expected one array"),
        (npy(np.zeros((100, 100))), "none of samples x leads"),
        (npy(np.zeros((70, 90))), "none of samples x leads"),
        (npy(np.zeros(0)), "no samples"),
        (npy(np.full(9, np.nan)), "missing"),
        (npy(np.zeros(9))[:-8], "NumPy file is damaged"),
        (npy(np.zeros(9)) + b"x", "NumPy file is damaged"),
        (b"\x93NUMPY\x01\x00\x05\x00{'a':", "NumPy file is damaged"),
        (b"\x93NUMPY\x09\x00" + bytes(100), "NumPy file is damaged"),
    ],
)
def test_what_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(RecordFormatError, match=reason):
        read(content, **GIVEN)  # type: ignore[arg-type]


def test_names_of_other_programs(counts: Counts) -> None:
    stream = io.BytesIO()
    names = np.array([b"I", b"II"])
    np.savez(stream, ecg=counts[np.newaxis] * 0.005, fs=500, units="mV", sig_name=names, subject=17)
    record = read(stream.getvalue())
    assert (record.leads, record.sampling_frequency) == (("I", "II"), 500.0)
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)


def test_archives_that_contradict_themselves(make: SimpleNamespace, counts: Counts) -> None:
    with pytest.raises(RecordFormatError, match="3 names of leads for an array of 2"):
        read(make.npz(counts, leads=np.array(["I", "II", "V1"])))
    with pytest.raises(RecordFormatError, match="expected one array"):
        read(make.npz(counts, signal=np.array("x")))
    with pytest.raises(RecordFormatError, match="not that of an ECG"):
        read(make.npz(counts, sampling_frequency=0))


def test_facts_of_a_person_and_names_in_capitals(counts: Counts) -> None:
    stream = io.BytesIO()
    np.savez(stream, Signal=counts, Fs=250, Unit="uV", age=57, sex="F")
    record = read(stream.getvalue())
    assert (record.sampling_frequency, record.age, record.sex) == (250, 57, "female")


def test_each_lead_has_its_unit(make: SimpleNamespace, counts: Counts) -> None:
    signal = counts * np.array([0.005, 5.0])
    record = read(make.npz(counts, signal=signal, unit=["mV", "uV"]))
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)
    with pytest.raises(RecordFormatError, match="3 units for an array of 2 leads"):
        read(make.npz(counts, signal=signal, unit=["mV", "uV", "V"]))


def test_times_beside_the_signal_are_left_out(counts: Counts) -> None:
    times, stream = np.arange(len(counts)) / 500, io.BytesIO()
    for array in (np.c_[times, counts], np.c_[times, counts].T):
        record = read(npy(array), **GIVEN, lead="I+II")  # type: ignore[arg-type]
        np.testing.assert_allclose(record.signal, counts / 1000, atol=1e-6)
        assert record.notes[-1] == "left out columns that rise evenly, as times do: 1"
    np.savez(stream, time=times, ecg=counts[:, 0], unit="uV", fs=500)
    np.testing.assert_allclose(read(stream.getvalue()).signal[:, 0], counts[:, 0] / 1000, atol=1e-6)


def test_an_array_for_each_lead(counts: Counts) -> None:
    stream = io.BytesIO()
    np.savez(stream, time=np.arange(len(counts)) / 500, I=counts[:, 0], V5=counts[:, 1], acc_x=counts[:, 0])
    record = read(stream.getvalue(), **GIVEN)  # type: ignore[arg-type]
    assert record.leads == ("I", "V5")
    np.testing.assert_allclose(record.signal, counts / 1000, atol=1e-6)


@pytest.mark.parametrize(("age", "years"), [("18 months", 1.5), ("57", 57), (np.array(57.0), 57), ("unknown", None)])
def test_ages(make: SimpleNamespace, counts: Counts, age: object, years: float | None) -> None:
    assert read(make.npz(counts, age=age)).age == years


@pytest.mark.parametrize(
    "times", [{"t": np.arange(100) / 250}, {"time_ms": np.arange(100) * 4}, {"s": np.r_[0:60, 70:110] / 250}]
)
def test_the_frequency_by_times_beside_the_signal(counts: Counts, times: dict[str, NDArray[np.float64]]) -> None:
    stream = io.BytesIO()
    np.savez(stream, ecg=counts[:100], unit="uV", leads=np.array(["I", "II"]), **times)  # type: ignore[arg-type]
    record = read(stream.getvalue())
    assert (record.leads, record.sampling_frequency) == (("I", "II"), 250)
    assert np.isnan(record.signal[:, 0]).sum() == len(record.signal) - 100
    columns = np.column_stack([np.arange(100) / 250, counts[:100] / 1000])
    assert read(npy(columns), unit="mV", lead="I+II").sampling_frequency == 250
