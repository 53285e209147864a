"""Leads as ECGDataKit returns them become channels: names, exact frequencies, missing samples, late beginnings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats.assemble import Channel
from mvkt.ecg.formats.stored_numbers import placeholders, stand_in
from mvkt.ecg.leads import STANDARD_LEADS, normalise_lead
from mvkt.errors import RecordFormatError

if TYPE_CHECKING:
    from ecgdatakit.models import ECGRecord, Lead

_LOWEST = -32768
_STATE_STEPS = frozenset(
    {"ge_muse_xml", "dicom_waveform", "scp_ecg", "mfer", "ishne_holter", "sierra_xml", "mortara_el250"}
)
"""Formats that state what a step of the stored numbers is; the library takes 1 for it where a file does not."""

_STATUS = ("TEST DATA", "DISCONNECTED", "QUESTIONABLE", "INVALID", "UNCALIBRATED", "UNZEROED")
"""Of a channel in DICOM, PS3.3 C.10.9.1.4.4."""

_MOST_BITS = 16
_MOST_LATE = 20
"""Times the length of a lead; beyond that its beginning is damaged, and the room for it would be too."""


def channel_of(parsed: ECGRecord, index: int) -> Channel:
    """Return a lead of the library as a channel, with NaN where nothing was recorded.

    Raises:
        RecordFormatError: It begins later than it can.
    """
    lead = parsed.leads[index]
    samples = np.asarray(lead.samples, dtype=np.float64)
    if parsed.source_format == "ishne_holter":  # the code of a lead fault
        samples = np.where(samples == _LOWEST, np.nan, samples)
    samples = without_codes(samples, is_raw=lead.is_raw)
    step, zero = _scale(lead)
    samples, notes = _with_sign(parsed, samples, zero / step if lead.is_raw and step else 0.0)
    notes += _marks(parsed, lead)
    with np.errstate(over="ignore", invalid="ignore"):
        signal = (samples * step + zero if lead.is_raw else samples).astype(np.float32)
    is_step = lead.adc_resolution > 0 or (lead.adc_resolution and parsed.source_format == "dicom_waveform")
    stated = lead.resolution and (is_step or parsed.source_format not in _STATE_STEPS)
    unit = (lead.resolution_unit or lead.adc_resolution_unit) if lead.is_raw else lead.units
    channel = Channel(
        name=_name(parsed, lead),
        fault="" if stated else without_step(lead.label),
        signal=signal,
        unit=unit,
        sampling_frequency=_sampling_frequency(parsed, index),
        note="; ".join(notes),
    )
    # SCP-ECG records leads one after another, too.
    longest = max(len(other.samples) for other in parsed.leads)
    return late(channel, int(lead.annotations.get("start_sample", 1)) - 1 + _skew(lead), longest)


def _with_sign(parsed: ECGRecord, samples: NDArray[np.float64], zero: float) -> tuple[NDArray[np.float64], list[str]]:
    """Return samples of fewer bits than DICOM has room for with their sign, where the bits above them are 0."""
    about = parsed.recording.acquisition.signal
    bits = about.bits_per_sample or 0
    if parsed.source_format != "dicom_waveform" or not about.signal_signed or not 1 < bits < _MOST_BITS:
        return samples, []
    there, beyond = samples[np.isfinite(samples)], 2.0 ** (bits - 1)
    if not len(there) or there.min() < 0 or not beyond <= there.max() < 2 * beyond:
        return samples, []
    signed = np.where(samples >= beyond, samples - 2 * beyond, samples)
    rougher = np.nansum(np.abs(np.diff(signed))) > np.nansum(np.abs(np.diff(samples)))
    if rougher or np.nanmax(np.abs(signed + zero)) >= np.nanmax(np.abs(samples + zero)):
        return samples, []
    return signed, [f"samples of {bits} bits are stored without their sign, which is the highest of these bits"]


def _marks(parsed: ECGRecord, lead: Lead) -> list[str]:
    """Return a note on a lead that the file itself marks as not to be trusted."""
    status = lead.annotations.get("channel_status", "").upper()
    mark = next((mark for mark in _STATUS if mark in status), "")
    if parsed.source_format == "ge_muse_xml" and "LeadOff" in lead.annotations:
        mark = "LEAD OFF"
    offset = lead.annotations.get("LeadTimeOffset", "")
    notes = [f"the file marks lead {lead.label} as {mark}"] * bool(mark)
    if offset and any(other.annotations.get("LeadTimeOffset", "") != offset for other in parsed.leads):
        notes.append(
            f"the file states that lead {lead.label} begins later or earlier (LeadTimeOffset {offset[:12]}), in a unit "
            "that is not known: it is read as if all began together"
        )
    return notes


def _skew(lead: Lead) -> int:
    """Return how many samples later than the others a channel of DICOM was sampled."""
    skew = float(lead.annotations.get("sample_skew_ms", 0))  # in samples, whatever the library calls it
    return round(skew) if 0 < skew < np.inf else 0


def _scale(lead: Lead) -> tuple[float, float]:
    """Return what a step means and the zero; the library keeps them apart in DICOM whose unit it does not know."""
    if lead.resolution_unit or not lead.adc_resolution:
        return lead.resolution, lead.offset
    correction, zero = (
        float(lead.annotations.get(name, default))
        for name, default in (("sensitivity_correction_factor", 1), ("channel_baseline", 0))
    )
    return lead.adc_resolution * correction, zero


def late(channel: Channel, samples: int, longest: int = 0) -> Channel:
    """Put missing samples before a channel that begins later than others.

    Args:
        channel: The channel.
        samples: How many.
        longest: Samples of the longest channel beside it.

    Raises:
        RecordFormatError: It begins later than it can.
    """
    if not samples or not len(channel.signal):  # of a faulty channel
        return channel
    if samples > _MOST_LATE * max(longest, len(channel.signal)):
        raise RecordFormatError(
            f"lead {channel.name} has {len(channel.signal):,} samples and begins {samples:,} samples late"
        )
    return replace(channel, signal=np.concatenate([np.full(samples, np.nan, dtype=np.float32), channel.signal]))


def without_step(name: str) -> str:
    """Return the fault of a lead whose numbers have no stated amplitude."""
    return f"the file states no amplitude of a step of lead {name}, and it is not guessed"


def without_codes(samples: NDArray[np.float64], *, is_raw: bool = True) -> NDArray[np.float64]:
    """Return stored numbers with NaN for those that stand for missing samples."""
    if placeholders(samples, _LOWEST, _LOWEST):
        samples = np.where(samples == _LOWEST, np.nan, samples)
    code = stand_in(samples) if is_raw and len(samples) else None
    return samples if code is None else np.where(samples == code, np.nan, samples)


def once(groups: Sequence[Sequence[Channel]]) -> tuple[list[list[Channel]], list[str]]:
    """Return groups of channels with each lead in the longest that has it, and a note on what is left out.

    A group most of whose leads are in a longer one is an average beat or a copy: nothing of it is kept.
    """
    kept: list[list[Channel]] = [[] for _ in groups]
    taken: set[str] = set()
    lengths = [max((len(channel.signal) for channel in group), default=0) for group in groups]
    for place in sorted(range(len(groups)), key=lambda place: -lengths[place]):
        new = [channel for channel in groups[place] if channel.name not in taken]
        if 2 * len(new) >= len(groups[place]):
            kept[place] = new
            taken |= {channel.name for channel in new}
    left_out = sum(map(len, groups)) - sum(map(len, kept))
    return kept, [f"left out {left_out} channels of leads that another group has"] * bool(left_out)


def _name(parsed: ECGRecord, lead: Lead) -> str:
    """Undo what the library does to names: equal ones are numbered, unknown ones of ISHNE called "Lead 1".

    In DICOM it takes any code of the source before the label of the channel, which may be the lead.
    """
    label = lead.annotations.get("channel_label", "")
    if normalise_lead(lead.label) not in STANDARD_LEADS and normalise_lead(label) in STANDARD_LEADS:
        return label
    repeated = re.fullmatch(r"(.+)_\d+", lead.label)
    if repeated and any(other.label == repeated.group(1) for other in parsed.leads):
        return repeated.group(1)
    if parsed.source_format == "ishne_holter":
        return re.sub(r"^Lead (?=\d)", "Channel ", lead.label)
    return lead.label


def _sampling_frequency(parsed: ECGRecord, index: int) -> float:
    """Return the exact frequency; the library's is a whole number."""
    lead = parsed.leads[index]
    exact = _exact_frequencies(parsed.raw_metadata, lead, index)
    return next((float(f) for f in exact if f and abs(float(f) - lead.sampling_rate) <= 0.5), lead.sampling_rate)


def _exact_frequencies(meta: dict[str, Any], lead: Lead, index: int) -> list[Any]:
    """The places where the library keeps exact frequencies, by format: MFER, SCP-ECG, DICOM."""
    mfer = meta.get("sampling_rates") or []
    groups = meta.get("multiplex_groups") or []
    return [
        mfer[index] if index < len(mfer) else None,
        _of_interval(meta.get("rhythm_sample_interval_us")),
        *(group["sampling_frequency"] for group in groups if group["samples"] == len(lead.samples)),
    ]


def _of_interval(microseconds: int | None) -> float | None:
    """Return the whole frequency whose rounded interval is stated; that of the interval itself where there is none."""
    if not microseconds:
        return None
    exact = 1e6 / microseconds
    return float(round(exact)) if round(1e6 / max(1, round(exact))) == microseconds else exact
