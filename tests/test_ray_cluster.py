"""Work on a local Ray; that a study and a bulk diagnosis run there is tested where they are."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from mvkt.errors import MissingExtraError, WorkerError
from mvkt.ray_cluster import begin_ray, on_ray


class Squares:
    """Squares numbers; its process dies by 3, once where ``mark`` is absent, always where there is none."""

    def __init__(self, mark: Path | None) -> None:
        self.mark = mark

    def square(self, number: int) -> int:
        if number == 3 and (self.mark is None or not self.mark.exists()):
            if self.mark is not None:
                self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if number == 99:
            raise ValueError("too large")
        return number * number


@pytest.fixture(scope="module", autouse=True)
def local_ray():
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [before, str(Path(__file__).parents[1])]))
    yield
    import ray

    ray.shutdown()
    os.environ.pop("PYTHONPATH") if before is None else os.environ.__setitem__("PYTHONPATH", before)


def test_results_come_in_order_also_where_a_process_dies(tmp_path):
    squares = Squares(tmp_path / "mark")
    assert list(on_ray(squares.square, range(20), 2)) == [number * number for number in range(20)]
    assert (tmp_path / "mark").exists()
    assert list(on_ray(squares.square, [], 2)) == []


def test_errors_are_those_of_the_work():
    with pytest.raises(ValueError, match="too large"):
        list(on_ray(Squares(None).square, [1, 99], 1))


def test_an_item_that_always_kills_its_process_is_given_up(monkeypatch):
    monkeypatch.setattr("mvkt.ray_cluster.RETRIES", 1)
    with pytest.raises(WorkerError, match="gave up on a piece of work after 2 tries"):
        list(on_ray(Squares(None).square, [3], 1))


def test_without_ray_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'mvkt\[scale\]'"):
        begin_ray(1)


class Unwilling:
    """A Ray that cannot be started, or only at the last of so many times."""

    def __init__(self, faults: int) -> None:
        self.faults, self.starts = faults, 0

    def is_initialized(self) -> bool:
        return False

    def init(self, **settings: object) -> None:
        self.starts += 1
        if self.starts <= self.faults:
            raise Exception("The current node timed out during startup.\nMore lines.")

    def shutdown(self) -> None:
        pass


@pytest.mark.parametrize(("address", "where"), [("", "on this machine"), ("10.0.0.1:6379", "at RAY_ADDRESS=10.0.0.1")])
def test_a_ray_that_does_not_start(monkeypatch, address, where):
    monkeypatch.setenv("RAY_ADDRESS", address)
    for faults in (2, 3):
        fake = Unwilling(faults)
        monkeypatch.setattr("mvkt.ray_cluster._ray", lambda fake=fake: fake)
        if faults == 2:
            assert begin_ray(1) is fake
        else:
            with pytest.raises(WorkerError, match=f"did not answer {where}.*, 3 times: The current node timed out"):
                begin_ray(1)
        assert fake.starts == 3
