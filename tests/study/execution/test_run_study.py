"""A study as a whole: what is kept, what is made again, and what survives a death at any moment."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.study.conftest import Listener, content

from mvkt.errors import RecipeError, StudyError
from mvkt.study.cells import make_tables
from mvkt.study.execution.lock import locked
from mvkt.study.execution.run_study import run_study, take_stock
from mvkt.study.study import load_study
from mvkt.study.study_folder import CELL_FILE, PLAN_FILE, CellResult, StudyPlan, study_folders

SCRIPT = (
    "import sys\n"
    "from pathlib import Path\n"
    "from mvkt.cli.study_progress import StudyProgress\n"
    "from mvkt.corpora.corpus import Corpus\n"
    "from mvkt.study.cells import make_tables\n"
    "from mvkt.study.execution.run_study import run_study\n"
    "from mvkt.study.study import load_study\n"
    "corpus, out = Corpus.open(Path(sys.argv[2])), Path(sys.argv[3])\n"
    "tables = make_tables(load_study(Path(sys.argv[1])), corpus, out)\n"
    "with StudyProgress() as progress:\n"
    "    run_study(tables, corpus, out, progress, jobs=1)\n"
)


@pytest.fixture(scope="module")
def study_file(write_study, tmp_path_factory) -> Path:
    return write_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def finished(corpus, study_file, tmp_path_factory) -> tuple[Path, Listener]:
    """The study, run to the end by two workers; copied by tests that change it."""
    out, listener = tmp_path_factory.mktemp("studies") / "out", Listener()
    tables = make_tables(load_study(study_file), corpus, out)
    assert run_study(tables, corpus, out, listener, jobs=2) == []
    return out, listener


def copied(finished, tmp_path) -> Path:
    return Path(shutil.copytree(finished[0], tmp_path / "copy"))


def test_every_network_once_teachers_first_and_every_cell(finished):
    out, listener = finished
    roles = [role for role, _ in listener.done]
    assert sorted(roles) == ["cell"] * 6 + ["student"] * 4 + ["teacher"] * 2
    networks = [role for role in roles if role != "cell"]
    assert networks[0] == "teacher"
    assert networks[-1] == "student"
    assert not listener.errors
    assert (listener.state.networks.done, listener.state.cells.done) == (6, 6)
    assert listener.state.seconds_left == 0
    assert len(list((out / "networks").iterdir())) == 6
    assert study_folders(out) == (out,)
    plan = StudyPlan.load(out / PLAN_FILE)
    for method in plan.methods:
        for fold in plan.test_folds:
            assert CellResult.load(out / "cells" / method / f"1-{fold}" / CELL_FILE).error == ""


def test_all_is_kept(finished, corpus, study_file, tmp_path, listener):
    out = copied(finished, tmp_path)
    tables = make_tables(load_study(study_file), corpus, out)
    assert run_study(tables, corpus, out, listener, jobs=2) == []
    assert not listener.done
    assert (listener.state.networks.done, listener.state.cells.done) == (6, 6)


def test_a_changed_method_is_trained_again_and_nothing_else(finished, corpus, write_study, tmp_path, listener):
    out = copied(finished, tmp_path)
    path = write_study(tmp_path / "changed", ('note = "as published"', "set = { transfer.mkd = 0.4 }"))
    tables = make_tables(load_study(path), corpus, out)
    stock = take_stock(tables, out)
    assert {node.role for node, _ in stock.untrained.values()} == {"student"}
    assert {cell.method for cell in stock.missing} == {"mkd"}
    run_study(tables, corpus, out, listener, jobs=1)
    assert sorted(name for _, name in listener.done) == [
        "mkd 1-1",
        "mkd 1-10",
        "student of mkd 1-1",
        "student of mkd 1-10",
    ]
    before, after = content(finished[0]), content(out)
    assert {name for name in before if name.startswith("cells") and after[name] != before[name]} == {
        f"cells/mkd/1-{fold}/{part}.npz" for fold in (1, 10) for part in ("validation", "test")
    }


def test_another_study_of_the_same_networks_trains_none(finished, corpus, write_study, tmp_path, listener):
    out = copied(finished, tmp_path)
    path = write_study(
        tmp_path / "other", ("[methods.mkd]", "[methods.distilled]"), ("test_folds = [10, 1]", "test_folds = [1]")
    )
    run_study(make_tables(load_study(path), corpus, out), corpus, out, listener, jobs=1)
    assert listener.done == [("cell", "distilled 1-1")]


def test_an_archive_is_learned_from_by_the_method_that_names_it(
    finished, corpus, other_corpus, write_study, tmp_path, listener
):
    out = copied(finished, tmp_path)
    path = write_study(tmp_path / "archive", ('note = "as published"', "unlabelled = true"))
    tables = make_tables(load_study(path), corpus, out, [other_corpus])
    assert run_study(tables, corpus, out, listener, jobs=1) == []
    assert [role for role, _ in listener.done] == ["student", "cell"] * 2, "teachers are kept"
    before, after = content(finished[0]), content(out)
    assert before["cells/mkd/1-10/test.npz"] != after["cells/mkd/1-10/test.npz"]


def test_some_methods_only(corpus, study_file, tmp_path):
    tables = make_tables(load_study(study_file), corpus, tmp_path)
    stock = take_stock(tables, tmp_path, ["labels"])
    assert len(stock.untrained) == len(stock.missing) == 2
    with pytest.raises(RecipeError, match="no method nothing; it has: labels, mkd, teacher"):
        take_stock(tables, tmp_path, ["nothing"])


def test_a_failure_is_a_row_and_the_others_go_on(finished, corpus, study_file, tmp_path, listener):
    out = copied(finished, tmp_path)
    tables = make_tables(load_study(study_file), corpus, out)
    broken = next(cell for cell in tables[0].cells if cell.name == "mkd 1-10")
    (out / "networks" / broken.lineage[0].key / "last.json").write_text("damaged")
    for name in ("mkd/1-10", "labels/1-1"):
        shutil.rmtree(out / "cells" / name)
    failed = run_study(tables, corpus, out, listener, jobs=1)
    assert [(cell.method, cell.test_fold) for cell in failed] == [("mkd", 10)]
    kept = CellResult.load(out / "cells" / "mkd" / "1-10" / CELL_FILE)
    assert "teacher: TrainingError: " in kept.error
    assert kept.digest == broken.digest
    assert listener.done == [("cell", "labels 1-1")]
    assert len(listener.errors) == 1
    assert listener.state.cells.failed == 1
    assert {cell.name for cell in take_stock(tables, out).missing} == {"mkd 1-10"}, "a failure is tried again"


def test_a_second_process_is_refused(corpus, study_file, tmp_path, listener):
    tables = make_tables(load_study(study_file), corpus, tmp_path)
    # Another open file of the same process is as good as another process.
    with locked(tmp_path), pytest.raises(StudyError, match="is at work in"):
        run_study(tables, corpus, tmp_path, listener)
    assert not (tmp_path / "plan.json").exists()


@pytest.mark.slow
def test_killed_at_any_moment_it_goes_on_to_the_bit_identical_result(finished, corpus, study_file, tmp_path):
    """With another number of workers, too."""
    out = tmp_path / "killed"
    command = [sys.executable, "-c", SCRIPT, str(study_file), str(corpus.path), str(out)]
    for _ in range(3):
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("network"):  # its worker is in the middle of what comes next
                os.kill(process.pid, signal.SIGKILL)
        process.stderr.close()
        assert process.wait() == -signal.SIGKILL
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert "6/6 cells" not in done.stderr.splitlines()[0]
    assert content(out) == content(finished[0])


def test_a_study_on_validation_folds_needs_no_test_predictions(finished, corpus, write_study, tmp_path):
    out = copied(finished, tmp_path)
    on_test = write_study(tmp_path / "test")
    on_validation = write_study(
        tmp_path / "validation", ('baseline = "labels"\n', 'baseline = "labels"\njudged_on = "validation"\n')
    )
    for path in out.glob("cells/*/*/test.npz"):
        path.unlink()
    missing = {
        path: len(take_stock(make_tables(load_study(path), corpus, out), out).missing)
        for path in (on_test, on_validation)
    }
    assert missing == {on_test: 6, on_validation: 0}
