from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from benchmarks.fit import student_limits

from mvkt.bundle.bundle import Bundle
from mvkt.bundle.packaged import find, names
from mvkt.corpora import Corpus, prepare
from mvkt.corpora.prepare import usable_entries
from mvkt.corpora.source import Source
from mvkt.corpora.sources.cinc2017 import Cinc2017
from mvkt.corpora.sources.ptbxl import PtbXl
from mvkt.corpora.sources.simulated import Simulated
from mvkt.ecg.signal import SignalSpec
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


@pytest.mark.parametrize("name", names())
def test_a_card_gets_the_new_figures_and_keeps_the_others(name: str) -> None:
    card = (find(name) / "README.md").read_text()
    found = evaluation(name)
    made = student_limits._card(card, found, SECTIONS, 0.666)
    assert "name: macro F1, value: 0.5123" in made
    assert "| macro F1 | 0.512 (0.400 to 0.600) |" in made
    assert made.count("| 0.500 (0.400 to 0.600) | 0.125 |") == len(found.classes)
    assert "may be the answer for up to\n  67 % of those who have a class" in made
    assert made.count("## When it") == 1
    assert "\nnew as well\n\n## " in made
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


def validation_corpus(source: Source, folds: set[int], signal: SignalSpec, out: Path) -> Corpus:
    """The recordings of some folds alone, which are those of the whole collection."""
    entries, _ = usable_entries(source)
    inside = [entry for entry in entries if entry.fold in folds]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(source), "entries", lambda self: (inside, []))
        return prepare(source, out, signal=signal, workers=1)


@pytest.mark.data
@pytest.mark.parametrize("students", [("12-lead", "lead-I", "lead-II", "limb"), ("device",)], ids=" ".join)
def test_the_limits_in_the_box_are_those_that_the_command_chooses(
    students: tuple[str, ...], shared_data: Path, tmp_path: Path
) -> None:
    strips = students == ("device",)
    source = Cinc2017(shared_data / "cinc2017-part") if strips else PtbXl(shared_data / "ptb-xl-subset")
    signal = SignalSpec(window_seconds=30.0, hop_seconds=30.0) if strips else SignalSpec()
    validation = validation_corpus(source, {8, 9} if strips else {9}, signal, tmp_path / "corpus")
    for name in students:
        bundle = Bundle.open(find(name))
        assert set(bundle.manifest.provenance["split"]["validation"]) == set(validation.manifest.folds)
        calibration, _ = student_limits.chosen(bundle, validation)
        # A limit lies between two scores; another processor rounds them a little differently.
        assert calibration.thresholds == pytest.approx(bundle.manifest.thresholds, abs=0.02)
        ends = [end for band in bundle.manifest.inconclusive for end in band]
        assert [end for band in calibration.inconclusive for end in band] == pytest.approx(ends, abs=0.02)
        assert calibration.promise is not None
        shares = student_limits.calibration_shares(bundle.manifest.classes, calibration.promise)
        assert shares == bundle.manifest.provenance["calibration_shares"]
