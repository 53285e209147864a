"""MATLAB files: of the China Physiological Signal Challenge 2018 (ICBEB2018), and of samples in a matrix.

A struct ``ECG`` with ``sex`` ("Male", "Female"), ``age`` (years) and ``data`` (12 x N in mV at 500 Hz, leads
in the usual order; neither the order nor the frequency is in the file, but a frequency that was added counts). Files
without it are read as arrays of NumPy are: ``ecg``, ``fs``, ``unit``, ``leads``, also as fields of one struct.

Source: http://2018.icbeb.org/Challenge.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mvkt.ecg.formats.assemble import Channel, assemble
from mvkt.ecg.formats.person_facts import parse_sex
from mvkt.ecg.formats.reader import Format, Reader, single
from mvkt.ecg.formats.readers import numpy_array
from mvkt.ecg.formats.readers.matlab_file import arrays_of, is_level_5, load_variables
from mvkt.ecg.formats.readers.physionet import header_beside
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.leads import STANDARD_LEADS
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

SAMPLING_FREQUENCY = 500.0
_RATES = ("fs", "sampling_frequency", "sampling_rate", "sfreq")


def recognises(file: RecordingFile) -> bool:
    """Whether a file is MATLAB 5 (what MATLAB writes with -v6 and -v7), and not the signal file of a WFDB header."""
    return is_level_5(file.head) and header_beside(file) is None


def read(file: RecordingFile, given: UserFacts) -> Record:
    """Read a recording of CPSC2018."""
    variables = load_variables(file.read_bytes())
    if "ECG" not in variables or not variables["ECG"].dtype.names:
        return _read_arrays(variables, given)
    data, age, sex = (_field(variables["ECG"], name) for name in ("data", "age", "sex"))
    if data is not None and data.ndim == 2 and data.shape[1] == len(STANDARD_LEADS) != data.shape[0]:
        data = data.T
    if data is None or data.ndim != 2 or data.shape[0] != len(STANDARD_LEADS) or data.dtype.kind not in "fiu":
        shape = "missing" if data is None else f"of shape {data.shape}"
        raise RecordFormatError(f"the data of a CPSC2018 recording are 12 leads x samples in mV; these are {shape}")
    frequency = given.frequency_of(_stated_rate(variables["ECG"]) or SAMPLING_FREQUENCY)
    return assemble(
        [
            Channel(lead, signal.astype(np.float64), "mV", frequency)
            for lead, signal in zip(STANDARD_LEADS, data, strict=True)
        ],
        source="CPSC2018",
        age=float(age.flat[0]) if age is not None and age.size == 1 and age.dtype.kind in "fiu" else None,
        sex=parse_sex(str(sex.flat[0])) if sex is not None and sex.size == 1 else None,
        given=given,
    )


def _read_arrays(variables: Mapping[str, Any], given: UserFacts) -> Record:
    """Read a matrix of samples, and what is beside it, as of NumPy's arrays."""
    arrays = arrays_of(variables)
    if list(arrays) == ["val"]:
        raise RecordFormatError(
            "the MATLAB file holds val alone, the matrix of a PhysioNet challenge: it is read with its .hea beside it"
        )
    return numpy_array.record_of(arrays, given, "MATLAB")


def _stated_rate(record: Any) -> float | None:
    """Return the sampling frequency in Hz that somebody added to the struct."""
    names = [name for name in record.dtype.names or () if name.lower() in _RATES]
    rate = _field(record, names[0]) if names else None
    return float(rate.flat[0]) if rate is not None and rate.size == 1 and rate.dtype.kind in "fiu" else None


def _field(record: Any, name: str) -> np.ndarray[Any, Any] | None:
    if not isinstance(record, np.ndarray) or record.shape != (1, 1) or name not in (record.dtype.names or ()):
        return None
    value = record[0, 0][name]
    return value if isinstance(value, np.ndarray) else None


READER = Reader(
    name="CPSC2018",
    formats=(
        Format(
            name="CPSC2018 (ICBEB2018)",
            files=".mat (MATLAB 5)",
            devices="the challenge's recordings",
            read_by="mvkt, SciPy",
            mind="500 Hz and the order of the leads are those of the challenge: they are not in the file; any other "
            "matrix of samples is read as a NumPy array is, with fs, unit and leads beside it, or given",
            tried_on="real files",
        ),
    ),
    recognises=recognises,
    recordings=single(read),
)
