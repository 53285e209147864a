"""Which networks of the box read a recording, and why: those that see the most of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from mvkt.diagnosis.resting_ecg import AMBULATORY_SOURCES
from mvkt.ecg.leads import STANDARD_LEADS, follow_from, names_no_place, normalise_lead, view_leads
from mvkt.ecg.quality.usable_leads import usable_leads
from mvkt.ecg.record import Record
from mvkt.errors import BundleError, LeadError
from mvkt.numbers import plural
from mvkt.stored import Part

_FIRST = ("I", "II")
"""Of networks that see equally many leads, those of the first of these are taken; then those of the first name."""

NAMED = "its name was given"

STRIP_CORPORA = frozenset({"cinc2017"})
"""Corpora of strips of hand-held devices: networks that learned from them read such strips, and nothing else."""

_SINGLE_LEAD = "I"
"""What such devices record, between the hands."""

_HAND_HELD_SOURCES = ("AliveCor", "Apple Health", "Samsung", "Withings", "Fitbit", "Health Auto Export", "watch export")
"""How the sources of recordings of watches and hand-held devices begin."""

_SHORTEST_STRIP_SECONDS, _LONGEST_STRIP_SECONDS = 9.0, 300.0
"""The networks of strips learned from none that is shorter; what is longer comes from a recorder that is worn."""

_STRIP = "it learned from strips of a hand-held device, and this is one"
_TAKEN_FOR_STRIP = (
    "the file has a single channel, does not state its lead and is as long as a strip of a hand-held device; "
    "it learned the rhythm from such strips"
)


def is_strip(record: Record) -> bool:
    """Whether a recording is of a watch or hand-held device: by its format, or a single lead without a name."""
    if len(record.leads) > 1 or record.duration > _LONGEST_STRIP_SECONDS or record.source in AMBULATORY_SOURCES:
        return False
    return record.source.startswith(_HAND_HELD_SOURCES) or record.leads[0] not in STANDARD_LEADS


def is_nameless_strip(record: Record) -> bool:
    """Whether a recording may be taken for a strip of a hand-held device because its file does not state its lead."""
    return is_strip(record) and names_no_place(record.leads[0]) and record.duration >= _SHORTEST_STRIP_SECONDS


def assumed_lead(record: Record, view: str, corpus: str) -> str | None:
    """Return the lead that a strip is read as whose file does not state it: that of a network of strips, else none.

    Args:
        record: The recording.
        view: Of the network.
        corpus: That it learned from.
    """
    leads = view_leads(view)
    return leads[0] if corpus in STRIP_CORPORA and len(leads) == 1 and is_nameless_strip(record) else None


class NetworkChoice(Part):
    """Why a network reads a recording.

    Attributes:
        reason: In words.
        others: Names of the networks in the box that can read the recording as well, those that see most first.
    """

    reason: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChosenNetworks:
    """The networks that read a recording.

    Attributes:
        names: In the box.
        choice: Why these.
    """

    names: tuple[str, ...]
    choice: NetworkChoice


def choose_networks(
    record: Record, views: Mapping[str, str], lead: str | None = None, strips: Collection[str] = ()
) -> ChosenNetworks:
    """Choose all networks of the view that shows the most of a recording, or of the lead that is named.

    A view shows the more, the more leads it has. A view with a lead that is flat, or of which less than half was
    recorded, is taken only where there is no other.

    Args:
        record: The recording.
        views: Name -> view of the networks in the box.
        lead: As in :meth:`mvkt.diagnosis.diagnoser.Diagnoser.diagnose`.
        strips: Names of the networks that learned from strips of hand-held devices. They read such strips, and the
            others read everything else.

    Raises:
        BundleError: The box is empty.
        LeadError: No network in the box reads what was recorded or named.
    """
    if not views:
        raise BundleError("no networks come with this installation; name a bundle")
    strip = is_strip(record)
    own = {name: view for name, view in views.items() if (name in strips) == strip}
    nameless = lead is None and is_nameless_strip(record)
    wanted = _SINGLE_LEAD if nameless else normalise_lead(lead) if lead else record.leads[0]
    if strip and any(view_leads(view) == (wanted,) for view in own.values()):
        names = tuple(name for name, view in own.items() if view_leads(view) == (wanted,))
        others = tuple(name for name, view in views.items() if name not in own and view_leads(view) == (wanted,))
        reason = _TAKEN_FOR_STRIP if nameless else _STRIP
        return ChosenNetworks(names, NetworkChoice(reason=reason, others=others))
    views = {name: view for name, view in views.items() if name not in strips}
    if lead is not None:
        return _of_named_lead(record, views, normalise_lead(lead), lead)
    readable = _readable(views, record.leads)
    if not readable:
        raise _unreadable(record, views)
    lacking = set(record.leads) - set(usable_leads(record)) if len(record.leads) > 1 else set()
    sound = [name for name in readable if not lacking & set(view_leads(views[name]))]
    candidates = sound or readable
    leads = view_leads(views[candidates[0]])
    names = tuple(name for name in candidates if view_leads(views[name]) == leads)
    others = tuple(name for name in candidates if name not in names)
    passed_over = readable[: readable.index(names[0])]
    reason = _reason(leads, others) + _passed_over(passed_over, [lead for lead in record.leads if lead in lacking])
    return ChosenNetworks(names, NetworkChoice(reason=reason, others=others))


def _readable(views: Mapping[str, str], recorded: tuple[str, ...]) -> list[str]:
    """The networks whose leads were recorded or follow from those that were, those that see most first."""
    there, leads_of = follow_from(recorded), {name: view_leads(view) for name, view in views.items()}

    def rank(name: str) -> tuple[int, int, str]:
        leads = leads_of[name]
        return -len(leads), _FIRST.index(leads[0]) if leads[0] in _FIRST else len(_FIRST), name

    return sorted((name for name, leads in leads_of.items() if there.issuperset(leads)), key=rank)


def _of_named_lead(record: Record, views: Mapping[str, str], lead: str, as_named: str) -> ChosenNetworks:
    names = tuple(name for name in views if view_leads(views[name]) == (lead,))
    if not names:
        raise _unreadable(record, views, f" and {as_named} was requested")
    return ChosenNetworks(names, NetworkChoice(reason=f"lead {lead} was named"))


def _reason(leads: tuple[str, ...], others: tuple[str, ...]) -> str:
    what = f"lead {leads[0]}" if len(leads) == 1 else plural(len(leads), "lead")
    if not others:
        return f"the only network in the box for this recording; it reads {what}"
    return f"it sees the most of this recording, {what}; {', '.join(others)} can read it as well"


def _passed_over(names: Sequence[str], lacking: Sequence[str]) -> str:
    """Name the networks that would see more if all leads held a signal."""
    if not names:
        return ""
    which = f"lead{'s' * (len(lacking) > 1)} {', '.join(lacking)}"
    return f". Not {', '.join(names)}: {which} flat, or less than half recorded"


def _unreadable(record: Record, views: Mapping[str, str], named: str = "") -> LeadError:
    there = ", ".join(dict.fromkeys(views.values()))
    return LeadError(
        f"the networks that come with mvkt read {there}; this recording has {', '.join(record.leads)}{named}. If its "
        "lead is one of these under another name, name it (--lead, in Python lead=); to have another lead read all the "
        "same, name the network, too (--bundle, in Python mvkt.load)"
    )
