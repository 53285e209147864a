"""ECG paper: true scale, every lead, safe text, small files."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.leads import LIMB_LEADS, STANDARD_LEADS
from mvkt.ecg.paper import ecg_paper
from mvkt.ecg.simulate import simulate
from mvkt.errors import RecordError

SVG = "{http://www.w3.org/2000/svg}"
UNITS = 20
"""Drawing units in a millimetre."""

Points = list[list[tuple[int, int]]]


@pytest.fixture(scope="module")
def twelve() -> NDArray[np.float32]:
    return simulate(1, seed=3, conditions=["NORM"]).signal[0]


def root(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314 our own output


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in root(svg).iter(f"{SVG}text")]


def trace_data(svg: str) -> str:
    (path,) = [element for element in root(svg).iter(f"{SVG}path") if element.get("stroke-width") == "5.5"]
    return path.get("d", "")


def polylines(svg: str) -> Points:
    """The points of every unbroken line of the traces."""
    lines = []
    for x, y, steps in re.findall(r"M(\d+) (\d+)l([-\d ]+)", trace_data(svg)):
        numbers = [int(number) for number in re.findall(r"-?\d+", steps)]
        points = np.cumsum([(int(x), int(y)), *zip(numbers[::2], numbers[1::2], strict=True)], axis=0)
        lines.append([(int(a), int(b)) for a, b in points])
    return lines


def size_mm(svg: str) -> tuple[float, float]:
    element = root(svg)
    return float(element.get("width", "")[:-2]), float(element.get("height", "")[:-2])


class TestScale:
    def test_a_millivolt_is_ten_millimetres_and_a_second_is_25(self) -> None:
        signal = np.zeros((1000, 1))
        signal[500:] = 0.0
        signal[400:450] = 1.0
        (line,) = polylines(ecg_paper(signal, ["I"], 100.0))
        assert len(line) == 1000
        x, y = np.array(line).T
        assert (x[900] - x[100]) / UNITS == pytest.approx(8 * 25)
        assert (y[100] - y[420]) / UNITS == pytest.approx(10)

    def test_rounding_does_not_add_up(self) -> None:
        (line,) = polylines(ecg_paper(np.zeros((5114, 1)), ["I"], 511.4))
        assert (line[-1][0] - line[0][0]) / UNITS == pytest.approx(5113 / 511.4 * 25, abs=0.06)

    def test_width_follows_duration_and_drawing_matches_its_size(self) -> None:
        svg = ecg_paper(np.zeros((1000, 1)), ["I"], 100.0)
        width, height = size_mm(svg)
        assert 250 < width < 285
        assert root(svg).get("viewBox") == f"0 0 {width * UNITS:g} {height * UNITS:g}"
        assert size_mm(ecg_paper(np.zeros((500, 1)), ["I"], 100.0))[0] == width - 125

    def test_calibration_pulse(self) -> None:
        assert re.search(r"v-200h100v200", trace_data(ecg_paper(np.zeros((500, 1)), ["I"], 100.0)))

    def test_grid_of_one_and_five_millimetres(self) -> None:
        svg = ecg_paper(np.zeros((1000, 1)), ["I"], 100.0)
        grids = [element.get("d", "") for element in root(svg).iter(f"{SVG}path")][:2]
        width, height = size_mm(svg)
        assert [grid.count("v") for grid in grids] == [width, width // 5]
        assert [grid.count("h") for grid in grids] == [height, -(-height // 5)]

    def test_caption_names_the_scale(self) -> None:
        assert texts(ecg_paper(np.zeros((1000, 1)), ["I"], 500.0))[-1].split("    ") == [
            "25 mm/s",
            "10 mm/mV",
            "500 Hz",
        ]


class TestLayout:
    def test_one_lead_wraps_after_ten_seconds(self) -> None:
        svg = ecg_paper(np.zeros((3000, 1)), ["I"], 100.0)
        lines = polylines(svg)
        assert [len(line) for line in lines] == [1000, 1000, 1000]
        assert len({line[0][1] for line in lines}) == 3
        assert len(polylines(ecg_paper(np.zeros((90_000, 1)), ["I"], 100.0))) == 6  # a minute at most

    def test_twelve_leads_in_columns_over_a_rhythm_strip(self, twelve: NDArray[np.float32]) -> None:
        svg = ecg_paper(twelve, STANDARD_LEADS, 100.0)
        lines = polylines(svg)
        assert sorted(texts(svg)[:-1]) == sorted([*STANDARD_LEADS, "II"])
        assert [len(line) for line in lines] == [250] * 12 + [1000]
        starts = {name: line[0][0] for name, line in zip([*texts(svg)[:12]], lines, strict=False)}
        assert starts["I"] < starts["aVR"] < starts["V1"] < starts["V4"]
        assert (starts["V4"] - starts["I"]) / UNITS == pytest.approx(187.5)

    def test_order_of_the_leads_does_not_matter(self, twelve: NDArray[np.float32]) -> None:
        reversed_leads = STANDARD_LEADS[::-1]
        usual, reversed_paper = (
            ecg_paper(twelve, STANDARD_LEADS, 100.0),
            ecg_paper(twelve[:, ::-1], reversed_leads, 100.0),
        )
        assert trace_data(usual) == trace_data(reversed_paper)

    def test_other_sets_are_stacked(self, twelve: NDArray[np.float32]) -> None:
        svg = ecg_paper(twelve[:, :6], LIMB_LEADS, 100.0)
        assert texts(svg)[:-1] == list(LIMB_LEADS)
        assert len({line[0][0] for line in polylines(svg)}) == 1

    def test_seconds(self, twelve: NDArray[np.float32]) -> None:
        assert [len(line) for line in polylines(ecg_paper(twelve[:, :1], ["I"], 100.0, seconds=4))] == [400]
        assert [len(line) for line in polylines(ecg_paper(twelve[:, :1], ["I"], 100.0, seconds=40))] == [1000]

    def test_the_trace_stays_on_the_paper(self) -> None:
        spikes = np.zeros((1000, 1))
        spikes[::100] = 500.0
        svg = ecg_paper(spikes, ["I"], 100.0)
        height = size_mm(svg)[1] * UNITS
        assert all(0 <= y <= height for line in polylines(svg) for _, y in line)

    def test_marks_are_behind_the_trace(self, twelve: NDArray[np.float32]) -> None:
        svg = ecg_paper(twelve[:, :1], ["I"], 100.0, mark=[(2.0, 4.0), (8.0, 99.0)])
        bands = [element for element in root(svg).iter(f"{SVG}rect") if element.get("fill-opacity")]
        assert [int(band.get("width", "")) for band in bands] == [2 * 25 * UNITS, 2 * 25 * UNITS]
        assert svg.index("fill-opacity") < svg.index('stroke-width="5.5"')


class TestContent:
    def test_gaps_break_the_line(self, twelve: NDArray[np.float32]) -> None:
        signal = twelve[:, :1].copy()
        signal[100:200] = np.nan
        signal[500] = np.inf
        assert [len(line) for line in polylines(ecg_paper(signal, ["I"], 100.0))] == [100, 300, 499]

    def test_nothing_recorded_is_an_empty_grid(self) -> None:
        assert polylines(ecg_paper(np.full((1000, 1), np.nan), ["I"], 100.0)) == []

    def test_a_lone_sample_is_a_dot(self) -> None:
        signal = np.full((1000, 1), np.nan)
        signal[10] = 0.2
        assert [len(line) for line in polylines(ecg_paper(signal, ["I"], 100.0))] == [2]

    def test_text_cannot_become_markup(self) -> None:
        evil = "</text><script>alert('1')</script>\"&"
        svg = ecg_paper(np.zeros((500, 1)), [evil], 100.0, title=evil)
        assert "<script" not in svg
        assert texts(svg)[:2] == [evil, evil]
        assert root(svg).get("aria-label") == evil

    def test_no_identifiers_or_links(self, twelve: NDArray[np.float32]) -> None:
        svg = ecg_paper(twelve, STANDARD_LEADS, 100.0, title="A")
        assert " id=" not in svg
        assert "url(" not in svg
        assert "href" not in svg

    def test_size(self, twelve: NDArray[np.float32]) -> None:
        assert len(ecg_paper(twelve[:, :1], ["I"], 100.0).encode()) < 20_000
        assert len(ecg_paper(twelve, STANDARD_LEADS, 100.0).encode()) < 60_000

    @pytest.mark.parametrize(
        ("signal", "leads", "rate", "settings"),
        [
            (np.zeros(1000), ["I"], 100.0, {}),
            (np.zeros((1000, 2)), ["I"], 100.0, {}),
            (np.zeros((0, 1)), ["I"], 100.0, {}),
            (np.zeros((1000, 1)), ["I"], 0.0, {}),
            (np.zeros((1000, 1)), ["I"], float("nan"), {}),
            (np.zeros((1000, 1)), ["I"], 100.0, {"seconds": 0.0}),
            (np.zeros((1000, 1)), ["I"], 100.0, {"seconds": float("nan")}),
        ],
    )
    def test_what_does_not_fit_is_refused(
        self, signal: NDArray[np.float64], leads: list[str], rate: float, settings: dict[str, float]
    ) -> None:
        with pytest.raises(RecordError, match="expected"):
            ecg_paper(signal, leads, rate, **settings)  # type: ignore[arg-type]
