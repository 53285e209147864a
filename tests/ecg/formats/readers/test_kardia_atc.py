from __future__ import annotations

import struct
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.formats import read
from mvkt.ecg.leads import STANDARD_LEADS
from mvkt.errors import RecordFormatError

Counts = NDArray[np.int16]


def test_two_leads(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.atc(counts))
    assert (record.source, record.leads, record.sampling_frequency) == ("AliveCor Kardia ATC", ("I", "II"), 500.0)
    assert record.start_time == datetime(2020, 2, 3, 10, 11, 12, tzinfo=timezone(timedelta(hours=1)))
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)
    assert record.notes == ()


def test_the_amplitude_of_a_step(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.atc(counts, nanovolts=500, rate=300))
    assert record.sampling_frequency == 300
    np.testing.assert_allclose(record.signal, counts * 0.0005, atol=1e-7)


def test_twelve_leads(make: SimpleNamespace, counts: Counts) -> None:
    content = make.atc(counts[:, :1])
    start = content.index(b"ecg ")
    block = content[start : start + 12 + 2 * len(counts)]
    blocks = [_renamed(block, f"ecg{mark}".encode()) for mark in " 23456789abc"]
    record = read(content.replace(block, b"".join(reversed(blocks))))
    assert record.leads == STANDARD_LEADS


def _renamed(block: bytes, name: bytes) -> bytes:
    import zlib

    whole = name + block[4:-4]
    return whole + struct.pack("<I", zlib.crc32(whole))


def test_missing_samples_and_filters(make: SimpleNamespace, counts: Counts) -> None:
    gone = counts.copy()
    gone[5:8, 0] = -32768
    record = read(make.atc(gone, flags=64))
    assert np.isnan(record.signal).sum(axis=0).tolist() == [3, 0]
    assert record.notes == ("the recording was filtered by the device (enhanced filter)",)


def test_a_file_that_ends_early(make: SimpleNamespace, counts: Counts) -> None:
    content = make.atc(counts)
    record = read(content[: content.index(b"ecg2") + 8 + 500])
    assert record.notes[0] == "truncated: the file ends within its block 'ecg2'"
    assert np.isnan(record.signal).sum(axis=0).tolist() == [0, 750]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ((b"\x05\x00\x05\x00", b"\x05\x00\x05\x01"), "checksum of block 'ecg'"),
        ((b"fmt", b"fmx"), "no sampling frequency"),
        ((b"\x01\xf4\x01", b"\x01\xf4\x02"), "checksum of block 'fmt'"),
    ],
)
def test_damage(make: SimpleNamespace, counts: Counts, change: tuple[bytes, bytes], reason: str) -> None:
    content = make.atc(np.full_like(counts, 5))
    with pytest.raises(RecordFormatError, match=reason):
        read(content.replace(*change, 1))


def test_what_a_file_must_state(make: SimpleNamespace, counts: Counts) -> None:
    with pytest.raises(RecordFormatError, match="not that of an ECG"):
        read(make.atc(counts, rate=0))
    with pytest.raises(RecordFormatError, match="unit"):
        read(make.atc(counts, nanovolts=0))
    content = make.atc(counts)
    with pytest.raises(RecordFormatError, match="no ECG block"):
        read(content[: content.index(b"ecg ")])
    start, end = content.index(b"fmt "), content.index(b"ecg ")
    with pytest.raises(RecordFormatError, match="no sampling frequency"):
        read(content[:start] + content[end:])


def test_a_fault_in_a_lead_that_is_not_wanted(make: SimpleNamespace, counts: Counts) -> None:
    content = make.atc(counts)
    at = content.index(b"ecg2") + 20
    content = content[:at] + b"x" + content[at + 1 :]
    np.testing.assert_allclose(read(content, lead="I").signal[:, 0], counts[:, 0] * 0.005, atol=1e-6)
    for lead in (None, "II"):
        with pytest.raises(RecordFormatError, match="checksum of block 'ecg2'"):
            read(content, lead=lead)


def test_a_fault_in_the_time(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.atc(counts).replace(b"2020-02", b"2020-03"))
    assert record.start_time is None
    assert record.notes == ("left out the damaged section of the person and the start",)


def test_a_fault_in_an_average_beat_does_not_matter(make: SimpleNamespace, counts: Counts) -> None:
    content = make.atc(counts)
    at = content.index(b"avg ") + 20
    record = read(content[:at] + b"x" + content[at + 1 :])
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)
