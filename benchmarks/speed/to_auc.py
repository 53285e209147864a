"""Ours and the usual kind trained to the end, with the seconds to every validation AUC on the way."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory

from benchmarks.speed.machine import describe, listed
from benchmarks.speed.recordings import corpus
from benchmarks.speed.rows import Row, number, table
from benchmarks.speed.transfers import Case, Clock, Enough
from benchmarks.speed.usual_kind import Usual

from mvkt.corpora.corpus import Corpus
from mvkt.training.run import train_run

EVERYTHING = 1_000_000
EQUAL = 0.003
"""So much AUC may ours be behind to count as equal."""

INTRODUCTION = """\
# A whole transfer, to the same validation AUC

Teacher and student of mvkt ({title}) and of plain PyTorch, `benchmarks/reference`, both trained to the end on the
same records, one after the other for every seed. Seconds are those of the whole teacher and of the student until it was
as good on the validation fold as the worse of the two in its best epoch; validation after every epoch is part of them.

```sh
{command}
```
"""


@dataclass(frozen=True)
class Course:
    """A transfer in time.

    Attributes:
        teacher_seconds: Of the whole training of the teacher, and of its outputs where they are computed once.
        seconds: Since the student began, after each of its epochs.
        auc: Macro AUC of the student over the validation records then.
    """

    teacher_seconds: float
    seconds: tuple[float, ...]
    auc: tuple[float, ...]

    @property
    def best(self) -> float:
        """The best AUC of any epoch."""
        return max(self.auc)

    @property
    def whole(self) -> float:
        """Seconds of teacher and student to the end."""
        return self.teacher_seconds + self.seconds[-1]

    def seconds_to(self, auc: float) -> float:
        """Seconds of teacher and student until the student had this AUC."""
        return self.teacher_seconds + next(s for s, a in zip(self.seconds, self.auc, strict=True) if a >= auc)


def compare(case: Case, ptb_xl: Path | None, seeds: Iterable[int]) -> list[tuple[Course, Course]]:
    """Train ours and the usual kind for every seed, one after the other."""
    with corpus(ptb_xl, EVERYTHING if ptb_xl else 4_000) as (prepared, task):
        pairs = []
        for seed in seeds:
            pairs.append((ours(case, prepared, task, seed), usual(case, prepared, task, seed)))
            first, second = pairs[-1]
            print(
                f"seed {seed}: AUC {first.best:.4f} in {first.whole:.0f} s, {second.best:.4f} in {second.whole:.0f} s",
                flush=True,
            )
        return pairs


def to_the_same(pair: tuple[Course, Course]) -> tuple[float, float]:
    """Seconds of both until the student was as good as the worse of the two in its best epoch."""
    good = min(course.best for course in pair)
    return pair[0].seconds_to(good), pair[1].seconds_to(good)


def document(title: str, pairs: Sequence[tuple[Course, Course]], row: Row, command: str) -> str:
    """What was measured, for a reader: docs/results/speed-to-auc.md."""
    lines = [
        f"| {seed} | {first.best:.4f} | {second.best:.4f} | {first.best - second.best:+.4f} "
        f"| {number(mine)} | {number(theirs)} | {number(theirs / mine)} "
        f"| {number(first.whole)} | {number(second.whole)} |"
        for seed, ((first, second), (mine, theirs)) in enumerate(zip(pairs, map(to_the_same, pairs), strict=True))
    ]
    difference = mean(first.best - second.best for first, second in pairs)
    verdict = "as good" if difference >= -EQUAL else "**not as good**"
    return "\n".join(
        [
            INTRODUCTION.format(title=title, command=command),
            table([row]) + "\n",
            "| seed | AUC, ours | AUC, peer | difference | seconds to the same AUC, ours | peer | ratio "
            "| to the end, ours | peer |",
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
            *lines,
            f"\nMean difference of the best validation AUC: {difference:+.4f}, {verdict} (at most {EQUAL} behind).\n",
            f"## Machine\n\n{listed(describe())}\n",
        ]
    )


def ours(case: Case, prepared: Corpus, task: str, seed: int, overrides: tuple[str, ...] = ()) -> Course:
    """Train by the recipe; the seconds are those of its epochs with their validation."""
    clock, recipe = Clock(), case.resolved(task, "auto", (f"seed={seed}", *overrides))
    with TemporaryDirectory() as folder:
        with suppress(Enough):
            train_run(recipe, prepared, Path(folder) / "run", clock)
        lines = (Path(folder) / "run" / "student" / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    auc = tuple(json.loads(line)["validation"]["macro_auc"] for line in lines)
    seconds = tuple(moment - clock.began["student"] for moment in clock.epochs["student"])
    return Course(clock.epochs["teacher"][-1] - clock.began["teacher"] + clock.between, seconds, auc)


def usual(case: Case, prepared: Corpus, task: str, seed: int, overrides: tuple[str, ...] = ()) -> Course:
    """Train for as many epochs; the teacher that is kept is that of its last epoch."""
    recipe = case.of_peer(task, (f"seed={seed}", *overrides))
    made = Usual(recipe, prepared, case.teacher, case.student)
    started = time.perf_counter()
    for _ in made.steps("teacher", recipe.teacher.training.epochs):
        pass
    teacher_seconds = time.perf_counter() - started
    started, seconds, auc = time.perf_counter(), [], []
    for step, _ in enumerate(made.steps("student", recipe.student.training.epochs), start=1):
        if step % made.steps_an_epoch == 0:
            auc.append(made.validation_auc("student"))
            seconds.append(time.perf_counter() - started)
    return Course(teacher_seconds, tuple(seconds), tuple(auc))
