"""Training in several processes, against a single one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.training.conftest import recipe_as_data

from mvkt.corpora.corpus import Corpus
from mvkt.errors import OtherProcessError, TrainingError
from mvkt.training import launched
from mvkt.training.recipe import Recipe, parse_recipe
from mvkt.training.reporter import SilentReporter
from mvkt.training.run import train_run

SCRIPT = Path(__file__).with_name("in_processes.py")
PATIENCE = 500


def _torchrun(processes: int, *arguments: str | Path) -> list[str]:
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    return [*launcher, *map(str, arguments)]


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr[-4000:]
    return done


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    data = recipe_as_data() | {"augmentation": {"shift_seconds": 1.0, "noise_mv": 0.02, "mask_share": 0.2}}
    for name in ("teacher", "student"):
        # Rounding grows with the steps and their size: Adam divides what is nearly 0 by what is nearly 0.
        data[name]["training"] |= {"epochs": 2, "learning_rate": 3e-4}
    return parse_recipe(data)


@pytest.fixture(scope="module")
def recipe_file(recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recipe as a user has it, with every setting."""
    path = tmp_path_factory.mktemp("recipe") / "recipe.toml"
    path.write_text(_toml(recipe.model_dump(mode="json", exclude_none=True)))
    return path


def _toml(table: dict, name: str = "") -> str:
    values = [f"{key} = {json.dumps(value)}" for key, value in table.items() if not isinstance(value, dict)]
    tables = [_toml(value, f"{name}.{key}".strip(".")) for key, value in table.items() if isinstance(value, dict)]
    return "\n".join([*([f"[{name}]"] if name else []), *values, *tables])


@pytest.fixture(scope="module")
def alone(recipe: Recipe, corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of a single process."""
    out = tmp_path_factory.mktemp("alone") / "run"
    train_run(recipe, corpus, out, SilentReporter())
    return out


@pytest.fixture(scope="module")
def pair(recipe_file: Path, corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The networks that two processes have trained."""
    out = tmp_path_factory.mktemp("pair")
    _run(*_torchrun(2, SCRIPT, "networks", recipe_file, corpus.path, out))
    return out


def _curves(run: Path) -> list[float]:
    curves: list[float] = []
    for role in ("teacher", "baseline", "student"):
        for line in (run / role / "metrics.jsonl").read_text().splitlines():
            metrics = json.loads(line)
            curves += [*metrics["losses"].values(), metrics["validation"]["loss"]]
            curves += metrics.get("gradient_shares", {}).values()
    return curves


def test_layers_over_a_shared_batch_are_those_over_the_whole(tmp_path):
    _run(*_torchrun(2, SCRIPT, "layers", tmp_path / "faults.json"))
    faults = json.loads((tmp_path / "faults.json").read_text())
    assert {"output", "head", "0.weight", "1.weight", "1.running_var", "1.num_batches_tracked"} <= faults.keys()
    assert max(faults.values()) < 1e-5, faults


def test_two_processes_have_the_losses_of_one(alone, pair):
    assert len(_curves(alone)) == 2 * (3 + 3 + 5 + 3)
    assert _curves(pair) == pytest.approx(_curves(alone), rel=1e-5)


def test_four_processes_have_the_losses_of_one(alone, recipe_file, corpus, tmp_path):
    _run(*_torchrun(4, SCRIPT, "networks", recipe_file, corpus.path, tmp_path))
    assert _curves(tmp_path) == pytest.approx(_curves(alone), rel=1e-5)


def test_a_killed_process_ends_the_run_and_resuming_gives_what_it_would_have_given(
    alone, pair, recipe_file, corpus, tmp_path
):
    out = tmp_path / "run"
    command = _torchrun(2, "-m", "mvkt", "train", recipe_file, "--corpus", corpus.path, "--out", out)
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    _wait_for(out / "teacher" / "last.json", run)
    os.kill(_process_of_rank(run.pid, 1), signal.SIGKILL)
    _, errors = run.communicate(timeout=PATIENCE)
    assert run.returncode != 0
    reported = [line for line in errors.splitlines() if line.startswith("error:")]
    assert len(reported) == 1, errors[-4000:]
    assert "one of its 2 processes was lost" in reported[0]
    assert "--resume" in reported[0]
    done = _run(*command, "--resume")
    assert done.stdout.count("report  ") == 1  # of the first process alone
    assert _curves(out) == _curves(pair)
    for role in ("teacher", "baseline", "student"):
        assert (out / role / "best.safetensors").read_bytes() == (pair / role / "best.safetensors").read_bytes()
    single, several = (json.loads((run / "result.json").read_text())["models"]["student"] for run in (alone, out))
    figures = [run["evaluation"]["macro_auc"]["value"] for run in (single, several)]
    assert figures[0] == pytest.approx(figures[1], abs=0.01)


def _wait_for(path: Path, run: subprocess.Popen[str]) -> None:
    end = time.monotonic() + PATIENCE
    while not path.exists():
        assert run.poll() is None, run.communicate()[1][-4000:]
        assert time.monotonic() < end
        time.sleep(0.005)


def _process_of_rank(launcher: int, rank: int) -> int:
    for process in Path(f"/proc/{launcher}/task/{launcher}/children").read_text().split():
        if f"RANK={rank}".encode() in Path(f"/proc/{process}/environ").read_bytes().split(b"\0"):
            return int(process)
    raise AssertionError(f"no process of rank {rank}")


def test_another_launcher_is_refused(monkeypatch):
    monkeypatch.setattr(launched, "Fabric", lambda **_: type("Several", (), {"world_size": 2}))
    with pytest.raises(TrainingError, match="start them by torchrun"):
        launched.make_fabric("32-true")


def test_a_single_process_is_the_first():
    with launched.all_processes():
        assert launched.is_first()
        assert launched.from_first(lambda: b"own") == b"own"


def test_the_loss_of_a_process_is_reported_once(monkeypatch):
    monkeypatch.setattr(launched, "launched_processes", lambda: 2)
    monkeypatch.setattr(launched, "make_fabric", lambda _: type("F", (), {"launch": lambda _: None})())
    monkeypatch.setattr(launched, "_may_report", lambda: False)
    with pytest.raises(OtherProcessError), launched.all_processes():
        raise RuntimeError("[gloo/transport/tcp/pair.cc:547] Connection closed by peer [127.0.0.1]:1")
    with pytest.raises(RuntimeError, match="shape"), launched.all_processes():
        raise RuntimeError("shape mismatch")
