"""The documents of a recording, made in a worker."""

from __future__ import annotations

import json

from mvkt.diagnosis.answer import Answer, DiagnosedRecording
from mvkt.diagnosis.csv_table import as_csv
from mvkt.diagnosis.fhir.fhir_report import MEDIA_TYPE as FHIR
from mvkt.diagnosis.fhir.fhir_report import fhir_bundle
from mvkt.diagnosis.fhir.waveform import MOST_SECONDS, Stretch
from mvkt.web.report.document_request import DocumentFormat, DocumentRequest
from mvkt.web.report.pdf_report import pdf_report
from mvkt.web.report.sheet import paper_for

MEDIA_TYPES: dict[DocumentFormat, str] = {
    "pdf": "application/pdf",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "fhir": FHIR,
}


def stretch_wanted(wanted: DocumentRequest, leads: tuple[str, ...], seconds: float) -> tuple[float, float, bool]:
    """Return where the stretch of the trace that a document shows begins and ends, and whether it is filtered.

    Args:
        wanted: The document.
        leads: Of the recording.
        seconds: Of the recording.
    """
    if wanted.format == "fhir":  # as it was recorded; all of it where that is not long
        start = 0.0 if seconds <= MOST_SECONDS else min(wanted.start, seconds - MOST_SECONDS)
        return start, min(seconds, start + MOST_SECONDS), False
    if wanted.format == "pdf":
        start = min(wanted.start, max(0.0, seconds - 1.0))
        shown = paper_for(wanted, leads, seconds - start).seconds
        return start, min(seconds, start + shown), wanted.filter
    return 0.0, 0.0, False


def document(recording: DiagnosedRecording, stretch: Stretch, wanted: DocumentRequest) -> bytes:
    """Make a document.

    Args:
        recording: With its diagnoses.
        stretch: Of its trace; see :func:`stretch_wanted`.
        wanted: Which, and with what review.
    """
    recording = recording.model_copy(update={"review": wanted.review})
    if wanted.format == "pdf":
        seconds = recording.diagnoses[0].signal.duration_seconds - stretch.start_seconds
        return pdf_report(recording, stretch, paper_for(wanted, stretch.leads, seconds), wanted)
    if wanted.format == "csv":
        return as_csv([recording]).encode()
    if wanted.format == "fhir":
        return json.dumps(fhir_bundle(recording, stretch), ensure_ascii=False).encode()
    return Answer(recordings=(recording,)).to_json().encode()
