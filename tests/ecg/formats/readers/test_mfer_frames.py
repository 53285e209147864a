from __future__ import annotations

import struct
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.formats import read
from mvkt.ecg.formats.readers.mfer_frames import age_of_mfer, up_to_its_end
from mvkt.errors import RecordFormatError

Counts = NDArray[np.int16]


@pytest.mark.parametrize("promised", [800, 1100])
def test_leads_of_another_length_than_stated(make: SimpleNamespace, counts: Counts, promised: int) -> None:
    """Each lead would begin in the one before it."""
    content = make.mfer(counts)
    np.testing.assert_allclose(read(content).signal, counts * 0.005, rtol=1e-6)
    wrong = content.replace(b"\x04\x02" + struct.pack(">H", 1000), b"\x04\x02" + struct.pack(">H", promised))
    with pytest.raises(RecordFormatError, match=f"promises {4 * promised:,} bytes of samples and holds 4,000"):
        read(wrong)


@pytest.mark.parametrize(
    ("lost", "first", "second"), [(2, 1000, 999), (200, 1000, 900), (2000, 1000, 0), (2500, 750, 0)]
)
def test_a_file_that_was_cut_off(make: SimpleNamespace, counts: Counts, lost: int, first: int, second: int) -> None:
    content = make.mfer(counts)[:-2]
    record = read(content[:-lost])
    expected = counts * 0.005
    expected[first:, 0] = expected[second:, 1] = np.nan
    np.testing.assert_allclose(record.signal, expected, rtol=1e-6)
    assert record.notes[0].startswith("truncated: ")
    wrong = content.replace(b"\x04\x02" + struct.pack(">H", 1000), b"\x04\x02" + struct.pack(">H", 1100))
    with pytest.raises(RecordFormatError, match="it is damaged"):
        read(wrong[:-lost])


def test_an_average_beat_is_no_recording(make: SimpleNamespace, counts: Counts) -> None:
    beat = make.mfer(counts).replace(b"\x05\x01\x02", b"\x08\x01\x09\x05\x01\x02", 1)
    with pytest.raises(RecordFormatError, match="at most an average beat"):
        read(beat)


def test_a_file_that_was_cut_off_after_its_samples(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.mfer(counts)[:-2] + b"\x41\x06\x00\x01")
    np.testing.assert_allclose(record.signal, counts * 0.005, rtol=1e-6)
    assert record.notes == ("truncated: the file ends early",)
    whole = make.mfer(counts)
    assert up_to_its_end(whole) == (whole, 0)


def test_fewer_frames_than_promised(make: SimpleNamespace, counts: Counts) -> None:
    content = make.mfer(counts)
    two = content.replace(b"\x06\x01\x01", b"\x06\x01\x02")
    record = read(two)
    np.testing.assert_allclose(record.signal, counts * 0.005, rtol=1e-6)
    assert record.notes[0].startswith("truncated: ")


@pytest.mark.parametrize(("pointer", "gap"), [(1000, 0), (1300, 300), (900, 0), (10**6, 0)])
def test_pauses_between_frames(make: SimpleNamespace, counts: Counts, pointer: int, gap: int) -> None:
    first, second = make.mfer(counts), counts[::-1]
    waves = b"\x1e\x84" + struct.pack(">I", second.size * 2) + second.T.astype(">i2").tobytes()
    content = first[:-2] + b"\x07\x04" + struct.pack(">I", pointer) + waves + first[-2:]
    record = read(content)
    expected = np.concatenate([counts, np.full((gap, 2), np.nan), second * 1.0]) * 0.005
    np.testing.assert_allclose(record.signal, expected, rtol=1e-6)
    assert (f"gaps of {gap:,} samples in all are marked as missing" in record.notes) == (gap > 0)
    assert any("without a gap" in note for note in record.notes) == (pointer in (900, 10**6))


@pytest.mark.parametrize(
    ("little", "years", "days", "age"),
    [(0, 60, 0, 60), (0, 0, 200, 200 / 365.25), (1, 0, 200, 200 / 365.25), (0, 0, 0, None)],
)
def test_ages_in_years_and_days(
    make: SimpleNamespace, counts: Counts, little: int, years: int, days: int, age: float | None
) -> None:
    content = make.mfer(counts)
    stated = b"\x83\x07" + struct.pack("<BHI" if little else ">BHI", years, days, 0)
    order = bytes([1, 1, little])
    content = content.replace(b"\x01\x01\x00", order + stated + b"\x01\x01\x00", 1)
    assert read(content).age == (None if age is None else pytest.approx(age))
    assert age_of_mfer(content[:-1]) == (pytest.approx(age) if days else None)
    assert age_of_mfer(b"\x83\x80") is None
