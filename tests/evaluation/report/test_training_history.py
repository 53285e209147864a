"""``metrics.jsonl``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mvkt.errors import ResultError
from mvkt.evaluation.report.training_history import EpochMetrics, mean_gradient_shares, read_history


def line(epoch: int, **losses: float) -> str:
    found = {"epoch": epoch, "losses": losses, "validation": {"loss": 0.3, "macro_auc": 0.8, "more": 1}, "seconds": 2.0}
    return json.dumps(found) + "\n"


def test_the_last_line_of_an_epoch_counts(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text(line(1, total=3.0) + line(2, total=2.0) + line(2, total=1.5) + line(3, total=1.0))
    history = read_history(path)
    assert [(metrics.epoch, metrics.losses["total"]) for metrics in history] == [(1, 3.0), (2, 1.5), (3, 1.0)]
    assert history[0].validation.macro_auc == 0.8


def test_shares_of_the_gradient_are_averaged_over_the_epochs_that_have_them() -> None:
    epoch = EpochMetrics.model_validate_json(line(1, total=1.0))
    shares = [{}, {"bce": 0.2, "mkd": 0.8}, {"bce": 0.4, "mkd": 0.6}]
    made = [epoch.model_copy(update={"gradient_shares": each}) for each in shares]
    assert mean_gradient_shares(made) == pytest.approx({"bce": 0.3, "mkd": 0.7})
    assert mean_gradient_shares(made[:1]) == {}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "expected one epoch or more"),
        (line(1, bce=1.0), "'total' among them"),
        (line(1, total=1.0) + line(2, total=1.0, mkd=1.0), "the same losses"),
        (line(1, total=1.0) + '{"epoch": 2}\n', "line 2: "),
        ("no JSON\n", "line 1: "),
    ],
)
def test_what_is_damaged_is_named(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "metrics.jsonl").write_text(content)
    with pytest.raises(ResultError, match=message):
        read_history(tmp_path / "metrics.jsonl")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="has the run finished"):
        read_history(tmp_path / "metrics.jsonl")
