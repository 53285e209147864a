from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from mvkt.evaluation.report import run_drawings
from mvkt.evaluation.report.curves import reliability, roc_curve


@pytest.fixture
def drawings() -> dict[str, str]:
    generator = np.random.default_rng(0)
    targets = generator.random(200) < 0.3
    scores = generator.random(200) * 0.5 + 0.4 * targets
    curve = roc_curve(targets, scores)
    epochs = [1, 2, 3]
    losses = {"bce": [0.5, 0.4, 0.3], "mkd": [0.2, 0.1, 0.1], "clt": [9.0, 8.0, 7.0], "total": [9.7, 8.5, 7.4]}
    return {
        "roc": run_drawings.roc(
            "roc", {"teacher": curve, "baseline": curve, "student": curve}, (0.1, 0.8), 'a "b" <c>'
        ),
        "reliability": run_drawings.reliability_diagram(
            "reliability", reliability(targets, scores), scores, "calibration"
        ),
        "learning": run_drawings.learning_curves(
            "learning", {"student": (epochs, [0.7, 0.8, 0.75])}, {"student": 2}, "x"
        ),
        "losses": run_drawings.loss_curves("losses", epochs, losses, [0.6, 0.5, 0.5], "losses"),
    }


def test_drawings_are_plain_svg_in_the_colours_of_the_page(drawings: dict[str, str]) -> None:
    for svg in drawings.values():
        assert svg.startswith("<svg role=")
        root = ElementTree.fromstring(svg)  # noqa: S314 - our own drawing
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert "<style" not in svg
        assert "<metadata" not in svg
        assert "font-family" not in svg
        assert not re.search(r"#[0-9a-fA-F]{6}\b", svg)
        assert "var(--muted)" in svg
    assert {"var(--teacher)", "var(--baseline)", "var(--student)"} <= set(re.findall(r"var\([^)]*\)", drawings["roc"]))


def test_the_description_is_escaped(drawings: dict[str, str]) -> None:
    assert ElementTree.fromstring(drawings["roc"]).get("aria-label") == 'a "b" <c>'  # noqa: S314


def test_losses_are_named_and_of_unlike_size_drawn_on_a_logarithmic_axis(drawings: dict[str, str]) -> None:
    words = re.findall(r">([^<>]+)</text>", drawings["losses"])
    assert {"bce", "mkd", "clt", "total", "validation", "epoch", "0.1", "1"} <= set(words)
    assert not [word for word in words if "$" in word]
    alike = run_drawings.loss_curves("a", [1, 2], {"total": [0.5, 0.4], "bce": [0.5, 0.4]}, [0.6, 0.5], "x")
    words = re.findall(r">([^<>]+)</text>", alike)
    assert "bce" not in words  # it is the total
    assert "0.5" in words or "0.50" in words


def test_a_role_whose_best_epoch_is_not_in_its_history() -> None:
    svg = run_drawings.learning_curves("learning", {"student": ([1, 2], [0.7, 0.8])}, {"student": 9}, "x")
    assert "var(--student)" in svg
