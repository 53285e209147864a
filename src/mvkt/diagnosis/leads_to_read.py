"""Which leads of a recording are read, and what that means."""

from __future__ import annotations

from dataclasses import dataclass

from mvkt.ecg.leads import STANDARD_LEADS, normalise_lead, view_leads
from mvkt.ecg.record import Record
from mvkt.ecg.signal import SignalSpec
from mvkt.errors import LeadError


@dataclass(frozen=True)
class Reading:
    """A choice of leads.

    Attributes:
        record: The recording, renamed where the user named its lead.
        view: What is taken from it.
        within_training_view: Whether the student was trained on this view.
        notes: Words for the user on the choice.
    """

    record: Record
    view: str
    within_training_view: bool
    notes: tuple[str, ...]


def choose_leads(record: Record, view: str, lead: str | None, assumed: str | None = None) -> Reading:
    """Decide what a student of ``view`` reads from a recording.

    Without ``lead`` it is the student's own view, and a recording that does not have it is refused: another
    lead is read only when the user requests it, because the figures of the student do not hold there.

    Args:
        record: The recording.
        view: Of the student.
        lead: That the user names.
        assumed: Lead that the only channel of the recording is taken for where neither its file nor the user names it.

    Raises:
        LeadError: The recording does not have what is requested.
    """
    if lead is None and assumed and _is_unnamed(record):
        note = (
            f"the recording does not state which lead it is; lead {assumed} is assumed, as hand-held devices record it"
        )
        return Reading(record.relabel(assumed), view, True, (note,))
    if lead is None:
        return _own_view(record, view)
    wanted, trained = normalise_lead(lead), view_leads(view)
    if len(trained) > 1:
        raise LeadError(f"this student reads {view}; a lead can be chosen only for a student that reads one lead")
    if _is_unnamed(record) and wanted in STANDARD_LEADS:
        note = f"the recording does not state which lead it is; read as lead {wanted}, as given"
        record = record.relabel(wanted)
    elif wanted == trained[0]:
        return _own_view(record, view)
    else:
        record.select(wanted)
        note = f"read from lead {wanted}, as given"
    within = wanted == trained[0]
    warning = () if within else (f"the student was trained on lead {trained[0]}: its figures do not hold for {wanted}",)
    return Reading(record, wanted, within, (note, *warning))


def describe_processing(record: Record, spec: SignalSpec, windows: int) -> tuple[str, ...]:
    """Describe in words what becomes of a recording before it is judged."""
    steps = []
    if record.sampling_frequency != spec.sampling_frequency:
        steps.append(f"resampled from {record.sampling_frequency:g} to {spec.sampling_frequency:g} Hz")
    if spec.band is not None:
        steps.append(f"filtered to {spec.band[0]:g} to {spec.band[1]:g} Hz")
    if windows > 1:
        steps.append(f"cut into {windows:,} windows of {spec.window_seconds:g} s")
    elif record.duration < spec.window_seconds:
        steps.append(f"padded from {record.duration:.3g} to {spec.window_seconds:g} s")
    scale = {
        "record": "each window brought to mean 0 and standard deviation 1",
        "global": f"scaled by mean {spec.mean:g} mV and standard deviation {spec.std:g} mV",
        "none": "left in mV",
    }
    return (*steps, scale[spec.standardise])


def _own_view(record: Record, view: str) -> Reading:
    leads = view_leads(view)
    derived = [lead for lead in leads if lead not in record.leads]
    if derived:
        try:
            record.select(view)
        except LeadError as error:
            raise LeadError(f"{error}{_advice(record, leads)}") from error
    notes = (f"lead {', '.join(derived)} computed from the recorded limb leads",) if derived else ()
    return Reading(record, view, True, notes)


def _is_unnamed(record: Record) -> bool:
    return len(record.leads) == 1 and record.leads[0] not in STANDARD_LEADS


def _advice(record: Record, leads: tuple[str, ...]) -> str:
    if len(leads) > 1:
        return ""
    if _is_unnamed(record):
        return f". If this is lead {leads[0]}, give it: --lead {leads[0]} (lead={leads[0]!r} in Python)"
    other = record.leads[0]
    return f". To have another lead read all the same, name it: --lead {other} (lead={other!r} in Python)"
