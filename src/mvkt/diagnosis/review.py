"""What a person makes of a diagnosis. It stands beside the network's answer and changes nothing of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from mvkt.stored import Part

Title = Annotated[str, Field(max_length=500)]
Note = Annotated[str, Field(max_length=2000)]
Judgement = Literal["confirmed", "changed", "rejected"]


class Decision(Part):
    """On one finding of the network.

    Attributes:
        code: Of the finding.
        title: Of the finding, in plain words.
        judgement: Whether it is confirmed, rejected, or should be another one.
        instead: The other one, where it is changed.
        note: Why.
    """

    code: Annotated[str, Field(max_length=100)]
    title: Title
    judgement: Judgement
    instead: Title = ""
    note: Note = ""


class OwnFinding(Part):
    """A finding that the person saw and no network gave.

    Attributes:
        title: In plain words.
        note: Why.
    """

    title: Title
    note: Note = ""


class Review(Part):
    """The review of one recording by one person.

    Attributes:
        reviewer: Their name.
        note: On the whole.
        time: When it was last changed.
        decisions: One a finding at most.
        added: Findings of their own.
    """

    reviewer: Title = ""
    note: Note = ""
    time: datetime | None = None
    decisions: Annotated[tuple[Decision, ...], Field(max_length=200)] = ()
    added: Annotated[tuple[OwnFinding, ...], Field(max_length=100)] = ()

    def on(self, code: str) -> Decision | None:
        """Return what was decided on a finding."""
        return next((decision for decision in self.decisions if decision.code == code), None)


def decision_words(decision: Decision) -> str:
    """``confirmed``, ``changed to atrial flutter: saw-tooth baseline``."""
    changed = f"changed to {decision.instead}" if decision.judgement == "changed" else decision.judgement
    return f"{changed}: {decision.note}" if decision.note else changed
