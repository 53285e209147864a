"""What a person makes of a diagnosis."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from mvkt.diagnosis.review import Decision, Review, decision_words


def test_decisions_by_finding() -> None:
    decision = Decision(code="AF", title="atrial fibrillation", judgement="confirmed")
    review = Review(decisions=(decision,))
    assert review.on("AF") is decision
    assert review.on("MI") is None


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        ({"judgement": "confirmed"}, "confirmed"),
        ({"judgement": "rejected", "note": "noise"}, "rejected: noise"),
        ({"judgement": "changed", "instead": "flutter", "note": "saw-tooth"}, "changed to flutter: saw-tooth"),
    ],
)
def test_decisions_in_words(decision: dict[str, str], words: str) -> None:
    assert decision_words(Decision(code="AF", title="atrial fibrillation", **decision)) == words


@pytest.mark.parametrize("wrong", [{"reviewer": "x" * 501}, {"note": "x" * 2001}, {"unknown": 1}])
def test_limits_of_what_is_sent(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Review.model_validate(wrong)
    with pytest.raises(ValidationError):
        Decision(code="AF", title="a", judgement="perhaps")
