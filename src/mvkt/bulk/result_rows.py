"""A row for each recording: what a table of many diagnoses holds."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from mvkt.corpora.store import StoredRecording, fetched
from mvkt.diagnosis.answer import DiagnosedRecording
from mvkt.diagnosis.many_files import DiagnosisSettings, DiagnosisTask, FileDiagnoser
from mvkt.ecg.measurements import Measurements
from mvkt.errors import StoreError

Row = dict[str, Any]


@cache
def row_schema() -> Any:
    """Return the columns, as pyarrow's schema.

    ``file`` and ``part`` name the recording. ``error`` is empty, or why there is no diagnosis. ``student`` is the
    network. ``probabilities`` and ``verdicts`` map each class to its calibrated probability and its verdict; they are
    empty where no window could be judged. ``heart_rate`` is in beats a minute. ``measurements`` maps what could be
    measured to its value, by the names and in the units of :class:`~mvkt.ecg.measurements.Measurements`. ``answer`` is
    all of it as JSON, an element of ``recordings`` of ``mvkt diagnose --json``.
    """
    import pyarrow as arrow

    text = arrow.string()
    return arrow.schema(
        [
            ("file", text),
            ("part", text),
            ("error", text),
            ("student", text),
            ("windows", arrow.int32()),
            ("windows_judged", arrow.int32()),
            ("heart_rate", arrow.float64()),
            ("probabilities", arrow.map_(text, arrow.float64())),
            ("verdicts", arrow.map_(text, text)),
            ("measurements", arrow.map_(text, arrow.float64())),
            ("answer", text),
        ]
    )


class RowMaker:
    """Fetches recordings and diagnoses them, in whatever process it is sent to.

    Args:
        settings: How files are read and judged.

    Raises:
        BundleError: The student is missing, damaged or of another version.
    """

    def __init__(self, settings: DiagnosisSettings) -> None:
        self._settings = settings
        self._diagnoser = FileDiagnoser(settings)

    def __reduce__(self) -> tuple[Callable[[DiagnosisSettings], RowMaker], tuple[DiagnosisSettings]]:
        return RowMaker, (self._settings,)

    def rows(self, recording: StoredRecording) -> list[Row]:
        """Return a row for each recording of a file; one with an error where it cannot be fetched or read."""
        try:
            with fetched(recording) as path:
                made = self._diagnoser.file(DiagnosisTask(Path(path), recording.url))
        except StoreError as error:
            return [failed_row(recording, str(error))]
        return [_row(each) for each in made] or [failed_row(recording, "the file holds no recording")]


def failed_row(recording: StoredRecording, error: str) -> Row:
    """Return the row of a file that gave no diagnosis."""
    return _row(DiagnosedRecording(file=recording.url, error=error))


def _measured(found: Measurements) -> list[tuple[str, float]]:
    values = ((name, getattr(found, name).value) for name in Measurements.model_fields)
    return [(name, value) for name, value in values if value is not None]


def _row(recording: DiagnosedRecording) -> Row:
    first = recording.diagnoses[0] if recording.diagnoses else None
    several = len(recording.diagnoses) > 1
    findings = [
        (f"{diagnosis.bundle.name}: {finding.code}" if several else finding.code, finding)
        for diagnosis in recording.diagnoses
        for finding in diagnosis.findings
    ]
    return {
        "file": recording.file,
        "part": recording.part,
        "error": recording.error,
        "student": ", ".join(diagnosis.bundle.name for diagnosis in recording.diagnoses),
        "windows": first.quality.windows if first else 0,
        "windows_judged": first.quality.judged if first else 0,
        "heart_rate": first.heart_rate if first else None,
        "probabilities": [(name, finding.probability) for name, finding in findings],
        "verdicts": [(name, finding.verdict) for name, finding in findings],
        "measurements": _measured(first.measurements) if first and first.judged else [],
        "answer": recording.model_dump_json(),
    }
