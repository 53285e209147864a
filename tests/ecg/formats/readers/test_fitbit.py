from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.formats import read, read_all
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

Counts = NDArray[np.int16]


def test_a_list_of_one_reading(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.fitbit(counts))
    assert (record.source, record.leads, record.sampling_frequency) == ("Fitbit", ("I",), 500.0)
    assert record.start_time == datetime(2020, 2, 3, 10, 11, 12)
    np.testing.assert_allclose(record.signal[:, 0], counts[:, 0] * 0.005, atol=1e-6)


def test_google_health(make: SimpleNamespace, counts: Counts) -> None:
    content = make.google_health(counts)
    record = read(content)
    assert record.start_time == datetime(2020, 2, 3, 10, 11, 12, tzinfo=UTC)
    np.testing.assert_allclose(record.signal[:, 0], counts[:, 0] * 0.005, atol=1e-6)
    alone = json.dumps(json.loads(content)["dataPoints"][0]["electrocardiogram"]).encode()
    np.testing.assert_array_equal(read(alone).signal, record.signal)


@pytest.mark.parametrize("kind", ["fitbit", "google_health"])
def test_several_readings(make: SimpleNamespace, counts: Counts, kind: str) -> None:
    content = getattr(make, kind)(counts, readings=3)
    with pytest.raises(RecordFormatError, match="holds 3 recordings: 2020-02-03T10:11:12"):
        read(content)
    found = list(read_all(content))
    assert len(found) == 3
    assert all(isinstance(record, Record) for _, record in found)
    assert read(content, recording=found[1][0]).start_time == found[1][1].start_time  # type: ignore[union-attr]


def test_a_broken_reading_does_not_hide_the_others(make: SimpleNamespace, counts: Counts) -> None:
    document = json.loads(make.fitbit(counts, readings=3))
    document["ecgReadings"][1]["waveformSamples"] = ["Jane Doe"]
    kinds = [type(outcome) for _, outcome in read_all(json.dumps(document).encode())]
    assert kinds == [Record, RecordFormatError, Record]


def test_a_truncated_reading_is_noted(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.fitbit(counts, numberOfWaveformSamples=7500))
    np.testing.assert_allclose(record.signal[:, 0], counts[:, 0] * 0.005, atol=1e-3)
    assert record.notes == ("truncated: 1,000 of 7,500 samples are there",)


def test_readings_without_times_are_numbered(make: SimpleNamespace, counts: Counts) -> None:
    content = make.fitbit(counts, readings=2, startTime=None)
    assert [name for name, _ in read_all(content)] == ["reading 1", "reading 2"]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"scalingFactor": 0}, "no scaling factor"),
        ({"scalingFactor": None}, "no scaling factor"),
        ({"scalingFactor": True}, "no scaling factor"),
        ({"samplingFrequencyHz": None}, "does not state its sampling frequency"),
        ({"samplingFrequencyHz": 0}, "0 Hz"),
        ({"waveformSamples": {}}, "no list of numbers"),
        ({"waveformSamples": [[1]]}, "no list of numbers"),
        ({"waveformSamples": [10**400]}, "no list of numbers"),
        ({"waveformSamples": [], "numberOfWaveformSamples": 0}, "no samples"),
        ({"scalingFactor": 1e-6}, "which no ECG does"),
    ],
)
def test_damage(make: SimpleNamespace, counts: Counts, changed: dict[str, object], reason: str) -> None:
    with pytest.raises(RecordFormatError, match=reason):
        read(make.fitbit(counts, **changed))


def test_numbers_as_text_and_missing_ones(make: SimpleNamespace, counts: Counts) -> None:
    samples = [None, "200", -32768, 100]
    content = make.fitbit(counts, waveformSamples=samples, numberOfWaveformSamples="4", samplingFrequencyHz="250")
    record = read(content)
    assert record.sampling_frequency == 250
    np.testing.assert_array_equal(record.signal[:, 0], np.array([np.nan, 1.0, np.nan, 0.5], dtype=np.float32))


@pytest.mark.parametrize(
    "text", ['{"ecgReadings": []}', '{"ecgReadings": 3}', '{"dataPoints": [], "waveformSamples": 1}']
)
def test_nothing(text: str) -> None:
    with pytest.raises(RecordFormatError, match=r"0 readings|no list of numbers"):
        read(text.encode())
