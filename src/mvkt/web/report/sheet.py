"""Where what is on the sheet: its size, the paper of the trace, the places of the leads. All in millimetres."""

from __future__ import annotations

from dataclasses import dataclass

from mvkt.ecg.leads import CHEST_LEADS, LIMB_LEADS
from mvkt.web.report.document_request import DocumentRequest, Layout, PaperSize

SIZES: dict[PaperSize, tuple[float, float]] = {"A4": (297.0, 210.0), "Letter": (279.4, 215.9)}
"""Width and height, on their long side."""

PAPER_WIDTH = 260.0
PULSE_WIDTH = 10.0
"""What of the paper is left of the trace, for the pulse of 1 mV."""

_PAPER_HEIGHT = 105.0
_STRIP_HEIGHT = 35.0
_MOST_STRIPS = 3
_COLUMNS = (LIMB_LEADS[:3], LIMB_LEADS[3:], CHEST_LEADS[:3], CHEST_LEADS[3:])
_RHYTHM_LEAD = "II"


@dataclass(frozen=True)
class Place:
    """A stretch of a lead.

    Attributes:
        lead: Its name.
        left: Millimetres from the left edge of the paper.
        baseline: Millimetres from the upper edge of the paper to 0 mV.
        below: Millimetres from there to the lower edge of its row.
        start: Seconds from the beginning of what is shown.
        seconds: Its length.
        first: Whether it is the first of its row.
    """

    lead: str
    left: float
    baseline: float
    below: float
    start: float
    seconds: float
    first: bool = True


@dataclass(frozen=True)
class Paper:
    """The paper of the trace.

    Attributes:
        height: In millimetres, a multiple of five.
        places: Of the leads.
        seconds: Of the recording that all places together show.
    """

    height: float
    places: tuple[Place, ...]
    seconds: float


def paper_for(wanted: DocumentRequest, leads: tuple[str, ...], seconds: float) -> Paper:
    """Lay out the paper.

    Args:
        wanted: Layout, lead, speed.
        leads: Of the recording.
        seconds: Of the recording from where the trace begins.
    """
    across = (PAPER_WIDTH - PULSE_WIDTH) / wanted.millimetres_per_second
    layout = wanted.layout if _possible(wanted.layout, leads) else "rows"
    if layout == "rows":
        lead = wanted.lead if wanted.lead in leads else leads[0]
        rows = min(_MOST_STRIPS, max(1, -int(-seconds // across)))
        places = [Place(lead, PULSE_WIDTH, *_upright(row, _STRIP_HEIGHT), row * across, across) for row in range(rows)]
        return Paper(rows * _STRIP_HEIGHT, tuple(places), rows * across)
    if layout in ("3x4", "6x2"):
        columns = _COLUMNS if layout == "3x4" else (LIMB_LEADS, CHEST_LEADS)
        return _in_columns(columns, across, rhythm=layout == "3x4")
    names = LIMB_LEADS if layout == "limb" else leads
    height = _row_height(len(names))
    places = [Place(lead, PULSE_WIDTH, *_upright(row, height), 0.0, across) for row, lead in enumerate(names)]
    return Paper(_whole(len(names) * height), tuple(places), across)


def _possible(layout: Layout, leads: tuple[str, ...]) -> bool:
    needed = {"limb": LIMB_LEADS, "6x2": (*LIMB_LEADS, *CHEST_LEADS), "3x4": (*LIMB_LEADS, *CHEST_LEADS)}
    return set(needed.get(layout, ())) <= set(leads)


def _in_columns(columns: tuple[tuple[str, ...], ...], across: float, *, rhythm: bool) -> Paper:
    rows = len(columns[0]) + rhythm
    height, seconds = _row_height(rows), across / len(columns)
    width = (PAPER_WIDTH - PULSE_WIDTH) / len(columns)
    places = [
        Place(lead, PULSE_WIDTH + column * width, *_upright(row, height), column * seconds, seconds, column == 0)
        for column, names in enumerate(columns)
        for row, lead in enumerate(names)
    ]
    if rhythm:
        places.append(Place(_RHYTHM_LEAD, PULSE_WIDTH, *_upright(rows - 1, height), 0.0, across))
    return Paper(_whole(rows * height), tuple(places), across)


def _row_height(rows: int) -> float:
    return min(_STRIP_HEIGHT, _PAPER_HEIGHT / rows)


def _upright(row: int, height: float) -> tuple[float, float]:
    """Baseline of a row, and what is below it."""
    return (row + 0.6) * height, 0.4 * height


def _whole(height: float) -> float:
    """The next multiple of five millimetres."""
    return 5.0 * -int(-height // 5.0)
