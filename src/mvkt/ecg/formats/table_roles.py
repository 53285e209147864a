"""What the columns of a table are: leads, times, counts, or nothing of an ECG."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from mvkt.ecg.formats.assemble import is_ecg_name
from mvkt.ecg.formats.column_names import TIME, name_and_unit, without_count
from mvkt.ecg.formats.table_facts import stated_leads
from mvkt.ecg.formats.table_header import SECONDS
from mvkt.ecg.formats.table_layout import Layout
from mvkt.ecg.formats.units import millivolts_per
from mvkt.ecg.formats.user_facts import SAME_FREQUENCY, UserFacts
from mvkt.ecg.leads import STANDARD_LEADS, is_other_name, normalise_lead, view_leads
from mvkt.errors import RecordFormatError

_INDEX = re.compile(
    r"|samples?([\s_]?(index|n(umber|r|o)?|#|id))?|index|idx|nr?|no|#|row|counter|seq\w*|unnamed.*", re.IGNORECASE
)

_NUMBERED = re.compile(r"(.{0,40}?)(\d{1,3})")
_LEAST_RATE = 60.0
_FEWEST_IN_PACKAGE = 4


@dataclass(frozen=True)
class Lead:
    """A column of an ECG."""

    column: int
    name: str
    unit: str


@dataclass(frozen=True)
class Clock:
    """The column of times; ``scale`` is its unit in seconds, or 0 where it states none."""

    column: int
    is_text: bool
    scale: float


def roles_of(layout: Layout, given: UserFacts) -> tuple[list[Lead], Clock | None, list[str]]:
    """Return the leads, the column of times, and the names of what is left out.

    A column of numbers that rise evenly is one of times or counts, whatever it is called: no ECG is a straight line.
    """
    named = [name_and_unit(without_count(name, layout.names)) for name in layout.names]
    named = named or [("", "")] * len(layout.kinds)
    named = [(name, "mV" if each else unit) for (name, unit), each in zip(named, layout.in_millivolts, strict=True)]
    clocks: list[tuple[tuple[bool, int, bool], Clock]] = []  # of several, one whose times do not stand still
    leads, left_out = [], []
    for column, ((name, unit), kind, step) in enumerate(zip(named, layout.kinds, layout.steps, strict=True)):
        called_time = bool(name) and TIME.fullmatch(name) is not None
        is_count = called_time or (abs(step) == 1 and normalise_lead(name) not in STANDARD_LEADS)  # R calls them X
        is_count |= name.lower() == "x" and step != 0
        is_lead = millivolts_per(unit) is not None or (is_ecg_name(name) and not is_count) or len(named) == 1
        if kind == "time":
            clocks.append(((layout.constant[column], 1, False), Clock(column, True, 1.0)))
        elif kind == "number" and not is_lead and (called_time or step != 0):
            scale = SECONDS.get(unit.lower() or name.lower(), 0.0)
            order = 0 if scale else 2 if called_time else 3 if abs(step) != 1 else 4
            clocks.append(((layout.constant[column], order, not step), Clock(column, False, scale)))
        elif kind == "number" and (is_lead or not (layout.names and _is_index(name, step))):
            leads.append(Lead(column, name or f"Channel {column + 1}", unit))
        elif not _INDEX.fullmatch(name):
            left_out.append(name)
    if not layout.names:
        return _unnamed_leads(layout, leads, _nearest(clocks, leads, leads, layout), given)
    kept = [lead for lead in leads if is_ecg_name(lead.name)]
    kept = _with_letters(_without_axes(kept, layout.constant) or kept, leads)
    others = [lead for lead in leads if not is_other_name(lead.name)]
    kept = kept or [lead for lead in others if not layout.constant[lead.column]] or others
    if not kept:
        raise RecordFormatError(f"the table has no column of an ECG: {', '.join(layout.names[:12])}")
    columns = {lead.column for lead in kept}
    clock = _nearest(clocks, kept, leads, layout)
    return kept, clock, [*left_out, *[lead.name for lead in leads if lead.column not in columns]]


def _nearest(
    clocks: Sequence[tuple[tuple[bool, int, bool], Clock]],
    kept: Sequence[Lead],
    signals: Sequence[Lead],
    layout: Layout,
) -> Clock | None:
    """Return the column of times; of several alike that of no other signal, and the next before the first lead.

    Raises:
        RecordFormatError: A later lead has times of its own, of another sampling frequency.
    """
    best = min((order for order, _ in clocks), default=(False, 0, False))
    alike = [clock for order, clock in clocks if order == best]
    alike = [clock for clock in alike if not (layout.names and is_other_name(layout.names[clock.column]))] or alike
    first = min((lead.column for lead in kept), default=0)
    between = [lead.column for lead in signals] + [each.column for _, each in clocks if each not in alike]
    others = [column for column in between if column < first]
    own = [clock for clock in alike if max(others, default=-1) < clock.column < first]
    chosen = next(iter(own or alike), None)
    later = [each for each in alike if first < each.column < max(lead.column for lead in kept)] if chosen else []
    if chosen and any(_differ(layout.steps[chosen.column], layout.steps[each.column]) for each in later):
        raise RecordFormatError(
            "the table has a column of times for each lead, of different sampling frequencies: write those of one "
            "frequency into a file of their own"
        )
    return chosen


def _differ(step: float, other: float) -> bool:
    return bool(step and other) and abs(step - other) > SAME_FREQUENCY * max(abs(step), abs(other))


def _with_letters(kept: list[Lead], leads: list[Lead]) -> list[Lead]:
    """Return all columns that are called by a letter, where nothing else is an ECG: ``a`` is no lead beside ``b``."""
    letters = [lead for lead in leads if len(lead.name) == 1 and normalise_lead(lead.name) not in STANDARD_LEADS]
    if all(lead in kept for lead in letters) or any(lead not in letters for lead in kept):
        return kept
    return [replace(lead, name=f"ECG {lead.name}") for lead in letters]


def _without_axes(leads: list[Lead], constant: Sequence[bool]) -> list[Lead]:
    """Leave out x, y and z, as a sensor of motion has them, unless they have a unit of voltage as Frank's leads."""
    axes = [lead for lead in leads if lead.name.lower() in ("x", "y", "z")]
    if len(axes) == len("xyz"):
        is_frank = any(millivolts_per(lead.unit) for lead in axes)
        return leads if is_frank else [lead for lead in leads if lead not in axes]
    still = [lead for lead in axes if constant[lead.column] and len(leads) > len(axes)]  # y may be a class
    return [lead for lead in leads if lead not in still]


