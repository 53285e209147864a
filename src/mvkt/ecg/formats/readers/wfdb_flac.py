"""WFDB signals that are stored as FLAC: formats 508, 516 and 524, with the library soundfile (extra ``convert``).

All signals of a file have the same number of samples a frame, and their samples are the channels of the FLAC stream.
Signals of another file may have another rate. Files without a voltage are not decoded.

Source: WFDB Applications Guide, signal(5), https://physionet.org/physiotools/wag/signal-5.htm.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats.assemble import Channel
from mvkt.ecg.formats.readers.wfdb_header import WfdbHeader, WfdbSignal
from mvkt.ecg.formats.units import millivolts_per
from mvkt.errors import RecordFormatError

FLAC_BITS = {508: 8, 516: 16, 524: 24}
"""Bits of a sample, by storage format."""

_SUBTYPES = {8: "PCM_S8", 16: "PCM_16", 24: "PCM_24"}
_MOST_SAMPLES_A_BYTE = 20
_LARGEST_SAMPLES = 2**28


def flac_channels(header: Path, parsed: WfdbHeader) -> tuple[list[Channel], tuple[str, ...]]:
    """Return the voltages of a record whose signals are stored as FLAC, and a note on what was left out.

    Args:
        header: The path of the header, beside which the signals lie.
        parsed: What is in it.

    Raises:
        RecordFormatError: soundfile is not installed; a file is absent, damaged, truncated, or stored otherwise than
            the header states; or the record mixes FLAC with other formats.
    """
    other = sorted({signal.storage_format for signal in parsed.signals} - set(FLAC_BITS))
    if other:
        raise RecordFormatError(f"WFDB: FLAC beside storage format {', '.join(map(str, other))} is not read")
    files = list(dict.fromkeys(signal.file for signal in parsed.signals))
    channels: list[Channel] = []
    left_out: list[WfdbSignal] = []
    for file in files:
        signals = [signal for signal in parsed.signals if signal.file == file]
        if any(millivolts_per(signal.units) is not None for signal in signals):
            channels += _channels_of(header, parsed, signals)
        else:
            left_out += signals
    if not channels:
        raise RecordFormatError(f"WFDB: no signal of the record is a voltage: {_listed(parsed.signals)}")
    return channels, (f"left out what is no voltage: {_listed(left_out)}",) if left_out else ()


def _channels_of(header: Path, parsed: WfdbHeader, signals: list[WfdbSignal]) -> list[Channel]:
    """Decode the signals of one file."""
    width = signals[0].samples_per_frame
    if {(signal.samples_per_frame, signal.storage_format) for signal in signals} != {
        (width, signals[0].storage_format)
    }:
        raise RecordFormatError("WFDB: signals of one FLAC file have different rates or formats")
    counts = _decode(header.with_name(signals[0].file), signals, parsed.samples)
    bits = FLAC_BITS[signals[0].storage_format]
    channels = []
    for column, signal in enumerate(signals):
        stored = counts[:, column]
        if signal.checksum and (signal.checksum - int(stored.sum(dtype=np.int64))) & 0xFFFF:
            raise RecordFormatError(
                f"header disagrees with its data: the checksum of {signal.lead or 'a signal'} in {header.name} is not "
                "that of the samples; fetch the record again"
            )
        values = (stored - signal.baseline) / signal.gain
        values[stored == -(2 ** (bits - 1))] = np.nan
        values = values[signal.skew * width :]
        channels.append(Channel(signal.lead, values, signal.units, parsed.sampling_frequency * width))
    return channels


def _decode(path: Path, signals: list[WfdbSignal], frames: int | None) -> NDArray[Any]:
    """Return the stored numbers ``(samples, signals)`` of a file."""
    try:
        import soundfile
    except ImportError:
        raise RecordFormatError(
            f"WFDB: storage format {signals[0].storage_format} (FLAC) needs soundfile: pip install 'mvkt[convert]'"
        ) from None
    bits = FLAC_BITS[signals[0].storage_format]
    try:
        with soundfile.SoundFile(path) as stream:
            if (stream.format, stream.subtype, stream.channels) != ("FLAC", _SUBTYPES[bits], len(signals)):
                raise RecordFormatError(
                    f"header disagrees with its data: {path.name} is no FLAC stream of {len(signals)} signals of "
                    f"{bits} bits"
                )
            largest = min(_MOST_SAMPLES_A_BYTE * path.stat().st_size, _LARGEST_SAMPLES) // len(signals)
            promised = stream.frames if frames is None else frames * signals[0].samples_per_frame
            if promised > largest:
                raise RecordFormatError(f"truncated file: {path.name} is far too short for {promised:,} samples")
            counts: NDArray[Any] = stream.read(promised, dtype="int16" if bits == 16 else "int32", always_2d=True)
    except (RuntimeError, OSError) as error:  # the library's own error is a RuntimeError
        raise RecordFormatError(f"damaged file: {path.name} cannot be decoded as FLAC") from error
    if len(counts) < promised:
        raise RecordFormatError(
            f"truncated file: {path.name} has {len(counts):,} samples a signal; its header promises {promised:,}"
        )
    return counts if bits == 16 else counts >> (32 - bits)  # soundfile moves them to the upper bits


def _listed(signals: Iterable[WfdbSignal]) -> str:
    named = [f"{signal.lead[:40] or 'unnamed'} ({signal.units[:20]})" for signal in signals]
    return ", ".join(named[:12]) + (f" and {len(named) - 12} more" if len(named) > 12 else "")
