"""FHIR's ``SampledData``: from its string of numbers to channels with a lead, a unit and a sampling frequency."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats.assemble import Channel
from mvkt.ecg.formats.lead_codes import lead_of_code
from mvkt.ecg.formats.readers.json_file import field
from mvkt.ecg.formats.sample_times import Timing, spread, timing_of
from mvkt.ecg.formats.text import MISSING_CODE, is_number, number
from mvkt.ecg.formats.units import millivolts_per
from mvkt.ecg.formats.user_facts import SAME_FREQUENCY, UserFacts
from mvkt.errors import RecordFormatError

_ECG_TEXT = re.compile(r"MDC_ECG|\bE[CK]G\b|electrocardiogra", re.IGNORECASE)
_ECG_CODES = ("131328", "11524-6", "34534-8")
_SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ns": 1e-9}
_NO_NUMBER = ("E", "U", "L")
_MOST_DIMENSIONS = 64


@dataclass(frozen=True)
class Piece:
    """One ``SampledData``.

    Attributes:
        code: The ``CodeableConcept`` of what was sampled.
        data: The ``SampledData`` itself.
    """

    code: Any
    data: Mapping[str, Any]


def is_ecg(code: Any) -> bool:
    """Whether a ``CodeableConcept`` is that of an ECG or of one of its leads."""
    return any(value in _ECG_CODES or lead_of_code(value) or _ECG_TEXT.search(value) for value in _texts(code))


def channels(pieces: Sequence[Piece], stated: float | None, given: UserFacts) -> tuple[list[Channel], list[str]]:
    """Return the channels of an observation, and what was changed on the way.

    Pieces of one lead follow one another, as Apple's watches are exported: ten seconds a piece.

    Args:
        pieces: In the order of the file.
        stated: The sampling frequency that the observation states elsewhere, in Hz.
        given: What the user states.

    Returns:
        A piece that is damaged, states no frequency, or contradicts what is stated elsewhere has that as its fault.
    """
    notes: dict[str, None] = {}
    joined: dict[str, Channel] = {}
    for piece in pieces:
        for channel in _channels_of(piece, stated, given, notes):
            before = joined.get(channel.name)
            if before is None:
                joined[channel.name] = channel
            elif before.fault or channel.fault:
                joined[channel.name] = replace(before, fault=before.fault or channel.fault)
            elif (before.unit, before.sampling_frequency) == (channel.unit, channel.sampling_frequency):
                signal = np.concatenate([before.signal, channel.signal])
                joined[channel.name] = replace(before, signal=signal)
                notes["pieces of one lead are joined, in the order of the file"] = None
            else:
                fault = f"FHIR: pieces of lead {channel.name[:40]} have different units or sampling frequencies"
                joined[channel.name] = replace(before, fault=fault)
    return list(joined.values()), list(notes)


def _channels_of(piece: Piece, stated: float | None, given: UserFacts, notes: dict[str, None]) -> list[Channel]:
    """Return a channel for each dimension of a piece; where it is damaged, one with that fault."""
    unit = _unit(piece.data)
    try:
        values = _values(piece.data, notes)
        timing = _timing(piece.data, len(values), stated, given, notes)
        frequency = timing.frequency
        notes |= dict.fromkeys(timing.notes)
    except RecordFormatError as error:
        return [Channel(_name(piece.code), np.empty(0), unit, 0.0, str(error))]
    if values.shape[1] == 1:
        return [Channel(_name(piece.code), spread(values[:, 0], timing.positions), unit, frequency)]
    return [
        Channel(f"Channel {place + 1}", spread(column, timing.positions), unit, frequency)
        for place, column in enumerate(values.T)
    ]


def _texts(code: Any) -> list[str]:
    codings = field(code, "coding")
    listed = codings if isinstance(codings, list) else []
    texts = [field(coding, key) for coding in listed for key in ("code", "display")]
    return [text for text in [*texts, field(code, "text")] if isinstance(text, str)]


def _timing(
    data: Mapping[str, Any], samples: int, stated: float | None, given: UserFacts, notes: dict[str, None]
) -> Timing:
    """Return when samples were taken: by the offsets of R5 where there are any, else one after the other."""
    frequency = _frequency(data, stated, notes)
    scale = _SECONDS.get(str(data.get("intervalUnit", "")))
    offsets = str(data.get("offsets") or "").split()
    if frequency is not None or not offsets or scale is None:
        return Timing(given.frequency_of(frequency))
    if not all(map(is_number, offsets)):
        raise RecordFormatError("FHIR: the offsets of the samples are no numbers separated by spaces")
    if len(offsets) != samples:
        raise RecordFormatError(f"FHIR: {len(offsets):,} offsets for {samples:,} samples")
    return timing_of(np.array(offsets, dtype=np.float64) * scale, given)


def _frequency(data: Mapping[str, Any], stated: float | None, notes: dict[str, None]) -> float | None:
    """Return Hz from the time between two samples; None where neither it nor the observation states any."""
    milliseconds = number(data.get("period"))
    if milliseconds is None:
        unit, interval = str(data.get("intervalUnit", "")), number(data.get("interval"))
        if interval is not None and unit in _SECONDS:
            milliseconds = interval * _SECONDS[unit] * 1000
        elif interval and unit in ("Hz", "/s"):
            milliseconds = 1000 / interval
    if milliseconds is None or milliseconds <= 0:
        return stated
    frequency = float(f"{1000 / milliseconds:.7g}")
    if stated is None or abs(frequency - stated) <= SAME_FREQUENCY * stated:
        return frequency
    if abs(frequency / 1000 - stated) <= SAME_FREQUENCY * stated:
        notes["the time between two samples (period) is in seconds, not in milliseconds as in FHIR"] = None
        return stated
    raise RecordFormatError(f"FHIR: the period means {frequency:g} Hz, and the observation states {stated:g} Hz")


def _unit(data: Mapping[str, Any]) -> str:
    texts = [str(field(data, "origin", key) or "") for key in ("code", "unit")]
    return next((text for text in texts if millivolts_per(text) is not None), texts[1] or texts[0])


def _name(code: Any) -> str:
    """Return the lead of a code, or else what it is called."""
    texts = _texts(code)
    lead = next((lead for text in texts if (lead := lead_of_code(text))), None)
    return lead or ("ECG" if is_ecg(code) else next(iter(texts), "unnamed"))


def _values(data: Mapping[str, Any], notes: dict[str, None]) -> NDArray[np.float64]:
    """Return the samples ``(samples, dimensions)`` in the unit of the origin."""
    dimensions = number(data.get("dimensions", 1))
    if dimensions is None or dimensions not in range(1, _MOST_DIMENSIONS + 1):
        raise RecordFormatError(f"FHIR: the dimensions of the samples are no number from 1 to {_MOST_DIMENSIONS}")
    counts = _counts(data.get("data"), notes)
    width = int(dimensions)
    if len(counts) % width:
        raise RecordFormatError(f"FHIR: {len(counts):,} numbers are no whole samples of {width} dimensions")
    factor, origin = number(data.get("factor", 1)), number(field(data, "origin", "value"))
    if factor is None or factor == 0:
        raise RecordFormatError("FHIR: the factor of the samples is no number other than 0")
    return (origin or 0.0) + factor * counts.reshape(-1, width)


def _counts(data: Any, notes: dict[str, None]) -> NDArray[np.float64]:
    if not isinstance(data, str | None):
        raise RecordFormatError("FHIR: the samples are no numbers separated by spaces")
    words = (data or "").split()
    missing = [word.upper() in _NO_NUMBER for word in words]
    if any(missing):
        notes["samples marked as errors or as beyond the limits (E, U, L) are missing"] = None
        words = ["nan" if gone else word for word, gone in zip(words, missing, strict=True)]
    try:
        counts = np.array(words, dtype=np.float64)
    except ValueError:
        raise RecordFormatError("FHIR: the samples are no numbers separated by spaces") from None
    counts[counts == MISSING_CODE] = np.nan
    return counts
