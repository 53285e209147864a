"""The windows of recordings as a table: ``mvkt diagnose --csv``."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from io import StringIO
from typing import Any

from mvkt.diagnosis.answer import DiagnosedRecording

_FIXED = ("file", "part", "start_seconds", "end_seconds", "time", "judged", "left_out_because", "heart_rate", "error")


def as_csv(recordings: Sequence[DiagnosedRecording]) -> str:
    """Return a row for each window, with the columns of all students; an error is a row of its own."""
    text = StringIO()
    columns = [*_FIXED, *_columns(recordings)]
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writerow({name: _cell(name) for name in columns})
    for recording in recordings:
        writer.writerows({name: _cell(value) for name, value in row.items()} for row in _rows(recording))
    return text.getvalue()


def _columns(recordings: Iterable[DiagnosedRecording]) -> Iterator[str]:
    """Probability and verdict of every class of every student, each once."""
    seen = dict.fromkeys(
        column
        for recording in recordings
        for diagnosis in recording.diagnoses
        for code in diagnosis.timeline.probabilities
        for column in _named(diagnosis.bundle.name, code)
    )
    yield from seen


def _named(student: str, code: str) -> tuple[str, str]:
    return f"{student}: {code} probability", f"{student}: {code} verdict"


def _rows(recording: DiagnosedRecording) -> Iterator[dict[str, Any]]:
    who = {"file": recording.file, "part": recording.part}
    if recording.error:
        yield {**who, "error": recording.error}
        return
    first = recording.diagnoses[0]
    # The students of one lead cut alike as a rule; where they do not, each has rows of its own.
    grids = dict.fromkeys(
        (diagnosis.timeline.start_seconds, diagnosis.timeline.window_seconds) for diagnosis in recording.diagnoses
    )
    begin = first.signal.start_time
    for starts, length in grids:
        alike = [
            diagnosis
            for diagnosis in recording.diagnoses
            if (diagnosis.timeline.start_seconds, diagnosis.timeline.window_seconds) == (starts, length)
        ]
        reasons = {window.start_seconds: "; ".join(window.reasons) for window in alike[0].quality.left_out}
        for number, start in enumerate(starts):
            row = {
                **who,
                "start_seconds": f"{start:.3f}",
                "end_seconds": f"{min(start + length, first.signal.duration_seconds):.3f}",
                "time": (begin + timedelta(seconds=start)).isoformat() if begin else "",
                "judged": "yes" if alike[0].timeline.judged[number] else "no",
                "left_out_because": reasons.get(start, ""),
                "heart_rate": alike[0].timeline.heart_rate[number],
            }
            for diagnosis in alike:
                for code, values in diagnosis.timeline.probabilities.items():
                    names = _named(diagnosis.bundle.name, code)
                    row |= dict(zip(names, (values[number], diagnosis.timeline.verdicts[code][number]), strict=True))
            yield row


def _cell(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets an apostrophe: names of files are not trusted."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
