"""Recordings without labels: what may be learned from, and that nothing of their labels is."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.training.conftest import plan_with, recipe_as_data

from mvkt.corpora.corpus import Corpus
from mvkt.corpora.prepare import prepare
from mvkt.corpora.sources.simulated import Simulated
from mvkt.errors import RecipeError
from mvkt.training import lesson
from mvkt.training.batches import draw_batches
from mvkt.training.graph import baseline_node, student_node, teacher_nodes
from mvkt.training.networks import train_node
from mvkt.training.node_model import build
from mvkt.training.plan import Plan
from mvkt.training.recipe import parse_recipe
from mvkt.training.rows import FoldRows
from mvkt.training.teaching import TrainedTeacher, contrasted, outputs_of

HIDDEN = [3, 4, 5, 6, 7, 8]


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Corpus:
    return prepare(Simulated(records=60, seed=9), tmp_path_factory.mktemp("corpora") / "archive", workers=1)


def renamed(corpus: Corpus, source: str) -> Corpus:
    manifest = corpus.manifest.model_copy(update={"source": source})
    return Corpus(corpus.path, manifest, corpus.microvolts)


def rows_of(plan, node):
    return plan.learning_rows(node.settings, unlabelled=node.needs_no_labels, left_out=node.left_out)


def plan_of(corpus, *others, **changes) -> Plan:
    return Plan.make(parse_recipe(recipe_as_data() | changes), corpus, others)


def test_labels_of_hidden_folds_are_not_used(corpus):
    plan = plan_with(corpus, unlabelled_folds=HIDDEN)
    assert set(corpus.fold[np.isin(corpus.record_id, plan.training.record_id)]) == {1, 2}
    rows = rows_of(plan, student_node(plan))
    assert len(rows) == len(corpus.rows(range(1, 9)))
    assert rows.labelled.sum() == len(plan.training)
    assert not rows.targets[~rows.labelled].any()
    for node in (baseline_node(plan), *teacher_nodes(plan)):
        assert len(rows_of(plan, node)) == len(plan.training)


def test_hidden_labels_change_no_network(corpus):
    """The same recordings with other labels in the hidden folds train the same student."""
    plan = plan_with(corpus, unlabelled_folds=HIDDEN, transfer={"mkd": 1.0}, min_samples=0)
    hidden = np.isin(corpus.fold, HIDDEN)
    other = Corpus(corpus.path, corpus.manifest, corpus.microvolts)
    other.labels = [{} if gone else labels for labels, gone in zip(corpus.labels, hidden.tolist(), strict=True)]
    fewer = Plan.make(plan.recipe, other)
    assert fewer.targets.classes == plan.targets.classes
    rows, others = (rows_of(plan_, student_node(plan_)) for plan_ in (plan, fewer))
    assert np.array_equal(rows.targets, others.targets)
    assert np.array_equal(rows.known, others.known)
    assert np.array_equal(rows.record_id, others.record_id)


def test_rows_of_several_corpora_are_those_of_each(corpus, archive):
    plan = plan_of(corpus, renamed(archive, "archive"))
    rows = plan.learning_rows(plan.recipe.student)
    assert len(rows) == len(plan.training) + len(archive)
    positions = np.array([0, len(rows) - 1, 5, len(plan.training)])
    expected = [
        plan.training.select(np.array([0]), "II+V1"),
        archive.select([len(archive) - 1], "II+V1"),
        plan.training.select(np.array([5]), "II+V1"),
        archive.select([0], "II+V1"),
    ]
    np.testing.assert_array_equal(rows.select(positions, "II+V1"), np.concatenate(expected))
    assert rows.subset(positions).record_id.tolist() == rows.record_id[positions].tolist()
    assert rows.leads == corpus.leads


def test_what_is_held_out_is_not_learned_from_under_another_name(corpus):
    """The archive is the corpus itself under another name: its copies of validation and test are left out."""
    same = renamed(corpus, "archive")
    object.__setattr__(same.manifest, "checksums", {"signals.npy": "other"})
    plan = plan_of(corpus, same)
    held_out = set(corpus.record_id[corpus.rows((9, 10))])
    kept = set(plan.unlabelled.rows[0].record_id)
    assert not kept & held_out
    assert len(kept) == len(set(corpus.record_id)) - len(held_out)
    assert f"{len(held_out)} that are copies of windows there" in plan.unlabelled.notes[0]


def test_patients_of_held_out_folds_are_left_out(corpus, archive):
    patients = corpus.patient_id[corpus.rows((9, 10))][:3]
    other = renamed(archive, corpus.manifest.source)
    other.patient_id = np.concatenate([patients, archive.patient_id[3:].astype("<U40")])
    other.patient_id[3:] = [f"other-{number}" for number in range(len(archive) - 3)]
    plan = plan_of(corpus, other)
    assert len(plan.unlabelled.rows[0]) == len(archive) - 3
    assert "3 of patients of validation and test folds" in plan.unlabelled.notes[0]


def test_archives_that_do_not_fit(corpus, archive, tmp_path):
    with pytest.raises(RecipeError, match="is the labelled corpus itself; to hide labels, name unlabelled_folds"):
        plan_of(corpus, corpus)
    faster = archive.manifest.signal.model_copy(update={"sampling_frequency": 250.0})
    manifest = archive.manifest.model_copy(update={"signal": faster})
    with pytest.raises(RecipeError, match=r"prepared in another way \(sampling_frequency 250.0 instead of 100.0\)"):
        plan_of(corpus, Corpus(archive.path, manifest, archive.microvolts))
    limb = prepare(Simulated(records=20, seed=4), tmp_path / "limb", view="limb", workers=1)
    with pytest.raises(RecipeError, match="lacks leads: view '12-lead' needs lead V1, V2, V3, V4, V5, V6"):
        plan_of(corpus, limb)
    with pytest.raises(RecipeError, match="unlabelled_folds: 10 is no training fold"):
        plan_of(corpus, unlabelled_folds=[8, 10])


def test_another_archive_is_another_student(corpus, archive):
    plain, more = plan_of(corpus), plan_of(corpus, renamed(archive, "archive"))
    assert student_node(plain).key != student_node(more).key
    assert baseline_node(plain).key == baseline_node(more).key
    assert [node.key for node in teacher_nodes(plain)] == [node.key for node in teacher_nodes(more)]


@pytest.mark.parametrize("sees", ["record", "batch"])
def test_a_student_is_trained_on_records_without_labels(corpus, tmp_path, reporter, sees):
    plan = plan_with(corpus, unlabelled_folds=HIDDEN, teacher_sees=sees)
    (teacher,) = teacher_nodes(plan)
    student = student_node(plan)
    for node in (teacher, student):
        train_node(plan, node, tmp_path, reporter)
    (_, metrics), *_ = [epoch for epoch in reporter.epochs if epoch[0] == "student"]
    assert reporter.steps == len(plan.training) // 32 + len(corpus.rows(range(1, 9))) // 32
    assert all(np.isfinite(loss) and loss > 0 for loss in metrics["losses"].values())


def test_diseases_come_from_labels_or_from_the_teacher(corpus):
    plan = plan_with(corpus, unlabelled_folds=HIDDEN, transfer={"clt": 0.1})
    student = student_node(plan)
    (teacher,) = student.teachers
    model = build(teacher).eval()
    torch.nn.init.normal_(model.classifier[-1].weight)
    rows = rows_of(plan, student)
    normal = corpus.manifest.tasks["conditions"].normal
    teachers = [TrainedTeacher(teacher, model, plan.input(teacher.settings))]
    made = contrasted(teachers, rows, plan.targets.classes, normal)
    judged = outputs_of(teachers, rows).logits
    diseases = [code for code in plan.targets.classes if code not in normal]
    assert "NORM" not in diseases
    for row in range(0, len(rows), 7):
        expected = []
        for code in diseases:
            column = plan.targets.classes.index(code)
            known = bool(rows.known[row, column])
            expected.append(bool(rows.targets[row, column]) if known else float(judged[row, column]) > 0)
        assert made[row].tolist() == [*expected, not any(expected)]


def test_the_teacher_runs_over_all_records_only_where_a_loss_needs_their_labels(
    corpus, tmp_path, reporter, monkeypatch
):
    made = []
    monkeypatch.setattr(lesson, "contrasted", lambda *args: made.append(args) or contrasted(*args))
    for transfer, times in (({"mkd": 1.0}, 0), ({"supcon": 1.0}, 0), ({"infonce": 1.0}, 0), ({"clt": 1.0}, 1)):
        plan = plan_with(corpus, unlabelled_folds=HIDDEN, transfer=transfer, teacher_sees="batch")
        for node in (*teacher_nodes(plan), student_node(plan)):
            train_node(plan, node, tmp_path, reporter)
        assert len([args for args in made if args[0]]) == times, transfer
        assert len(made) == times, transfer


def test_batches_of_an_epoch():
    labelled = np.arange(100) < 20
    whole = draw_batches(labelled, 10, 10, None, np.random.default_rng(0))
    assert sorted(whole.ravel().tolist()) == list(range(100))
    twice = draw_batches(labelled, 10, 20, None, np.random.default_rng(0))
    assert np.bincount(twice.ravel()).tolist() == [2] * 100
    half = draw_batches(labelled, 10, 8, 0.5, np.random.default_rng(0))
    assert (labelled[half].sum(axis=1) == 5).all()
    assert np.bincount(half[labelled[half]]).tolist() == [2] * 20
    everything = draw_batches(np.ones(100, dtype=np.bool_), 10, 10, 0.5, np.random.default_rng(0))
    assert sorted(everything.ravel().tolist()) == list(range(100))


def test_nothing_is_known_of_rows_without_labels(archive):
    rows = FoldRows.unlabelled(archive, np.arange(4), ("A", "B"))
    assert rows.targets.shape == rows.known.shape == (4, 2)
    assert not rows.known.any()
    assert not rows.labelled.any()
