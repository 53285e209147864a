"""ECGs of the Apple Watch, as Apple Health exports them (``electrocardiograms/ecg_2024-01-31.csv``).

Rows of ``key,value`` in the language of the telephone, then one sample a line with the decimal mark of its region.
The keys are those seen in real exports; in other languages the watch is known by the name of its model, and the rows
by their values.
"""

from __future__ import annotations

import re

from mvkt.ecg.formats.reader import Format, Reader, single
from mvkt.ecg.formats.readers.key_value import Rows, begins_table, read_rows
from mvkt.ecg.formats.readers.key_value import recognises as is_export
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.record import Record

_KEYS = {
    "sample rate": "rate",
    "messrate": "rate",
    "fréquence d'échantillonnage": "rate",
    "サンプルレート": "rate",
    "采样率": "rate",
    "采样速率": "rate",
    "lead": "lead",
    "ableitung": "lead",
    "dérivation": "lead",
    "リード": "lead",
    "导联": "lead",
    "unit": "unit",
    "einheit": "unit",
    "unité": "unit",
    "単位": "unit",
    "单位": "unit",
    "recorded date": "recorded",
    "aufzeichnungsdatum": "recorded",
    "date d'enregistrement": "recorded",
    "enregistré le": "recorded",
    "記録日": "recorded",
    "記録日時": "recorded",
    "记录日期": "recorded",
    "date of birth": "born",
    "geburtstag": "born",
    "geburtsdatum": "born",
    "date de naissance": "born",
    "生年月日": "born",
    "出生日期": "born",
}
_MODEL = re.compile(r"Watch\d+,\d+")


def recognises(file: RecordingFile) -> bool:
    """Whether a file begins with Apple's rows, among them the sampling frequency or the model of the watch."""
    values = Rows.of_head(file).values
    if any(_KEYS.get(key) == "rate" for key in values):
        return not begins_table(file)
    return any(_MODEL.fullmatch(value) for value in values.values()) and is_export(file)


def read(file: RecordingFile, given: UserFacts) -> Record:
    """Read an export."""
    known = any(_KEYS.get(key) == "rate" for key in Rows.of_head(file).values)
    return read_rows(file, given, _KEYS if known else {}, "Apple Health")


READER = Reader(
    name="Apple Health",
    formats=(
        Format(
            name="Apple Health",
            files=".csv",
            devices="Apple Watch from series 4",
            read_by="mvkt",
            mind="English, German, French, Japanese, Chinese, and other languages by the values of the rows; decimal "
            "point or comma, never both; the age is kept, name and date of birth are not",
        ),
    ),
    recognises=recognises,
    recordings=single(read),
)
