"""ECGs of the Galaxy Watch, as Samsung Health Monitor exports them: rows, then 15,000 samples at 500 Hz in mV."""

from __future__ import annotations

from mvkt.ecg.formats.reader import Format, Reader, single
from mvkt.ecg.formats.readers.key_value import Rows, read_rows
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.record import Record

_KEYS = {"sampling rate": "rate", "lead": "lead", "unit": "unit", "created time": "recorded", "date of birth": "born"}


def recognises(file: RecordingFile) -> bool:
    """Whether a file begins with Samsung's rows."""
    return {"sampling rate", "created time"} <= set(Rows.of_head(file).values)


def read(file: RecordingFile, given: UserFacts) -> Record:
    """Read an export."""
    return read_rows(file, given, _KEYS, "Samsung Health Monitor")


READER = Reader(
    name="Samsung Health Monitor",
    formats=(
        Format(
            name="Samsung Health Monitor",
            files=".csv",
            devices="Galaxy Watch from Active2",
            read_by="mvkt",
            mind="English keys; other languages are read by the values of the rows",
        ),
    ),
    recognises=recognises,
    recordings=single(read),
)
