from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys

import pytest

from mvkt.errors import StudyError
from mvkt.study.execution import lock
from mvkt.study.execution.lock import locked

HOLDER = (
    "import subprocess, sys, time\n"
    "from pathlib import Path\n"
    "from mvkt.study.execution.lock import locked\n"
    "with locked(Path(sys.argv[1])) as lock:\n"
    "    subprocess.Popen(['sleep', sys.argv[2]], pass_fds=[lock], stdout=subprocess.DEVNULL)\n"
    "    print('locked', flush=True)\n"
    "    time.sleep(60)\n"
)


@pytest.fixture
def holder(tmp_path):
    """A process that has locked ``tmp_path``, with a worker that ends a second later than it."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path), "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        yield process
        process.kill()


def test_a_second_process_is_refused(holder, tmp_path):
    with pytest.raises(StudyError, match=f"process {holder.pid} is at work"), locked(tmp_path):
        pass


def test_the_lock_of_a_dead_process_is_taken_over_when_its_workers_have_ended(holder, tmp_path):
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with locked(tmp_path) as held:
        assert (tmp_path / ".lock").read_text() == str(os.getpid())
        with pytest.raises(BlockingIOError), (tmp_path / ".lock").open() as another:
            fcntl.flock(another, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.fstat(held)


def test_workers_that_do_not_end_are_not_waited_for_without_end(holder, tmp_path, monkeypatch):
    monkeypatch.setattr(lock, "_PATIENCE_SECONDS", 0.0)
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with pytest.raises(StudyError, match=f"process {holder.pid} is at work"), locked(tmp_path):
        pass


def test_it_is_free_again_afterwards(tmp_path):
    for _ in range(2):
        with locked(tmp_path / "new"):
            pass
