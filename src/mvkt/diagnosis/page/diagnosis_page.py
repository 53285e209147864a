"""A diagnosis as one HTML page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from mvkt.diagnosis import words
from mvkt.diagnosis.diagnosis import Diagnosis, Quality, SignalSummary
from mvkt.diagnosis.finding import Finding
from mvkt.diagnosis.page.evidence import episode_strips, support_strips
from mvkt.diagnosis.page.html import disclaimer, document, footer, sentence, text
from mvkt.diagnosis.page.timeline_picture import timeline_picture
from mvkt.diagnosis.page.traces import everything, strip
from mvkt.diagnosis.prepared_recording import Prepared
from mvkt.diagnosis.student_panel import Opinion
from mvkt.ecg.leads import STANDARD_LEADS
from mvkt.files import write_text
from mvkt.numbers import duration, plural

_LONGEST_TRACE = 60.0
_EPISODES_LISTED = 4


def write_page(path: Path, name: str, opinions: Sequence[Opinion]) -> None:
    """Write the page about a recording."""
    write_text(path, page(name, opinions))


def page(name: str, opinions: Sequence[Opinion]) -> str:
    """Return the page about a recording.

    Args:
        name: What the recording is called: the heading.
        opinions: Of each student; at least one.
    """
    first = opinions[0]
    judged = [opinion for opinion in opinions if opinion.diagnosis.judged]
    long = first.diagnosis.rule == "course"
    middle = [] if long else [_trace(first)]
    middle += [_course(opinion.diagnosis, opinions) for opinion in judged if long]
    middle += [_findings(opinion.diagnosis, opinions) for opinion in judged]
    middle += [_episodes(opinion.diagnosis, opinions) for opinion in judged if long]
    middle += [_evidence(opinion, opinions) for opinion in judged]
    middle += [] if long else [_all_leads(first.prepared)]
    body = "".join([_head(name, opinions), *middle, _background(opinions), footer()])
    return document(f"ECG reading: {name}", body)


def _head(name: str, opinions: Sequence[Opinion]) -> str:
    signal = opinions[0].diagnosis.signal
    when = f" · recorded {signal.start_time:%Y-%m-%d %H:%M}" if signal.start_time else ""
    summary = words.summary(*_together([opinion.diagnosis for opinion in opinions]))
    notes = dict.fromkeys(note for opinion in opinions for note in opinion.diagnosis.notes)
    by = ", ".join(opinion.diagnosis.bundle.name for opinion in opinions)
    choice = opinions[0].diagnosis.choice
    why = f'<p class="small faint">Read by {text(by)}: {text(choice.reason)}.</p>' if choice else ""
    return (
        f'<h1>{text(name)}</h1><p class="faint">{text(words.recording(signal))}{when}</p>'
        f'<p class="summary">{text(summary)}</p>{why}'
        + "".join(f'<p class="note">{text(sentence(note))}</p>' for note in notes)
        + disclaimer()
    )


def _findings(diagnosis: Diagnosis, opinions: Sequence[Opinion]) -> str:
    shown, absent = words.in_rows(diagnosis.by_weight)
    folded = (
        f"<details><summary>{text(sentence(words.not_found(absent)))}</summary>{_table(absent, diagnosis)}</details>"
    )
    rest = "".join(f'<p class="small faint">{text(line)}</p>' for line in words.not_judged(diagnosis.findings))
    return (
        f"<h2>Findings{_by(diagnosis, opinions)}</h2>"
        f"{_table(shown, diagnosis) if shown else ''}{folded if absent else ''}{rest}"
    )


def _table(findings: Sequence[Finding], diagnosis: Diagnosis) -> str:
    probability = '<th class="number">probability</th><th class="optional"></th>'
    middle = "<th>course</th>" if diagnosis.rule == "course" else probability
    rows = "".join(_finding_row(finding, diagnosis.signal.start_time) for finding in findings)
    return f"<table><thead><tr><th>finding</th>{middle}<th>verdict</th></tr></thead><tbody>{rows}</tbody></table>"


def _finding_row(finding: Finding, begin: datetime | None) -> str:
    style = finding.verdict.replace(" ", "-")
    typical = f'<div class="typical">{text(sentence(finding.typical))}</div>' if finding.typical else ""
    reason_text = finding.reason or _missed(finding)
    reason = f'<div class="typical">{text(sentence(reason_text))}</div>' if reason_text else ""
    if finding.course is None:
        middle = (
            f'<td class="number">{finding.probability:.1%}<div class="typical">found from {finding.found_from:.1%}'
            f'</div></td><td class="optional">{_bar(finding)}</td>'
        )
    else:
        middle = f"<td>{text(words.course(finding, begin))}</td>"
    return (
        f'<tr class="{style}"><td>{text(finding.name)}{typical}</td>{middle}'
        f'<td><span class="badge {style}">{finding.wording}</span>{reason}</td></tr>'
    )


def _missed(finding: Finding) -> str:
    if finding.verdict != "not found" or finding.missed is None:
        return ""
    return f"{words.share(finding.missed)} of the test recordings with it get the same verdict"


def _bar(finding: Finding) -> str:
    """Probability as a bar, with the threshold as a line and the uncertain band hatched."""
    low, high = finding.band or (0.0, 0.0)
    band = f'<i class="band" style="left:{low:.1%};width:{high - low:.1%}"></i>' if finding.band else ""
    return (
        f'<div class="bar"><i class="fill" style="width:{finding.probability:.1%}"></i>{band}'
        f'<i class="threshold" style="left:calc({finding.found_from:.1%} - 1px)"></i></div>'
    )


def _trace(opinion: Opinion) -> str:
    prepared, beats = opinion.prepared, opinion.diagnosis.beats
    band = prepared.spec.band
    filtered = f"Filtered to {band[0]:g} to {band[1]:g} Hz, as for the student." if band else "Not filtered."
    return (
        f"<h2>The trace that was read: {text(words.leads(prepared.leads))}</h2>"
        f"<figure>{strip(prepared, beats, 0.0, _LONGEST_TRACE)}"
        f"<figcaption>{' '.join([filtered, *words.beat_letters(beats.kinds)])}</figcaption></figure>"
    )


def _evidence(opinion: Opinion, opinions: Sequence[Opinion]) -> str:
    long = opinion.diagnosis.rule == "course"
    drawn = "".join(
        f"<section><h3>{text(strip.title)}</h3><figure>{strip.picture}<figcaption>{text(strip.caption)}</figcaption>"
        "</figure></section>"
        for strip in (episode_strips if long else support_strips)(opinion)
    )
    if not drawn:
        return ""
    return (
        f"<h2>{'The strongest episodes' if long else 'What the findings rest on'}"
        f"{_by(opinion.diagnosis, opinions)}</h2>"
        '<p class="small faint"><span class="key"></span> The bluer, the more the finding rests on it: half a second '
        "after another was blanked, and the shade is by how much the student became less sure. It shows what the "
        f"student looked at, not that it is right.</p>{drawn}"
    )


def _course(diagnosis: Diagnosis, opinions: Sequence[Opinion]) -> str:
    return (
        f"<h2>Course{_by(diagnosis, opinions)}</h2>"
        f'<figure class="plain">{timeline_picture(diagnosis)}<figcaption>Height: probability. Dotted: found from here. '
        "Blue: found, amber: inconclusive, grey: not found.</figcaption></figure>"
    )


def _episodes(diagnosis: Diagnosis, opinions: Sequence[Opinion]) -> str:
    rows = "".join(_episode_rows(diagnosis))
    if not rows:
        return ""
    return (
        f"<h2>Episodes{_by(diagnosis, opinions)}, the strongest of each finding first</h2>"
        "<table><thead><tr><th>finding</th><th>from</th><th>to</th>"
        '<th class="number">length</th><th class="number">highest probability</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _episode_rows(diagnosis: Diagnosis) -> Iterator[str]:
    begin = diagnosis.signal.start_time
    for finding in diagnosis.positive:
        episodes = finding.course.strongest if finding.course else ()
        for episode in episodes[:_EPISODES_LISTED]:
            first, last = (words.moment(seconds, begin) for seconds in (episode.start_seconds, episode.end_seconds))
            yield (
                f"<tr><td>{text(finding.title)}</td><td>{first}</td><td>{last}</td>"
                f'<td class="number">{duration(episode.duration)}</td>'
                f'<td class="number">{episode.peak_probability:.1%}</td></tr>'
            )
        if len(episodes) > _EPISODES_LISTED:
            more = plural(len(episodes) - _EPISODES_LISTED, "weaker episode")
            yield f'<tr><td>{text(finding.title)}</td><td colspan="4" class="faint">and {more}</td></tr>'


def _all_leads(prepared: Prepared) -> str:
    """All leads of the recording, where the student saw only some of them."""
    recorded = set(prepared.record.leads)
    if recorded <= set(prepared.leads) or not recorded <= set(STANDARD_LEADS):
        return ""
    return (
        f'<h2>All recorded leads</h2><p class="small faint">For comparison: the student saw only '
        f"{text(words.leads(prepared.leads))}.</p><figure>{everything(prepared)}</figure>"
    )


def _background(opinions: Sequence[Opinion]) -> str:
    first = opinions[0].diagnosis
    machine = first.machine_measurements
    rows = [
        ("quality", words.quality(first.quality)),
        ("heart rate", words.heart_rate(first.heart_rate, first.heart_rate_range)),
        ("measured", words.measurements(first.measurements)),
        *([("by the device", words.machine_measurements(machine))] if machine else []),
        ("signal", "; ".join(first.signal.processing)),
    ]
    for opinion in opinions:
        bundle = opinion.diagnosis.bundle
        rows += [("network", words.student(bundle)), ("worth", bundle.worth), ("limits", bundle.limits)]
    items = "".join(f"<dt>{name}</dt><dd>{text(content)}</dd>" for name, content in rows)
    return f"<h2>What stands behind this</h2><dl>{items}</dl>"


def _by(diagnosis: Diagnosis, opinions: Sequence[Opinion]) -> str:
    return f" by {text(diagnosis.bundle.name)}" if len(opinions) > 1 else ""


def _together(diagnoses: Sequence[Diagnosis]) -> tuple[list[Finding], Quality, str, SignalSummary]:
    """What all students found, for one summary."""
    first = diagnoses[0]
    findings = [finding for diagnosis in diagnoses for finding in diagnosis.findings]
    return findings, first.quality, words.heart_rate(first.heart_rate, first.heart_rate_range), first.signal
