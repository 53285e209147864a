"""Atrial fibrillation by duration and by episodes, in the manner of ANSI/AAMI EC57, of annotated half-hours.

Episodes are those of a diagnosis. One is right if it overlaps an annotated one, and an annotated one is found if an
episode overlaps it. Atrial flutter, which is annotated apart, is no fibrillation.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.reference.annotated import Annotated, Stretches

import mvkt
from mvkt.ecg.record import Record

STUDENT, CODE = "lead-II", "AFIB"


@dataclass(frozen=True)
class Durations:
    """Stretches of fibrillation that are there and that were found, in seconds.

    Attributes:
        there: Annotated.
        found: Episodes of the diagnosis.
    """

    there: Stretches
    found: Stretches

    @property
    def seconds(self) -> tuple[float, float, float]:
        """Annotated, found, and both."""
        pairs = [(first, second) for first in self.there for second in self.found]
        both = sum(max(0.0, min(first[1], second[1]) - max(first[0], second[0])) for first, second in pairs)
        return _length(self.there), _length(self.found), both

    @property
    def episodes(self) -> tuple[int, int, int, int]:
        """Annotated ones, those of them that were found, episodes found, and those of them that are right."""
        return len(self.there), _touched(self.there, self.found), len(self.found), _touched(self.found, self.there)


def fibrillation_in(record: Annotated, lead: int) -> Durations:
    """Read a lead of a half-hour, from 0, with the student for lead II, whatever lead it is."""
    recording = Record(record.signal[:, lead : lead + 1], ("II",), record.sampling_frequency)
    findings = {finding.code: finding for finding in mvkt.load(STUDENT).diagnose(recording).findings}
    course = findings[CODE].course if CODE in findings else None
    episodes = course.episodes if course else ()
    return Durations(record.fibrillation, tuple((episode.start_seconds, episode.end_seconds) for episode in episodes))


def table(measured: dict[str, Durations]) -> str:
    """A row for each record that has fibrillation or where it was found, and the sum of all."""
    heads = ("record", "fibrillation, s", "found, s", "duration sensitivity", "duration PPV", "episode sensitivity")
    lines = [f"| {' | '.join((*heads, 'episode PPV'))} |", "|---" * (len(heads) + 1) + "|"]
    for name, durations in sorted(measured.items()):
        if durations.there or durations.found:
            lines.append(_row(name, durations.seconds, durations.episodes))
    seconds = tuple(sum(column) for column in zip(*(each.seconds for each in measured.values()), strict=True))
    episodes = tuple(sum(column) for column in zip(*(each.episodes for each in measured.values()), strict=True))
    return "\n".join([*lines, _row("gross", seconds, episodes)])


def _row(name: str, seconds: tuple[float, ...], episodes: tuple[int, ...]) -> str:
    there, found, both = seconds
    shares = ((both, there), (both, found), (episodes[1], episodes[0]), (episodes[3], episodes[2]))
    cells = [name, f"{there:.0f}", f"{found:.0f}", *(f"{100 * part / of:.1f}" if of else "" for part, of in shares)]
    return f"| {' | '.join(cells)} |"


def _length(stretches: Stretches) -> float:
    return sum(end - begin for begin, end in stretches)


def _touched(stretches: Stretches, others: Stretches) -> int:
    return sum(any(first < end and last > begin for first, last in others) for begin, end in stretches)
