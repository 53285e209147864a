"""A small simulated corpus and a study of it whose networks train in a second."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from mvkt.corpora.corpus import Corpus
from mvkt.corpora.prepare import prepare
from mvkt.corpora.sources.simulated import Simulated
from mvkt.study.execution.job_queue import Job
from mvkt.study.execution.progress import State

RECIPE = """
name = "tiny"
task = "conditions"
classes = ["AMI", "NORM", "RBBB"]

[teacher]
view = "12-lead"
model = { widths = [8], kernel_size = 5 }
training = { epochs = 2, batch_size = 32, warmup_epochs = 0.5, precision = "float32" }

[student]
view = "I"
model = { widths = [8], kernel_size = 5 }
training = { epochs = 2, batch_size = 32, warmup_epochs = 0.5, precision = "float32" }

[transfer]
mkd = 0.5
clt = 0.0
"""

STUDY = """
name = "tiny"
title = "Labels and teacher"
recipe = "tiny-recipe.toml"
seeds = [1]
test_folds = [10, 1]
baseline = "labels"

[methods.labels]
title = "labels alone"
set = { transfer.mkd = 0 }

[methods.mkd]
note = "as published"

[methods.teacher]
set = { student.view = "12-lead", transfer.mkd = 0 }
"""


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return prepare(Simulated(records=200, seed=3), tmp_path_factory.mktemp("corpora") / "simulated", workers=1)


@pytest.fixture(scope="session")
def other_corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Recordings of other people, to be learned from without labels."""
    return prepare(Simulated(records=40, seed=5), tmp_path_factory.mktemp("corpora") / "archive", workers=1)


@pytest.fixture(scope="session")
def write_study() -> Callable[..., Path]:
    """Write a study and its recipe into a folder; pairs of texts are replaced first."""

    def write(folder: Path, *replacements: tuple[str, str]) -> Path:
        text = STUDY
        for old, new in replacements:
            assert old in text, old
            text = text.replace(old, new)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "tiny-recipe.toml").write_text(RECIPE)
        path = folder / "tiny.toml"
        path.write_text(text)
        return path

    return write


def content(out: Path) -> dict[str, bytes]:
    """Weights and predictions by name."""
    files = [path for pattern in ("*/best.safetensors", "*/*/*.npz") for path in out.glob(f"*/{pattern}")]
    return {str(path.relative_to(out)): path.read_bytes() for path in files}


class Listener:
    """A monitor that keeps what was reported to it."""

    def __init__(self) -> None:
        self.state: State | None = None
        self.done: list[tuple[str, str]] = []
        self.errors: list[str] = []

    def begin(self, state: State) -> None:
        self.state = state

    def finished(self, job: Job, result: Mapping[str, Any]) -> None:
        self.done.append((job.role, job.name))

    def failed(self, job: Job, error: str) -> None:
        self.errors.append(error)


@pytest.fixture
def listener() -> Listener:
    return Listener()
