"""From the logits of windows to findings: calibration, verdicts, and what a long recording adds up to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.bundle.manifest import BundleManifest
from mvkt.bundle.worth import missed
from mvkt.diagnosis.finding import Course, Episode, Finding, Rule, Verdict
from mvkt.ecg.beat_kinds import STRIP_SECONDS

CHANCE = 0.2
"""Share of windows in which a class may be found by chance: about what a threshold alone lets through."""

CHANCE_ABOVE_A_BAND = 0.1
"""The same for classes with a band: its upper end lets a twentieth through; twice that, because devices differ."""

LEAST_BURDEN = 0.5
"""From this share of the judged time on, a finding is there however it is spread."""

CERTAIN = 0.95
"""A calibrated probability of a window that needs no others beside it."""

RATES = ("SBRAD", "STACH")
"""The classes that a rate decides. Ten seconds at 59 beats a minute are certain, and no finding: it has to last."""

_WINDOWS_FOR_ONE_CERTAIN = 1000
_ACCEPTED_RISK = 0.05
_BRIDGED_WINDOWS = 1
_VERDICTS = np.array(["not found", "found", "inconclusive"], dtype=object)

Float = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Stretches:
    """The windows of a recording in time.

    Attributes:
        starts: ``(windows,)`` seconds at which each begins.
        ends: ``(windows,)`` seconds at which each ends, the end of the recording at the latest.
        judged: ``(windows,)`` which of them were judged.
    """

    starts: Float
    ends: Float
    judged: NDArray[np.bool_]

    @property
    def weights(self) -> Float:
        """Seconds that each window stands for: to the beginning of the next one."""
        return np.append(self.starts[1:], self.ends[-1]) - self.starts

    def share(self, which: NDArray[np.bool_]) -> float:
        """Share of the judged time that some of the judged windows (a mask over these) stand for."""
        weights = self.weights[self.judged]
        return float(weights[which].sum() / weights.sum())


def rule_for(duration_seconds: float) -> Rule:
    """Return by which rule a recording is judged: figures of students were measured with that of strips."""
    return "course" if duration_seconds > STRIP_SECONDS else "mean of windows"


def calibrated(logits: NDArray[np.floating], manifest: BundleManifest) -> Float:
    """Turn logits ``(..., classes)`` into probabilities."""
    scaled = np.asarray(logits, dtype=np.float64) / np.array(manifest.temperatures)
    probabilities: Float = np.exp(-np.logaddexp(0.0, -scaled))
    return probabilities


def verdicts_of(probabilities: Float, manifest: BundleManifest) -> NDArray[np.object_]:
    """Return the verdict on each probability, of the same shape ``(classes,)`` or ``(windows, classes)``."""
    found, uncertain = _found(probabilities, manifest)
    return _VERDICTS[found + 2 * uncertain]


def possible(probabilities: Float, manifest: BundleManifest) -> NDArray[np.bool_]:
    """Return ``(windows, classes)`` which of them are found or inconclusive."""
    found, uncertain = _found(probabilities, manifest)
    return found | uncertain


def findings(
    logits: NDArray[np.float32],
    manifest: BundleManifest,
    stretches: Stretches,
    rule: Rule,
    unlike_training: str = "",
    windows: Float | None = None,
    described: Sequence[Mapping[str, Any]] = (),
) -> tuple[Finding, ...]:
    """Make the findings of a recording from its windows.

    Args:
        logits: ``(judged windows, classes)``; at least one window.
        manifest: Of the student.
        stretches: All windows, judged or not.
        rule: See :func:`rule_for`.
        unlike_training: Why findings that rest on the shape of the waves are not judged; empty if they are.
        windows: ``(judged windows, classes)`` what goes in place of the calibrated probabilities of long recordings:
            the same, but for what is measured.
        described: What :func:`described_classes` makes of the manifest, where that is known.
    """
    described = described or described_classes(manifest)
    if rule == "mean of windows":
        made = _by_mean(calibrated(logits.mean(axis=0, dtype=np.float64), manifest), manifest, described)
    else:
        probabilities = calibrated(logits, manifest) if windows is None else windows
        made = _by_course(probabilities, manifest, described, stretches)
    if not unlike_training:
        return made
    not_judged = {"verdict": "not judged", "reason": unlike_training, "course": None}
    return tuple(
        finding.model_copy(update=not_judged) if finding.code in manifest.shape else finding for finding in made
    )


def needed_in_a_row(judged: int, chance: float) -> int:
    """How many windows in a row are more than chance: so many that it brings them about in less than 5 % of recordings.

    Args:
        judged: Windows of the recording.
        chance: Share of them in which chance finds the class, independently of each other.
    """
    return max(2, int(np.ceil(np.log(judged / _ACCEPTED_RISK) / -np.log(chance))))


def _by_mean(
    probabilities: Float, manifest: BundleManifest, described: Sequence[Mapping[str, Any]]
) -> tuple[Finding, ...]:
    made = []
    verdicts = verdicts_of(probabilities, manifest)
    for about, value, found in zip(described, probabilities.tolist(), verdicts, strict=True):
        reason, band = "", about["band"]
        if found == "inconclusive":
            reason = f"probability {value:.2f} lies in the uncertain band {band[0]:.2f} to {band[1]:.2f}"
        made.append(Finding(**about, probability=value, verdict=found, reason=reason))
    return tuple(made)


def _by_course(
    probabilities: Float, manifest: BundleManifest, described: Sequence[Mapping[str, Any]], stretches: Stretches
) -> tuple[Finding, ...]:
    found, uncertain = _found(probabilities, manifest)
    made = []
    for index, about in enumerate(described):
        chance, values = _chance(about["band"]), probabilities[:, index]
        course = _course(values, found[:, index], uncertain[:, index], chance, stretches)
        judged, reason = _judge_course(course, chance, has_to_last=about["code"] in RATES)
        made.append(Finding(**about, probability=float(values.mean()), verdict=judged, reason=reason, course=course))
    return tuple(made)


def described_classes(manifest: BundleManifest) -> tuple[dict[str, Any], ...]:
    """Return for each class the part of a finding that does not depend on the recording."""
    missed_shares = missed(manifest)
    return tuple(
        {
            "code": code,
            "title": manifest.title(code),
            "typical": manifest.typical.get(code, ""),
            "threshold": threshold,
            "band": band,
            "normal": code in manifest.normal,
            "missed": missed_shares[code],
        }
        for code, threshold, band in zip(manifest.classes, manifest.thresholds, manifest.bands, strict=True)
    )


def _found(probabilities: Float, manifest: BundleManifest) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Masks of the probabilities ``(..., classes)`` that are found, and of those that lie in the uncertain band."""
    thresholds, low, high = manifest.limits
    uncertain = (probabilities >= low) & (probabilities < high)
    return (probabilities >= thresholds) & ~uncertain, uncertain


