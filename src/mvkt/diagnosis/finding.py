"""The finding of one class."""

from __future__ import annotations

from typing import Literal

from mvkt.stored import Part

Verdict = Literal["found", "inconclusive", "not found", "not judged"]
Rule = Literal["mean of windows", "course"]

SUSPECTED = "suspected"
LIKELIER_THAN_NOT = 0.5
"""What is found with a smaller probability is called :data:`SUSPECTED`."""


class Episode(Part):
    """A stretch in which a finding was there, but for interruptions of one window at most.

    Attributes:
        start_seconds: Where its first window begins.
        end_seconds: Where its last window ends.
        windows: Windows in it in which the finding was found.
        peak_probability: The highest among them.
        peak_seconds: Where the window with the highest probability begins.
    """

    start_seconds: float
    end_seconds: float
    windows: int
    peak_probability: float
    peak_seconds: float

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.end_seconds - self.start_seconds


class Course(Part):
    """How a finding came and went in a long recording.

    Attributes:
        burden: Share of the judged time in which it was found; of ventricular extra beats their share of all beats.
        burden_of: Which of both.
        uncertain: Share of the judged time in which it was inconclusive.
        in_a_row: The most windows in a row in which it was found.
        needed_in_a_row: So many are more than chance.
        certain: Windows in which it was nearly certain: a probability of 0.95 or more.
        needed_certain: So many of these are enough.
        episodes: In order of time.
    """

    burden: float
    burden_of: Literal["time", "beats"] = "time"
    uncertain: float
    in_a_row: int
    needed_in_a_row: int
    certain: int
    needed_certain: int
    episodes: tuple[Episode, ...]

    @property
    def longest(self) -> Episode | None:
        """The longest episode."""
        return max(self.episodes, key=lambda episode: episode.duration, default=None)

    @property
    def strongest(self) -> tuple[Episode, ...]:
        """All episodes: those with the most windows first, among equals the most probable."""
        return tuple(sorted(self.episodes, key=lambda episode: (-episode.windows, -episode.peak_probability)))


class Finding(Part):
    """One class.

    Attributes:
        code: As in the bundle.
        title: In plain words.
        typical: What it is typical of, in plain words; empty where the bundle does not state it.
        probability: Calibrated, 0 to 1: of the mean logit of the windows, or, by the rule ``course``, the mean of the
            probabilities of the windows.
        threshold: From which a probability means found.
        band: Probabilities from its first to below its second value mean inconclusive; None if there is no such band.
        verdict: ``"found"``, ``"inconclusive"``, ``"not found"``, or ``"not judged"`` in recordings of a kind that the
            student did not learn from.
        reason: Why it is inconclusive or not judged, and in long recordings why it was found; else empty.
        normal: Whether it is no finding but normal: a normal ECG, sinus rhythm.
        missed: Share of the test recordings with it that are reported as "not found"; None where there were too few
            to measure it.
        course: For long recordings; None where it is not judged.
        measured: The measurement that the finding follows from, in words; empty where a network decides. What a
            measurement alone decides has probability 1 or 0.
    """

    code: str
    title: str
    typical: str = ""
    probability: float
    threshold: float
    band: tuple[float, float] | None = None
    verdict: Verdict
    reason: str = ""
    normal: bool = False
    missed: float | None = None
    course: Course | None = None
    measured: str = ""

    @property
    def positive(self) -> bool:
        """Whether it was found."""
        return self.verdict == "found"

    @property
    def wording(self) -> str:
        """The verdict for people: "suspected" in place of "found" where it is less likely than not.

        A limit lies below one half where a finding is rare: "found" at 30 % would read as "rather not".
        """
        highest = self.probability
        if self.course is not None:
            highest = max((episode.peak_probability for episode in self.course.episodes), default=0.0)
        return SUSPECTED if self.positive and highest < LIKELIER_THAN_NOT else self.verdict

    @property
    def presence(self) -> float:
        """How much of it there is: the probability, in long recordings the burden."""
        return self.course.burden if self.course else self.probability

    @property
    def not_found_below(self) -> float:
        """The probability below which it is not found: the lower end of the band, or the threshold."""
        return self.threshold if self.band is None else self.band[0]

    @property
    def found_from(self) -> float:
        """The probability from which it is found: the threshold, or the upper end of the band."""
        return self.threshold if self.band is None else max(self.threshold, self.band[1])

    @property
    def name(self) -> str:
        """Title and code."""
        return self.title if self.title == self.code else f"{self.title} ({self.code})"
