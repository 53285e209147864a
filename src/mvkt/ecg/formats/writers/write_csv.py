"""CSV for spreadsheets: facts, names with units, times, samples. :mod:`mvkt.ecg.formats.readers.table` reads it."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from mvkt.ecg.formats.assemble import as_ecg_name, without_number
from mvkt.ecg.record import Record
from mvkt.files import atomic_write

_BLOCK = 50_000


def write_csv(record: Record, path: Path) -> tuple[Path, ...]:
    """Write a table of times in s and amplitudes in mV, to 10 nV; missing samples are empty cells."""
    facts = {
        "sampling_frequency": repr(record.sampling_frequency),
        "start_time": record.start_time.isoformat() if record.start_time else "",
        "age": "" if record.age is None else f"{record.age:g}",
        "sex": record.sex or "",
    }
    head = "".join(f"# {key}: {value}\n" for key, value in facts.items() if value)
    names = ",".join(["time [s]", *(f"{_plain(lead)} [mV]" for lead in record.leads)])  # also "II (2) [mV]"
    layout = ",".join(["%.7f", *["%.5f"] * len(record.leads)])
    with atomic_write(path) as stream:
        stream.write(f"{head}{names}\n".encode())
        for start in range(0, len(record.signal), _BLOCK):
            signal = record.signal[start : start + _BLOCK]
            times = (start + np.arange(len(signal))) / record.sampling_frequency
            text = io.StringIO()
            np.savetxt(text, np.column_stack((times, signal)), fmt=layout)
            stream.write(text.getvalue().replace("nan", "").encode())
    return (path,)


def _plain(lead: str) -> str:
    """Return a name without what means something in the first line of a table, and that of an ECG."""
    name, count = without_number(lead)
    plain = "".join(character if character not in ',;\t"[]()#\r\n' else " " for character in name).strip() or "unnamed"
    return as_ecg_name(plain) + count
