"""EDF+, with the library edfio (extra ``convert``)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats.library_warnings import collected_warnings
from mvkt.ecg.record import Record
from mvkt.errors import MissingExtraError, RecordFormatError
from mvkt.files import atomic_write

_LARGEST_DATA_RECORD_BYTES = 61_440
_SHORTEST_DATA_RECORD_SECONDS = 0.5
_YEARS = range(1985, 2085)
_SEXES: Mapping[str, Literal["F", "M"]] = {"female": "F", "male": "M"}


def write_edf(record: Record, path: Path) -> tuple[Path, ...]:
    """Write EDF+ without anything of the person but sex and age.

    The sampling frequency is kept to six digits or more: an EDF file states how long its data records last, in eight
    characters. The physical range of a lead is that of its amplitudes.

    Raises:
        MissingExtraError: edfio is not installed.
        RecordFormatError: Samples are missing, for which EDF has no code.
    """
    try:
        import edfio
    except ModuleNotFoundError as error:
        raise MissingExtraError("writing EDF+ needs edfio: pip install 'mvkt[convert]'") from error
    if np.isnan(record.signal).any():
        raise RecordFormatError("EDF has no code for missing samples, and this recording has some: choose WFDB or CSV")
    samples = samples_a_data_record(len(record.signal), len(record.leads), record.sampling_frequency)
    duration = _in_eight_characters(samples / record.sampling_frequency)
    signals = [
        edfio.EdfSignal(
            column.astype(np.float64),
            samples / duration,
            label=_label(lead),
            physical_dimension="uV",
            physical_range=_range(column),
        )
        for lead, column in zip(record.leads, (record.signal * np.float32(1000)).T, strict=True)
    ]
    began = record.start_time if record.start_time and record.start_time.year in _YEARS else None
    with collected_warnings("edfio"):  # that the fractions of a second make it EDF+C
        edf = edfio.Edf(
            signals,
            patient=edfio.Patient(
                sex=_SEXES.get(record.sex or "", "X"),
                additional=() if record.age is None else (f"age={record.age:g}",),
            ),
            recording=edfio.Recording(startdate=began.date() if began else None),
            starttime=began.time().replace(tzinfo=None) if began else datetime.time(),
            data_record_duration=duration,
        )
    with atomic_write(path) as stream:
        stream.write(edf.to_bytes())
    return (path,)


def _label(lead: str) -> str:
    label = lead if lead.upper().startswith("ECG") else f"ECG {lead}"
    return label.encode("ascii", errors="replace").decode()[:16]


def samples_a_data_record(samples: int, leads: int, sampling_frequency: float) -> int:
    """Return into how many samples a recording is cut, so that no data record needs padding.

    The largest part that fits into a data record of the recommended size; one record for all where only parts of less
    than half a second would do.
    """
    largest = min(samples, _LARGEST_DATA_RECORD_BYTES // (2 * leads))
    parts = (part for part in range(largest, 0, -1) if samples % part == 0)
    part = next(parts)
    return part if part >= _SHORTEST_DATA_RECORD_SECONDS * sampling_frequency else samples


def _in_eight_characters(seconds: float) -> float:
    return float(f"{seconds:.{max(0, 7 - len(str(int(seconds))))}f}")


def _range(signal: NDArray[np.float32]) -> tuple[float, float]:
    """Return round limits around the amplitudes, in µV."""
    largest = float(np.abs(signal).max())
    limit = float(f"{max(largest, 1.0) * 1.001:.3g}")
    limit = limit if limit > 1.0001 * largest else limit * 1.01  # the largest sample is no digital maximum
    return -float(f"{limit:.4g}"), float(f"{limit:.4g}")
