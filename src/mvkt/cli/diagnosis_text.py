"""How diagnoses look on a terminal: one recording in full, several as a row each."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mvkt.cli.console import plain, results
from mvkt.numbers import duration

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from mvkt.diagnosis.answer import DiagnosedRecording
    from mvkt.diagnosis.diagnosis import Diagnosis
    from mvkt.diagnosis.finding import Finding

_STYLES = {"found": "bold cyan", "inconclusive": "yellow", "not found": "dim"}
_ROOMY = 100
_LONGEST_ERROR = 160


def block(name: str, diagnoses: Sequence[Diagnosis]) -> RenderableType:
    """Render one recording: what was found, and what stands behind that."""
    from rich.console import Group
    from rich.text import Text

    from mvkt.diagnosis import words

    first = diagnoses[0]
    parts: list[RenderableType] = [Text(plain(name), style="bold")]
    for diagnosis in diagnoses:
        if len(diagnoses) > 1:
            parts.append(Text(f"\n{plain(diagnosis.bundle.name)}", style="underline"))
        if not diagnosis.judged:
            parts.append(Text(f"not judged: {plain(', '.join(diagnosis.quality.reasons))}", style="bold yellow"))
        else:
            shown, absent = words.in_rows(diagnosis.by_weight)
            parts.append((_course_table if diagnosis.rule == "course" else _findings_table)(shown))
            missed = "; ".join(words.missed_share(finding) for finding in words.often_missed(shown))
            lines = [words.not_found(absent)] * bool(absent) + [f"often missed: {missed}"] * bool(missed)
            lines += [f"* of all beats: {finding.measured}" for finding in shown if _is_of_beats(finding)]
            lines += words.isolated(diagnosis.findings, diagnosis.signal.start_time)
            lines += words.not_judged(diagnosis.findings)
            parts += [Text(plain(line), style="dim") for line in lines]
    return Group(*parts, "", _background(first, diagnoses), "")


def rows(recordings: Sequence[DiagnosedRecording]) -> Table:
    """Render several recordings: a row each."""
    from rich.text import Text

    from mvkt.diagnosis import words

    table = _table("recording", ">length", ">heart rate", ">judged", "found")
    table.columns[0].overflow = "fold"
    common = os.path.commonpath([Path(recording.file).parent for recording in recordings])
    for recording in recordings:
        part = f" ({recording.part})" if recording.part else ""
        name = Text(plain(f"{os.path.relpath(recording.file, common)}{part}"))
        if recording.error:
            table.add_row(name, "", "", "", Text(f"error: {_cut(plain(recording.error))}", style="red"))
            continue
        first = recording.diagnoses[0]
        table.add_row(
            name,
            duration(first.signal.duration_seconds),
            "" if first.heart_rate is None else f"{first.heart_rate:.0f}",
            words.share(first.quality.judged_share),
            _verdicts(recording),
        )
    return table


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_ERROR else f"{text[: _LONGEST_ERROR - 1]}…"


def _verdicts(recording: DiagnosedRecording) -> RenderableType:
    """A table cell: what was found, and how much is inconclusive."""
    from rich.text import Text

    from mvkt.diagnosis import words

    if not any(diagnosis.judged for diagnosis in recording.diagnoses):
        return Text(f"not judged: {plain(', '.join(recording.diagnoses[0].quality.reasons))}", style="yellow")
    findings = [finding for diagnosis in recording.diagnoses for finding in diagnosis.by_weight]
    found = words.found_titles(findings)
    unsure = len({finding.title for finding in findings if finding.verdict == "inconclusive" and not finding.normal})
    cell = Text(plain(found), style=_STYLES["found"]) if found else Text("nothing", style="dim")
    return cell.append(f" ({unsure} inconclusive)", style=f"not bold {_STYLES['inconclusive']}") if unsure else cell


def _table(*columns: str) -> Table:
    """An airy table; columns that begin with ``>`` are set to the right."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="dim")
    for column in columns:
        right = column.startswith(">")
        table.add_column(column.lstrip(">"), justify="right" if right else "left", no_wrap=right)
    return table


