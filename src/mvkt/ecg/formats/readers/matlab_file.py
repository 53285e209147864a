"""MATLAB 5 files, what MATLAB writes with -v6 and -v7: their variables, within limits that every recording keeps."""

from __future__ import annotations

import io
import math
import struct
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats.library_warnings import collected_warnings
from mvkt.errors import RecordFormatError

_LARGEST_UNPACKED_BYTES = 256 * 1024**2
_HEADER_BYTES = 128
_COMPRESSED, _MATRIX = 15, 14
_CELL_CLASS, _STRUCT_CLASS = 1, 2
_PLAIN_CLASSES = frozenset({4, *range(6, 16)})  # text and numbers: no objects, functions
_TEXT_CLASS, _COMPLEX = 4, 0x800
_NUMBERS = frozenset({*range(1, 8), 9, 12, 13})
_TEXT = frozenset({1, 2, 4, 16, 17, 18})
"""How numbers and text are stored."""

_MOST_CELLS = 256


def is_level_5(head: bytes) -> bool:
    """Whether a file begins as those of MATLAB 5 do."""
    return head.startswith(b"MATLAB 5.0 MAT-file") and head[126:128] in (b"IM", b"MI")


def load_variables(content: bytes) -> dict[str, Any]:
    """Load the variables of a file, after a look at what they claim to be.

    Raises:
        RecordFormatError: It is damaged, or holds more than numbers, text, cells, and a struct of those.
    """
    from scipy.io import loadmat

    try:
        plain = _unpack(content)
        with collected_warnings("scipy"):  # of names that are there twice, of which the last one wins
            loaded: dict[str, Any] = loadmat(io.BytesIO(plain))
    except RecordFormatError:
        raise
    except Exception as error:  # a damaged file breaks the library in any way; none may come through
        raise RecordFormatError(f"the MATLAB file is damaged or incomplete ({type(error).__name__})") from error
    return loaded


def arrays_of(variables: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """Return the numbers and texts of variables and of the fields of a struct; lists of texts from cells of these."""
    found: dict[str, NDArray[Any]] = {}
    for name, value in variables.items():
        if name.startswith("__") or not isinstance(value, np.ndarray):
            continue
        if value.dtype.names:
            found |= arrays_of({field: value.flat[0][field] for field in value.dtype.names} if value.size else {})
        elif value.dtype.kind == "O":
            found[name] = np.array([str(cell.flat[0]) if cell.size else "" for cell in value.flat])
        else:
            found[name] = np.char.strip(value) if value.dtype.kind == "U" else value
    return found


def _unpack(content: bytes) -> bytes:
    """Return the file with its variables uncompressed, of harmless kinds only, and no longer than allowed.

    ``loadmat`` would unpack whatever a file claims to hold, and make room for as many cells as it claims to have.
    """
    order = "<" if content[126:128] == b"IM" else ">"
    parts, at, room = [content[:_HEADER_BYTES]], _HEADER_BYTES, _LARGEST_UNPACKED_BYTES
    while at + 8 <= len(content):
        kind, length = struct.unpack_from(f"{order}2I", content, at)
        element = content[at : at + 8 + length]
        if len(element) < 8 + length:
            raise RecordFormatError("the MATLAB file is incomplete")
        if kind == _COMPRESSED:
            element = zlib.decompressobj().decompress(element[8:], room + 1)
        room -= len(element)
        if room < 0:
            raise RecordFormatError(f"the MATLAB file unpacks to more than {_LARGEST_UNPACKED_BYTES:,} bytes")
        _check_matrix(element, order, in_struct=False)
        parts.append(element)
        at += 8 + length
    return b"".join(parts)


def _check_matrix(element: bytes, order: str, *, in_struct: bool, in_cell: bool = False) -> None:
    """Refuse all but numbers, text, a few cells of those, and one struct of all of these."""
    start, end, _ = _tag(element, 0, order, _MATRIX)
    flags, _, after = _tag(element, start, order)
    about = struct.unpack_from(f"{order}I", element, flags)[0]
    array_class = about & 0xFF
    dimensions, dimensions_end, after = _tag(element, after, order)
    sizes = struct.unpack(f"{order}{(dimensions_end - dimensions) // 4}I", element[dimensions:dimensions_end])
    _, _, after = _tag(element, after, order)  # the name
    if array_class in _PLAIN_CLASSES:
        if math.prod(sizes) > len(element):
            raise RecordFormatError("the MATLAB file is damaged: a variable claims more elements than it has")
        _check_parts(element, after, end, order, about)
        return
    is_cell = array_class == _CELL_CLASS and not in_cell and math.prod(sizes) <= _MOST_CELLS
    is_struct = array_class == _STRUCT_CLASS and not in_struct and all(size == 1 for size in sizes)
    if not is_cell and not is_struct:
        raise RecordFormatError("the MATLAB file holds cells or objects; expected one struct of numbers and text")
    expected = math.prod(sizes)
    if is_struct:
        length, _, after = _tag(element, after, order)
        names, names_end, after = _tag(element, after, order)
        expected = (names_end - names) // max(1, struct.unpack_from(f"{order}I", element, length)[0])
    found = 0
    while after < end:
        field = after
        _, _, after = _tag(element, field, order, _MATRIX)
        _check_matrix(element[field:after], order, in_struct=True, in_cell=is_cell)
        found += 1
    if found < expected:
        raise RecordFormatError("the MATLAB file is damaged: a variable claims more elements than it has")


def _check_parts(element: bytes, at: int, end: int, order: str, about: int) -> None:
    """Refuse numbers or text that are not there, or stored in a way that is not known.

    SciPy takes what comes after them for them, and may end the whole program there.
    """
    known = _TEXT if about & 0xFF == _TEXT_CLASS else _NUMBERS
    expected = 2 if about & _COMPLEX else 1
    while at < end and expected:
        (kind,) = struct.unpack_from(f"{order}I", element, at)
        if (kind & 0xFFFF if kind >> 16 else kind) not in known:
            raise RecordFormatError("the MATLAB file is damaged: numbers are stored in a way that is not known")
        _, _, at = _tag(element, at, order)
        expected -= 1
    if expected:
        raise RecordFormatError("the MATLAB file is damaged: a variable claims more elements than it has")


def _tag(element: bytes, at: int, order: str, expected: int | None = None) -> tuple[int, int, int]:
    """Return where the data of a sub-element begin and end, and where the next one begins.

    Source: MAT-File Format (MathWorks), "Data Elements": up to four bytes are packed into the tag itself.
    """
    kind, length = struct.unpack_from(f"{order}2I", element, at)
    if kind >> 16:
        return at + 4, at + 4 + (kind >> 16), at + 8
    if expected is not None and kind != expected:
        raise RecordFormatError("the MATLAB file is damaged: a variable is not where it should be")
    if at + 8 + length > len(element):
        raise RecordFormatError("the MATLAB file is incomplete")
    return at + 8, at + 8 + length, at + 8 + length + (-length % 8)
