from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.io import savemat

from mvkt.ecg.formats import read
from mvkt.ecg.leads import STANDARD_LEADS
from mvkt.errors import RecordFormatError

Counts = NDArray[np.int16]


def saved(variables: dict[str, Any], **options: Any) -> bytes:
    stream = io.BytesIO()
    savemat(stream, variables, **options)
    return stream.getvalue()


def test_a_recording_of_cpsc2018(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.cpsc(counts))
    assert record.leads == STANDARD_LEADS
    assert (record.sampling_frequency, record.age, record.sex) == (500, 60, "female")


@pytest.mark.parametrize("compressed", [True, False])
def test_compressed_or_not(compressed: bool) -> None:
    data = np.random.default_rng(0).normal(size=(12, 100))
    content = saved({"ECG": {"sex": "Male", "age": 40, "data": data}}, do_compression=compressed)
    np.testing.assert_allclose(read(content).signal, data.T, atol=1e-6)


@pytest.mark.parametrize(
    ("changed", "age", "sex"),
    [
        ({"age": np.nan}, None, "female"),
        ({"age": []}, None, "female"),
        ({"age": "old"}, None, "female"),
        ({"age": 300}, None, "female"),
        ({"sex": "Unknown"}, 60, None),
        ({"sex": ""}, 60, None),
        ({"sex": 1}, 60, None),
    ],
)
def test_age_and_sex_that_are_none(
    make: SimpleNamespace, counts: Counts, changed: dict[str, Any], age: float | None, sex: str | None
) -> None:
    record = read(make.cpsc(counts, **changed))
    assert (record.age, record.sex) == (age, sex)


@pytest.mark.parametrize("data", [np.zeros((8, 100)), np.zeros((100, 8)), np.zeros(0), "text", 1 + 2j])
def test_data_that_are_not_twelve_leads(make: SimpleNamespace, counts: Counts, data: Any) -> None:
    with pytest.raises(RecordFormatError, match="12 leads x samples"):
        read(make.cpsc(counts, data=data))


def test_samples_x_leads(make: SimpleNamespace, counts: Counts) -> None:
    data = np.random.default_rng(1).normal(size=(100, 12))
    np.testing.assert_allclose(read(make.cpsc(counts, data=data)).signal, data, atol=1e-6)


def test_missing_samples_stay_missing(make: SimpleNamespace, counts: Counts) -> None:
    data = np.ones((12, 100))
    data[3, 10:20] = np.nan
    record = read(make.cpsc(counts, data=data))
    assert np.isnan(record.signal[10:20, 3]).all()
    assert np.isnan(record.signal).sum() == 10


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"val": np.zeros((12, 10), dtype=np.int16)}, r"holds val alone.*\.hea"),
        ({"a": 1, "b": 2}, "there is a, b"),
        ({}, "there is nothing"),
        ({"ECG": np.zeros((12, 10))}, "does not state its unit"),
        ({"ECG": {"age": 3}}, "12 leads"),
    ],
)
def test_other_variables(variables: dict[str, Any], message: str) -> None:
    with pytest.raises(RecordFormatError, match=message):
        read(saved(variables))


@pytest.mark.parametrize(
    "variables",
    [
        {"ECG": [[1, "a", np.array([1, "b"], dtype=object)]]},
        {"ECG": {"data": np.array([{"a": 1}], dtype=object)}},
        {"ECG": np.array([1.0] * 300, dtype=object)},
        {"ECG": {"data": {"nested": 1}}},
        {"ECG": np.zeros((2, 2), dtype=[("data", "O")])},
    ],
    ids=["cells in cells", "structs in cells", "many cells", "nested struct", "four structs"],
)
@pytest.mark.parametrize("compressed", [True, False])
def test_cells_and_objects_are_refused(variables: dict[str, Any], compressed: bool) -> None:
    with pytest.raises(RecordFormatError, match="cells or objects"):
        read(saved(variables, do_compression=compressed))


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize("time", [{"fs": 250.0}, {"t": np.arange(100) / 250}, {"time_ms": np.arange(100) * 4.0}])
def test_a_matrix_of_samples(counts: Counts, inside: bool, time: dict[str, Any]) -> None:
    signal = counts[:100] * 0.005
    variables = {"data": signal, "unit": "mV", "leads": np.array(["I", "V2"], dtype=object), "sex": "F", **time}
    record = read(saved({"recording": variables} if inside else variables))
    assert (record.source, record.leads, record.sampling_frequency) == ("MATLAB", ("I", "V2"), 250)
    assert record.sex == "female"
    np.testing.assert_allclose(record.signal, signal, atol=1e-6)


def test_truncated_files(make: SimpleNamespace, counts: Counts) -> None:
    content = make.cpsc(counts)
    for length in (127, 128, 130, 136, 140, len(content) // 2, len(content) - 1):
        with pytest.raises(RecordFormatError):
            read(content[:length])


@pytest.mark.parametrize("name", ["fs", "Fs", "sampling_rate"])
def test_a_frequency_that_was_added(make: SimpleNamespace, counts: Counts, name: str) -> None:
    assert read(make.cpsc(counts, **{name: 250.0})).sampling_frequency == 250
    assert read(make.cpsc(counts, **{name: "fast"})).sampling_frequency == 500
