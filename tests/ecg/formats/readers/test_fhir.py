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


def alone(make: SimpleNamespace, counts: Counts, **changed: object) -> bytes:
    return json.dumps(make.fhir_observation(counts, **changed)).encode()


def test_a_bundle_with_a_patient(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.fhir(counts))
    assert (record.source, record.leads, record.sampling_frequency) == ("FHIR", ("I", "II"), 500.0)
    assert (record.age, record.sex, record.start_time) == (60, "female", datetime(2020, 2, 3, 10, 11, 12, tzinfo=UTC))
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)


def test_an_observation_alone_has_nothing_of_the_person(make: SimpleNamespace, counts: Counts) -> None:
    record = read(alone(make, counts))
    assert (record.age, record.sex) == (None, None)
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)


def test_the_patient_is_the_one_that_is_meant(make: SimpleNamespace, counts: Counts) -> None:
    document = json.loads(make.fhir(counts))
    other = {"resourceType": "Patient", "id": "p2", "gender": "male", "birthDate": "1930-01-01"}
    document["entry"].insert(0, {"resource": other})
    assert read(json.dumps(document).encode()).sex == "female"
    document["entry"][1]["resource"]["subject"] = {}
    assert read(json.dumps(document).encode()).sex is None, "of two patients neither is meant"
    document["entry"][1]["resource"]["subject"] = {"reference": "#p2"}
    assert read(json.dumps(document).encode()).sex == "male"


def test_origin_and_factor(make: SimpleNamespace, counts: Counts) -> None:
    """A value is the origin, plus the number times the factor."""
    origin = {"value": 0.25, "unit": "mV"}
    record = read(alone(make, counts, origin=origin, factor=0.01))
    np.testing.assert_allclose(record.signal, counts * 0.01 + 0.25, atol=1e-6)
    default = read(alone(make, counts, factor=1))
    np.testing.assert_allclose(default.signal, counts * 0.001, atol=1e-6)


@pytest.mark.parametrize(
    ("time", "frequency"),
    [
        ({"period": 1.953125}, 512.0),
        ({"period": None, "interval": 2, "intervalUnit": "ms"}, 500.0),
        ({"period": None, "interval": 0.004, "intervalUnit": "s"}, 250.0),
        ({"period": None, "interval": 5000, "intervalUnit": "us"}, 200.0),
        ({"period": None, "interval": 1953125, "intervalUnit": "ns"}, 512.0),
    ],
)
def test_the_time_between_samples(
    make: SimpleNamespace, counts: Counts, time: dict[str, object], frequency: float
) -> None:
    assert read(alone(make, counts, **time)).sampling_frequency == frequency


def test_a_period_in_seconds_beside_a_stated_frequency(make: SimpleNamespace, counts: Counts) -> None:
    """A library for Apple's watches writes seconds into a field of milliseconds, and the frequency beside it."""
    document = make.fhir_observation(counts, period=0.002)
    document["component"].append(
        {
            "code": {"coding": [{"code": "HKElectrocardiogram.SamplingFrequency"}]},
            "valueQuantity": {"value": 500, "unit": "hertz", "code": "Hz"},
        }
    )
    record = read(json.dumps(document).encode())
    assert record.sampling_frequency == 500
    assert "in seconds" in record.notes[0]
    document["component"][-1]["valueQuantity"]["value"] = 360
    with pytest.raises(RecordFormatError, match="the observation states 360 Hz"):
        read(json.dumps(document).encode())
    with pytest.raises(RecordFormatError, match="not that of an ECG"):
        read(alone(make, counts, period=0.002))


def test_codes_in_the_samples_are_missing(make: SimpleNamespace, counts: Counts) -> None:
    data = " ".join(["1 E 2 U 3 L", *["4"] * 994])
    record = read(alone(make, counts[:, :1], data=data))
    assert np.flatnonzero(np.isnan(record.signal[:, 0])).tolist() == [1, 3, 5]
    assert record.notes == ("samples marked as errors or as beyond the limits (E, U, L) are missing",)


