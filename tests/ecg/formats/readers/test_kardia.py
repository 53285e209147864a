from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.formats import read
from mvkt.ecg.formats.readers.hospital import read_parsed
from mvkt.errors import RecordFormatError

Counts = NDArray[np.int16]


def changed(make: SimpleNamespace, counts: Counts, **fields: object) -> bytes:
    return json.dumps(json.loads(make.kardia(counts)) | fields).encode()


def test_it_is_what_ecgdatakit_makes_of_it(make: SimpleNamespace, counts: Counts) -> None:
    from ecgdatakit.parsing.parsers.alivecor_kardia import AliveCorKardiaParser

    content = make.kardia(counts)
    record = read(content)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kardia.json"
        path.write_bytes(content)
        expected = read_parsed(AliveCorKardiaParser, path)
    np.testing.assert_allclose(record.signal, expected.signal, atol=1e-6)
    assert (record.leads, record.sampling_frequency) == (expected.leads, expected.sampling_frequency)
    assert record.start_time == expected.start_time == datetime(2020, 2, 3, 10, 11, 12, tzinfo=UTC)
    assert record.source == expected.source


def test_raw_is_read_not_enhanced(make: SimpleNamespace, counts: Counts) -> None:
    document = json.loads(make.kardia(counts))
    raw = document["data"]["raw"]
    document["data"]["enhanced"] = raw | {"samples": {"leadI": [7] * len(counts)}}
    record = read(json.dumps(document).encode())
    np.testing.assert_allclose(record.signal[:, 0], counts[:, 0] * 0.005, atol=1e-6)
    assert record.notes == ("of raw and enhanced the raw signal is read",)


def test_six_leads(make: SimpleNamespace, counts: Counts) -> None:
    document = json.loads(make.kardia(counts))
    samples = document["data"]["raw"]["samples"]
    samples |= dict.fromkeys(("leadIII", "AVR", "AVL", "AVF"), samples["leadI"])
    assert read(json.dumps(document).encode()).leads == ("I", "II", "III", "aVR", "aVL", "aVF")


def test_resolution_and_frequency(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.kardia(counts, frequency=300.7, nanovolts=500))
    assert record.sampling_frequency == 300.7
    np.testing.assert_allclose(record.signal, counts * 0.0005, atol=1e-7)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"data12L": {}}, "12 leads"),
        ({"data": None}, "no recording"),
        ({"data": {"raw": {"frequency": 300, "amplitudeResolution": 500, "samples": {}}}}, "no recording"),
        ({"duration": 30_000}, "states 30 s, and its samples last 2 s"),
    ],
)
def test_what_is_refused(make: SimpleNamespace, counts: Counts, fields: dict[str, object], reason: str) -> None:
    with pytest.raises(RecordFormatError, match=reason):
        read(changed(make, counts, **fields))


@pytest.mark.parametrize("nanovolts", [0, -500])
def test_a_scale_that_is_not_stated_is_not_guessed(make: SimpleNamespace, counts: Counts, nanovolts: float) -> None:
    with pytest.raises(RecordFormatError, match="no amplitude of a step"):
        read(make.kardia(counts, nanovolts=nanovolts))
    record = read(make.kardia(counts, nanovolts=0), unit="mV")
    assert np.ptp(record.signal[:, 0]) == pytest.approx(np.ptp(read(make.kardia(counts, nanovolts=1e6)).signal[:, 0]))


@pytest.mark.parametrize("frequency", [0, -500, 1e9])
def test_impossible_frequencies(make: SimpleNamespace, counts: Counts, frequency: float) -> None:
    with pytest.raises(RecordFormatError, match="not that of an ECG"):
        read(make.kardia(counts, frequency=frequency))


def test_deep_nesting() -> None:
    content = b'{"recordedAt": "", "amplitudeResolution": ' + b"[" * 90_000 + b"]" * 90_000 + b"}"
    with pytest.raises(RecordFormatError, match=r"JSON file is damaged|more objects"):
        read(content)


def test_errors_do_not_quote_the_file(make: SimpleNamespace, counts: Counts) -> None:
    document = json.loads(make.kardia(counts))
    document["data"]["raw"]["samples"]["leadI"] = ["Jane Doe"]
    with pytest.raises(RecordFormatError, match="no list of numbers") as caught:
        read(json.dumps(document).encode())
    assert "Doe" not in str(caught.value)
