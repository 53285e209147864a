"""What is said about a recording."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, computed_field

DISCLAIMER = "A research tool, not a medical device: no finding, present or absent, replaces a physician's reading."


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Finding(_Part):
    """One class.

    Attributes:
        code: As in the bundle.
        title: In plain words.
        probability: Calibrated, 0 to 1.
        threshold: From which the finding is positive.
        positive: Whether it is.
    """

    code: str
    title: str
    probability: float
    threshold: float
    positive: bool

    @computed_field  # type: ignore[prop-decorator]  # mypy does not know a property under a decorator
    @property
    def verdict(self) -> str:
        """``"found"`` or ``"not found"``."""
        return "found" if self.positive else "not found"


class LeftOut(_Part):
    """A window that is too poor to be judged."""

    start_seconds: float
    reasons: tuple[str, ...]


class Quality(_Part):
    """How much of the recording could be judged.

    Attributes:
        windows: Windows of the recording.
        judged: Windows that the findings are from.
        reasons: Why windows were left out -> how many.
        left_out: Which.
    """

    windows: int
    judged: int
    reasons: dict[str, int]
    left_out: tuple[LeftOut, ...]


class SignalSummary(_Part):
    """The recording, and what was done to it.

    Attributes:
        source: File format or device family.
        duration_seconds: Of the recording.
        sampling_frequency: Of the recording, in Hz.
        recorded_leads: All that the recording has.
        leads: Those that were read.
        within_training_view: False when the student has not been trained on these leads.
        processing: What was done to the signal, in order.
    """

    source: str
    duration_seconds: float
    sampling_frequency: float
    recorded_leads: tuple[str, ...]
    leads: tuple[str, ...]
    within_training_view: bool
    processing: tuple[str, ...]


class BundleSummary(_Part):
    """Which student read the recording."""

    name: str
    task: str
    view: str
    tool_version: str
    sha256: str


class Diagnosis(_Part):
    """What a student says about a recording.

    Attributes:
        findings: All classes in the bundle's order; empty when no window could be judged.
        quality: What was judged and what was left out, with the reasons.
        heart_rate: Beats a minute, the median over the judged windows; None where it cannot be told.
        signal: The recording.
        notes: What the reader of it should know.
        bundle: The student.
        disclaimer: Goes with every diagnosis.
    """

    findings: tuple[Finding, ...]
    quality: Quality
    heart_rate: float | None
    signal: SignalSummary
    notes: tuple[str, ...]
    bundle: BundleSummary
    disclaimer: str = DISCLAIMER

    @computed_field  # type: ignore[prop-decorator]  # mypy does not know a property under a decorator
    @property
    def judged(self) -> bool:
        """Whether anything could be said at all."""
        return self.quality.judged > 0

    @property
    def positive(self) -> tuple[Finding, ...]:
        """The positive findings, most probable first."""
        return tuple(sorted((f for f in self.findings if f.positive), key=lambda f: -f.probability))

    def to_json(self) -> str:
        """Return it as JSON."""
        return self.model_dump_json(indent=2)
