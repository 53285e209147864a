"""The figures of the report, drawn by matplotlib as SVG that takes its colours from the page.

Matplotlib is given a stand-in for each colour of the style sheet, and a CSS variable then takes its place: one drawing
serves for light, dark and paper.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mvkt.errors import MissingExtraError
from mvkt.evaluation.ranking import Floats
from mvkt.evaluation.report.curves import Reliability

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_VARIABLES = (
    "ink",
    "muted",
    "rule",
    "teacher",
    "baseline",
    "student",
    "loss-1",
    "loss-2",
    "loss-3",
    "loss-4",
)
_STAND_IN = {name: f"#0101{number:02x}" for number, name in enumerate(_VARIABLES, start=1)}
_BY_STAND_IN = {colour: f"var(--{name})" for name, colour in _STAND_IN.items()}

_ROLE_STYLES: Mapping[str, tuple[Any, float]] = {  # dashes and width of the line
    "teacher": ("-", 1.4),
    "baseline": ((0, (4, 2)), 1.4),
    "student": ("-", 2.2),
}
_SQUARE, _WIDE = (3.1, 2.9), (4.2, 2.6)  # inches

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.size": 8.5,
    "axes.labelsize": 8.5,
    "axes.labelcolor": _STAND_IN["muted"],
    "axes.edgecolor": _STAND_IN["muted"],
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": _STAND_IN["rule"],
    "grid.linewidth": 0.8,
    "text.color": _STAND_IN["ink"],
    "xtick.color": _STAND_IN["muted"],
    "ytick.color": _STAND_IN["muted"],
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "lines.solid_capstyle": "round",
}


def roc(
    name: str,
    curves: Mapping[str, tuple[Floats, Floats]],
    operating_point: tuple[float, float],
    description: str,
) -> str:
    """Draw the ROC curves of a class.

    Args:
        name: Of the figure, unlike any other on the page.
        curves: Role to false positive rate and sensitivity.
        operating_point: The student's false positive rate and sensitivity at its threshold.
        description: For those who cannot see it.
    """

    def draw(axes: Axes) -> None:
        _unit_square(axes, "1 − specificity", "sensitivity")
        for role, (false_positive_rate, sensitivity) in curves.items():
            dashes, width = _ROLE_STYLES[role]
            axes.plot(false_positive_rate, sensitivity, color=_STAND_IN[role], ls=dashes, lw=width)
        axes.plot(*operating_point, "o", color=_STAND_IN["student"], ms=7, clip_on=False)

    return _svg(name, _SQUARE, draw, description)


def reliability_diagram(name: str, curve: Reliability, probabilities: NDArray[np.floating], description: str) -> str:
    """Draw what the student predicts for a class against what happens, over where its probabilities lie."""

    def draw(axes: Axes) -> None:
        _unit_square(axes, "predicted probability", "observed share")
        heights, edges = np.histogram(probabilities, bins=25, range=(0, 1))
        axes.bar(
            edges[:-1],
            0.16 * heights / heights.max(),
            width=0.04,
            align="edge",
            color=_STAND_IN["rule"],
            lw=0,
        )
        axes.vlines(curve.predicted, curve.low, curve.high, color=_STAND_IN["student"], lw=1.2, alpha=0.45)
        axes.plot(curve.predicted, curve.observed, "-o", color=_STAND_IN["student"], ms=4, lw=1.4)

    return _svg(name, _SQUARE, draw, description)


def risk_curve(
    name: str,
    curve: Sequence[tuple[float, float]],
    operating_point: tuple[float, float],
    description: str,
) -> str:
    """Draw how often the student is wrong against how much it decides.

    Args:
        name: Of the figure.
        curve: Share that is decided, and share of this that is wrong.
        operating_point: The same for the promise of the run.
        description: For those who cannot see it.
    """

    def draw(axes: Axes) -> None:
        decided, wrong = np.array(curve).reshape(-1, 2).T
        axes.set(xlim=(0, 1), ylim=(0, 1.15 * max(wrong.max(initial=0.01), operating_point[1])))
        axes.set(xlabel="share of the verdicts that are decided", ylabel="share of these that are wrong")
        axes.plot(decided, wrong, "-o", color=_STAND_IN["student"], ms=3.5, lw=1.6, clip_on=False)
        axes.plot(*operating_point, "o", color=_STAND_IN["student"], ms=9, clip_on=False)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")

    return _svg(name, _WIDE, draw, description)


def learning_curves(
    name: str,
    curves: Mapping[str, tuple[Sequence[int], Sequence[float]]],
    best: Mapping[str, int],
    description: str,
) -> str:
    """Draw the validation macro AUC of the models by epoch.

    Args:
        name: Of the figure.
        curves: Role to epochs and values.
        best: Role to the epoch that was kept.
        description: For those who cannot see it.
    """

    def draw(axes: Axes) -> None:
        _by_epoch(axes, "validation macro AUC")
        for role, (epochs, values) in curves.items():
            dashes, width = _ROLE_STYLES[role]
            axes.plot(epochs, values, color=_STAND_IN[role], ls=dashes, lw=width)
            kept = [(epoch, value) for epoch, value in zip(epochs, values, strict=True) if epoch == best[role]]
            axes.plot(*zip(*kept, strict=True), "o", color=_STAND_IN[role], ms=6)

    return _svg(name, _WIDE, draw, description)


def loss_curves(
    name: str,
    epochs: Sequence[int],
    losses: Mapping[str, Sequence[float]],
    validation: Sequence[float],
    description: str,
) -> str:
    """Draw the training losses of a model by name and epoch, and its validation loss."""

    def draw(axes: Axes) -> None:
        _by_epoch(axes, "loss")
        parts = [loss for loss in losses if loss != "total"]
        for number, loss in enumerate(parts if len(parts) > 1 else []):
            colour = _STAND_IN[f"loss-{number % 4 + 1}"]
            axes.plot(epochs, losses[loss], color=colour, lw=1.5, label=loss)
        axes.plot(epochs, losses["total"], color=_STAND_IN["ink"], lw=1.8, label="total")
        axes.plot(epochs, validation, color=_STAND_IN["muted"], lw=1.4, ls=(0, (4, 2)), label="validation")
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=5, handlelength=1.4, columnspacing=1.2)
        values = np.concatenate([validation, *losses.values()])
        if values.min() > 0 and values.max() > 20 * values.min():
            axes.set_yscale("log")
            axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
            axes.yaxis.set_minor_formatter("")

    return _svg(name, _WIDE, draw, description)


def _unit_square(axes: Axes, x: str, y: str) -> None:
    axes.plot([0, 1], [0, 1], color=_STAND_IN["muted"], lw=0.9, ls=(0, (1, 2.5)))
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel=x, ylabel=y, aspect="equal")
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])


def _by_epoch(axes: Axes, y: str) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set(xlabel="epoch", ylabel=y)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _svg(name: str, size: tuple[float, float], draw: Callable[[Axes], None], description: str) -> str:
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("the report needs matplotlib: pip install 'mvkt[train]'") from error
    buffer = io.StringIO()
    with rc_context({**_STYLE, "svg.hashsalt": name}), warnings.catch_warnings():
        # The browser has the letters of a title that matplotlib's own font lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure = Figure(figsize=size, layout="constrained")
        draw(figure.subplots())
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    return _for_the_page(buffer.getvalue(), description)


def _for_the_page(svg: str, description: str) -> str:
    """Keep the drawing alone, in the colours and the font of the page."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<g id="[^"]*"', "<g", svg)  # the same in every figure, and nothing refers to them
    svg = re.sub(r"font-family: [^;]*; ", "", svg)
    svg = re.sub(r"#[0-9a-f]{6}", lambda colour: _BY_STAND_IN.get(colour[0], colour[0]), svg)
    svg = re.sub(r' d="[^"]*"', lambda path: re.sub(r"(\.\d\d)\d+", r"\1", path[0]).replace(" \n", " "), svg)
    svg = re.sub(r">\s+<", "><", svg)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{escape(description)}" ', 1)
