"""The formats that are read, and the one function that reads them."""

from __future__ import annotations

from pathlib import Path

from mvkt.ecg.formats import apple_health, hospital, matlab, physionet
from mvkt.ecg.formats.describe import describe
from mvkt.ecg.formats.file import RecordingFile
from mvkt.ecg.formats.reader import Reader
from mvkt.ecg.record import Record
from mvkt.errors import RecordError, RecordFormatError

READERS: tuple[Reader, ...] = (
    apple_health.READER,
    matlab.READER,
    physionet.READER,
    hospital.READER,  # last: it imports the library that knows the most formats
)
"""In the order in which they are asked whether they recognise a file."""


def read(source: str | Path | bytes, name: str = "") -> Record:
    """Read an ECG recording of any known format, recognised by its content.

    Args:
        source: The path of a file (for WFDB the header, the signal file, or the record name), or its bytes.
        name: What bytes were called, for formats that say less than their name. Never kept.

    Returns:
        The recording in mV. What was changed or left out on the way is in its ``notes``.

    Raises:
        RecordFormatError: The file is missing, of no known format, damaged, or no ECG.
    """
    file = RecordingFile.open(source, name)
    for reader in READERS:
        if reader.recognises(file):
            try:
                return reader.read(file)
            except RecordFormatError:
                raise
            except RecordError as error:
                raise RecordFormatError(f"{reader.name}: {error}") from error
    formats = "; ".join(reader.description for reader in READERS)
    raise RecordFormatError(f"this is {describe(file)}, not a recording of a known format. Read are: {formats}")
