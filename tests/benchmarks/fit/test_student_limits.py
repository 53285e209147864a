from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from benchmarks.fit import student_limits

from mvkt.bundle.packaged import find
from mvkt.corpora import Corpus, prepare
from mvkt.corpora.sources.simulated import Simulated
from mvkt.evaluation.result import Evaluation

SECTIONS = "\n## When it leaves a class open\n\nnew\n\n## Records without any target\n\nnew as well\n"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return prepare(Simulated(records=20), tmp_path_factory.mktemp("simulated") / "corpus", view="I", workers=1)


def evaluation(name: str) -> Evaluation:
    """The figures of a student in the box, with other F1 and thresholds."""
    figures = student_limits.Bundle.open(find(name)).manifest.figures["evaluation"]
    classes = [
        dict(row) | {"threshold": 0.125, "f1": {"value": 0.5, "low": 0.4, "high": 0.6}} for row in figures["classes"]
    ]
    return Evaluation.model_validate(
        dict(figures) | {"classes": classes, "macro_f1": {"value": 0.51234, "low": 0.4, "high": 0.6}}
    )


@pytest.mark.parametrize("name", ["12-lead", "lead-I", "lead-II", "limb"])
def test_a_card_gets_the_new_figures_and_keeps_the_others(name: str) -> None:
    card = (find(name) / "README.md").read_text()
    found = evaluation(name)
    made = student_limits._card(card, found, SECTIONS, 0.666)
    assert "name: macro F1, value: 0.5123" in made
    assert "| macro F1 | 0.512 (0.400 to 0.600) |" in made
    assert made.count("| 0.500 (0.400 to 0.600) | 0.125 |") == len(found.classes)
    assert "may be the answer for up to\n  67 % of those who have a class" in made
    assert made.count("## When it") == 1
    assert "\nnew as well\n\n## By age" in made
    assert "these are of the network in this bundle" in made
    assert "| macro AUC | " in made
    for heading in ("## Calibration", "## Preprocessing, exactly", "## Credit"):
        assert card.partition(heading)[2].split("\n## ")[0] == made.partition(heading)[2].split("\n## ")[0]
    assert student_limits._card(made, found, SECTIONS, 0.666) == made, "a second time changes nothing"


def test_another_corpus_is_refused_and_nothing_written(corpus: Corpus, tmp_path: Path) -> None:
    folder = tmp_path / "lead-I"
    shutil.copytree(find("lead-I"), folder)
    with pytest.raises(SystemExit, match="learned from another corpus"):
        student_limits.renew(folder, corpus)
    assert all((folder / file.name).read_bytes() == file.read_bytes() for file in find("lead-I").iterdir())


def test_a_card_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="0 times in the card, expected once"):
        student_limits._card("# A card\n", evaluation("lead-I"), SECTIONS, 0.5)
