from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.formats import read
from mvkt.ecg.formats.readers.movesense import MILLIVOLTS_A_STEP
from mvkt.errors import RecordFormatError

Counts = NDArray[np.int16]


def test_a_log_in_millivolts(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.movesense(counts))
    assert (record.source, record.leads, record.sampling_frequency) == ("Movesense", ("ECG",), 500.0)
    assert record.start_time == datetime(2020, 2, 3, 10, 11, 12, tzinfo=UTC)
    np.testing.assert_allclose(record.signal[:, 0], counts[:, 0] * 0.005, atol=1e-6)
    assert record.notes == ()
    assert read(make.movesense(counts), lead="I").leads == ("I",)


def test_a_log_in_steps_of_the_converter(make: SimpleNamespace, counts: Counts) -> None:
    """18 bits over 1 V behind a gain of 20 are 0.38147 µV a step."""
    record = read(make.movesense(counts, stream="MeasECG"))
    assert pytest.approx(0.000381469726563) == MILLIVOLTS_A_STEP
    np.testing.assert_allclose(record.signal[:, 0], counts[:, 0] * MILLIVOLTS_A_STEP, atol=1e-7)
    assert record.notes == ("a step is 0.3815 µV, from the sensor's documentation",)
    record = read(make.movesense(counts, stream="MeasECG"), unit="uV")
    np.testing.assert_allclose(record.signal[:, 0], counts[:, 0] / 1000, atol=1e-6)
    assert record.notes == ("the unit uV was given and is taken; a step of the device is 0.38147 µV",)


def test_the_other_layouts(make: SimpleNamespace, counts: Counts) -> None:
    expected = read(make.movesense(counts, stream="MeasECG")).signal
    entries = json.loads(make.movesense(counts, stream="MeasECG"))["Samples"]
    packages = [entry["MeasECG"] for entry in entries if "MeasECG" in entry]
    layouts = ({"Meas": {"ECG": packages, "IMU9": []}}, {"data": [{"ecg": package} for package in packages]})
    for document in layouts:
        np.testing.assert_array_equal(read(json.dumps(document).encode()).signal, expected)


def test_lost_packages_are_missing_samples(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.movesense(counts, lost=(10, 11, 40)))
    gone = np.flatnonzero(np.isnan(record.signal[:, 0]))
    assert gone.tolist() == [*range(100, 120), *range(400, 410)]
    assert record.notes == ("2 gaps (0.06 s in all) are marked as missing",)
    kept = ~np.isnan(record.signal[:, 0])
    np.testing.assert_allclose(record.signal[kept, 0], counts[kept, 0] * 0.005, atol=1e-6)


def test_a_log_without_ecg(make: SimpleNamespace, counts: Counts) -> None:
    document = json.loads(make.movesense(counts))
    document["Samples"] = document["Samples"][:2]
    with pytest.raises(RecordFormatError, match="holds no ECG"):
        read(json.dumps(document).encode())


@pytest.mark.parametrize("samples", [["Doe"], [[1]], [{}]])
def test_samples_that_are_no_numbers(make: SimpleNamespace, counts: Counts, samples: list[object]) -> None:
    document = json.loads(make.movesense(counts))
    document["Samples"][5]["MeasECGmV"]["Samples"] = samples
    with pytest.raises(RecordFormatError, match="no list of numbers") as caught:
        read(json.dumps(document).encode())
    assert "Doe" not in str(caught.value)


def test_a_time_that_is_no_date(make: SimpleNamespace, counts: Counts) -> None:
    content = make.movesense(counts).replace(b"1580724671000000", b"9e300")
    assert read(content).start_time is None
