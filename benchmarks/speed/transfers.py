"""The trainings that are timed: ours by its recipe, and the usual kind with the same networks and losses."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.reference.networks import Network, resnet1d, xresnet1d
from benchmarks.speed.usual_kind import Usual, training_rows

from mvkt.corpora.corpus import Corpus
from mvkt.training.recipe import Recipe, find_recipe, load_recipe
from mvkt.training.run import train_run


@dataclass(frozen=True)
class Case:
    """Networks and settings that both train with.

    Attributes:
        title: For the table.
        recipe: Ours.
        teacher: The usual kind's, by leads and classes.
        student: The same.
        records: Of the corpus that is trained on for the measurement.
        steps: Of the usual kind that are timed.
        warm_up: Steps that are not, because memory is allocated and kernels are made in them, besides the first one.
        slow: Whether it is measured with all threads and instructions alone.
        real: Whether it needs recordings of PTB-XL.
        peer: The recipe that the usual kind takes its settings from; empty for ``recipe``.
        settings: Of our recipe that differ, always.
        overrides: Of the recipe, so that a run is short; they change no step.
    """

    title: str
    recipe: str
    teacher: Callable[[int, int], Network]
    student: Callable[[int, int], Network]
    records: int
    steps: int
    warm_up: int = 1
    slow: bool = False
    real: bool = False
    peer: str = ""
    settings: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()

    @property
    def epochs(self) -> int:
        """Epochs of a whole training by the recipe."""
        return load_recipe(find_recipe(self.recipe), self.settings).student.training.epochs

    def resolved(self, task: str, precision: str, overrides: Iterable[str] = ()) -> Recipe:
        """Our recipe for a task and a precision."""
        return _resolved(self.recipe, task, precision, (*self.settings, *overrides))

    def of_peer(self, task: str, overrides: Iterable[str] = ()) -> Recipe:
        """The recipe of the usual kind."""
        return _resolved(self.peer or self.recipe, task, "float32", overrides)


def _resolved(recipe: str, task: str, precision: str, overrides: Iterable[str]) -> Recipe:
    settings = [f"{network}.training.precision={precision}" for network in ("teacher", "student")]
    return load_recipe(find_recipe(recipe), [f"task={task}", *settings, *overrides])


SHORT = tuple(
    f"{network}.training.{key}" for network in ("teacher", "student") for key in ("epochs=2", "warmup_epochs=1")
)
BY_STEPS = tuple(
    f"{network}.training.{key}" for network in ("teacher", "student") for key in ("epochs=1", "warmup_epochs=0")
)
# The paper's 101 layers take twice as long; the ratio of our step to the usual one is the same.
FIFTY = tuple(f"{network}.model.name=xresnet1d50" for network in ("teacher", "student"))
# As good as the usual kind and quick: the shipped recipe takes thrice the epochs, any lead first, and all statements to
# be better, and takes age and sex, which the usual kind does not.
QUICK = (
    "student.person=false",
    "student.auxiliary_task=",
    "student.pretraining=",
    "student.training.epochs=20",
    "student.training.warmup_epochs=4",
)
REFERENCE = str(Path(__file__).parents[1] / "reference" / "resnet1d.toml")
CASES = {
    "resnet1d": Case(
        "resnet1d",
        REFERENCE,
        lambda leads, classes: resnet1d(leads, classes, widths=(64, 128, 192, 256)),
        resnet1d,
        records=350,
        steps=5,
        overrides=SHORT,
    ),
    "shipped": Case(
        "the networks of the shipped recipe, a teacher run once; peer: resnet1d",
        "ptbxl-superdiagnostic-lead-I",
        lambda leads, classes: resnet1d(leads, classes, widths=(64, 128, 192, 256)),
        resnet1d,
        records=350,
        steps=5,
        real=True,
        peer=REFERENCE,
        settings=QUICK,
        overrides=SHORT,
    ),
    "xresnet1d50": Case(
        "xresnet1d50 by the paper's settings",
        "paper-ptbxl-superdiagnostic-lead-I",
        lambda leads, classes: xresnet1d(leads, classes, blocks=(3, 4, 6, 3)),
        lambda leads, classes: xresnet1d(leads, classes, blocks=(3, 4, 6, 3)),
        records=128,
        steps=2,
        warm_up=0,
        slow=True,
        overrides=(*BY_STEPS, *FIFTY),
    ),
}


@dataclass(frozen=True)
class Speeds:
    """What was measured.

    Attributes:
        teacher: Records a second in steps of the teacher.
        student: In steps of the student.
        once: Seconds a training record between both, for what is computed once.
    """

    teacher: float
    student: float
    once: float = 0.0

    def transfer(self, epochs: int) -> float:
        """Milliseconds of a whole transfer for each training record."""
        return 1_000 * (epochs / self.teacher + epochs / self.student + self.once)


class Enough(Exception):  # noqa: N818 - no error
    """Raised to end a run when enough has been measured."""


@dataclass
class Clock:
    """A reporter that notes when batches were done, and stops the run when the student has been trained."""

    moments: dict[str, list[list[float]]] = field(default_factory=dict)
    began: dict[str, float] = field(default_factory=dict)
    epochs: dict[str, list[float]] = field(default_factory=dict)
    batch_size: int = 0
    _role: str = ""

    def begin(self, role: str, epochs: int, done: int, steps: int, batch_size: int) -> None:
        self._role, self.batch_size = role, batch_size
        self.began[role] = time.perf_counter()
        self.moments[role] = [[]]

    def step(self) -> None:
        self.moments[self._role][-1].append(time.perf_counter())

    def epoch(self, role: str, metrics: dict[str, Any]) -> None:
        self.moments[role].append([])
        self.epochs.setdefault(role, []).append(time.perf_counter())

    def message(self, text: str) -> None:
        if "reading the test folds" in text:
            raise Enough

    @property
    def between(self) -> float:
        """Seconds between the other trainings and that of the student, in which the teacher runs once."""
        return self.began["student"] - max(ends[-1] for role, ends in self.epochs.items() if role != "student")

    def records_per_second(self, role: str, warm_up: int) -> float:
        """Training records a second, by the median time between batches in all epochs."""
        epochs = [moments[warm_up if number == 0 else 0 :] for number, moments in enumerate(self.moments[role])]
        return self.batch_size / median(gap for moments in epochs for gap in gaps(moments))


def gaps(moments: Sequence[float]) -> list[float]:
    """From each moment to the next."""
    return [later - sooner for sooner, later in pairwise(moments)]


def ours(case: Case, prepared: Corpus, task: str, precision: str) -> Speeds:
    """Train by the recipe, and time the steps."""
    clock, recipe = Clock(), case.resolved(task, precision, case.overrides)
    with TemporaryDirectory() as folder, suppress(Enough):
        train_run(recipe, prepared, Path(folder) / "run", clock)
    once = 0.0
    if (
        recipe.teacher_sees == "record" or not recipe.augmentation.active
    ):  # the teacher runs once, before the student begins
        once = clock.between / len(training_rows(prepared, task)[0])
    teacher, student = (clock.records_per_second(role, case.warm_up) for role in ("teacher", "student"))
    return Speeds(teacher, student, once)


def usual(case: Case, prepared: Corpus, task: str) -> Speeds:
    """Take steps of the usual kind, and time them with the loading of their data."""
    recipe = case.of_peer(task)
    usual_kind = Usual(recipe, prepared, case.teacher, case.student)
    speeds = []
    for role in ("teacher", "student"):
        moments: list[float] = []
        steps = usual_kind.steps(role)
        while len(moments) <= case.warm_up + case.steps:
            next(steps)
            moments.append(time.perf_counter())
        speeds.append(usual_kind.batch_size / median(gaps(moments[case.warm_up :])))
    return Speeds(*speeds)
