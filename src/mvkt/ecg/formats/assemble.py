"""Channels of a file become the signal of a :class:`Record`: units, frequencies, lengths, names are settled.

``Record.notes`` state what is left out or changed. Nothing is guessed: a lead without a known unit is an error. A fault
in a channel counts only where the channel is needed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats.calibration_pulse import without_calibration
from mvkt.ecg.formats.dates import is_placeholder
from mvkt.ecg.formats.person_facts import possible_age
from mvkt.ecg.formats.stored_numbers import LARGEST_MILLIVOLTS, stand_in
from mvkt.ecg.formats.units import is_other_unit, millivolts_per
from mvkt.ecg.formats.user_facts import NOTHING, UserFacts
from mvkt.ecg.leads import STANDARD_LEADS, is_other_name, normalise_lead, view_leads
from mvkt.ecg.measurements import MachineMeasurements
from mvkt.ecg.record import Record, Sex
from mvkt.errors import RecordFormatError

_SHORTEST_SHARE = 0.1
"""A lead with less than this share of the samples of the longest one is left out."""

_MOST_STAND_INS = 8
"""Different numbers for missing samples in a lead; more of them are damage."""

_LONGEST_NAME = 64
_ECG_NAME = re.compile(
    r"(.*(\b|_))?(ecg|ekg|exg).*"  # ECG, Shimmer_ECG_Vx, EKG1-EKG2, EXG Channel 0
    r"|(lead|ch|channel|kanal|code)[\s_.-]*\d+"  # unnamed channels of ECG devices
    r"|-?av[rlf]|v[1-9]r?|v|c[rlfcmsb]\d?|mc?l\w+|m?v[1-9]"  # unipolar, CR1 to CR6, CM5, MCL1, mV5
    r"|[xyz]|v[xyz]|es|as|ai|nst|d|a|j",  # Frank, EASI, Nehb
    re.IGNORECASE,
)
_NUMBERED = re.compile(r" \(\d+\)$")


@dataclass(frozen=True, eq=False)
class Channel:
    """One channel of a file.

    Attributes:
        name: As the file has it.
        signal: ``(samples,)`` in ``unit``; NaN where nothing was recorded.
        unit: As the file has it; empty if the file states none.
        sampling_frequency: In Hz.
        fault: What is wrong with it, for the user; an error where the channel is needed.
        note: What was left out of it, for the user.
    """

    name: str
    signal: NDArray[np.floating[Any]]
    unit: str
    sampling_frequency: float
    fault: str = ""
    note: str = ""


def assemble(
    channels: Sequence[Channel],
    *,
    source: str,
    notes: Sequence[str] = (),
    start_time: datetime | None = None,
    age: float | None = None,
    sex: Sex | None = None,
    measured: MachineMeasurements | None = None,
    given: UserFacts = NOTHING,
) -> Record:
    """Make a record of the ECG among the channels of a file.

    Of channels with different sampling frequencies the most common frequency is taken. Leads that end earlier
    than the longest are filled up with NaN. Of two leads with one name the second is called ``"II (2)"``.

    Raises:
        RecordFormatError: No channel is an ECG, a lead is faulty or has no known unit, there are no samples,
            amplitudes are impossible, or there are not as many leads as the user names.
    """
    channels = [replace(channel, name=channel.name[:_LONGEST_NAME]) for channel in channels]
    kept, left_out = _ecg_channels([channel for channel in channels if len(channel.signal) or channel.fault], given)
    found = [*notes, *left_out, *dict.fromkeys(channel.note for channel in kept if channel.note)]
    kept, left_out = _of_common_frequency(kept, given)
    found += left_out
    kept, changed = _of_common_length(kept)
    found += changed
    kept, changed = _without_stand_ins(kept)
    found += changed
    empty = [channel for channel in channels if not len(channel.signal) and not channel.fault]
    found += [f"left out leads without samples: {_names(empty)}"] * bool(empty)
    frequency = given.frequency_of(kept[0].sampling_frequency)
    signal, cut_off = without_calibration(_stack(kept), frequency)
    leads = _different_names([_lead_name(channel.name) for channel in kept])
    _check_wanted(channels, leads, given, found)
    return Record(
        signal=signal,
        leads=given.leads_of(leads),
        sampling_frequency=frequency,
        start_time=None if start_time is None or is_placeholder(start_time) else start_time,
        age=possible_age(age),
        sex=sex,
        source=source,
        notes=(*found, *cut_off),
        machine_measurements=measured,
    )


def _ecg_channels(channels: list[Channel], given: UserFacts) -> tuple[list[Channel], list[str]]:
    """Keep what is named like an ECG; where nothing is, every voltage that is not named as something else."""
    if not channels:
        raise RecordFormatError("the file holds no samples")
    kept = [channel for channel in channels if is_ecg_name(channel.name)]
    if not kept:
        others = [channel for channel in channels if not is_other_name(channel.name)]
        voltages = [channel for channel in others if millivolts_per(channel.unit) is not None]
        kept = voltages or [channel for channel in others if not channel.unit]
    if not kept:
        raise RecordFormatError(f"no ECG lead among the channels of the file: {_names(channels)}")
    sound, faults = _sound_channels(kept, given)
    dropped = [channel for channel in channels if channel not in kept]
    left_out = [f"left out what is no ECG: {_names(dropped)}"] if dropped else []
    return sound, left_out + faults


def _sound_channels(channels: list[Channel], given: UserFacts) -> tuple[list[Channel], list[str]]:
    """Return the channels with a known unit and without a fault, and notes on the others, if these are not needed."""
    wanted = _wanted(channels, given) or set(STANDARD_LEADS)
    sound = [channel for channel in channels if not channel.fault and (given.unit or millivolts_per(channel.unit))]
    faulty = [channel for channel in channels if channel not in sound]
    needed = [channel for channel in faulty if not is_other_unit(channel.unit) or channel.fault]
    there = {normalise_lead(channel.name) for channel in sound}  # "I [mV]" beside "I raw"
    if sound and not any(normalise_lead(channel.name) in wanted - there for channel in needed):
        sound = [replace(channel, unit=given.unit_of(channel.unit)) for channel in sound]
        return sound, [f"left out {channel.name or 'unnamed'}: {_what_is_wrong(channel)}" for channel in faulty[:12]]
    broken = next((channel for channel in faulty if channel.fault), None)
    if broken is not None:
        raise RecordFormatError(broken.fault)
    if all(not channel.unit for channel in channels):
        given.unit_of("")
    units = ", ".join(f"{channel.name}: {channel.unit or 'none'}" for channel in faulty[:12])
    raise RecordFormatError(
        f"the amplitude of {len(faulty)} leads has no known unit ({units}); expected nV, µV, mV or V. It is not "
        "guessed: give it with unit= (--unit) if you know it"
    )


def _what_is_wrong(channel: Channel) -> str:
    return channel.fault or f"its unit is {channel.unit or 'not stated'}"


def is_ecg_name(name: str) -> bool:
    """Whether a channel is called as leads of an ECG are; ``II (2)`` is the second of that name."""
    name, _ = without_number(name)
    if normalise_lead(name) in STANDARD_LEADS:
        return True
    return _ECG_NAME.fullmatch(name.strip()) is not None and not is_other_name(name)


def as_ecg_name(name: str) -> str:
    """Return a name that a channel of an ECG is found by again: as it is, or after ``ECG``."""
    return name if is_ecg_name(name) else f"ECG {name}"


def without_number(name: str) -> tuple[str, str]:
    """Return a name and the number that sets leads of one name apart: ``II`` and `` (2)``."""
    numbered = _NUMBERED.search(name)
    return (name[: numbered.start()], numbered[0]) if numbered else (name, "")


def _wanted(channels: list[Channel], given: UserFacts) -> set[str]:
    """Return the leads that the user names, if the file names them, too."""
    leads = set(view_leads(given.lead)) if given.lead else set()
    return leads if leads <= {normalise_lead(channel.name) for channel in channels} else set()


def _check_wanted(channels: list[Channel], leads: Sequence[str], given: UserFacts, notes: Sequence[str]) -> None:
    """Refuse to call another lead by the name of one that is in the file and was left out."""
    lost = _wanted(channels, given) - set(leads)
    if lost:
        raise RecordFormatError(f"lead {', '.join(sorted(lost))} of the file cannot be used: {'; '.join(notes)}")


def _of_common_frequency(channels: list[Channel], given: UserFacts) -> tuple[list[Channel], list[str]]:
    """Return the channels of the most common frequency, or of that of the leads that the user names."""
    wanted = _wanted(channels, given)
    named = [channel for channel in channels if normalise_lead(channel.name) in wanted]
    counts = Counter(channel.sampling_frequency for channel in named or channels)
    common = max(counts, key=lambda frequency: (counts[frequency], frequency))
    dropped = [channel for channel in channels if channel.sampling_frequency != common]
    kept = [channel for channel in channels if channel.sampling_frequency == common]
    return kept, [f"left out leads sampled at another frequency than {common:g} Hz: {_names(dropped)}"] * bool(dropped)


def _of_common_length(channels: list[Channel]) -> tuple[list[Channel], list[str]]:
    longest = max(len(channel.signal) for channel in channels)
    kept = [channel for channel in channels if len(channel.signal) >= _SHORTEST_SHARE * longest]
    dropped = [channel for channel in channels if len(channel.signal) < _SHORTEST_SHARE * longest]
    shorter = [channel for channel in kept if len(channel.signal) < longest]
    notes = [f"left out leads of less than a tenth of the recording: {_names(dropped)}"] * bool(dropped)
    notes += [f"these leads end early and are marked as missing from there on: {_names(shorter)}"] * bool(shorter)
    return kept, notes


def _without_stand_ins(channels: list[Channel]) -> tuple[list[Channel], list[str]]:
    """Mark what exports write for missing samples (-999, 9999, 32767, or what these became by a scale) as missing."""
    kept, notes = [], []
    for channel in channels:
        millivolts = millivolts_per(channel.unit) or 0.0
        for _ in range(_MOST_STAND_INS if len(channel.signal) else 0):
            code = stand_in(channel.signal, millivolts)
            if code is None:
                break
            signal = np.where(channel.signal == code, np.nan, channel.signal)
            notes.append(f"samples of {code:g} in lead {channel.name} are taken for missing ones")
            channel = replace(channel, signal=signal)
        kept.append(channel)
    return kept, notes


def _stack(channels: list[Channel]) -> NDArray[np.float32]:
    """Return ``(samples, leads)`` in mV, NaN for what is not finite or too large for any voltage."""
    signal = np.full((max(len(channel.signal) for channel in channels), len(channels)), np.nan, dtype=np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        for column, channel in enumerate(channels):
            factor = millivolts_per(channel.unit)
            signal[: len(channel.signal), column] = channel.signal * (factor or 1.0)
        signal[~np.isfinite(signal)] = np.nan
    check_amplitudes(signal)
    return signal


def check_amplitudes(signal: NDArray[np.floating[Any]]) -> None:
    """Refuse amplitudes that no electrode sees.

    Args:
        signal: ``(samples, leads)`` in mV, NaN where missing.

    Raises:
        RecordFormatError: Nothing was recorded, or samples reach a volt.
    """
    largest = largest_amplitude(signal)
    if largest >= LARGEST_MILLIVOLTS:
        raise RecordFormatError(
            f"samples reach {largest:,.0f} mV, which no ECG does: the unit or the scale in the file is wrong, "
            "or the file is damaged"
        )


def largest_amplitude(signal: NDArray[np.floating[Any]]) -> float:
    """Return the largest amplitude, without its sign.

    Raises:
        RecordFormatError: Nothing was recorded.
    """
    highest, lowest = np.fmax.reduce(signal, axis=None), np.fmin.reduce(signal, axis=None)
    if np.isnan(highest):
        raise RecordFormatError("all samples of the file are marked as missing")
    return max(float(highest), -float(lowest))


def _different_names(names: list[str]) -> tuple[str, ...]:
    """Number what is there more than once: ``II``, ``II (2)``."""
    taken: list[str] = []
    for name in names:
        candidate, number = name or "unnamed", 1
        while candidate in taken or (number > 1 and candidate in names):
            number += 1
            candidate = f"{name or 'unnamed'} ({number})"
        taken.append(candidate)
    return tuple(taken)


def _lead_name(name: str) -> str:
    """Return the standard name of a lead; ``ECG II (2)`` is II (2)."""
    plain, count = without_number(name)
    return normalise_lead(plain) + count


def _names(channels: list[Channel]) -> str:
    listed = ", ".join(f"{channel.name or 'unnamed'} ({channel.unit or 'no unit'})" for channel in channels[:12])
    return listed + (f" and {len(channels) - 12} more" if len(channels) > 12 else "")
