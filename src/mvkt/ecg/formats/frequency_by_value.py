"""The sampling frequency of a table in lines of any language: the only number of Hz that may be one."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mvkt.ecg.formats.table_facts import ECG, HERTZ, rate_of, without_thousands

_RATE_WITHIN = re.compile(
    rf"(?<![\d.,\-–])(\d{{1,6}}(?:[.,]\d{{1,9}})?)\s*[\[(]?(k)?(?:{HERTZ}|sps|samples?\s*(?:/|per|a)\s*s(?:ec\w*)?)(?!\w)",
    re.IGNORECASE,
)
_SIGNALS = re.compile(r"\b(?:acc\w*|gyro\w*|imu|motion|ppg|pleth\w*|spo2|resp\w*|emg|eeg|eog|temp\w*)\b", re.IGNORECASE)
_FILTER = re.compile(
    "display|screen|refresh|mains|original|filt|pass|notch|band|cut|limit|grenz|suodat|szűr|süz|φίλτρ|фильтр|філ[иь]тр|滤|濾|フィルタ|필터|מסנן|مرشح|กรอง|lọc",
    re.IGNORECASE,
)
_LIKELY_RATES = (160.0, 5000.0)  # up to 150 Hz it may be where a filter ends


def frequency_by_value(lines: Iterable[str]) -> tuple[float | None, tuple[str, ...]]:
    """Return Hz where lines in any language have a single frequency that may be that of sampling, and a note on it."""
    found = {
        rate_of(number) * (1000 if thousand else 1)
        for line in map(_with_plain_value, lines)
        if not _FILTER.search(line) and (not _SIGNALS.search(line) or ECG.search(line.casefold()))
        for number, thousand in _RATE_WITHIN.findall(line)
    }
    likely = [rate for rate in found if _LIKELY_RATES[0] <= rate <= _LIKELY_RATES[1]]
    if len(likely) != 1:
        return None, ()
    return likely[0], (f"{likely[0]:g} Hz, the only frequency in the lines before the rows, is taken for the sampling",)


def _with_plain_value(line: str) -> str:
    key, mark, value = line.partition(":")
    return f"{key}{mark} {without_thousands(value.strip())}" if mark else line
