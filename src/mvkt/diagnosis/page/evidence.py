"""The strips of a page: what a finding rests on, and the strongest episodes of long recordings."""

from __future__ import annotations

from dataclasses import dataclass

from mvkt.diagnosis.finding import Finding
from mvkt.diagnosis.occlusion import Support, support
from mvkt.diagnosis.page.traces import strip
from mvkt.diagnosis.student_panel import Opinion
from mvkt.diagnosis.words import moment, share
from mvkt.ecg.long_recordings import windows_of
from mvkt.ecg.signal import standardise
from mvkt.numbers import duration

_MOST_FINDINGS = 6
_MOST_WINDOWS = 2
_MOST_EPISODES = 2
_LEAST_FALL = 0.05
"""A fall of the probability that is worth naming."""


@dataclass(frozen=True)
class EvidenceStrip:
    """A strip of ECG paper with its caption."""

    title: str
    picture: str
    caption: str


def support_strips(opinion: Opinion) -> list[EvidenceStrip]:
    """For each positive finding of a short recording, the windows in which it is most probable."""
    starts = opinion.diagnosis.timeline.start_seconds
    return [
        _strip(opinion, finding, window, f"{finding.title}, from {starts[window]:g} s" * (len(starts) > 1))
        for finding in opinion.diagnosis.positive[:_MOST_FINDINGS]
        for window in sorted(_most_probable(opinion, finding)[:_MOST_WINDOWS])
    ]


def episode_strips(opinion: Opinion) -> list[EvidenceStrip]:
    """For the positive findings of a long recording with the highest peaks, those of their strongest episodes."""
    made = []
    for finding in sorted(opinion.diagnosis.positive, key=_peak, reverse=True)[:_MOST_FINDINGS]:
        for episode in finding.course.strongest[:_MOST_EPISODES] if finding.course else ():
            begin = opinion.diagnosis.signal.start_time
            title = (
                f"{finding.title}: peak at {moment(episode.peak_seconds, begin)} of the episode from "
                f"{moment(episode.start_seconds, begin)} ({duration(episode.duration)})"
            )
            window = opinion.diagnosis.timeline.start_seconds.index(episode.peak_seconds)
            made.append(_strip(opinion, finding, window, title))
    return made


def _peak(finding: Finding) -> float:
    return (
        max((episode.peak_probability for episode in finding.course.episodes), default=0.0) if finding.course else 0.0
    )


def _most_probable(opinion: Opinion, finding: Finding) -> list[int]:
    values = opinion.diagnosis.timeline.probabilities[finding.code]
    judged = [window for window, value in enumerate(values) if value is not None]
    return sorted(judged, key=lambda window: -(values[window] or 0.0))


def _strip(opinion: Opinion, finding: Finding, window: int, title: str) -> EvidenceStrip:
    prepared, bundle = opinion.prepared, opinion.diagnoser.bundle
    (microvolts,) = windows_of(prepared.microvolts, prepared.starts[window : window + 1], prepared.spec, 1)
    signal = standardise(microvolts, bundle.manifest.signal)[0]
    shift = bundle.manifest.rhythm_shift(microvolts)[0]
    found = support(bundle, signal, (finding.code,), shift)[finding.code]
    start = opinion.diagnosis.timeline.start_seconds[window]
    picture = strip(prepared, opinion.diagnosis.beats, start, prepared.spec.window_seconds, found)
    return EvidenceStrip(title or finding.title, picture, _caption(found))


def _caption(found: Support) -> str:
    before = f"Probability in these seconds {share(found.probability)}"
    if found.probability - found.without < _LEAST_FALL:
        return f"{before}. It rests on no single part: blanking the shaded ones hardly lowers it."
    return f"{before}; {share(found.without)} when the {found.blanked_seconds:.1f} s that matter most are blanked."
