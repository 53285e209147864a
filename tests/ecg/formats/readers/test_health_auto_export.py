from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.formats import read, read_all
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

Counts = NDArray[np.int16]


def test_one_recording(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.health_auto_export(counts))
    assert (record.source, record.leads, record.sampling_frequency) == ("Health Auto Export", ("I",), 500.0)
    assert record.start_time == datetime(2020, 2, 3, 10, 11, 12, tzinfo=timezone(timedelta(hours=1)))
    np.testing.assert_allclose(record.signal[:, 0], counts[:, 0] * 0.005, atol=1e-6)
    assert "Doe" not in repr(record)


def test_several_recordings_beside_other_data(make: SimpleNamespace, counts: Counts) -> None:
    document = json.loads(make.health_auto_export(counts, readings=3))
    document = {"data": {"metrics": [{"name": "step_count", "data": [{"qty": 1}] * 200}], **document["data"]}}
    document["data"]["ecg"][1]["voltageMeasurements"][0]["voltage"] = "Doe"
    content = json.dumps(document).encode()
    kinds = [type(outcome) for _, outcome in read_all(content)]
    assert kinds == [Record, RecordFormatError, Record]
    with pytest.raises(RecordFormatError, match="holds 3 recordings: 2020-02-03 10:11:12"):
        read(content)


def test_a_reading_without_its_envelope(make: SimpleNamespace, counts: Counts) -> None:
    reading = json.loads(make.health_auto_export(counts))["data"]["ecg"][0]
    for document in (reading, [reading], {"ecg": [reading]}):
        np.testing.assert_array_equal(
            read(json.dumps(document).encode()).signal, read(make.health_auto_export(counts)).signal
        )


def test_missing_samples_and_a_truncation(make: SimpleNamespace, counts: Counts) -> None:
    document = json.loads(make.health_auto_export(counts, numberOfVoltageMeasurements=15360))
    document["data"]["ecg"][0]["voltageMeasurements"][7]["voltage"] = None
    record = read(json.dumps(document).encode())
    assert np.flatnonzero(np.isnan(record.signal[:, 0])).tolist() == [7]
    assert record.notes == ("truncated: 1,000 of 15,360 samples are there",)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"samplingFrequency": 0}, "not that of an ECG"),
        ({"voltageMeasurements": []}, "no samples"),
        ({"voltageMeasurements": [{"voltage": 1, "units": "mcV"}, {"voltage": 1, "units": "mV"}]}, "2 different units"),
        ({"voltageMeasurements": [{"voltage": 1}]}, "unit"),
        ({"voltageMeasurements": [{"voltage": [1], "units": "mcV"}]}, "no list of numbers"),
        ({"voltageMeasurements": "none"}, "no ECG with its voltages"),
    ],
)
def test_what_is_refused(make: SimpleNamespace, counts: Counts, changed: dict[str, object], reason: str) -> None:
    with pytest.raises(RecordFormatError, match=reason):
        read(make.health_auto_export(counts, **changed))


def test_an_export_without_ecg() -> None:
    with pytest.raises(RecordFormatError, match="include ECG in the export"):
        read(b'{"data": {"metrics": [], "workouts": []}}')


def test_the_frequency_follows_from_the_times(make: SimpleNamespace, counts: Counts) -> None:
    document = json.loads(make.health_auto_export(counts))
    del document["data"]["ecg"][0]["samplingFrequency"]
    assert read(json.dumps(document).encode()).sampling_frequency == pytest.approx(500, rel=1e-3)
    del document["data"]["ecg"][0]["voltageMeasurements"][0]["date"]
    with pytest.raises(RecordFormatError, match="does not state its sampling frequency"):
        read(json.dumps(document).encode())


def test_lost_samples_by_the_times(make: SimpleNamespace, counts: Counts) -> None:
    document = json.loads(make.health_auto_export(counts))
    del document["data"]["ecg"][0]["voltageMeasurements"][400:500]
    record = read(json.dumps(document).encode())
    assert np.flatnonzero(np.isnan(record.signal[:, 0])).tolist() == list(range(400, 500))


def test_times_as_text_and_other_spellings(make: SimpleNamespace, counts: Counts) -> None:
    samples = [
        {"date": f"2020-02-03T10:11:{12 + n / 500:09.6f}+01:00", "voltage": 5 * count, "unit": "µV" if n % 2 else "mcV"}
        for n, count in enumerate(counts[:, 0].tolist())
    ]
    record = read(make.health_auto_export(counts, samplingFrequency=None, voltageMeasurements=samples))
    assert record.sampling_frequency == 500.0
    np.testing.assert_allclose(record.signal[:, 0], counts[:, 0] * 0.005, atol=1e-6)


def test_times_of_no_use_beside_a_stated_frequency(make: SimpleNamespace, counts: Counts) -> None:
    samples = [{"date": 602419872, "voltage": 5 * count, "units": "mcV"} for count in counts[:, 0].tolist()]
    assert read(make.health_auto_export(counts, voltageMeasurements=samples)).sampling_frequency == 500.0


@pytest.mark.parametrize("order", [slice(None, None, -1), [*range(500, 1000), *range(500)]])
def test_samples_in_another_order(make: SimpleNamespace, counts: Counts, order: slice | list[int]) -> None:
    document = json.loads(make.health_auto_export(counts))
    reading = document["data"]["ecg"][0]
    places = range(len(counts))[order] if isinstance(order, slice) else order
    reading["voltageMeasurements"] = [reading["voltageMeasurements"][place] for place in places]
    record = read(json.dumps(document).encode())
    np.testing.assert_allclose(record.signal[:, 0], counts[:, 0] * 0.005, atol=1e-6)
    assert len(record.notes) == 1