def test_dimensions_are_interleaved(make: SimpleNamespace, counts: Counts) -> None:
    data = " ".join(map(str, counts.ravel().tolist()))
    content = alone(make, counts[:, :1], data=data, dimensions=2)
    record = read(content, lead="I+II")
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)
    assert read(content).leads == ("Channel 1", "Channel 2")
    with pytest.raises(RecordFormatError, match="no whole samples of 3 dimensions"):
        read(alone(make, counts[:, :1], dimensions=3))


def test_pieces_of_one_lead_are_joined(make: SimpleNamespace, counts: Counts) -> None:
    document = make.fhir_observation(counts[:500, :1])
    document["component"] += make.fhir_observation(counts[500:, :1])["component"]
    record = read(json.dumps(document).encode())
    np.testing.assert_allclose(record.signal[:, 0], counts[:, 0] * 0.005, atol=1e-6)
    assert record.notes == ("pieces of one lead are joined, in the order of the file",)
    document["component"][1]["valueSampledData"]["period"] = 4
    with pytest.raises(RecordFormatError, match="different units or sampling frequencies"):
        read(json.dumps(document).encode())


@pytest.mark.parametrize(
    ("coding", "lead"),
    [
        ({"code": "131389"}, "III"),
        ({"code": "131390"}, "aVR"),
        ({"code": "131336"}, "V6"),
        ({"display": "MDC_ECG_LEAD_AVF"}, "aVF"),
        ({"display": "Lead V3"}, "V3"),
    ],
)
def test_names_of_leads(make: SimpleNamespace, counts: Counts, coding: dict[str, str], lead: str) -> None:
    document = make.fhir_observation(counts[:, :1])
    document["component"][0]["code"] = {"coding": [coding]}
    assert read(json.dumps(document).encode()).leads == (lead,)


def test_what_is_no_ecg_is_left_out(make: SimpleNamespace, counts: Counts) -> None:
    document = json.loads(make.fhir(counts, observations=2))
    pulse = make.fhir_observation(counts[:, :1], day=5, origin={"value": 0, "unit": "%"})
    pulse["code"] = pulse["component"][0]["code"] = {"coding": [{"display": "Oxygen saturation"}]}
    document["entry"].append({"resource": pulse})
    content = json.dumps(document).encode()
    found = dict(read_all(content))
    assert list(found) == ["2020-02-03T10:11:12Z", "2020-02-04T10:11:12Z"]
    assert all(isinstance(record, Record) for record in found.values())
    with pytest.raises(RecordFormatError, match="holds 2 recordings"):
        read(content)


def test_a_unit_that_is_not_stated_is_not_guessed(make: SimpleNamespace, counts: Counts) -> None:
    """HL7's own example has an origin without a unit."""
    content = alone(make, counts, origin={"value": 2048})
    with pytest.raises(RecordFormatError, match="does not state its unit"):
        read(content)
    np.testing.assert_allclose(read(content, unit="uV").signal, counts * 0.005 + 2.048, atol=1e-5)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"period": 0}, "does not state its sampling frequency"),
        ({"period": -2}, "does not state its sampling frequency"),
        ({"period": 1e-9}, "not that of an ECG"),
        ({"period": None}, "does not state its sampling frequency"),
        ({"period": None, "interval": 2, "intervalUnit": "fortnight"}, "does not state its sampling frequency"),
        ({"dimensions": 0}, "dimensions"),
        ({"dimensions": 10**9}, "dimensions"),
        ({"dimensions": "two"}, "dimensions"),
        ({"factor": 0}, "factor"),
        ({"factor": "Doe"}, "factor"),
        ({"data": "1 2 Doe"}, "no numbers separated by spaces"),
        ({"data": ["1"]}, "no numbers separated by spaces"),
        ({"data": "nan " * 9}, "missing"),
        ({"factor": 1e9}, "no ECG does"),
    ],
)
def test_what_is_refused(make: SimpleNamespace, counts: Counts, changed: dict[str, object], reason: str) -> None:
    with pytest.raises(RecordFormatError, match=reason) as caught:
        read(alone(make, counts, **changed))
    assert "Doe" not in str(caught.value)


