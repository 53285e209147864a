"""A recipe and what its networks go on from, against a corpus."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.training.conftest import Silent, plan_with, recipe_as_data

from mvkt.bundle.bundle import Bundle
from mvkt.corpora.corpus import Corpus
from mvkt.errors import RecipeError, TrainingError
from mvkt.evaluation.result_sections import LearnedFrom
from mvkt.training import starts
from mvkt.training.graph import student_node
from mvkt.training.plan import Plan
from mvkt.training.recipe import parse_recipe
from mvkt.training.run import train_run
from mvkt.training.starting_network import StartingNetwork, find_start

PTB_XL = find_start("lead-I")


def with_learned(**changes: object) -> StartingNetwork:
    learned = LearnedFrom(source="simulated", checksum="0" * 64, training=(1, 2), validation=(3,), records=9)
    return replace(PTB_XL, name="mine", learned_from=(learned.model_copy(update=changes),))


@pytest.fixture
def give(monkeypatch: pytest.MonkeyPatch):
    def set_start(start: StartingNetwork) -> None:
        monkeypatch.setattr(starts, "find_start", lambda name: start)

    return set_start


def test_the_backbone_is_that_of_the_start_and_the_notes_state_it(corpus: Corpus) -> None:
    plan = plan_with(corpus, student={"start": "lead-I", "standardise": "global"}, transfer={})
    assert plan.recipe.student.model.settings["widths"] == [16, 32, 64, 96]
    assert [*plan.starts.on_classes(("AFIB", "mine"))] == ["student: its start knows AFIB; all others begin anew"]
    assert [*plan.starts.on_classes(("AFIB", "MI"))] == ["student: its start knows AFIB, MI"]
    assert [*plan.starts.on_classes(("mine",))] == ["student: its start knows none of the classes"]
    first, second, third = plan.starts.notes
    assert first == (
        "student: goes on from lead-I, trained on ptb-xl (3,134 records); learning rate of its body times "
        f"{plan.recipe.student.start_rate:g}"
    )
    assert "has the backbone of its start, resnet1d (widths [16, 32, 64, 96]" in second
    assert "standardised by 'record', it is by 'global'" in third
    assert plan.starts.facts["student"].sha256 == PTB_XL.sha256
    assert plan_with(corpus, student={"start": "none"}).starts.facts == {}


def test_a_single_lead_may_be_another(corpus: Corpus) -> None:
    plan = plan_with(corpus, student={"start": "lead-I", "view": "V5"}, transfer={})
    assert "student: its start saw I, it sees V5" in plan.starts.notes


def test_a_start_of_other_leads_or_another_rate_is_refused(corpus: Corpus) -> None:
    with pytest.raises(RecipeError, match=r"its start lead-I sees I, it is to see I\+II: expected the same leads"):
        plan_with(corpus, student={"start": "lead-I", "view": "I+II"}, transfer={})
    signal = corpus.manifest.signal.model_copy(update={"sampling_frequency": 250.0})
    other = Corpus(corpus.path, corpus.manifest.model_copy(update={"signal": signal}), corpus.microvolts)
    with pytest.raises(RecipeError, match="prepare the corpus with --sampling-frequency 100"):
        plan_with(other, student={"start": "lead-I"}, transfer={})
    with pytest.raises(RecipeError, match="did you mean 'lead-II'"):
        plan_with(corpus, student={"start": "lead-III"}, transfer={})


@pytest.mark.parametrize(
    ("learned", "part", "leaks"),
    [
        ({"training": (1, 10)}, "", "fold 10"),
        ({"training": (9, 10)}, "", "folds 9, 10"),
        ({"validation": (10,)}, "", "fold 10"),
        ({"validation": (9,)}, "", ""),
        ({"training": (10,), "source": "other"}, "", ""),
        ({"training": (10,), "part": "site=1"}, "site!=1", ""),
        ({"training": (10,), "part": "site!=1"}, "site!=1", "fold 10"),
    ],
)
def test_a_start_must_not_know_what_chooses_or_measures(
    corpus: Corpus, give, learned: dict[str, object], part: str, leaks: str
) -> None:
    source = {"source": "ptb-xl", "part": part}
    ours = Corpus(corpus.path, corpus.manifest.model_copy(update=source), corpus.microvolts)
    give(with_learned(**{"source": "ptb-xl", **learned}))
    if leaks:
        with pytest.raises(RecipeError, match=f"has learned from {leaks} of ptb-xl, by which this run chooses"):
            plan_with(ours, student={"start": "mine"}, transfer={})
    else:
        plan_with(ours, student={"start": "mine"}, transfer={})


def test_the_very_corpus_counts_whatever_its_source(corpus: Corpus, give) -> None:
    give(with_learned(checksum=corpus.manifest.checksums["signals.npy"], training=(10,)))
    with pytest.raises(RecipeError, match="learned from fold 10 of simulated"):
        plan_with(corpus, student={"start": "mine"}, transfer={})
    give(with_learned(training=(10,)))
    notes = plan_with(corpus, student={"start": "mine"}, transfer={}).starts.notes
    assert any("learned from another corpus of simulated" in note for note in notes)
    give(replace(PTB_XL, learned_from=()))
    notes = plan_with(corpus, student={"start": "mine"}, transfer={}).starts.notes
    assert any("does not state what it learned from" in note for note in notes)


def test_a_key_has_the_weights_and_the_rate_of_a_start_and_not_its_place(corpus: Corpus, give) -> None:
    def key(**student: object) -> str:
        return student_node(plan_with(corpus, student={"start": "mine", **student}, transfer={})).key

    give(PTB_XL)
    first = key()
    assert first != key(start_rate=0.7)
    give(replace(PTB_XL, path=Path("elsewhere")))
    assert first == key()
    give(replace(PTB_XL, sha256="0" * 64))
    assert first != key()
    plain = [student_node(plan_with(corpus, student={"start_rate": rate}, transfer={})).key for rate in (0.1, 1)]
    assert plain[0] == plain[1]


def test_a_run_states_its_start_learns_its_body_slowly_and_refuses_another(
    corpus: Corpus, tmp_path: Path, give
) -> None:
    data = recipe_as_data()
    data |= {"transfer": {}}
    data["student"]["training"]["epochs"] = 1
    train_run(parse_recipe(data), corpus, tmp_path / "first", Silent())
    data["student"] |= {"start": str(tmp_path / "first"), "start_rate": 0.0}
    data["classes"] = Plan.make(parse_recipe(data), corpus).targets.classes[:3]
    recipe, out = parse_recipe(data), tmp_path / "second"
    result = train_run(recipe, corpus, out, Silent())
    facts = result.starts["student"]
    assert (facts.name, facts.rate) == ("first", 0.0)
    assert result.recipe["student"]["start"] == "first"
    assert str(tmp_path) not in (out / "recipe.json").read_text()
    provenance = Bundle.open(out / "bundle").manifest.provenance
    assert provenance["starts"]["student"]["sha256"] == facts.sha256
    assert "goes on from `first`" in (out / "bundle" / "README.md").read_text()
    # What learned at a rate of 0 is what it was, and what began anew is not.
    before, after = (find_start(str(tmp_path / run)).weights() for run in ("first", "second"))
    assert after["stem.0.0.weight"].equal(before["stem.0.0.weight"])
    assert len(after["classifier.1.bias"]) == 3

    train_run(recipe, corpus, out, Silent(), resume=True)
    give(replace(find_start(str(tmp_path / "first")), sha256="0" * 64))
    with pytest.raises(TrainingError, match="was begun from another start"):
        train_run(recipe, corpus, out, Silent(), resume=True)
    assert json.loads((out / "recipe.json").read_text())["starts"] == {"student": facts.sha256}


def test_a_student_of_a_start_has_learned_from_what_that_learned_from(corpus: Corpus, tmp_path: Path) -> None:
    data = recipe_as_data() | {"transfer": {}}
    data["student"] |= {"start": "lead-I", "view": "I"}
    data["student"]["training"]["epochs"] = 1
    train_run(parse_recipe(data), corpus, tmp_path / "run", Silent())
    for place in (tmp_path / "run", tmp_path / "run" / "bundle"):
        assert [each.source for each in find_start(str(place)).learned_from] == ["simulated", "ptb-xl"]


def test_a_network_begins_once() -> None:
    first = {"objective": "any-lead"}
    with pytest.raises(RecipeError, match="not from both"):
        parse_recipe({"name": "x", "task": "t", "student": {"view": "I", "start": "run", "pretraining": first}})
    for nothing in ("", "none"):
        recipe = parse_recipe({"name": "x", "task": "t", "student": {"view": "I", "start": nothing}})
        assert recipe.student.start is None
