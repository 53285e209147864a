"""NumPy arrays: ``.npy``, and ``.npz`` with ``signal`` and optionally ``sampling_frequency``, ``unit``, ``leads``."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from mvkt.ecg.formats.assemble import Channel, assemble, is_ecg_name
from mvkt.ecg.formats.column_names import name_and_unit
from mvkt.ecg.formats.column_values import even_step_of
from mvkt.ecg.formats.person_facts import parse_age, parse_sex
from mvkt.ecg.formats.reader import Format, Reader, single
from mvkt.ecg.formats.readers.zip_file import open_zip, read_member
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.sample_times import Timing, spread
from mvkt.ecg.formats.stored_numbers import without_code
from mvkt.ecg.formats.table_header import SECONDS
from mvkt.ecg.formats.table_times import scale_of, timing_of_numbers
from mvkt.ecg.formats.units import millivolts_per
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

_LARGEST_ARRAY_BYTES = 256 * 1024**2
_MOST_LEADS = 64
_ROWS = 256
_RATES = ("sampling_frequency", "fs", "sampling_rate", "sample_rate", "sfreq", "frequency")
_UNITS = ("unit", "units")
_LEADS = ("leads", "lead_names", "sig_name", "channels", "ch_names")


def recognises(file: RecordingFile) -> bool:
    """Whether a file is an array, or an archive that begins with one."""
    return file.head.startswith(npy.MAGIC_PREFIX) or _first_member(file.head).endswith(".npy")


def _first_member(head: bytes) -> str:
    if not head.startswith(b"PK\x03\x04"):
        return ""
    return head[30 : 30 + int.from_bytes(head[26:28], "little")].decode("utf-8", errors="replace")


def read(file: RecordingFile, given: UserFacts) -> Record:
    """Read an array of ``(samples,)``, ``(samples, leads)`` or ``(leads, samples)``."""
    return record_of(_arrays(file), given, "NumPy")


def record_of(arrays: Mapping[str, NDArray[Any]], given: UserFacts, source: str) -> Record:
    """Return the recording in arrays with a name each.

    Args:
        arrays: Those of the signal, of times, and what states the sampling frequency, the unit and the leads.
        given: The user's facts.
        source: For the record.
    """
    arrays = {name: _without_single_axes(array) for name, array in arrays.items()}
    array, names = _signal(arrays)
    signal, notes = _samples_first(array)
    leads = _text(_first(arrays, _LEADS)) or names
    even = np.array([_rises_evenly(column) for column in signal.T])
    times = [(name, array) for name, array in arrays.items() if array.ndim == 1 and _may_be_signal(array)]
    times = [(name, array) for name, array in times if len(array) == len(signal) and _rises_evenly(array)]
    if even.any() and not even.all():
        times += [("", column) for column in signal.T[even]]
        leads = [leads[kept] for kept in np.flatnonzero(~even)] if len(leads) == len(even) else leads
        signal, notes = signal[:, ~even], (*notes, f"left out columns that rise evenly, as times do: {even.sum()}")
    leads = leads or [f"Channel {number + 1}" for number in range(signal.shape[1])]
    if len(leads) != signal.shape[1]:
        raise RecordFormatError(f"{len(leads)} names of leads for an array of {signal.shape[1]}")
    units = _text(_first(arrays, _UNITS)) or [""]
    if len(units) not in (1, len(leads)):
        raise RecordFormatError(f"{len(units)} units for an array of {len(leads)} leads")
    units = [given.unit_of(unit) for unit in units * (len(leads) // len(units))]
    timing = _timing(times, _only_number(_first(arrays, _RATES)), given)
    columns = [
        without_code(column.astype(np.float32), millivolts_per(unit) or 0.0)
        for column, unit in zip(signal.T, units, strict=True)
    ]
    return assemble(
        [
            Channel(lead, spread(column, timing.positions), unit, timing.frequency)
            for lead, column, unit in zip(leads, columns, units, strict=True)
        ],
        source=source,
        notes=(*notes, *timing.notes),
        age=_age(_first(arrays, ("age",))),
        sex=parse_sex("".join(_text(_first(arrays, ("sex", "gender"))))),
        given=given,
    )


def _timing(times: Sequence[tuple[str, NDArray[Any]]], stated: float | None, given: UserFacts) -> Timing:
    """Return the sampling frequency that is stated, or else that of the first array of times."""
    known = ((array.astype(np.float64), name_and_unit(name)[1].lower()) for name, array in times)
    measured = ((array, SECONDS.get(unit, 0.0) or scale_of(array)) for array, unit in known)
    found = next(((array, scale) for array, scale in measured if scale), None)
    return Timing(given.frequency_of(stated)) if found is None else timing_of_numbers(*found, stated, given)


def _signal(arrays: Mapping[str, NDArray[Any]]) -> tuple[NDArray[Any], list[str]]:
    """Return the array of the signal, or those of a lead each as its columns with their names."""
    numeric = {name: array for name, array in arrays.items() if _may_be_signal(array)}
    found = _first(numeric, ("signal",))
    numeric = {name: array for name, array in numeric.items() if array.ndim > 1 or not _rises_evenly(array)}
    found = next(iter(numeric.values())) if found is None and len(numeric) == 1 else found
    if found is not None:
        return found, []
    leads = {name: array for name, array in numeric.items() if is_ecg_name(name) and array.ndim == 1}
    if not leads or len({len(array) for array in leads.values()}) > 1 or len(leads) > _MOST_LEADS:
        names = ", ".join(list(arrays)[:12])
        raise RecordFormatError(
            f"expected one array of one or two axes, called 'signal' among several; there is {names or 'nothing'}"
        )
    return np.stack(list(leads.values()), axis=1), list(leads)


def _rises_evenly(column: NDArray[Any]) -> bool:
    """Whether an array is one of times or counts: no ECG is a straight line."""
    return len(column) > 2 and even_step_of(column[:_ROWS].astype(np.float64)) != 0


def _may_be_signal(array: NDArray[Any]) -> bool:
    return array.ndim in (1, 2) and array.size != 1 and array.dtype.kind in "fiu"


def _without_single_axes(array: NDArray[Any]) -> NDArray[Any]:
    """Return ``(1, samples, leads)``, a batch of one recording, without the first axis; a single lead as a vector."""
    array = array[0] if array.ndim == 3 and len(array) == 1 else array
    return array.reshape(-1) if array.ndim == 2 and 1 in array.shape and array.size > 1 else array


def _first(arrays: Mapping[str, NDArray[Any]], names: Sequence[str]) -> NDArray[Any] | None:
    found = {name.lower(): array for name, array in arrays.items()}
    return next((found[name] for name in names if name in found), None)


def _arrays(file: RecordingFile) -> Mapping[str, NDArray[Any]]:
    content = file.read_bytes()
    if file.head.startswith(npy.MAGIC_PREFIX):
        return {"array": _array(io.BytesIO(content), len(content))}
    with open_zip(content) as archive:
        found = {}
        for member in archive.infolist()[:20]:
            inside = read_member(archive, member, _LARGEST_ARRAY_BYTES)
            found[member.filename.removesuffix(".npy")] = _array(io.BytesIO(inside), len(inside))
        return found


def _array(stream: BinaryIO, size: int) -> NDArray[Any]:
    """Read one array; its header must promise what there is."""
    try:
        version = npy.read_magic(stream)
        header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, fortran, kind = header(stream)
        start = stream.tell()
    except Exception as error:  # a damaged header breaks the library in any way
        raise RecordFormatError("the NumPy file is damaged: its header cannot be read") from error
    promised = math.prod(shape) * kind.itemsize
    if kind.hasobject or promised != size - start or size > _LARGEST_ARRAY_BYTES:
        raise RecordFormatError(
            f"the NumPy file is damaged, of Python objects, or too large: {size - start:,} bytes for "
            f"an array of shape {shape[:8]} and type {str(kind)[:20]}"
        )
    values = np.frombuffer(stream.read(), dtype=kind)
    return values.reshape(shape, order="F" if fortran else "C")


def _samples_first(array: NDArray[Any]) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Return ``(samples, leads)``; the longer axis is that of the samples."""
    if array.ndim == 1:
        return array[:, np.newaxis], ()
    if not 1 <= min(array.shape) <= _MOST_LEADS or array.shape[0] == array.shape[1]:
        raise RecordFormatError(f"an array of shape {array.shape} is none of samples x leads (up to {_MOST_LEADS})")
    if array.shape[0] > array.shape[1]:
        return array, ()
    return array.T, (f"an array of shape {array.shape} is taken as leads x samples",)


def _only_number(array: NDArray[Any] | None) -> float | None:
    return float(array.flat[0]) if array is not None and array.size == 1 and array.dtype.kind in "fiu" else None


def _age(array: NDArray[Any] | None) -> float | None:
    """Return years: a number of them, or a text such as ``18 months``."""
    years = _only_number(array)
    return parse_age("".join(_text(array))) if years is None else years


def _text(array: NDArray[Any] | None) -> list[str]:
    if array is None or array.dtype.kind not in "US":
        return []
    return [(value.decode(errors="replace") if isinstance(value, bytes) else str(value))[:80] for value in array.flat]


READER = Reader(
    name="NumPy",
    formats=(
        Format(
            name="NumPy",
            files=".npy, .npz",
            devices="scripts",
            read_by="mvkt, NumPy",
            mind="give --sampling-frequency, --unit and --lead, or store sampling_frequency, unit and leads in the "
            ".npz; the longer axis is that of the samples; pickled objects are refused",
        ),
    ),
    recognises=recognises,
    recordings=single(read),
)
