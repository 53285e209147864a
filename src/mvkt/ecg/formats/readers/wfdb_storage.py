"""The numbers in the signal files of WFDB, in each of the storage formats.

Source: WFDB Applications Guide, signal(5), https://physionet.org/physiotools/wag/signal-5.htm.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.errors import RecordFormatError

_Bytes = NDArray[np.uint8]


def _format_8(data: _Bytes) -> NDArray[Any]:
    return data.view(np.int8)


def _format_24(data: _Bytes) -> NDArray[Any]:
    part = data[: len(data) // 3 * 3].reshape(-1, 3).astype(np.int32)
    return _signed(part[:, 0] | part[:, 1] << 8 | part[:, 2] << 16, 24)


def _format_212(data: _Bytes) -> NDArray[Any]:
    """Two samples of 12 bits in three bytes; two bytes at the end hold one more."""
    padded = np.concatenate([data, np.zeros(-len(data) % 3, dtype=np.uint8)]).reshape(-1, 3).astype(np.int16)
    pairs = np.stack([padded[:, 0] | (padded[:, 1] & 0x0F) << 8, padded[:, 2] | (padded[:, 1] & 0xF0) << 4], axis=1)
    return _signed(pairs.ravel(), 12)[: len(data) * 2 // 3]


def _format_310(data: _Bytes) -> NDArray[Any]:
    """Three samples of 10 bits in four bytes: two in the upper bits of a word each, the third in what remains."""
    words = data[: len(data) // 4 * 4].view("<u2").reshape(-1, 2).astype(np.int16)
    third = (words[:, 0] >> 11 & 0x1F) | (words[:, 1] >> 11 & 0x1F) << 5
    return _signed(np.stack([words[:, 0] >> 1 & 0x3FF, words[:, 1] >> 1 & 0x3FF, third], axis=1).ravel(), 10)


def _format_311(data: _Bytes) -> NDArray[Any]:
    """Three samples of 10 bits in four bytes, one after the other from the lowest bit."""
    words = data[: len(data) // 4 * 4].view("<u4")
    parts = np.stack([words >> shift & 0x3FF for shift in (0, 10, 20)], axis=1).astype(np.int16)
    return _signed(parts.ravel(), 10)


def _signed(values: NDArray[Any], bits: int) -> NDArray[Any]:
    """Take numbers of some bits as two's complement."""
    values[values >= 1 << (bits - 1)] -= 1 << bits
    return values


def _of_type(kind: str) -> Callable[[_Bytes], NDArray[Any]]:
    size = np.dtype(kind).itemsize
    return lambda data: data[: len(data) // size * size].view(kind)


_DECODERS: dict[int, Callable[[_Bytes], NDArray[Any]]] = {
    8: _format_8,
    16: _of_type("<i2"),
    24: _format_24,
    32: _of_type("<i4"),
    61: _of_type(">i2"),
    80: lambda data: data.astype(np.int16) - np.int16(128),
    160: lambda data: (data[: len(data) // 2 * 2].view("<u2").astype(np.int32) - 32768).astype(np.int16),
    212: _format_212,
    310: _format_310,
    311: _format_311,
}
_BITS = {16: 16, 24: 24, 32: 32, 61: 16, 80: 8, 160: 16, 212: 12, 310: 10, 311: 10, 508: 8, 516: 16, 524: 24}

INVALID_SAMPLE = {storage_format: -(2 ** (bits - 1)) for storage_format, bits in _BITS.items()}
"""The stored number of a sample that was not recorded, by storage format; format 8, of differences, has none."""


def sizes_of(numbers: int) -> dict[int, int]:
    """Return the bytes of so many numbers in each storage format but FLAC; 310 and 311 fill up the last word."""
    sizes = {kind: -(-numbers * _BITS.get(kind, 8) // 8) for kind in _DECODERS}
    return sizes | dict.fromkeys((310, 311), -(-numbers // 3) * 4)


def stored_numbers(data: bytes, storage_format: int) -> NDArray[Any]:
    """Return the numbers of a signal file in their order, whatever of a last incomplete one is left.

    Raises:
        RecordFormatError: The storage format is none that is read.
    """
    decode = _DECODERS.get(storage_format)
    if decode is None:
        raise RecordFormatError(f"WFDB: storage format {storage_format} is not read")
    return decode(np.frombuffer(data, dtype=np.uint8))
