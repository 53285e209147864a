"""Look for files that break a reader: ``make fuzz``, or this with the options of libFuzzer and a corpus folder.

An input is a file. Reading it must end in a sound record or in a RecordFormatError that is not "broke its reader".
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["mvkt.ecg"]):
    import numpy as np

    from mvkt.ecg.formats import read_all
    from mvkt.ecg.record import Record
    from mvkt.errors import RecordFormatError


def read_one(content: bytes) -> None:
    """Read an input, and read it again with all facts that a file may lack."""
    for facts in ({}, {"sampling_frequency": 500.0, "unit": "mV", "lead": "I"}):
        try:
            for _, outcome in read_all(content, **facts):
                judge(outcome)
        except RecordFormatError as error:
            judge(error)


def judge(outcome: Record | RecordFormatError) -> None:
    """Raise where an outcome is neither sound nor an honest error."""
    if isinstance(outcome, RecordFormatError):
        if "broke its reader" in str(outcome):
            raise RuntimeError(str(outcome)) from outcome.__cause__
        return
    if np.isinf(outcome.signal).any() or not np.isfinite(outcome.signal).any():
        raise RuntimeError(f"unsound record from {outcome.source}")


if __name__ == "__main__":
    atheris.Setup(sys.argv, read_one)
    atheris.Fuzz()
