"""The drawings of ``docs/figures.py`` are those of the tables beside them."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def figures() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_figures", DOCS / "figures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_drawing_is_up_to_date(figures: ModuleType) -> None:
    drawn = figures.DRAWING.read_text(encoding="utf-8")
    assert drawn == figures.drawing(), "run `make docs`, or python docs/figures.py"
    ElementTree.fromstring(drawn)  # noqa: S314  (it is a file of this repository)


@pytest.mark.parametrize("name", [path.name for path in sorted((DOCS / "images").glob("*.svg"))])
def test_a_drawing_is_readable_on_a_phone(name: str) -> None:
    """A page of 390 pixels leaves 350 to a picture: no text of it is smaller than 10 pixels there."""
    drawn = (DOCS / "images" / name).read_text(encoding="utf-8")
    width = float(re.findall(r'viewBox="0 0 ([\d.]+)', drawn)[0])
    sizes = [float(size) for size in re.findall(r"font(?:-size)?: ([\d.]+)px", drawn)]
    assert sizes
    assert min(sizes) * min(1, 350 / width) >= 10


def test_a_row_is_read_with_its_verdict(figures: ModuleType) -> None:
    assert figures.read("winner-lead-I/table.md", "all statements, age and sex") == (0.0087, 0.0046, 0.0128, "better")
    assert figures.read("ablation-lead-I/table.md", "MKD") == (0.0016, -0.0011, 0.0041, "no evidence")


def test_a_row_that_is_not_there_is_an_error(figures: ModuleType) -> None:
    with pytest.raises(ValueError, match=r"no figures and verdict of 'XYZ'"):
        figures.read("ablation-lead-I/table.md", "XYZ")