def _course(
    probability: Float, found: NDArray[np.bool_], uncertain: NDArray[np.bool_], chance: float, stretches: Stretches
) -> Course:
    return Course(
        burden=stretches.share(found),
        uncertain=stretches.share(uncertain),
        in_a_row=_in_a_row(np.flatnonzero(stretches.judged)[found]),
        needed_in_a_row=needed_in_a_row(len(probability), chance),
        certain=int((found & (probability >= CERTAIN)).sum()),
        needed_certain=-(-len(probability) // _WINDOWS_FOR_ONE_CERTAIN),
        episodes=_episodes(probability, found, stretches),
    )


def _episodes(probability: Float, found: NDArray[np.bool_], stretches: Stretches) -> tuple[Episode, ...]:
    """Join found windows with at most one other between them, judged or not."""
    numbers = np.flatnonzero(stretches.judged)[found]
    if not numbers.size:
        return ()
    breaks = np.flatnonzero(np.diff(numbers) > 1 + _BRIDGED_WINDOWS) + 1
    first, last = np.append(0, breaks), np.append(breaks, len(numbers))
    values = probability[found]
    peaks = np.maximum.reduceat(values, first)
    counts = last - first
    at_peak = np.flatnonzero(values == np.repeat(peaks, counts))
    highest = at_peak[np.searchsorted(at_peak, first)]
    columns = (
        stretches.starts[numbers[first]],
        stretches.ends[numbers[last - 1]],
        counts,
        peaks,
        stretches.starts[numbers[highest]],
    )
    return tuple(
        Episode(start_seconds=start, end_seconds=end, windows=windows, peak_probability=peak, peak_seconds=place)
        for start, end, windows, peak, place in zip(*(column.tolist() for column in columns), strict=True)
    )


def _in_a_row(numbers: NDArray[np.int64]) -> int:
    """The length of the longest run of whole numbers that follow each other."""
    ends = np.flatnonzero(np.diff(numbers) > 1) + 1
    return int(np.diff(ends, prepend=0, append=len(numbers)).max())


def _chance(band: tuple[float, float] | None) -> float:
    return CHANCE if band is None else CHANCE_ABOVE_A_BAND


def _judge_course(course: Course, chance: float, *, has_to_last: bool) -> tuple[Verdict, str]:
    """Apply the rule for long recordings; docs/concepts/diagnosis.md has the reasons."""
    if course.burden >= LEAST_BURDEN:
        return "found", "in at least half of the judged time"
    if course.in_a_row >= course.needed_in_a_row:
        return "found", f"in {course.in_a_row:,} windows in a row; chance gives fewer than {course.needed_in_a_row}"
    if course.certain >= course.needed_certain and not has_to_last:
        return "found", f"nearly certain in {course.certain:,} window{'s' * (course.certain > 1)}"
    if course.burden > chance:
        return "inconclusive", f"in {course.burden:.0%} of the judged time, more than chance gives, but scattered"
    if course.uncertain >= LEAST_BURDEN:
        return "inconclusive", f"uncertain in {course.uncertain:.0%} of the judged time"
    return "not found", ""
