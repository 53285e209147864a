from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from benchmarks.speed import to_auc, training
from benchmarks.speed.recordings import corpus
from benchmarks.speed.rows import beside
from benchmarks.speed.transfers import CASES, Speeds, ours, usual
from benchmarks.speed.usual_kind import Usual, training_rows

from mvkt.corpora.corpus import Corpus

SHORT = ("teacher.model.widths=[8, 8]", "student.model.widths=[8, 8]", "teacher.training.batch_size=16")
SHORT = (*SHORT, "student.training.batch_size=16", *CASES["resnet1d"].overrides)


@pytest.fixture(scope="module")
def prepared() -> Corpus:
    with corpus(None, 60) as (made, _):
        yield made


def test_a_transfer_takes_the_steps_of_both_and_what_is_done_once() -> None:
    speeds = Speeds(teacher=100.0, student=50.0, once=0.01)
    assert speeds.transfer(epochs=10) == pytest.approx(1000 * (10 / 100 + 10 / 50 + 0.01))
    rows = training.rows_of("what", [(speeds, Speeds(10.0, 10.0))] * 3, epochs=10, goal=2.0)
    assert [row.ratio for row in rows] == pytest.approx([10.0, 5.0, 2000 / 310])
    assert [row.met for row in rows] == [None, None, True]


def test_the_goal_is_that_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for native, goal in (("AMX", 8.0), ("AVX-512", 2.0)):
        monkeypatch.setattr(training, "native", lambda native=native: native)
        assert training.Machine(2).goal == goal
        assert training.Machine(2, training.AVX2).goal == 2.0
    assert training.Machine(1, training.AVX2).name == "1 thread, AVX2"


def test_the_usual_kind_trains_with_the_settings_of_the_recipe(prepared: Corpus) -> None:
    case = CASES["resnet1d"]
    recipe = case.resolved("conditions", "float32", SHORT)
    made = Usual(recipe, prepared, case.teacher, case.student)
    rows, validation, targets = training_rows(prepared, "conditions")
    assert (made.batch_size, made.steps_an_epoch) == (16, len(rows) // 16)
    assert not set(rows) & set(validation)
    assert targets.shape[0] == len(prepared)
    before = {name: value.clone() for name, value in made.teacher.state_dict().items()}
    assert all(np.isfinite(float(loss)) for loss in islice(made.steps("student", epochs=2), 3))
    assert all(value.equal(before[name]) for name, value in made.teacher.state_dict().items())
    assert 0 <= made.validation_auc("student") <= 1


@pytest.mark.slow
def test_both_are_timed_on_the_same_records(prepared: Corpus) -> None:
    case = CASES["resnet1d"]
    quick = type(case)(**{**case.__dict__, "overrides": SHORT, "steps": 1})
    for speeds in (ours(quick, prepared, "conditions", "float32"), usual(quick, prepared, "conditions")):
        assert speeds.teacher > 0
        assert speeds.student > 0


@pytest.mark.parametrize(("auc", "verdict"), [(0.799, "as good"), (0.796, "not as good")])
def test_what_was_reached_is_printed_with_its_seconds(auc: float, verdict: str) -> None:
    pair = to_auc.Course(10.0, (1.0, 2.0), (0.7, auc)), to_auc.Course(100.0, (10.0, 20.0), (0.75, 0.8))
    row = beside("training", "a transfer", [12.0], [120.0], "s", smaller_is_better=True)
    text = to_auc.document("small networks", [pair], row, "python it")
    assert f"| 0 | {auc:.4f} | 0.8000 | {auc - 0.8:+.4f} | 12 | 120 | 10 | 12 | 120 |" in text
    assert f", {verdict} (" in text.replace("*", "")
    assert "small networks" in text
    assert "python it" in text


@pytest.mark.slow
def test_a_course_knows_when_it_was_good_enough(prepared: Corpus) -> None:
    course = to_auc.Course(10.0, (1.0, 2.0, 3.0), (0.6, 0.8, 0.7))
    assert (course.best, course.seconds_to(0.75), course.seconds_to(0.5)) == (0.8, 12.0, 11.0)
    for train in (to_auc.ours, to_auc.usual):
        made = train(CASES["resnet1d"], prepared, "conditions", 1, SHORT)
        assert len(made.auc) == len(made.seconds) == 2
        assert made.teacher_seconds > 0
        assert list(made.seconds) == sorted(made.seconds)
