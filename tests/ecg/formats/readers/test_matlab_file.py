"""MATLAB 5 files that claim more than they hold."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib

import pytest
from scipy.io import loadmat

from mvkt.ecg.formats import read
from mvkt.ecg.formats.readers import matlab_file
from mvkt.errors import RecordFormatError


def element(kind: int, data: bytes) -> bytes:
    return struct.pack("<2I", kind, len(data)) + data + bytes(-len(data) % 8)


def crafted(array_class: int, dimensions: tuple[int, ...], name: bytes, data: bytes) -> bytes:
    header = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack("<H", 0x100) + b"IM"
    sizes = struct.pack(f"<{len(dimensions)}i", *dimensions)
    parts = element(6, struct.pack("<2I", array_class, 0)) + element(5, sizes) + element(1, name) + data
    return header + element(14, parts)


@pytest.mark.parametrize(
    ("array_class", "dimensions"),
    [(1, (2**30, 1)), (2, (2**30, 1)), (4, (2**30, 1)), (6, (2**31 - 1, 2**31 - 1)), (6, (-1, -(2**30)))],
    ids=["cells", "structs", "text", "numbers", "negative"],
)
def test_promises_of_much_take_no_memory(array_class: int, dimensions: tuple[int, ...]) -> None:
    content = crafted(array_class, dimensions, b"ECG", element(1, b""))
    tracemalloc.start()
    try:
        with pytest.raises(RecordFormatError):
            read(content)
        assert tracemalloc.get_traced_memory()[1] < 50e6
    finally:
        tracemalloc.stop()


def test_a_crafted_file_that_promises_nothing_untrue_loads() -> None:
    content = crafted(6, (1, 2), b"ok", element(9, struct.pack("<2d", 1, 2)))
    assert loadmat(io.BytesIO(content))["ok"].tolist() == [[1, 2]]
    with pytest.raises(RecordFormatError, match="does not state its unit"):
        read(content)


@pytest.mark.parametrize(
    ("array_class", "data"),
    [
        (6, element(143, bytes(16))),
        (6, element(14, bytes(16))),
        (6, b""),
        (6 | 0x800, element(9, bytes(16))),
        (4, element(9, bytes(16))),
        (2, element(5, struct.pack("<i", 8)) + element(1, b"a".ljust(8, b"\0"))),
        (1, b""),
    ],
    ids=["unknown", "matrix", "none", "no imaginary part", "text", "no field", "no cell"],
)
def test_what_would_end_the_program_is_refused(array_class: int, data: bytes) -> None:
    """SciPy takes what comes next for numbers, whatever their type is."""
    sizes = (1, 1) if array_class in (1, 2) else (1, 2)
    content = crafted(array_class, sizes, b"x", data) + crafted(6, (1, 1), b"y", element(9, bytes(8)))[128:]
    with pytest.raises(RecordFormatError, match="the MATLAB file is damaged"):
        read(content)


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matlab_file, "_LARGEST_UNPACKED_BYTES", 10**6)
    packed = zlib.compress(crafted(6, (1, 10**6), b"ECG", element(9, bytes(8 * 10**6)))[128:])
    assert len(packed) < 10**5
    header = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack("<H", 0x100) + b"IM"
    with pytest.raises(RecordFormatError, match="unpacks to more than 1,000,000 bytes"):
        read(header + struct.pack("<2I", 15, len(packed)) + packed)
