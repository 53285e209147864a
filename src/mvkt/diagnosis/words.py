"""Times, shares and whole diagnoses in words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from mvkt.bundle.worth import BundleSummary
from mvkt.diagnosis.diagnosis import BEAT_LETTERS, Quality, SignalSummary
from mvkt.diagnosis.finding import SUSPECTED, Finding
from mvkt.diagnosis.verdicts import RATES
from mvkt.ecg.measurements import MachineMeasurements, Measurements
from mvkt.numbers import duration, plural

_MOST_NAMED = 5
_MOST_NOT_FOUND = 6
_OFTEN = 0.1
"""From this share on the text states how often a finding is missed."""


def clock(seconds: float) -> str:
    """``0:04:10`` from the beginning of the recording."""
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def moment(seconds: float, begin: datetime | None) -> str:
    """The time of day where it is known (``01:30:00+1d`` on the next day), else the time since the beginning."""
    if begin is None:
        return clock(seconds)
    then = begin + timedelta(seconds=seconds)
    days = (then.date() - begin.date()).days
    return f"{then:%H:%M:%S}" + (f"+{days}d" if days else "")


def share(value: float) -> str:
    """``12%``; small shares keep a digit, and 0 % and 100 % are kept for nothing and everything."""
    if 0 < value < 0.001:
        return "<0.1%"
    if 0 < value < 0.0995:
        return f"{value:.1%}"
    return f"{value:.1%}" if 0.995 <= value < 1 else f"{value:.0%}"


def quality(found: Quality) -> str:
    """Return how much was judged, and why the rest was not."""
    judged = f"{found.judged:,} of {plural(found.windows, 'window')} judged"
    reasons = "; ".join(f"{reason} ({number:,})" for reason, number in found.reasons.items())
    return f"{judged}, left out: {reasons}" if reasons else judged


def heart_rate(middle: float | None, spread: tuple[float, float] | None) -> str:
    """``72 beats a minute, mostly 65 to 80``."""
    if middle is None:
        return "not to be determined"
    around = f", mostly {spread[0]:.0f} to {spread[1]:.0f}" if spread and spread[1] - spread[0] >= 2 else ""
    return f"{middle:.0f} beats a minute{around}"


def measurements(found: Measurements) -> str:
    """``PR 160 ms, QRS 92 ms, ...; not measured: axis (leads I and II were not recorded both)``."""
    rows = (
        ("RR", found.rr),
        ("SDNN", found.sdnn),
        ("RMSSD", found.rmssd),
        ("PR", found.pr),
        ("QRS", found.qrs),
        ("QT", found.qt),
        ("QTc Bazett", found.qtc_bazett),
        ("QTc Fridericia", found.qtc_fridericia),
        ("axis", found.axis),
    )
    known = [
        f"{name} {measure.value:.0f} {measure.unit}".replace(" °", "°")
        for name, measure in rows
        if measure.value is not None
    ]
    if found.beats.value:
        known.append(beats(found))
    if found.pauses.value:
        known.append(f"{plural(int(found.pauses.value), 'pause')} of more than 2 s")
    reasons: dict[str, list[str]] = {}
    for name, measure in rows:
        if measure.value is None:
            reasons.setdefault(measure.because, []).append(name)
    missing = "; ".join(f"{', '.join(names)} ({because})" for because, names in reasons.items())
    return "; ".join(filter(None, [", ".join(known), missing and f"not measured: {missing}"]))


def beats(found: Measurements) -> str:
    """``1,988 beats, of which 445 ventricular and 0 supraventricular extra beats, 3 unsure``."""
    number, ventricular, upper, unsure = (
        measure.value or 0
        for measure in (found.beats, found.ventricular_beats, found.supraventricular_beats, found.unsure_beats)
    )
    extra = f"{ventricular:,.0f} ventricular and {upper:,.0f} supraventricular extra beats"
    return f"{number:,.0f} beats, of which {extra}" + (f", {unsure:,.0f} unsure" if unsure else "")


def beat_letters(kinds: Collection[str]) -> list[str]:
    """``V: ventricular beat. ?: unsure beat.``: what letters in a picture mean, a sentence for each that is there."""
    return [f"{letter}: {kind} beat." for kind, letter in BEAT_LETTERS.items() if kind in kinds]


def machine_measurements(found: MachineMeasurements) -> str:
    """``rate 41 /min, PR 151 ms, QRS 135 ms, QT 476 ms, axis -21°``: as the file states them."""
    return ", ".join(f"{name} {value}" for name, value in machine_values(found).items())


def machine_values(found: MachineMeasurements) -> dict[str, str]:
    """Return what the file states, by name: ``{"rate": "41 /min", "PR": "151 ms", ...}``."""
    rows = (
        ("rate", found.heart_rate, " /min"),
        ("RR", found.rr, " ms"),
        ("PR", found.pr, " ms"),
        ("QRS", found.qrs, " ms"),
        ("QT", found.qt, " ms"),
        ("QTc Bazett", found.qtc_bazett, " ms"),
        ("QTc Fridericia", found.qtc_fridericia, " ms"),
        ("axis", found.axis, "°"),
    )
    return {name: f"{value:.0f}{unit}" for name, value, unit in rows if value is not None}


def recording(signal: SignalSummary) -> str:
    """``WFDB, lead II, 30 min, 360 Hz, woman of 67``."""
    who = {"female": "woman", "male": "man", None: ""}[signal.sex]
    aged = f"{f'{who} of' if who else 'aged'} {signal.age:.0f}" if signal.age is not None else who
    parts = (
        signal.source,
        leads(signal.leads),
        duration(signal.duration_seconds),
        f"{signal.sampling_frequency:g} Hz",
        aged,
    )
    return ", ".join(filter(None, parts))


def leads(names: Sequence[str]) -> str:
    """``lead I``, ``leads I, II``."""
    return f"lead{'s' * (len(names) > 1)} {', '.join(names)}"


def student(bundle: BundleSummary) -> str:
    """``lead-I: superdiagnostic, lead I``."""
    view = bundle.view if "lead" in bundle.view else f"lead {bundle.view}"
    return f"{bundle.name}: {bundle.task}, {view}"


def course(finding: Finding, begin: datetime | None = None) -> str:
    """``28% of the time, 3 episodes, longest 12 min from 0:04:10``; empty for short recordings."""
    if finding.course is None:
        return ""
    longest = finding.course.longest
    if longest is None:
        return "in no window"
    episodes = plural(len(finding.course.episodes), "episode")
    which = f"longest {duration(longest.duration)} from {moment(longest.start_seconds, begin)}"
    return f"{share(finding.course.burden)} of the {finding.course.burden_of}, {episodes}, {which}"


def summary(findings: Sequence[Finding], found: Quality, rate: str, signal: SignalSummary) -> str:
    """Describe in a few sentences what came out."""
    if not found.judged:
        reasons = ", ".join(found.reasons)
        return f"Nothing could be judged: {reasons}."
    sentences = [
        f"{duration(signal.duration_seconds)} recorded, {share(found.judged_share)} of it good enough to judge."
    ]
    abnormal = [finding for finding in findings if not finding.normal]
    if not any(finding.verdict == "found" for finding in abnormal):
        sentences += _nothing_found([finding for finding in abnormal if finding.verdict != "not judged"])
    worded = [(finding, finding.wording) for finding in abnormal]
    for label, chosen in (
        ("Found", [finding for finding, wording in worded if wording == "found"]),
        ("Suspected", [finding for finding, wording in worded if wording == SUSPECTED]),
        ("Inconclusive", [finding for finding, wording in worded if wording == "inconclusive"]),
        ("Normal", [finding for finding in findings if finding.normal and finding.verdict == "found"]),
    ):
        sentences += _listed(label, [_described(finding, signal.start_time) for finding in _by_presence(chosen)])
    sentences += isolated(findings, signal.start_time)
    sentences += _listed("Often missed", [missed_share(finding) for finding in often_missed(findings)])
    sentences += not_judged(findings)
    return " ".join([*sentences, f"Heart rate {rate}."])


def _nothing_found(looked_for: Sequence[Finding]) -> list[str]:
    if len(looked_for) > _MOST_NAMED:
        return [f"Nothing found among the {len(looked_for)} abnormal findings that the student knows."]
    return [f"Nothing found of what was looked for: {', '.join(finding.title for finding in looked_for)}."] * bool(
        looked_for
    )


def found_titles(findings: Sequence[Finding]) -> str:
    """``sinus rhythm, atrial fibrillation (suspected)``: each title once."""
    titles = (
        finding.title if finding.wording == finding.verdict else f"{finding.title} ({finding.wording})"
        for finding in findings
        if finding.positive
    )
    return ", ".join(dict.fromkeys(titles))


def isolated(findings: Sequence[Finding], begin: datetime | None = None) -> list[str]:
    """One sentence on what was found in too few windows of a long recording to be distinguished from chance.

    A rate that was slow or fast for too short a time is none of these: it is measured, and chance has no part in it.
    """
    lines: list[str] = []
    for finding in findings:
        absent = finding.verdict == "not found" and not finding.normal and finding.code not in RATES
        if finding.course and finding.course.episodes and absent:
            highest = max(finding.course.episodes, key=lambda episode: episode.peak_probability)
            where = f"{share(highest.peak_probability)} at {moment(highest.peak_seconds, begin)}"
            lines.append(f"{finding.title} ({plural(len(finding.course.episodes), 'episode')}, highest {where})")
    return _listed("In few windows, as by chance, but worth a look", lines)


def often_missed(findings: Sequence[Finding]) -> list[Finding]:
    """The findings that were not found although many of those who have them get that verdict, most missed first."""
    chosen = [
        finding
        for finding in findings
        if finding.verdict == "not found" and (finding.missed or 0.0) >= _OFTEN and not finding.normal
    ]
    return sorted(chosen, key=lambda finding: -(finding.missed or 0.0))


def in_rows(findings: Sequence[Finding]) -> tuple[list[Finding], list[Finding]]:
    """The findings that have a row each, and those that are named below because they are many and not found."""
    judged = [finding for finding in findings if finding.verdict != "not judged"]
    absent = [finding for finding in judged if finding.verdict == "not found"]
    if len(absent) <= _MOST_NOT_FOUND:
        return judged, []
    return [finding for finding in judged if finding.verdict != "not found"], absent


def not_found(findings: Sequence[Finding]) -> str:
    """``not found (in brackets: ...): myocardial infarction (39%), fibrillation``."""
    named = ", ".join(
        f"{finding.title} ({share(finding.missed or 0.0)})" if often_missed([finding]) else finding.title
        for finding in findings
    )
    meaning = " (in brackets: the share of those who have it with this verdict)" if often_missed(findings) else ""
    return f"not found{meaning}: {named}"


def missed_share(finding: Finding) -> str:
    """``myocardial infarction (28% of those who have it)``; the title alone where nothing was measured."""
    return (
        finding.title if finding.missed is None else f"{finding.title} ({share(finding.missed)} of those who have it)"
    )


def not_judged(findings: Sequence[Finding]) -> list[str]:
    """Return which findings were not judged, a sentence for each reason."""
    reasons: dict[str, list[str]] = {}
    for finding in findings:
        if finding.verdict == "not judged":
            reasons.setdefault(finding.reason, []).append(finding.title)
    return [f"Not judged: {', '.join(dict.fromkeys(titles))} ({reason})." for reason, titles in reasons.items()]


def _by_presence(findings: Sequence[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: -finding.presence)


def _listed(label: str, parts: list[str]) -> list[str]:
    if not parts:
        return []
    more = f"; and {len(parts) - _MOST_NAMED} more" if len(parts) > _MOST_NAMED else ""
    return [f"{label}: {'; '.join(parts[:_MOST_NAMED])}{more}."]


def _described(finding: Finding, begin: datetime | None) -> str:
    if finding.course is None:
        return f"{finding.title} ({finding.measured or f'probability {share(finding.probability)}'})"
    return f"{finding.title} ({course(finding, begin)})" if finding.course.episodes else finding.title
