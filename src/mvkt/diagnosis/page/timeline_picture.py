"""Hours at a glance, as one self-contained SVG: a lane a finding, heart rate, quality."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from html import escape

import numpy as np
from numpy.typing import NDArray

from mvkt.diagnosis.diagnosis import Diagnosis
from mvkt.diagnosis.finding import Finding
from mvkt.diagnosis.words import clock, share

_LEFT, _WIDTH, _RIGHT = 215, 840, 105
_LANE, _RATE_LANE, _QUALITY_LANE, _GAP = 30, 64, 12, 12
_TEXT_HEIGHT = 14
_MOST_COLUMNS = 840
_TICK_SECONDS = (10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 10800, 14400, 21600, 43200, 86400)
_MOST_TICKS = 9
_MOST_LANES = 12
_LEVELS = {"found": 2, "inconclusive": 1}

_INK, _FAINT, _LINE, _GOOD, _BAD = "#17202b", "#5b6672", "#d8dee5", "#9cc5a1", "#c9ced5"
_NOT_FOUND, _UNCERTAIN, _FOUND, _RATE = "#a9b4c0", "#e0a030", "#2f6fe4", "#b3261e"
_FONT = "system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif"

Float = NDArray[np.float64]


def timeline_picture(diagnosis: Diagnosis) -> str:
    """Draw the course of a recording.

    Of many classes those have a lane that were found at any time. In the lane of a finding, height is probability (the
    largest of a column, where there are more windows than columns), colour is the verdict on the window, and from the
    dotted line on it is found.

    Returns:
        An ``<svg>`` element.
    """
    canvas = _Canvas(diagnosis)
    for finding in _shown(diagnosis):
        canvas.finding(finding)
    canvas.heart_rate()
    canvas.quality()
    return canvas.svg()


class _Canvas:
    """The drawing, from the top downwards."""

    def __init__(self, diagnosis: Diagnosis) -> None:
        self.diagnosis, self.timeline = diagnosis, diagnosis.timeline
        self.seconds = diagnosis.signal.duration_seconds
        starts = np.array(self.timeline.start_seconds)
        self.columns = min(len(starts), _MOST_COLUMNS)
        self.width = _WIDTH / self.columns
        self.column = np.minimum((starts / self.seconds * self.columns).astype(int), self.columns - 1)
        self.parts: list[str] = []
        self.y = 8.0

    def finding(self, finding: Finding) -> None:
        """A lane of bars."""
        values = _floats(self.timeline.probabilities[finding.code])
        height = self._by_column(values, np.max) * _LANE
        level = np.zeros(self.columns, dtype=int)
        for column, verdict in zip(self.column, self.timeline.verdicts[finding.code], strict=True):
            level[column] = max(level[column], _LEVELS.get(verdict or "", 0))
        bottom = self._lane(finding.title, _LANE, 700 if finding.positive else 400)
        for number, fill in enumerate((_NOT_FOUND, _UNCERTAIN, _FOUND)):
            self._bars(np.where(level == number, height, np.nan), bottom, fill)
        self._line(bottom - finding.found_from * _LANE, _INK, dashed=True)
        if finding.course:
            burden = f"{share(finding.course.burden)} of {finding.course.burden_of}"
            self._text(_LEFT + _WIDTH + 6, bottom - _LANE / 2 + 4, burden, _FAINT)

    def heart_rate(self) -> None:
        """The median of each column as a line, the range of the windows in it as a band."""
        rates = _floats(self.timeline.heart_rate)
        if np.isnan(rates).all():
            return
        low = 10 * np.floor(min(float(np.nanmin(rates)), 50.0) / 10)
        high = 10 * np.ceil(max(float(np.nanmax(rates)), 100.0) / 10)
        bottom = self._lane("heart rate", _RATE_LANE)
        apart = (high - low) * _TEXT_HEIGHT / _RATE_LANE
        usual = [rate for rate in (60.0, 100.0) if low + apart <= rate <= high - apart]
        for rate in (low, *usual, high):
            y = bottom - (rate - low) / (high - low) * _RATE_LANE
            self._line(y, _LINE)
            self._text(_LEFT + _WIDTH + 6, y + 4, f"{rate:.0f}", _FAINT)
        lowest, middle, highest = (
            bottom - (self._by_column(rates, reduce) - low) / (high - low) * _RATE_LANE
            for reduce in (np.min, np.median, np.max)
        )
        self._band(highest, lowest)
        self._curve(middle)

    def quality(self) -> None:
        """Green where all was judged, grey where nothing was."""
        judged = self._by_column(np.array(self.timeline.judged, dtype=float), np.mean)
        bottom = self._lane("judged", _QUALITY_LANE)
        self._bars(np.where(np.isnan(judged), np.nan, _QUALITY_LANE), bottom, _BAD)
        self._bars(np.where(judged > 0, judged * _QUALITY_LANE, np.nan), bottom, _GOOD)
        self._text(_LEFT + _WIDTH + 6, bottom - 2, share(self.diagnosis.quality.judged_share), _FAINT)

    def svg(self) -> str:
        """The whole drawing, with its axis."""
        step = next((tick for tick in _TICK_SECONDS if self.seconds / tick <= _MOST_TICKS), _TICK_SECONDS[-1])
        bottom, ticks = self.y - _GAP + 4, []
        for seconds, moment in _ticks(self.diagnosis.signal.start_time, self.seconds, step):
            x = _LEFT + seconds / self.seconds * _WIDTH
            ticks.append(f'<path d="M{x:.1f} 4V{bottom}" stroke="{_LINE}"/>')
            self._text(x, bottom + 15, moment, _FAINT, "middle")
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="timeline of the recording" '
            f'viewBox="0 0 {_LEFT + _WIDTH + _RIGHT} {bottom + 22:.0f}" style="width:100%;height:auto" '
            f'font-family="{_FONT}" font-size="12.5">{"".join(ticks)}{"".join(self.parts)}</svg>'
        )

    def _by_column(self, values: Float, reduce: Callable[[Float], np.floating]) -> Float:
        """Bring the windows of every column together; NaN where there is none with a value."""
        made = np.full(self.columns, np.nan)
        there = np.flatnonzero(~np.isnan(values))
        for run in np.split(there, np.flatnonzero(np.diff(self.column[there])) + 1) if there.size else []:
            made[self.column[run[0]]] = reduce(values[run])
        return made

    def _lane(self, name: str, height: float, weight: int = 400) -> float:
        """Begin a lane; return its bottom."""
        shown = name if len(name) <= 26 else f"{name[:25]}…"
        bottom = self.y + height
        self._text(_LEFT - 12, self.y + height / 2 + 4, shown, _INK, "end", weight)
        self._line(bottom, _LINE)
        self.y = bottom + _GAP
        return bottom

    def _bars(self, heights: Float, bottom: float, fill: str) -> None:
        """A bar for each column but where its height is NaN."""
        there = np.flatnonzero(~np.isnan(heights))
        width = self.width - (0.6 if self.width > 3 else 0.0)
        bars = "".join(
            f"M{_LEFT + column * self.width:.1f} {bottom:g}v-{max(heights[column], 0.6):.1f}h{width:.2f}V{bottom:g}z"
            for column in there
        )
        self.parts.append(f'<path d="{bars}" fill="{fill}"/>' if bars else "")

    def _band(self, top: Float, bottom: Float) -> None:
        bars = "".join(
            f"M{_LEFT + column * self.width:.1f} {top[column] - 0.7:.1f}h{self.width:.2f}V{bottom[column] + 0.7:.1f}"
            f"h-{self.width:.2f}z"
            for column in np.flatnonzero(~np.isnan(top))
        )
        self.parts.append(f'<path d="{bars}" fill="{_RATE}" fill-opacity=".28"/>')

    def _curve(self, y: Float) -> None:
        """A line that breaks where there is nothing."""
        there = np.flatnonzero(~np.isnan(y))
        runs = np.split(there, np.flatnonzero(np.diff(there) > 1) + 1)
        lines = (
            "L".join(f"{_LEFT + (column + 0.5) * self.width:.1f} {y[column]:.1f}" for column in run) for run in runs
        )
        self.parts.append(f'<path d="M{"M".join(lines)}" fill="none" stroke="{_RATE}" stroke-width="1.4"/>')

    def _line(self, y: float, stroke: str, dashed: bool = False) -> None:
        dashes = ' stroke-dasharray="2 3" stroke-opacity=".6"' if dashed else ""
        self.parts.append(f'<path d="M{_LEFT} {y:.1f}h{_WIDTH}" stroke="{stroke}" stroke-width=".8"{dashes}/>')

    def _text(self, x: float, y: float, text: str, fill: str, anchor: str = "start", weight: int = 400) -> None:
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" fill="{fill}" text-anchor="{anchor}" font-weight="{weight}">'
            f"{escape(text)}</text>"
        )


def _shown(diagnosis: Diagnosis) -> tuple[Finding, ...]:
    """The findings that were judged; of many, those that were found at any time."""
    judged = [finding for finding in diagnosis.by_weight if finding.course]
    if len(judged) > _MOST_LANES:
        judged = [finding for finding in judged if finding.course and finding.course.episodes]
    return tuple(judged[:_MOST_LANES])


def _floats(values: tuple[float | None, ...]) -> Float:
    return np.array([np.nan if value is None else value for value in values])


def _ticks(begin: datetime | None, seconds: float, step: float) -> list[tuple[float, str]]:
    """Round times of day where these are known, else round times since the beginning."""
    if begin is None:
        return [(tick, clock(tick)) for tick in np.arange(0, seconds + 1e-9, step).tolist()]
    midnight = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    first = -(begin - midnight).total_seconds() % step
    form = "%H:%M:%S" if step < 60 else "%H:%M"
    return [
        (tick, (begin + timedelta(seconds=tick)).strftime(form))
        for tick in np.arange(first, seconds + 1e-9, step).tolist()
    ]
