"""ECG paper and traces in a PDF, true to scale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mvkt.web.report.sheet import PAPER_WIDTH, Paper, Place

if TYPE_CHECKING:
    from mvkt.diagnosis.fhir.waveform import Stretch
    from mvkt.web.report.document_request import DocumentRequest

MM = 72.0 / 25.4
"""Points in a millimetre."""

FONT, BOLD = "DejaVu", "DejaVu-Bold"
_FINE, _BOLD = (0.968, 0.870, 0.858), (0.917, 0.706, 0.682)
_TRACE, _TEXT, _LETTER = (0.078, 0.101, 0.133), (0.17, 0.20, 0.24), (0.612, 0.071, 0.031)
_LABEL_POINTS = 8
_PULSE_LEFT, _PULSE_WIDTH = 2.0, 5.0


def draw_paper(canvas: Any, left: float, top: float, paper: Paper) -> None:
    """Draw the grid.

    Args:
        canvas: Of reportlab.
        left: Millimetres from the left edge of the sheet.
        top: Millimetres from its lower edge to the upper edge of the paper.
        paper: What is drawn.
    """
    for step, colour, width in ((1.0, _FINE, 0.1), (5.0, _BOLD, 0.22)):
        canvas.setStrokeColorRGB(*colour)
        canvas.setLineWidth(width * MM)
        x, y = np.arange(0.0, PAPER_WIDTH + 0.1, step), np.arange(0.0, paper.height + 0.1, step)
        upright = [((left + at) * MM, (top - paper.height) * MM, (left + at) * MM, top * MM) for at in x.tolist()]
        level = [(left * MM, (top - at) * MM, (left + PAPER_WIDTH) * MM, (top - at) * MM) for at in y.tolist()]
        canvas.lines(upright + level)


def draw_leads(canvas: Any, left: float, top: float, paper: Paper, stretch: Stretch, wanted: DocumentRequest) -> None:
    """Draw the pulse, the name and the trace of every lead; see :func:`draw_paper`."""
    for place in paper.places:
        x, y = left + place.left, top - place.baseline
        if place.first:
            _pulse(canvas, left, y, wanted.millimetres_per_millivolt)
        canvas.setFillColorRGB(*_TEXT)
        canvas.setFont(BOLD, _LABEL_POINTS)
        canvas.drawString((x + 1.0) * MM, (y + wanted.millimetres_per_millivolt * 0.75) * MM, place.lead)
        _trace(canvas, x, y, place, stretch, wanted)


def draw_letters(
    canvas: Any, left: float, top: float, paper: Paper, letters: list[tuple[float, str]], millimetres_per_second: float
) -> None:
    """Write letters at beats below each row of a single lead, else below the lowest row.

    Args:
        canvas: Of reportlab.
        left: See :func:`draw_paper`.
        top: Likewise.
        paper: What is drawn.
        letters: Seconds from the beginning of the trace, and letter.
        millimetres_per_second: Of the trace.
    """
    lowest = max(place.baseline for place in paper.places)
    alone = len({place.lead for place in paper.places}) == 1
    canvas.setFillColorRGB(*_LETTER)
    canvas.setFont(BOLD, _LABEL_POINTS)
    for place in paper.places:
        for second, letter in letters if alone or place.baseline == lowest else ():
            if place.start <= second < place.start + place.seconds:
                x = left + place.left + (second - place.start) * millimetres_per_second
                canvas.drawCentredString(x * MM, (top - place.baseline - place.below + 1.0) * MM, letter)


def _pulse(canvas: Any, left: float, baseline: float, millimetres_per_millivolt: float) -> None:
    first, last = left + _PULSE_LEFT, left + _PULSE_LEFT + _PULSE_WIDTH
    path = canvas.beginPath()
    path.moveTo((first - 1.0) * MM, baseline * MM)
    for x, y in ((first, 0.0), (first, 1.0), (last, 1.0), (last, 0.0), (last + 1.0, 0.0)):
        path.lineTo(x * MM, (baseline + y * millimetres_per_millivolt) * MM)
    _stroke(canvas, path)


def _trace(canvas: Any, x: float, y: float, place: Place, stretch: Stretch, wanted: DocumentRequest) -> None:
    rate = stretch.sampling_frequency
    begin, end = round(place.start * rate), round((place.start + place.seconds) * rate) + 1
    values = stretch.millivolts[stretch.leads.index(place.lead), begin:end]
    if not np.isfinite(values).any():
        return
    middle = 0.0 if wanted.filter else float(np.nanmedian(values))
    across = (x + np.arange(len(values)) / rate * wanted.millimetres_per_second) * MM
    up = (y + (values - middle) * wanted.millimetres_per_millivolt) * MM
    path = canvas.beginPath()
    for run in _runs(np.isfinite(values)):
        path.moveTo(across[run.start], up[run.start])
        for at in range(run.start + 1, run.stop):
            path.lineTo(across[at], up[at])
    _stroke(canvas, path)


def _stroke(canvas: Any, path: Any) -> None:
    canvas.setStrokeColorRGB(*_TRACE)
    canvas.setLineWidth(0.28 * MM)
    canvas.setLineJoin(1)
    canvas.drawPath(path, stroke=1, fill=0)


def _runs(known: NDArray[np.bool_]) -> list[slice]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], known.view(np.int8), [0]))))
    return [slice(int(first), int(last)) for first, last in edges.reshape(-1, 2)]