def _is_index(name: str, step: float) -> bool:
    """Whether a column is called as one of counts; one of samples counts them only where it rises evenly."""
    return _INDEX.fullmatch(name) is not None and (step != 0 or name.lower() not in ("sample", "samples"))


def with_names(leads: list[Lead], stated: Sequence[str], facts: Mapping[str, str] = MappingProxyType({})) -> list[Lead]:
    """Return the leads with the names that lines before the table state, where no column is called as a lead."""
    if facts and all(lead.name.lower() in facts for lead in leads):  # "CH1 = I, CH2 = II"
        names = [normalise_lead(facts[lead.name.lower()]) for lead in leads]
        stated = names if set(names) <= set(STANDARD_LEADS) else stated
    if len(stated) != len(leads) or {normalise_lead(lead.name) for lead in leads} & set(STANDARD_LEADS):
        return leads
    return [replace(lead, name=name) for lead, name in zip(leads, stated, strict=True)]


def _unnamed_leads(
    layout: Layout, leads: list[Lead], clock: Clock | None, given: UserFacts
) -> tuple[list[Lead], Clock | None, list[str]]:
    """Take as many columns for leads as the user names, all or all but times and counts; one beside times of day."""
    columns = len(layout.kinds)
    wanted = len(view_leads(given.lead)) if given.lead else len(stated_leads(layout.facts))
    if columns == 1 or wanted == columns == layout.kinds.count("number"):
        units = ["mV" if each else "" for each in layout.in_millivolts]
        return [Lead(column, f"Channel {column + 1}", unit) for column, unit in enumerate(units)], None, []
    if leads and (wanted == len(leads) or (not wanted and clock is not None and clock.is_text and len(leads) == 1)):
        return leads, clock, []
    raise RecordFormatError(
        f"the table has {columns} columns without names, {len(leads)} of them neither times nor counts nor text; write "
        "names into its first line ('time [s],I [mV]') or name the leads with lead='I+II' (--lead I+II)"
    )


def check_packages(leads: Sequence[Lead], frequency: float) -> None:
    """Refuse numbered columns at a rate that no ECG has: each row is a package of samples one after the other.

    Raises:
        RecordFormatError: They are such columns.
    """
    numbered = [_NUMBERED.fullmatch(lead.name) for lead in leads if normalise_lead(lead.name) not in STANDARD_LEADS]
    stems = {found and found[1] for found in numbered}
    numbers = [int(found[2]) for found in numbered if found]
    is_row = len(stems) == 1 and numbers == list(range(numbers[0], numbers[0] + len(leads))) if numbers else False
    if frequency < _LEAST_RATE and is_row and len(leads) >= _FEWEST_IN_PACKAGE:
        raise RecordFormatError(
            f"columns {leads[0].name[:40]} to {leads[-1].name[:40]} have {frequency:g} rows a second: samples one "
            "after the other, in packages, as it seems; write a sample a line"
        )
