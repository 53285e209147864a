"""SCP-ECG with measurements that are empty or damaged."""

from __future__ import annotations

import binascii
import struct
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.formats import read
from mvkt.ecg.formats.readers.scp_sections import (
    MEASUREMENTS,
    age_in_section_1,
    needs_average_beat,
    without_sections,
)
from mvkt.errors import RecordFormatError


def with_section(content: bytes, number: int, body: bytes) -> bytes:
    """Put one more section at the end; its pointer takes the place of the end of section 0, which grows."""
    rest = struct.pack("<HIBB6x", number, 16 + len(body), 13, 13) + body
    added = struct.pack("<H", binascii.crc_hqx(rest, 0xFFFF)) + rest
    length = struct.unpack_from("<I", content, 10)[0]
    first, others = content[6 : 6 + length], content[6 + length :]
    pointers = b""
    for at in range(16, length, 10):
        name, size, place = struct.unpack_from("<HII", first, at)
        pointers += struct.pack("<HII", name, size, place + 10 * (name != 0))
    pointers += struct.pack("<HII", number, len(added), len(content) + 10 + 1)
    head = first[2:4] + struct.pack("<I", length + 10) + first[8:16] + pointers
    whole = struct.pack("<H", binascii.crc_hqx(head, 0xFFFF)) + head + others + added
    whole = struct.pack("<I", 6 + len(whole)) + whole
    return struct.pack("<H", binascii.crc_hqx(whole, 0xFFFF)) + whole


@pytest.mark.parametrize("number", [7, 8, 9, 10, 11])
@pytest.mark.parametrize("body", [b"", b"\xff", b"\xff" * 40])
def test_measurements_that_are_empty_or_damaged(
    make: SimpleNamespace, counts: NDArray[np.int16], number: int, body: bytes
) -> None:
    record = read(with_section(make.scp(counts), number, body))
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)
    assert record.notes == ()


@pytest.mark.parametrize("number", [4, 5])
@pytest.mark.parametrize("body", [b"", b"\xff", b"\xff" * 40])
def test_an_average_beat_that_is_empty_or_damaged(
    make: SimpleNamespace, counts: NDArray[np.int16], number: int, body: bytes
) -> None:
    content = with_section(make.scp(counts), number, body)
    record = read(content)
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)
    assert not needs_average_beat(content)


def test_an_average_beat_that_was_subtracted_is_needed(make: SimpleNamespace, counts: NDArray[np.int16]) -> None:
    content = make.scp(counts)
    at = content.index(struct.pack("<BBII", 2, 4 | 2 << 3, 1, len(counts)))
    subtracted = content[: at + 1] + bytes([content[at + 1] | 1]) + content[at + 2 :]
    assert (needs_average_beat(content), needs_average_beat(subtracted)) == (False, True)
    assert needs_average_beat(b"")
    assert needs_average_beat(content[:50])
    with pytest.raises(RecordFormatError):
        read(with_section(subtracted, 5, b"\xff"))


def test_a_damaged_section_of_the_person(make: SimpleNamespace, counts: NDArray[np.int16]) -> None:
    record = read(with_section(make.scp(counts), 1, struct.pack("<BH", 0, 60_000) + b"Doe"))
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)
    assert record.notes == ("left out the damaged section of the person and the start",)


def test_what_is_no_scp_comes_back_as_it_is() -> None:
    for content in (b"", bytes(30), b"\xff" * 100):
        assert without_sections(content, MEASUREMENTS) == content


@pytest.mark.parametrize(("unit", "years"), [(1, 18), (2, 1.5), (3, 18 * 7 / 365.25), (4, 18 / 365.25), (0, None)])
def test_units_of_an_age(make: SimpleNamespace, counts: NDArray[np.int16], unit: int, years: float | None) -> None:
    body = struct.pack("<BHHB", 4, 3, 18, unit) + struct.pack("<BHB", 8, 1, 2) + b"\xff\0\0"
    content = with_section(make.scp(counts), 1, body)
    assert age_in_section_1(content) == (None if years is None else pytest.approx(years))
    assert (read(content).age, read(content).sex) == (None if years is None else pytest.approx(years), "female")


@pytest.mark.parametrize("age", [999, 65535])
def test_a_placeholder_of_an_age(make: SimpleNamespace, counts: NDArray[np.int16], age: int) -> None:
    record = read(with_section(make.scp(counts), 1, struct.pack("<BHHB", 4, 3, age, 1) + b"\xff\0\0"))
    assert record.age is None
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)


def test_an_interval_of_0_is_what_the_user_states(make: SimpleNamespace, counts: NDArray[np.int16]) -> None:
    content = make.scp(counts).replace(struct.pack("<HH", 5000, 2000), struct.pack("<HH", 5000, 0))
    with pytest.raises(RecordFormatError, match="does not state its sampling frequency"):
        read(content)
    record = read(content, sampling_frequency=512.5)
    assert record.sampling_frequency == 512.5
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)


def test_what_section_7_measures(make: SimpleNamespace, counts: NDArray[np.int16]) -> None:
    waves = struct.pack("<5H3h", 100, 210, 260, 356, 660, 29999, 45, 29999)
    body = struct.pack("<2B2H", 1, 0, 845, 29999) + waves + struct.pack("<H3HB", 0, 71, 29999, 29999, 0)
    measured = read(with_section(make.scp(counts), 7, body)).machine_measurements
    assert measured is not None
    assert (measured.heart_rate, measured.rr, measured.axis) == (71, 845, 45)
    assert (measured.pr, measured.qrs, measured.qt) == (160, 96, 400)
    unknown = body.replace(struct.pack("<2H", 100, 210), struct.pack("<2H", 29999, 29999))
    measured = read(with_section(make.scp(counts), 7, unknown)).machine_measurements
    assert measured is not None
    assert (measured.pr, measured.qrs) == (None, 96)


def test_no_age_without_its_section(make: SimpleNamespace, counts: NDArray[np.int16]) -> None:
    assert [age_in_section_1(content) for content in (b"", bytes(40), make.scp(counts))] == [None] * 3