def _findings_table(findings: Sequence[Finding]) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    meant = {
        finding.code: finding.typical.removeprefix("typical of ")
        for finding in findings
        if finding.positive and finding.typical
    }
    roomy, banded = results().width >= _ROOMY, any(finding.band for finding in findings)
    low, typical = [">not found\nbelow"] * banded, ["\ntypical of"] * (roomy and bool(meant))
    table = _table("\nfinding", ">proba-\nbility", *low, ">found\nfrom", "\nverdict", *typical)
    table.columns[3 + banded].no_wrap = True
    for finding in findings:
        lowest = [f"{finding.not_found_below:.1%}"] if banded else []
        cells = [_name(finding), f"{finding.probability:.1%}", *lowest]
        cells += [f"{finding.found_from:.1%}", finding.wording, *([meant.get(finding.code, "")] if typical else [])]
        table.add_row(*(Text(plain(cell)) for cell in cells), style=_STYLES[finding.verdict])
    lines = (
        [] if roomy else [f"{finding.title}: {meant[finding.code]}" for finding in findings if finding.code in meant]
    )
    lines += [f"{finding.title}: {finding.reason}" for finding in findings if _open_outside_its_band(finding)]
    return Group(table, *(Text(plain(line), style="dim") for line in lines))


def _open_outside_its_band(finding: Finding) -> bool:
    """Whether a finding is inconclusive for a reason that the table's limits do not show."""
    return finding.verdict == "inconclusive" and not (
        finding.not_found_below <= finding.probability < finding.found_from
    )


def _course_table(findings: Sequence[Finding]) -> Table:
    """For long recordings: how a finding came and went."""
    from rich.text import Text

    from mvkt.diagnosis import words

    banded = any(finding.band for finding in findings)
    table = _table(
        "finding", ">found", *([">uncertain"] if banded else []), ">episodes", ">longest", ">peak", "verdict"
    )
    table.columns[-1].no_wrap = True
    for finding in findings:
        if finding.course is None:
            continue
        longest = finding.course.longest
        of_beats = "*" if _is_of_beats(finding) else ""
        cells = [_name(finding), f"{of_beats}{words.share(finding.course.burden)}"]
        cells += [words.share(finding.course.uncertain)] if banded else []
        cells += [f"{len(finding.course.episodes):,}", duration(longest.duration) if longest else ""]
        cells += [
            f"{max(each.peak_probability for each in finding.course.episodes):.1%}" if longest else "",
            finding.wording,
        ]
        table.add_row(*(Text(plain(cell)) for cell in cells), style=_STYLES[finding.verdict])
    return table


def _is_of_beats(finding: Finding) -> bool:
    return finding.course is not None and finding.course.burden_of == "beats"


def _name(finding: Finding) -> str:
    """The title, with the code where there is room for it."""
    return finding.name if results().width >= _ROOMY else finding.title


def _background(first: Diagnosis, diagnoses: Sequence[Diagnosis]) -> Table:
    """Render quality, heart rate, processing, notes and networks."""
    from rich.table import Table
    from rich.text import Text

    from mvkt.diagnosis import words

    machine = first.machine_measurements
    lines = [
        ("recording", words.recording(first.signal)),
        ("quality", words.quality(first.quality)),
        ("heart rate", words.heart_rate(first.heart_rate, first.heart_rate_range)),
        ("measured", words.measurements(first.measurements)),
        *([("by the device", words.machine_measurements(machine))] if machine else []),
        ("signal", "; ".join(first.signal.processing)),
        *(("note", note) for note in dict.fromkeys(note for diagnosis in diagnoses for note in diagnosis.notes)),
    ]
    for diagnosis in diagnoses:
        lines += [("network", f"{words.student(diagnosis.bundle)}; {diagnosis.bundle.worth}")]
    lines += [
        ("chosen", reason)
        for reason in dict.fromkeys(diagnosis.choice.reason for diagnosis in diagnoses if diagnosis.choice)
    ]
    lines += [("limits", limits) for limits in dict.fromkeys(diagnosis.bundle.limits for diagnosis in diagnoses)]
    table = Table.grid(padding=(0, 2))
    for name, text in lines:
        table.add_row(Text(name, style="dim"), Text(plain(text)))
    return table
