"""A trace on ECG paper, as one self-contained SVG: 25 mm/s, 10 mm/mV, as a cardiologist reads it.

The drawing has its true size in print and shrinks to the width of a page on a screen. It needs no script,
style sheet or font of its own, and holds no identifiers, so that many can stand in one HTML page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mvkt.ecg.leads import STANDARD_LEADS
from mvkt.errors import RecordError

_UNITS = 20
"""Drawing units in a millimetre: whole numbers are precise to 0.05 mm, which is 5 µV and 2 ms."""

_MM_PER_SECOND, _MM_PER_MV = 25.0, 10.0
_MARGIN, _CALIBRATION = 5, 10
_SECONDS_A_ROW = 10.0
_LONGEST_SECONDS = 60.0
_COLUMNS = (("I", "II", "III"), ("aVR", "aVL", "aVF"), ("V1", "V2", "V3"), ("V4", "V5", "V6"))
_RHYTHM_LEAD = "II"

_PAPER, _FINE, _BOLD, _TRACE, _TEXT = "#fffbfa", "#f8dcd9", "#edb1ab", "#17202b", "#3d4650"
_MARK, _HEAT, _LETTER = "#ffd54a", "#2f6fe4", "#9c1208"
_FONT = "system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif"


_Band = tuple[float, float, str, float]
"""From and to in seconds, colour, opacity."""


@dataclass(frozen=True)
class _Strip:
    """A stretch of one lead: where it is drawn, in mm from the left and in rows from the top."""

    lead: str
    start: float
    stop: float
    left: float
    row: int


def ecg_paper(
    signal_mv: ArrayLike,
    leads: Sequence[str],
    sampling_frequency: float,
    *,
    title: str = "",
    seconds: float | None = None,
    mark: Sequence[tuple[float, float]] = (),
    heat: Sequence[tuple[float, float, float]] = (),
    letters: Sequence[tuple[float, str]] = (),
) -> str:
    """Draw a recording on ECG paper.

    One lead is a rhythm strip, in rows of 10 s. The twelve standard leads are the usual three rows of four
    columns, each column a quarter of the time, over a whole strip of lead II. Other sets of leads are
    stacked. Each lead is centred on its median; the line breaks where nothing was recorded.

    Args:
        signal_mv: ``(samples, leads)`` in mV, NaN in gaps.
        leads: A name for each lead.
        sampling_frequency: Samples a second.
        title: Written above the trace.
        seconds: How much to draw from the beginning; None is at most 60 s of one lead and 10 s of several.
        mark: ``(from, to)`` seconds of stretches to be highlighted.
        heat: ``(from, to, strength)``: stretches to be shaded the more, the nearer their strength is to 1.
        letters: ``(seconds, letter)``: written below the trace; of several leads, below the lowest.

    Returns:
        An ``<svg>`` element.

    Raises:
        RecordError: Signal, leads or times do not fit together.
    """
    signal = np.asarray(signal_mv, dtype=np.float64)
    if signal.ndim != 2 or 0 in signal.shape or signal.shape[1] != len(leads):
        raise RecordError(
            f"expected a signal (samples, leads) with a name for each lead; got shape {signal.shape} and "
            f"{len(leads)} names"
        )
    recorded = len(signal) / sampling_frequency if sampling_frequency > 0 else 0.0
    if recorded <= 0 or (seconds is not None and not seconds > 0):
        raise RecordError(
            f"cannot draw {seconds} s at {sampling_frequency} Hz: expected more than 0 s and more than 0 Hz"
        )
    limit = _LONGEST_SECONDS if len(leads) == 1 else _SECONDS_A_ROW
    drawn = min(recorded, limit if seconds is None else seconds)
    strips = _layout(tuple(leads), drawn)
    page = _Page(strips, _centred(signal), tuple(leads), float(sampling_frequency))
    marked = [(begin, end, _MARK, 0.35) for begin, end in mark]
    heated = [(begin, end, _HEAT, 0.65 * strength) for begin, end, strength in heat]
    return page.svg(title, [*marked, *heated], letters)


def _layout(leads: tuple[str, ...], seconds: float) -> list[_Strip]:
    if len(leads) == 1:
        rows = max(1, int(np.ceil(seconds / _SECONDS_A_ROW - 1e-9)))
        starts = [row * _SECONDS_A_ROW for row in range(rows)]
        return [
            _Strip(leads[0], start, min(start + _SECONDS_A_ROW, seconds), 0.0, row) for row, start in enumerate(starts)
        ]
    if set(leads) != set(STANDARD_LEADS):
        return [_Strip(lead, 0.0, seconds, 0.0, row) for row, lead in enumerate(leads)]
    quarter = seconds / len(_COLUMNS)
    strips = [
        _Strip(lead, column * quarter, (column + 1) * quarter, column * quarter * _MM_PER_SECOND, row)
        for column, column_leads in enumerate(_COLUMNS)
        for row, lead in enumerate(column_leads)
    ]
    return [*strips, _Strip(_RHYTHM_LEAD, 0.0, seconds, 0.0, len(_COLUMNS[0]))]


def _centred(signal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Every lead around its median, NaN where nothing was recorded."""
    centred = np.where(np.isfinite(signal), signal, np.nan)
    for lead in centred.T:
        if not np.isnan(lead).all():
            lead -= np.nanmedian(lead)
    return centred