def test_a_bundle_without_an_ecg(make: SimpleNamespace, counts: Counts) -> None:
    document = json.loads(make.fhir(counts))
    document["entry"] = document["entry"][1:]
    with pytest.raises(RecordFormatError, match="holds 0 recordings"):
        read(json.dumps(document).encode())


def test_bundles_within_bundles_end(make: SimpleNamespace, counts: Counts) -> None:
    document: dict[str, object] = json.loads(make.fhir(counts))
    for _ in range(20):
        document = {"resourceType": "Bundle", "entry": [{"resource": document}]}
    with pytest.raises(RecordFormatError, match="holds 0 recordings"):
        read(json.dumps(document).encode())


@pytest.mark.parametrize("changed", [{"data": "1 Doe"}, {"period": None}, {"factor": 0}, {"dimensions": 0}])
def test_a_fault_of_another_signal_does_not_matter(
    make: SimpleNamespace, counts: Counts, changed: dict[str, object]
) -> None:
    document = make.fhir_observation(counts)
    data = document["component"][0]["valueSampledData"] | {"origin": {"value": 0, "unit": "Ohm"}} | changed
    document["component"].append({"code": {"text": "Respiration"}, "valueSampledData": data})
    record = read(json.dumps(document).encode())
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)
    assert record.notes == ("left out what is no ECG: Respiration (Ohm)",)
    document["component"][-1]["code"]["text"] = "Lead V1"
    with pytest.raises(RecordFormatError) as caught:
        read(json.dumps(document).encode())
    assert "Doe" not in str(caught.value)


def test_the_rate_as_an_interval_in_hertz(make: SimpleNamespace, counts: Counts) -> None:
    assert read(alone(make, counts, period=None, interval=500, intervalUnit="/s")).sampling_frequency == 500
    record = read(alone(make, counts, period=None, interval=500, intervalUnit="Hz"))
    assert record.sampling_frequency == 500


def test_the_frequency_of_the_user_counts_where_the_period_is_0(make: SimpleNamespace, counts: Counts) -> None:
    record = read(alone(make, counts, period=0), sampling_frequency=500)
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)


def test_a_long_text_before_the_type(make: SimpleNamespace, counts: Counts) -> None:
    document = {"text": {"div": "<div>" + "ä" * 9000 + "</div>"}} | make.fhir_observation(counts)
    for content in (json.dumps(document).encode(), json.dumps(document, ensure_ascii=False).encode()):
        np.testing.assert_allclose(read(content).signal, counts * 0.005, atol=1e-6)


def test_zeros_at_the_end(make: SimpleNamespace, counts: Counts) -> None:
    np.testing.assert_allclose(read(make.fhir(counts) + bytes(512)).signal, counts * 0.005, atol=1e-6)


@pytest.mark.parametrize("lost", [(0, 0), (400, 500)])
def test_offsets_of_r5(make: SimpleNamespace, counts: Counts, lost: tuple[int, int]) -> None:
    kept = [number for number in range(len(counts)) if not lost[0] <= number < lost[1]]
    data = " ".join(str(counts[number, 0]) for number in kept)
    offsets = " ".join(str(2 * number) for number in kept)
    record = read(alone(make, counts[:, :1], period=None, intervalUnit="ms", offsets=offsets, data=data))
    wanted = counts[:, 0] * 0.005
    wanted[lost[0] : lost[1]] = np.nan
    assert record.sampling_frequency == 500.0
    np.testing.assert_allclose(record.signal[:, 0], wanted, atol=1e-6)
    with pytest.raises(RecordFormatError, match="offsets for"):
        read(alone(make, counts[:, :1], period=None, intervalUnit="ms", offsets=offsets, data="1 2 3"))
    with pytest.raises(RecordFormatError, match="offsets of the samples are no numbers"):
        read(alone(make, counts[:, :1], period=None, intervalUnit="ms", offsets="Doe", data="1"))


def test_the_code_of_missing_samples(make: SimpleNamespace, counts: Counts) -> None:
    data = " ".join("-32768" if number == 5 else str(count) for number, count in enumerate(counts[:, 0]))
    record = read(alone(make, counts[:, :1], data=data))
    assert np.flatnonzero(np.isnan(record.signal[:, 0])).tolist() == [5]
