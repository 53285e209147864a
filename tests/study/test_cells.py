from __future__ import annotations

from itertools import pairwise

import pytest

from mvkt.errors import RecipeError
from mvkt.study.cells import make_tables, rotate
from mvkt.study.study import load_study


def test_rotation_is_that_of_the_usual_split_and_goes_round():
    usual = rotate(range(1, 11), 10)
    assert (usual.training, usual.validation, usual.test) == (tuple(range(1, 9)), (9,), (10,))
    first = rotate(range(1, 11), 1)
    assert (first.training, first.validation, first.test) == (tuple(range(2, 10)), (10,), (1,))
    middle = rotate([7, 1, 4], 4)
    assert (middle.training, middle.validation, middle.test) == ((7,), (1,), (4,))


def test_fewer_training_folds_are_part_of_more():
    for test_fold in (10, 4, 1):
        splits = [rotate(range(1, 11), test_fold, number) for number in (1, 2, 4, 8)]
        assert [len(split.training) for split in splits] == [1, 2, 4, 8]
        assert all(set(few.training) < set(more.training) for few, more in pairwise(splits))
        assert {split.validation for split in splits} == {rotate(range(1, 11), test_fold).validation}
        assert splits[-1] == rotate(range(1, 11), test_fold)
    assert len({rotate(range(1, 11), fold, 1).training for fold in range(1, 11)}) == 10, "each fold serves once"
    with pytest.raises(RecipeError, match="9 are wanted, 8 are left"):
        rotate(range(1, 11), 1, 9)


@pytest.mark.parametrize(("folds", "test_fold"), [([1, 2], 2), ([1, 2, 3], 4)])
def test_rotation_needs_three_folds_and_one_that_is_there(folds, test_fold):
    with pytest.raises(RecipeError, match="folds"):
        rotate(folds, test_fold)


@pytest.fixture
def tables(corpus, write_study, tmp_path):
    def make(*replacements):
        return make_tables(load_study(write_study(tmp_path, *replacements)), corpus, tmp_path / "out")

    return make


def test_cells_are_method_by_seed_by_fold(tables, tmp_path):
    (table,) = tables(("seeds = [1]", "seeds = [1, 0]"))
    assert len(table.cells) == 3 * 2 * 2
    assert [cell.name for cell in table.cells[:4]] == ["labels 1-10", "mkd 1-10", "teacher 1-10", "labels 1-1"]
    cell = table.cells[-1]
    assert (cell.recipe.seed, cell.recipe.folds) == (0, rotate(range(1, 11), 1))
    assert cell.folder == tmp_path / "out" / "cells" / "teacher" / "0-1"
    assert len({cell.digest for cell in table.cells}) == len(table.cells)
    assert table.plan.classes == ("AMI", "NORM", "RBBB")
    assert table.plan.normal == ("NORM",)
    assert table.plan.titles["AMI"] == "anterior myocardial infarction"
    assert table.plan.methods["labels"].title == "labels alone"
    assert table.plan.methods["mkd"].title == "mkd"
    assert "seed" not in table.plan.methods["mkd"].recipe


def test_networks_are_shared_by_what_they_are(tables):
    (table,) = tables()
    labels, mkd, teacher = table.cells[:3]
    assert [node.role for node in mkd.lineage] == ["teacher", "student"]
    assert mkd.lineage[1].requires == (mkd.lineage[0].key,)
    assert teacher.lineage[0].key == mkd.lineage[0].key, "the reference is the network that teaches"
    assert labels.lineage[0].key != mkd.lineage[1].key


def test_a_digest_changes_with_what_decides_and_with_nothing_else(tables, corpus, tmp_path):
    def digests(*replacements):
        return {cell.name: cell.digest for table in tables(*replacements) for cell in table.cells}

    before = digests()
    assert (
        digests(('title = "Labels and teacher"', 'title = "x"'), ('baseline = "labels"', 'baseline = "mkd"')) == before
    )
    changed = digests(('note = "as published"', "set = { transfer.mkd = 0.4 }"))
    assert {name for name in before if before[name] != changed[name]} == {"mkd 1-10", "mkd 1-1"}
    renamed = digests(("[methods.mkd]", "[methods.other]"))
    assert renamed["other 1-10"] == before["mkd 1-10"]
    rhythm = digests(('note = "as published"', "set = { student.rhythm = true, limits.AMI.found = 0.8 }"))
    assert rhythm == before, "what is fitted to a finished network decides on no prediction of a study"


def test_another_corpus_is_another_digest(corpus, write_study, tmp_path):
    study = load_study(write_study(tmp_path))
    other = type(corpus)(
        corpus.path,
        corpus.manifest.model_copy(update={"checksums": {"signals.npy": "other", "index.parquet": "other"}}),
        corpus.microvolts,
    )
    (first,), (second,) = (make_tables(study, which, tmp_path) for which in (corpus, other))
    assert not {cell.digest for cell in first.cells} & {cell.digest for cell in second.cells}


