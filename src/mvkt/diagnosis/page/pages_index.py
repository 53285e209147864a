"""The HTML page that leads to the pages of several recordings."""

from __future__ import annotations

import os
from collections.abc import Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

from mvkt.diagnosis import words
from mvkt.diagnosis.answer import DiagnosedRecording
from mvkt.diagnosis.page.html import disclaimer, document, footer, text
from mvkt.files import write_text
from mvkt.numbers import duration, plural


def write_index(path: Path, recordings: Sequence[DiagnosedRecording]) -> None:
    """Write the page that leads to the pages of several recordings."""
    common = os.path.commonpath([Path(recording.file).parent for recording in recordings])
    rows = "".join(
        _index_row(path.parent, recording, os.path.relpath(recording.file, common)) for recording in recordings
    )
    body = (
        f"<h1>{plural(len(recordings), 'recording')}</h1>{disclaimer()}<table><thead><tr><th>recording</th>"
        f"<th>length</th><th>found</th><th>inconclusive</th><th>judged</th></tr></thead><tbody>{rows}</tbody></table>"
        f"{footer()}"
    )
    write_text(path, document("ECG readings", body))


def _index_row(folder: Path, recording: DiagnosedRecording, file: str) -> str:
    name = text(f"{file} ({recording.part})" if recording.part else file)
    if recording.error:
        return f'<tr><td>{name}</td><td colspan="4"><span class="badge">error</span> {text(recording.error)}</td></tr>'
    link = escape(quote(Path(recording.page).relative_to(folder).as_posix()))
    findings = [finding for diagnosis in recording.diagnoses for finding in diagnosis.by_weight]
    found = words.found_titles(findings) or "nothing"
    unsure = len({finding.title for finding in findings if finding.verdict == "inconclusive" and not finding.normal})
    first = recording.diagnoses[0]
    return (
        f'<tr><td><a href="{link}">{name}</a></td><td>{duration(first.signal.duration_seconds)}</td>'
        f"<td>{text(found)}</td><td>{unsure}</td><td>{words.share(first.quality.judged_share)}</td></tr>"
    )
