"""A study on a local Ray: the bytes of the same study in processes, and a killed task that goes on."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.study.conftest import Listener, content

from mvkt.errors import MissingExtraError
from mvkt.study.cells import make_tables
from mvkt.study.execution import ray_pool
from mvkt.study.execution.pool import GONE
from mvkt.study.execution.ray_pool import RayPool, carry_out
from mvkt.study.execution.run_study import run_study
from mvkt.study.study import load_study
from mvkt.training.reporter import SilentReporter

HERE = str(Path(__file__).parents[3])


class FatalOnce(SilentReporter):
    """Kills its process after the first epoch of a network, once in a folder."""

    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def epoch(self, role: str, metrics: dict[str, Any]) -> None:
        if not self._mark.exists():
            self._mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)


def killed_once(corpus: str, networks: str, task: dict[str, Any]):
    ray_pool.SilentReporter = lambda: FatalOnce(Path(networks).parent / "mark")
    return carry_out(corpus, networks, task)


def report_environment(corpus: str, networks: str, task: dict[str, Any]):
    import torch

    carry_out(corpus, networks, task)
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "MVKT_PLUGINS")
    return ray_pool.Message("finished", {"threads": torch.get_num_threads()} | {n: os.environ.get(n) for n in names})


def no_task(corpus: str, networks: str, task: dict[str, Any]):
    raise ZeroDivisionError("of a task")


@pytest.fixture(scope="module")
def local_ray():
    """Let the tests start a Ray whose processes find this module, and end it."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [before, HERE]))
    yield
    import ray

    ray.shutdown()
    os.environ.pop("PYTHONPATH") if before is None else os.environ.__setitem__("PYTHONPATH", before)


@pytest.fixture(scope="module")
def study_file(write_study, tmp_path_factory) -> Path:
    return write_study(tmp_path_factory.mktemp("study"), ("test_folds = [10, 1]", "test_folds = [10]"))


@pytest.fixture(scope="module")
def in_processes(corpus, study_file, tmp_path_factory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("processes")
    assert run_study(make_tables(load_study(study_file), corpus, out), corpus, out, Listener(), jobs=1) == []
    return content(out)


def test_the_results_are_those_of_processes(local_ray, corpus, study_file, in_processes, tmp_path, listener):
    tables = make_tables(load_study(study_file), corpus, tmp_path)
    assert run_study(tables, corpus, tmp_path, listener, jobs=2, engine="ray") == []
    assert content(tmp_path) == in_processes
    assert len(in_processes) == 3 + 3 * 2
    assert (listener.state.networks.done, listener.state.cells.done) == (3, 3)
    again = Listener()
    assert run_study(tables, corpus, tmp_path, again, jobs=2, engine="ray") == []
    assert not again.done, "all is kept"


def test_a_killed_task_is_done_again_to_the_same_bytes(
    local_ray, corpus, study_file, in_processes, tmp_path, listener, monkeypatch
):
    monkeypatch.setattr(RayPool.__init__, "__defaults__", (killed_once,))
    tables = make_tables(load_study(study_file), corpus, tmp_path)
    assert run_study(tables, corpus, tmp_path, listener, jobs=1, engine="ray") == []
    assert (tmp_path / "mark").exists()
    (tmp_path / "mark").unlink()
    assert content(tmp_path) == in_processes


def test_errors_that_are_known_and_others(local_ray, corpus, tmp_path):
    task = {"do": "train", "recipe": '{"name": "x", "task": "no such"}', "key": "0"}
    with RayPool(1, corpus.place, tmp_path) as pool:
        pool.give(task)
        assert not pool.idle
        event = pool.next_event()
        assert (event.name, pool.idle) == ("failed", True)
        assert "RecipeError" in event.facts["error"]
    with RayPool(1, corpus.place, tmp_path, no_task) as pool:
        pool.give(task)
        event = pool.next_event()
        assert (event.name, event.facts["error"]) == (GONE, "its task ended with ZeroDivisionError: of a task")


def test_a_task_has_one_thread_and_the_plugins(local_ray, corpus, tmp_path, monkeypatch):
    monkeypatch.setenv("MVKT_PLUGINS", "")
    task = {"do": "train", "recipe": '{"name": "x", "task": "no such"}', "key": "0"}
    with RayPool(1, corpus.place, tmp_path, report_environment) as pool:
        pool.give(task)
        facts = pool.next_event().facts
    assert facts == {"threads": 1, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "MVKT_PLUGINS": ""}


def test_without_ray_the_error_names_the_extra(corpus, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'mvkt\[scale\]'"):
        RayPool(1, corpus.place, tmp_path)