def test_a_learning_curve(tables):
    (table,) = tables(('note = "as published"', 'family = "labels"\ntraining_folds = 2'))
    methods = table.plan.methods
    assert (methods["mkd"].fraction, methods["labels"].fraction) == (0.25, 1.0)
    assert methods["mkd"].family == "labels"
    (cell,) = (cell for cell in table.cells if cell.name == "mkd 1-10")
    assert cell.recipe.folds == rotate(range(1, 11), 10, 2)
    assert all(method.fraction is None for method in tables()[0].plan.methods.values())


def test_all_folds(tables):
    (table,) = tables(("test_folds = [10, 1]", 'test_folds = "all"'))
    assert table.plan.test_folds == tuple(range(10, 0, -1))


def test_each_task_has_a_table_of_its_own(corpus, write_study, tmp_path):
    study = load_study(write_study(tmp_path, ('name = "tiny"', 'name = "tiny"\ntasks = ["conditions"]')))
    (table,) = make_tables(study, corpus, tmp_path / "out")
    assert table.folder == tmp_path / "out" / "conditions"
    assert all(cell.folder.is_relative_to(table.folder) for cell in table.cells)
    with pytest.raises(RecipeError, match="XI"):
        make_tables(
            load_study(write_study(tmp_path, ('name = "tiny"', 'name = "tiny"\nviews = ["XI"]'))), corpus, tmp_path
        )


def test_classes_that_all_methods_have(tables):
    only = 'note = "as published"', 'set = { classes = ["RBBB", "AMI"] }'
    (table,) = tables(only)
    assert table.plan.classes == ("AMI", "RBBB")
    (table,) = tables(('baseline = "labels"', 'baseline = "labels"\nclasses = ["RBBB"]'))
    assert table.plan.classes == ("RBBB",)
    with pytest.raises(RecipeError, match="method 'mkd' does not learn NORM"):
        tables(only, ('baseline = "labels"', 'baseline = "labels"\nclasses = ["NORM", "RBBB"]'))
    with pytest.raises(RecipeError, match="no class in common"):
        tables(
            ('note = "as published"', 'set = { classes = ["RBBB"] }'),
            ("set = { transfer.mkd = 0 }", 'set = { classes = ["AMI"], transfer.mkd = 0 }'),
        )


def test_what_does_not_fit_the_corpus_is_an_error_at_once(tables):
    with pytest.raises(RecipeError) as caught:
        tables(
            ('note = "as published"', 'set = { task = "rhythm" }'),
            ('student.view = "12-lead"', 'student.view = "I+V9"'),
        )
    message = str(caught.value)
    assert "recipe 'mkd' does not fit" in message
    assert "'rhythm'" in message
    assert "recipe 'teacher' does not fit" in message or "V9" in message
    with pytest.raises(RecipeError, match="no fold 11"):
        tables(("test_folds = [10, 1]", "test_folds = [11]"))


def test_seeds_share_what_does_not_depend_on_them(tables):
    fixed = 'note = "as published"', "set = { teacher.seed = 7 }"
    (table,) = tables(fixed, ("seeds = [1]", "seeds = [0, 1]"))
    cells = [cell for cell in table.cells if cell.method == "mkd" and cell.test_fold == 10]
    assert len({cell.lineage[0].key for cell in cells}) == 1
    assert len({cell.lineage[1].key for cell in cells}) == 2


def test_a_method_learns_from_further_corpora_without_labels(corpus, other_corpus, write_study, tmp_path):
    def cells(replacement, unlabelled):
        (table,) = make_tables(load_study(write_study(tmp_path, replacement)), corpus, tmp_path, unlabelled)
        return {cell.method: cell for cell in table.cells if cell.test_fold == 10}

    with_archive = 'note = "as published"', "unlabelled = true"
    before, cell = cells(("", ""), ()), cells(with_archive, [other_corpus])
    assert cell["mkd"].unlabelled == (other_corpus.place,)
    assert cell["mkd"].digest != before["mkd"].digest
    assert cell["mkd"].lineage[0].key == before["mkd"].lineage[0].key, "a teacher learns from labels"
    assert cell["mkd"].lineage[1].key != before["mkd"].lineage[1].key
    assert cell["labels"] == before["labels"]
    with pytest.raises(RecipeError, match="mkd: unlabelled = true; name a corpus to learn from with --unlabelled"):
        cells(with_archive, ())
    with pytest.raises(RecipeError, match="no method of the study learns from it"):
        cells(("", ""), [other_corpus])
    with pytest.raises(RecipeError, match="labels: unlabelled = true, but all its networks need labels"):
        cells(('title = "labels alone"', "unlabelled = true"), [other_corpus])
    with pytest.raises(RecipeError, match="the labelled corpus itself"):
        cells(with_archive, [corpus])
