"""WFDB format 16: a header of text and a file of interleaved 16-bit numbers.

Source: WFDB Applications Guide, header(5) and signal(5), https://physionet.org/physiotools/wag/.
"""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats.assemble import as_ecg_name
from mvkt.ecg.formats.text import MISSING_CODE
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError
from mvkt.files import atomic_write, write_text

_LARGEST = 32_767
_FINEST_GAIN = 100_000.0
_LEAD_NAME = re.compile(r"[\x21-\x7e]+( [\x21-\x7e]+)*")


def write_wfdb(record: Record, path: Path) -> tuple[Path, ...]:
    """Write ``name.hea`` and ``name.dat``.

    Each lead has the finest gain of a power of ten a mV that its amplitudes allow, at best 10 nV. NaN becomes the code
    of a missing sample. The time zone of the beginning is not kept: the format has none.

    Raises:
        RecordFormatError: The name is none of a WFDB record.
    """
    name = path.stem
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        raise RecordFormatError(f"{name!r} is no name of a WFDB record: letters, digits, _ and - are allowed")
    gains = [_gain(column) for column in record.signal.T]
    scaled = np.rint(record.signal.astype(np.float64) * gains)
    counts = np.where(np.isnan(scaled), MISSING_CODE, scaled).astype("<i2")
    data, header = path.with_suffix(".dat"), path.with_suffix(".hea")
    with atomic_write(data) as stream:
        stream.write(counts.tobytes())
    write_text(header, _header(record, name, gains, counts))
    return header, data


def _gain(signal: NDArray[np.float32]) -> float:
    largest = float(np.nan_to_num(np.abs(signal)).max(initial=0.0))
    finest = math.floor(math.log10(_LARGEST / largest)) if largest > 0 else math.inf
    return float(min(_FINEST_GAIN, 10.0**finest))


def _header(record: Record, name: str, gains: list[float], counts: NDArray[np.int16]) -> str:
    began = record.start_time.strftime(" %H:%M:%S.%f %d/%m/%Y") if record.start_time else ""
    lines = [f"{name} {len(record.leads)} {record.sampling_frequency!r} {len(counts)}{began}"]
    checksums = (counts.sum(axis=0, dtype=np.int64) & 0xFFFF).tolist()
    columns = zip(record.leads, gains, counts[0].tolist(), checksums, strict=True)
    for number, (lead, gain, first, checksum) in enumerate(columns, start=1):
        signed = checksum - 0x1_0000 if checksum > _LARGEST else checksum
        shown = as_ecg_name(lead) if _LEAD_NAME.fullmatch(lead) else f"ECG {number}"
        lines.append(f"{name}.dat 16 {gain:g}(0)/mV 16 0 {first} {signed} 0 {shown}")
    about = {"Age": None if record.age is None else f"{record.age:g}", "Sex": record.sex}
    lines += [f"# {key}: {value}" for key, value in about.items() if value]
    return "\n".join(lines) + "\n"
