"""Parts of a result."""

from __future__ import annotations

import pytest

from mvkt.evaluation.result_sections import Kept
from mvkt.numbers import Interval


def kept(share: float | None, outcome: bool | None) -> Kept:
    interval = None if share is None else Interval(value=share, low=share, high=share)
    return Kept(promised=0.1, records=50, share=interval, p_value=None if share is None else 0.5, kept=outcome)


@pytest.mark.parametrize(
    ("share", "outcome", "words"),
    [(0.05, True, "kept"), (0.1, True, "kept"), (0.15, True, "within chance"), (0.3, False, "broken"),
     (None, None, "no such record")],
)  # fmt: skip
def test_the_outcome_of_a_promise(share: float | None, outcome: bool | None, words: str) -> None:
    assert kept(share, outcome).words == words
