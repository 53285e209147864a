"""The diagnosis of a recording."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from mvkt.bundle.worth import DISCLAIMER, BundleSummary
from mvkt.diagnosis.finding import Finding, Rule, Verdict
from mvkt.diagnosis.network_choice import NetworkChoice
from mvkt.ecg.measurements import MachineMeasurements, Measurements
from mvkt.stored import Part


class LeftOut(Part):
    """A window that is too poor to be judged."""

    start_seconds: float
    reasons: tuple[str, ...]


class Quality(Part):
    """How much of the recording could be judged.

    Attributes:
        windows: Windows of the recording.
        judged: Windows that the findings are from.
        judged_share: Share of the time that they stand for.
        reasons: Why windows were left out -> how many.
        left_out: Which.
    """

    windows: int
    judged: int
    judged_share: float
    reasons: dict[str, int]
    left_out: tuple[LeftOut, ...]


class SignalSummary(Part):
    """The recording, and what was done to it.

    Attributes:
        source: File format or device family.
        start_time: When it began, if known.
        age: Years, if known.
        sex: If known.
        duration_seconds: Of the recording.
        sampling_frequency: Of the recording, in Hz.
        recorded_leads: All that the recording has.
        leads: Those that were read.
        within_training_view: False when the student has not been trained on these leads.
        unlike_training: Why findings that rest on the shape of the waves are not judged; empty if they are.
        processing: What was done to the signal, in order.
    """

    source: str
    start_time: datetime | None = None
    age: float | None = None
    sex: Literal["female", "male"] | None = None
    duration_seconds: float
    sampling_frequency: float
    recorded_leads: tuple[str, ...]
    leads: tuple[str, ...]
    within_training_view: bool
    unlike_training: str = ""
    processing: tuple[str, ...]


BeatKind = Literal["normal", "ventricular", "supraventricular", "unsure"]

BEAT_LETTERS: dict[BeatKind, str] = {"ventricular": "V", "supraventricular": "S", "unsure": "?"}
"""What stands beside a beat in pictures; nothing beside a normal one."""


class BeatList(Part):
    """Every beat of the windows that were judged, in columns of equal length.

    Attributes:
        seconds: Where the QRS complexes are, rising.
        kinds: What each is. ``"unsure"``: of no kind that can be made out; noise may have made it.
    """

    seconds: tuple[float, ...]
    kinds: tuple[BeatKind, ...]

    def letters(self, start: float, seconds: float) -> list[tuple[float, str]]:
        """Return what stands beside the beats of a stretch that are not normal: seconds from its start, and letter."""
        return [
            (second - start, BEAT_LETTERS[kind])
            for second, kind in zip(self.seconds, self.kinds, strict=True)
            if kind in BEAT_LETTERS and start <= second < start + seconds
        ]


class Timeline(Part):
    """Every window, in columns of equal length.

    Attributes:
        window_seconds: Length of a window.
        start_seconds: Where each window begins.
        judged: Whether it was good enough.
        heart_rate: Beats a minute, None where it cannot be determined.
        probabilities: Class -> calibrated probability in each window, None where it was not judged.
        verdicts: Class -> verdict on each window, None where it was not judged.
    """

    window_seconds: float
    start_seconds: tuple[float, ...]
    judged: tuple[bool, ...]
    heart_rate: tuple[float | None, ...]
    probabilities: dict[str, tuple[float | None, ...]]
    verdicts: dict[str, tuple[Verdict | None, ...]]


class Diagnosis(Part):
    """The findings of a student in a recording.

    Attributes:
        summary: In words.
        rule: How the verdicts came about: ``"mean of windows"``, or ``"course"`` for recordings of more than a minute.
        findings: All classes in the bundle's order; empty when no window could be judged.
        quality: What was judged and what was left out, with the reasons.
        heart_rate: Beats a minute, the median over the judged windows; None where it cannot be determined.
        heart_rate_range: From the 5th to the 95th percentile over the judged windows.
        measurements: Rate, intervals, axis, extra beats and pauses, each with its unit, or why it was not measured.
        machine_measurements: What the device that recorded measured itself, where its file states it; None elsewhere.
        signal: The recording.
        notes: What the reader of it should know.
        beats: Where each beat is, and of which kind.
        bundle: The network.
        choice: Why this network reads the recording; None where a program took it without choosing.
        timeline: Every window.
        disclaimer: Goes with every diagnosis.
    """

    summary: str
    rule: Rule
    findings: tuple[Finding, ...]
    quality: Quality
    heart_rate: float | None
    heart_rate_range: tuple[float, float] | None
    measurements: Measurements
    machine_measurements: MachineMeasurements | None = None
    signal: SignalSummary
    notes: tuple[str, ...]
    beats: BeatList
    bundle: BundleSummary
    choice: NetworkChoice | None = None
    timeline: Timeline
    disclaimer: str = DISCLAIMER

    @property
    def judged(self) -> bool:
        """Whether any window was judged."""
        return self.quality.judged > 0

    @property
    def positive(self) -> tuple[Finding, ...]:
        """The positive findings, the most present first."""
        return tuple(finding for finding in self.by_weight if finding.positive)

    @property
    def by_weight(self) -> tuple[Finding, ...]:
        """All findings: found, inconclusive, not found, not judged, and within these the most present first."""
        order: dict[Verdict, int] = {"found": 0, "inconclusive": 1, "not found": 2, "not judged": 3}
        return tuple(
            sorted(self.findings, key=lambda finding: (order[finding.verdict], -finding.presence, -finding.probability))
        )

    def to_json(self) -> str:
        """Return it as JSON."""
        return self.model_dump_json(indent=2)