class _Page:
    """The geometry of one drawing; everything in mm until it is written."""

    def __init__(
        self,
        strips: list[_Strip],
        signal: NDArray[np.float64],
        leads: tuple[str, ...],
        sampling_frequency: float,
    ) -> None:
        self.strips, self.signal, self.leads, self.rate = strips, signal, leads, sampling_frequency
        drawn = signal[: int(max(strip.stop for strip in strips) * sampling_frequency) + 1]
        highest, lowest = (
            float(np.nan_to_num(reduce(drawn, initial=0.0, where=~np.isnan(drawn)))) * _MM_PER_MV
            for reduce in (np.max, np.min)
        )
        # A row is high enough for its trace, within reason: neighbours may cross, as on real paper.
        above, below = min(max(highest + 2.5, 10.0), 22.5), min(max(2.5 - lowest, 10.0), 20.0)
        self.row_height = 5.0 * float(np.ceil((above + below) / 5.0))
        self.above = self.row_height * above / (above + below)
        rows = 1 + max(strip.row for strip in strips)
        trace = max(strip.left + (strip.stop - strip.start) * _MM_PER_SECOND for strip in strips)
        self.left = float(_MARGIN + _CALIBRATION)
        self.top = 10.0
        self.width = self.left + 5.0 * float(np.ceil(trace / 5.0)) + _MARGIN
        self.height = self.top + rows * self.row_height + 10.0

    def svg(self, title: str, bands: Sequence[_Band], letters: Sequence[tuple[float, str]]) -> str:
        """The whole drawing."""
        width, height = _units(self.width), _units(self.height)
        name = title or f"ECG, {', '.join(self.leads)}"
        texts = [
            self._text(strip.lead, self.left + strip.left + 1, self._baseline(strip) - self.above + 3.4, 700)
            for strip in self.strips
        ]
        if title:
            texts.append(self._text(title, _MARGIN, 6.4, 600))
        caption = f"25 mm/s    10 mm/mV    {self.rate:g} Hz"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(name)}" '
            f'width="{self.width:g}mm" height="{self.height:g}mm" viewBox="0 0 {width} {height}" '
            f'style="max-width:100%;height:auto">'
            f'<rect width="{width}" height="{height}" fill="{_PAPER}"/>'
            f"{''.join(self._bands(bands))}"
            f"{self._grid(1, _FINE, 1.6)}{self._grid(5, _BOLD, 2.6)}"
            f'<path d="{self._traces()}" fill="none" stroke="{_TRACE}" stroke-width="5.5" '
            f'stroke-linejoin="round" stroke-linecap="round"/>'
            f'<g font-family="{_FONT}" fill="{_TEXT}" stroke="{_PAPER}" stroke-width="16" '
            f'stroke-linejoin="round" paint-order="stroke">{"".join(texts)}'
            f'<g fill="{_LETTER}" text-anchor="middle">{"".join(self._letters(letters))}</g>'
            f"{self._text(caption, _MARGIN, self.height - 3.2, 400, 2.9)}</g></svg>"
        )

    def _baseline(self, strip: _Strip) -> float:
        return self.top + strip.row * self.row_height + self.above

    def _grid(self, step: int, colour: str, thickness: float) -> str:
        """Lines every ``step`` mm as one path of relative moves."""
        width, height, unit = _units(self.width), _units(self.height), _units(step)
        down = f"m{unit}-{height}v{height}" * ((width - 1) // unit)
        across = f"m-{width} {unit}h{width}" * ((height - 1) // unit)
        return (
            f'<path d="M0 0v{height}{down}M0 0h{width}{across}" fill="none" stroke="{colour}" '
            f'stroke-width="{thickness}"/>'
        )

    def _bands(self, bands: Sequence[_Band]) -> list[str]:
        """A band behind the trace for each stretch, in every strip that shows some of it."""
        drawn = []
        for strip in self.strips:
            for begin, end, colour, opacity in bands:
                begin, end = max(begin, strip.start), min(end, strip.stop)
                if begin < end:
                    x = self.left + strip.left + (begin - strip.start) * _MM_PER_SECOND
                    y = self.top + strip.row * self.row_height
                    wide, high = (end - begin) * _MM_PER_SECOND, self.row_height
                    drawn.append(
                        f'<rect x="{_units(x)}" y="{_units(y)}" width="{_units(wide)}" '
                        f'height="{_units(high)}" fill="{colour}" fill-opacity="{opacity:.2g}"/>'
                    )
        return drawn

    def _letters(self, letters: Sequence[tuple[float, str]]) -> list[str]:
        """Letters at the lower edge: of each row of a single lead, else of the lowest."""
        lowest = max(strip.row for strip in self.strips)
        return [
            self._text(letter, self.left + strip.left + (second - strip.start) * _MM_PER_SECOND, bottom - 1.0, 700, 3.0)
            for strip in self.strips
            if strip.row == lowest or len(self.leads) == 1
            for bottom in [self.top + (strip.row + 1) * self.row_height]
            for second, letter in letters
            if strip.start <= second < strip.stop
        ]

    def _traces(self) -> str:
        """All strips, and at the left of each row the 1 mV calibration pulse of 5 mm."""
        millivolt, tick = _units(_MM_PER_MV), _units(1.5)
        path = []
        for row in sorted({strip.row for strip in self.strips}):
            y = _units(self.top + row * self.row_height + self.above)
            path.append(f"M{_units(_MARGIN)} {y}h{tick}v-{millivolt}h{_units(5)}v{millivolt}h{tick}")
        path.extend(self._trace(strip) for strip in self.strips)
        return "".join(path)

    def _trace(self, strip: _Strip) -> str:
        first, last = (round(second * self.rate) for second in (strip.start, strip.stop))
        lead = self.signal[first:last, self.leads.index(strip.lead)]
        seconds = np.arange(len(lead)) / self.rate
        x = np.rint((self.left + strip.left + seconds * _MM_PER_SECOND) * _UNITS)
        y = np.rint(np.clip(self._baseline(strip) - lead * _MM_PER_MV, 0.0, self.height) * _UNITS)
        there = np.flatnonzero(~np.isnan(y))
        runs = np.split(there, np.flatnonzero(np.diff(there) > 1) + 1) if there.size else []
        return "".join(_polyline(x[run].astype(int), y[run].astype(int)) for run in runs)

    def _text(self, text: str, x: float, y: float, weight: int, size: float = 3.4) -> str:
        return (
            f'<text x="{_units(x)}" y="{_units(y)}" font-size="{_units(size)}" font-weight="{weight}" '
            f'xml:space="preserve">{escape(text)}</text>'
        )


def _polyline(x: NDArray[np.int64], y: NDArray[np.int64]) -> str:
    """Path data of one unbroken line, in relative steps; a single point becomes a dot."""
    steps = (f"{dx} {dy}" if dy >= 0 else f"{dx}{dy}" for dx, dy in zip(np.diff(x), np.diff(y), strict=True))
    return f"M{x[0]} {y[0]}l{' '.join(steps) or '0 0'}"


def _units(millimetres: float) -> int:
    return round(millimetres * _UNITS)
