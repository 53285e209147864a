"""SCP-ECG files that end early."""

from __future__ import annotations

import struct
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.formats import read
from mvkt.ecg.formats.readers.scp_truncated import up_to_the_last_lead
from mvkt.errors import RecordFormatError

Counts = NDArray[np.int16]


@pytest.mark.parametrize(("lost", "there"), [(1, 999), (600, 700), (1700, 150)])
def test_of_the_last_lead_the_beginning_is_read(make: SimpleNamespace, counts: Counts, lost: int, there: int) -> None:
    record = read(make.scp(counts)[:-lost], lead="I+II")
    assert (record.leads, record.sampling_frequency) == (("I", "II"), 500)
    np.testing.assert_allclose(record.signal[:, 0], counts[:, 0] * 0.005, atol=1e-6)
    np.testing.assert_allclose(record.signal[:there, 1], counts[:there, 1] * 0.005, atol=1e-6)
    assert np.isnan(record.signal[there:, 1]).all()
    assert record.notes[0] == "truncated: 2 of 2 leads are there, the last perhaps in part"


def test_leads_of_which_nothing_is_there_are_left_out(make: SimpleNamespace, counts: Counts) -> None:
    for lost in (2000, 2001, 2600):
        record = read(make.scp(counts)[:-lost])
        there = min(1000, (4000 - lost) // 2)
        assert record.leads == ("I",)
        np.testing.assert_allclose(record.signal[:, 0], counts[:there, 0] * 0.005, atol=1e-6)
        assert record.notes == ("truncated: 1 of 2 leads are there, the last perhaps in part",)


def with_huffman(leads: NDArray[np.int64]) -> bytes:
    """Sections 0, 2, 3 and 6, with the default table and small amplitudes."""

    def section(number: int, body: bytes) -> bytes:
        return struct.pack("<2xHIBB6x", number, 16 + len(body), 13, 13) + body

    coded = []
    for lead in leads.T.tolist():
        bits = "".join("0" if value == 0 else "1" * abs(value) + "0" + "01"[value < 0] for value in lead)
        bits += "0" * (-len(bits) % 16)
        coded.append(int(bits, 2).to_bytes(len(bits) // 8, "big"))
    entries = b"".join(struct.pack("<IIB", 1, len(leads), code) for code in (1, 2))
    sizes = struct.pack("<HHBB2H", 5000, 2000, 0, 0, *map(len, coded))
    parts = [(2, struct.pack("<H", 19999)), (3, bytes([2, 4 | 2 << 3]) + entries), (6, sizes + b"".join(coded))]
    pointers, at, made = struct.pack("<HII", 0, 56, 7), 62, b""
    for number, body in parts:
        pointers += struct.pack("<HII", number, 16 + len(body), at + len(made) + 1)
        made += section(number, body)
    return struct.pack("<2xI", at + len(made)) + section(0, pointers) + made


def test_a_compressed_lead_is_whole_or_left_out() -> None:
    leads = np.random.default_rng(0).integers(-8, 9, (1000, 2))
    content = with_huffman(leads)
    np.testing.assert_allclose(read(content).signal, leads * 0.005, atol=1e-6)
    record = read(content[:-10])
    assert record.leads == ("I",)
    np.testing.assert_allclose(record.signal[:, 0], leads[:, 0] * 0.005, atol=1e-6)
    assert record.notes[0] == "truncated: 1 of 2 leads are there, the last perhaps in part"


def test_what_ends_before_its_samples_is_refused(make: SimpleNamespace, counts: Counts) -> None:
    content = make.scp(counts)
    for length in (60, 90, 110):
        assert up_to_the_last_lead(content[:length]) == (content[:length], ())
        with pytest.raises(RecordFormatError):
            read(content[:length])


def test_ranges_that_begin_with_0_or_are_too_long(make: SimpleNamespace, counts: Counts) -> None:
    content = make.scp(counts)
    record = read(content.replace(struct.pack("<II", 1, 1000), struct.pack("<II", 0, 999)))
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)
    record = read(content.replace(struct.pack("<II", 1, 1000), struct.pack("<II", 1, 1001)))
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)
    assert record.notes[0].startswith("truncated: ")


def test_a_wrong_size_does_not_matter(make: SimpleNamespace, counts: Counts) -> None:
    content = make.scp(counts)
    for size in (100, len(content) + 50):
        record = read(content[:2] + struct.pack("<I", size) + content[6:])
        np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)
    assert up_to_the_last_lead(content) == (content, ())
    assert up_to_the_last_lead(b"") == (b"", ())
