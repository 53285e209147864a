"""Counting what is in a corpus."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mvkt.corpora import Source, prepare
from mvkt.corpora.describe import describe
from mvkt.errors import CorpusError

Make = Callable[..., Any]


def test_records_and_not_windows_are_counted(
    tmp_path: Path, listed: type[Source], make_entries: Make, make_record: Make
) -> None:
    ages = [None, 20.0, 40.0, 60.0]
    entries = [replace(entry, age=ages[n % 4], sex=("male", None)[n % 2]) for n, entry in enumerate(make_entries(20))]
    source = listed(entries, lambda entry: make_record(int(entry.record_id[1:]), seconds=30.0))
    found = describe(prepare(source, tmp_path / "c"))
    assert (found.rows, found.records, found.patients) == (60, 20, 20)
    assert (found.ages, found.age_unknown) == ((20.0, 20.0, 40.0, 60.0, 60.0), 5)
    assert found.sexes == {"male": 10, "unknown": 10}
    (task,) = found.tasks
    assert (task.name, task.labelled) == ("ab", 20)
    a, b = task.classes
    assert (a.code, a.title, a.records) == ("A", "an a", 10)
    assert (a.training, a.validation, a.test) == (8, 0, 2)  # odd records are in even folds
    assert (b.training, b.validation, b.test) == (8, 2, 0)


def test_one_task_min_samples_and_skipped(tmp_path: Path, listed: type[Source], make_entries: Make) -> None:
    bad = [replace(entry, path="bad") for entry in make_entries(15)[11:]]
    corpus = prepare(listed([*make_entries(11), *bad]), tmp_path / "c", skip_bad=True)
    found = describe(corpus, "ab", min_samples=5)
    assert [row.code for row in found.tasks[0].classes] == ["B"]
    assert found.tasks[0].labelled == 6
    assert found.skipped == {"truncated file": 4}
    assert found.ages == ()
    with pytest.raises(CorpusError, match="no task 'x'"):
        describe(corpus, "x")
