"""Where things are in the figures of the page, in percent of its width: it draws them itself, at any width."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log2

from mvkt.evaluation.report.axis import Axis
from mvkt.numbers import Interval
from mvkt.study.report.study_wording import by_difference
from mvkt.study.results.study_result import ClassDifference, Comparison, MethodFigures, StudyResult

_LONGEST = 6.0  # a row that reaches further than so many times the usual one is cut off
_STRONGEST = 55  # percent of colour in the strongest cell of the table of classes
_CURVE_HEIGHT = 300
_CURVE_COLOURS = 6


@dataclass(frozen=True)
class ForestRow:
    """A comparison in the figure of differences.

    Attributes:
        band: Half the width of the stretch around 0 in which a difference would not have been seen.
        beyond: -1 or 1 where the interval goes on outside of the figure, on that side; else 0.
    """

    comparison: Comparison
    method: MethodFigures
    low: str
    value: str
    high: str
    band_start: str
    band_width: str
    beyond: int


@dataclass(frozen=True)
class Forest:
    """Differences to the baseline with their intervals, from the largest gain to the largest loss."""

    scale: Axis
    zero: str
    rows: tuple[ForestRow, ...]


def forest(result: StudyResult) -> Forest | None:
    """Lay out the differences to the baseline; None where nothing is compared."""
    comparisons = by_difference(result)
    if not comparisons:
        return None
    reaches = [max(abs(comparison.difference.low), abs(comparison.difference.high)) for comparison in comparisons]
    bands = [comparison.detectable_corrected for comparison in comparisons]
    usual = sorted(map(max, reaches, bands))[len(comparisons) // 2]
    most = min(max(reaches), _LONGEST * usual)
    ends = [end for comparison in comparisons for end in (comparison.difference.low, comparison.difference.high)]
    widest = min(max(bands), 2 * most)
    scale = Axis.covering([-widest, widest, *(min(max(end, -most), most) for end in ends)])
    return Forest(scale, scale.at(0.0), tuple(_forest_row(result, comparison, scale) for comparison in comparisons))


def _forest_row(result: StudyResult, comparison: Comparison, scale: Axis) -> ForestRow:
    first, last = scale.ticks[0], scale.ticks[-1]
    low, value, high = (
        min(max(end, first), last)
        for end in (comparison.difference.low, comparison.difference.value, comparison.difference.high)
    )
    band_low, band_high = max(-comparison.detectable_corrected, first), min(comparison.detectable_corrected, last)
    return ForestRow(
        comparison=comparison,
        method=result.method(comparison.method),
        low=scale.at(low),
        value=scale.at(value),
        high=scale.at(high),
        band_start=scale.at(band_low),
        band_width=scale.width(band_low, band_high),
        beyond=-1 if comparison.difference.low < first else 1 if comparison.difference.high > last else 0,
    )


@dataclass(frozen=True)
class HeatCell:
    """A class of a method: its difference, and how strongly it is coloured (percent; 0 where 0 is in the interval)."""

    difference: Interval | None
    strength: int


@dataclass(frozen=True)
class HeatRow:
    """A method in the table of classes."""

    method: MethodFigures
    comparison: Comparison
    cells: tuple[HeatCell, ...]


def heat(result: StudyResult) -> list[HeatRow]:
    """Colour the differences of each class, from the largest gain to the largest loss."""
    comparisons = by_difference(result)
    found = [
        of_class.difference for comparison in comparisons for of_class in comparison.classes if of_class.difference
    ]
    most = max((abs(difference.value) for difference in found), default=1.0) or 1.0
    return [
        HeatRow(
            result.method(comparison.method),
            comparison,
            tuple(_heat_cell(of_class, most) for of_class in comparison.classes),
        )
        for comparison in comparisons
    ]


def _heat_cell(of_class: ClassDifference, most: float) -> HeatCell:
    found = of_class.difference
    if found is None or found.low <= 0 <= found.high:
        return HeatCell(found, 0)
    return HeatCell(found, round(_STRONGEST * max(0.2, abs(found.value) / most)))


@dataclass(frozen=True)
class Dot:
    """A cell in the figure of cells; ``lane`` numbers its seed."""

    at: str
    lane: int
    seed: int
    test_fold: int
    macro_auc: float


@dataclass(frozen=True)
class StripRow:
    """The cells of a method."""

    method: MethodFigures
    pooled: str
    dots: tuple[Dot, ...]


def strip(result: StudyResult) -> tuple[Axis, list[StripRow]]:
    """Lay out the macro AUC of every cell, by method."""
    methods = [method for method in result.methods if method.macro_auc]
    aucs = [cell.macro_auc for method in methods for cell in method.cells if cell.macro_auc is not None]
    scale = Axis.covering([*aucs, *(method.macro_auc.value for method in methods if method.macro_auc)])
    rows = []
    for method in methods:
        dots = tuple(
            Dot(scale.at(cell.macro_auc), result.seeds.index(cell.seed), cell.seed, cell.test_fold, cell.macro_auc)
            for cell in method.cells
            if cell.macro_auc is not None
        )
        rows.append(StripRow(method, scale.at(method.macro_auc.value) if method.macro_auc else "", dots))
    return scale, rows


@dataclass(frozen=True)
class GapRow:
    """The share of the gap that a method closes; ``beyond`` as in the figure of differences."""

    comparison: Comparison
    method: MethodFigures
    low: str
    value: str
    high: str


@dataclass(frozen=True)
class Gap:
    """Shares of the gap between baseline (0) and reference (1)."""

    scale: Axis
    rows: tuple[GapRow, ...]


def gap(result: StudyResult) -> Gap | None:
    """Lay out the shares of the gap to the reference; None where no method has one."""
    with_share = [(comparison, comparison.gap_closed) for comparison in by_difference(result) if comparison.gap_closed]
    if not with_share:
        return None
    scale = Axis.covering([0.0, *(end for _, share in with_share for end in (share.low, share.value, share.high))])
    rows = tuple(
        GapRow(comparison, result.method(comparison.method), *map(scale.at, (share.low, share.value, share.high)))
        for comparison, share in with_share
    )
    return Gap(scale, rows)


@dataclass(frozen=True)
class CurvePoint:
    """A method on a learning curve."""

    method: MethodFigures
    auc: Interval
    x: str
    low: str
    y: str
    high: str


@dataclass(frozen=True)
class Curve:
    """A family of methods, from few training records to many; ``colour`` numbers it."""

    family: str
    colour: int
    points: tuple[CurvePoint, ...]

    @property
    def steps(self) -> Iterable[tuple[CurvePoint, CurvePoint]]:
        """Neighbouring points."""
        return zip(self.points, self.points[1:], strict=False)


@dataclass(frozen=True)
class Curves:
    """AUC against the share of the training records, on an axis on which each step doubles it."""

    scale: Axis
    fractions: tuple[tuple[float, str], ...]
    curves: tuple[Curve, ...]
    height: int = _CURVE_HEIGHT

    def up(self, value: float) -> str:
        """Return the place of an AUC on the vertical axis."""
        return _up(self.scale, value)


def curves(result: StudyResult) -> Curves | None:
    """Lay out the learning curves; None where no method is there with several shares of the training records."""
    sized = [(m, m.fraction, m.macro_auc) for m in result.methods if m.fraction and m.macro_auc]
    fractions = sorted({fraction for _, fraction, _ in sized})
    if len(fractions) < 2:
        return None
    scale = Axis.covering(end for _, _, auc in sized for end in (auc.low, auc.high))
    places = {fraction: _along(fractions, fraction) for fraction in fractions}
    families: dict[str, list[CurvePoint]] = {}
    for method, fraction, auc in sorted(sized, key=lambda row: row[1]):
        point = CurvePoint(method, auc, places[fraction], *(_up(scale, end) for end in (auc.low, auc.value, auc.high)))
        families.setdefault(method.family or method.title, []).append(point)
    if all(len(points) < 2 for points in families.values()):
        return None
    drawn = (Curve(name, number % _CURVE_COLOURS, tuple(p)) for number, (name, p) in enumerate(families.items()))
    return Curves(scale, tuple(places.items()), tuple(drawn))


def _along(fractions: Sequence[float], fraction: float) -> str:
    """Return the place of a share on a logarithmic axis with room at both ends."""
    first, last = log2(fractions[0]), log2(fractions[-1])
    return f"{4 + 92 * (log2(fraction) - first) / (last - first):.2f}%"


def _up(scale: Axis, value: float) -> str:
    return f"{100 - 100 * (value - scale.ticks[0]) / (scale.ticks[-1] - scale.ticks[0]):.2f}%"
