"""Statements to targets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mvkt.corpora.label_sets import Task, targets
from mvkt.errors import CorpusError

TASK = Task(
    name="t",
    title="test",
    statements={"a": ("X",), "b": ("X", "Y"), "c": ("Z",)},
    titles={"X": "x-title", "Y": "y-title", "Z": "z-title", "W": "never"},
)


def test_statements_count_for_their_classes_whatever_their_likelihood() -> None:
    result = targets(TASK, [{"a": 100.0}, {"b": 0.0}, {"other": 50.0}, {}, {"a": 1, "c": 2}], list("12345"))
    assert result.classes == ("X", "Y", "Z")
    assert result.titles == {"X": "x-title", "Y": "y-title", "Z": "z-title"}
    assert result.matrix.astype(int).tolist() == [[1, 0, 0], [1, 1, 0], [0, 0, 0], [0, 0, 0], [1, 0, 1]]
    assert result.labelled.tolist() == [True, True, False, False, True]


def test_classes_that_do_not_occur_more_than_min_samples_times_are_left_out() -> None:
    labels = [{"a": 1.0}, {"a": 1.0}, {"c": 1.0}]
    assert targets(TASK, labels, list("123")).classes == ("X", "Z")
    rare = targets(TASK, labels, list("123"), min_samples=1)
    assert rare.classes == ("X",)
    assert rare.labelled.tolist() == [True, True, False]
    assert targets(TASK, labels, list("123"), min_samples=2).matrix.shape == (3, 0)


def test_a_record_of_many_windows_counts_once() -> None:
    labels = [{"c": 1.0}] * 5 + [{"a": 1.0}] * 2
    assert targets(TASK, labels, ["r1"] * 5 + ["r2", "r3"], min_samples=1).classes == ("X",)


def test_a_class_without_a_title_is_refused() -> None:
    with pytest.raises(ValidationError, match="without a title: Q"):
        Task(name="t", title="t", statements={"a": ("Q",)}, titles={})


@pytest.mark.parametrize("strangers", [{"normal": ("Q",)}, {"typical": {"Q": "typical of nothing"}}])
def test_normal_and_typical_are_about_classes(strangers: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="task 't' has no class Q"):
        Task(name="t", title="t", statements={"a": ("X",)}, titles={"X": "x"}, **strangers)


@given(st.lists(st.sets(st.sampled_from("abcd")), min_size=1, max_size=30), st.integers(0, 4))
def test_against_a_plain_loop(statements: list[set[str]], min_samples: int) -> None:
    labels = [dict.fromkeys(sorted(present), 1.0) for present in statements]
    result = targets(TASK, labels, np.arange(len(labels)), min_samples)
    classes = []
    for name in ("X", "Y", "Z"):
        rows = [any(name in TASK.statements.get(code, ()) for code in present) for present in statements]
        if sum(rows) > min_samples:
            assert result.matrix[:, len(classes)].tolist() == rows
            classes.append(name)
    assert result.classes == tuple(classes)


def test_some_classes_of_a_task_keep_the_others_as_negatives() -> None:
    everything = targets(TASK, [{"a": 100}, {"b": 100}, {}], list("123"))
    chosen = everything.classes[-1:]
    some = everything.only(chosen)
    assert some.classes == chosen
    assert some.matrix.tolist() == everything.matrix[:, -1:].tolist()
    assert some.labelled.tolist() == everything.labelled.tolist()
    with pytest.raises(CorpusError, match="no class nothing"):
        everything.only(["nothing"])


def test_a_record_that_was_read_and_has_no_class_is_labelled() -> None:
    task = Task(name="t", title="t", statements={"A": ("A",)}, titles={"A": "an a"})
    labels = [{"A": 100.0}, {}, {"other": 100.0}, {}]
    found = targets(task, labels, list("1234"), labelled=np.array([False, True, False, False]))
    assert found.matrix[:, 0].tolist() == [True, False, False, False]
    assert found.labelled.tolist() == [True, True, False, False]
    assert found.known[:, 0].tolist() == [True, True, False, False]


def test_a_statement_without_a_class_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"statements of task 't' without a class: looked; .* as labelled"):
        Task(name="t", title="t", statements={"A": ("A",), "looked": ()}, titles={"A": "an a"})
