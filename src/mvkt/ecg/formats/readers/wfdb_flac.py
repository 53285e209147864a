"""WFDB signals that are stored as FLAC: formats 508, 516 and 524, with the library soundfile (extra ``convert``).

All signals of a file have the same number of samples a frame, and their samples are the channels of the FLAC stream.
Signals of another file may have another rate.

Source: WFDB Applications Guide, signal(5), https://physionet.org/physiotools/wag/signal-5.htm.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats.readers.wfdb_header import WfdbSignal
from mvkt.errors import RecordFormatError

FLAC_BITS = {508: 8, 516: 16, 524: 24}
"""Bits of a sample, by storage format."""

_SUBTYPES = {8: "PCM_S8", 16: "PCM_16", 24: "PCM_24"}
_MOST_SAMPLES_A_BYTE = 20
_LARGEST_SAMPLES = 2**28
_SAMPLES_AT_ONCE = 1024


def flac_numbers(path: Path, signals: Sequence[WfdbSignal], frames: int | None) -> tuple[NDArray[Any], int]:
    """Return the stored numbers of a file, ``(frames, samples of all signals in a frame)``, and how many are promised.

    Args:
        path: The file.
        signals: Its signals.
        frames: How many the header promises; None where it does not: those that the file promises itself. All that are
            there are returned.

    Raises:
        RecordFormatError: soundfile is not installed; or the file is damaged, far too short, or stored otherwise than
            the header states.
    """
    width = signals[0].samples_per_frame
    if {signal.samples_per_frame for signal in signals} != {width}:
        raise RecordFormatError("WFDB: signals of one FLAC file have different numbers of samples a frame")
    counts, promised = _decode(path, signals, frames)
    held = len(counts) // width
    rows = counts[: held * width].reshape(held, width, len(signals)).transpose(0, 2, 1).reshape(held, -1)
    return rows, promised // width


def _decode(path: Path, signals: Sequence[WfdbSignal], frames: int | None) -> tuple[NDArray[Any], int]:
    """Return the stored numbers ``(samples, signals)`` of a file, and how many samples are promised."""
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
            if max(promised, stream.frames) > largest:
                raise RecordFormatError(f"truncated file: {path.name} is far too short for {promised:,} samples")
            counts = _as_far_as_it_goes(stream, "int16" if bits == 16 else "int32")
    except (RuntimeError, OSError) as error:  # the library's own error is a RuntimeError
        raise RecordFormatError(f"damaged file: {path.name} cannot be decoded as FLAC") from error
    if not len(counts):
        raise RecordFormatError(
            f"truncated file: {path.name} has {len(counts):,} samples a signal; its header promises {promised:,}"
        )
    return counts if bits == 16 else counts >> (32 - bits), promised  # soundfile moves them to the upper bits


def _as_far_as_it_goes(stream: Any, kind: str) -> NDArray[Any]:
    """Return the samples of a stream up to its end, or to where the file ends within it."""
    import soundfile

    parts = [np.empty((0, stream.channels), dtype=kind)]
    try:
        while len(part := stream.read(_SAMPLES_AT_ONCE, dtype=kind, always_2d=True)):
            parts.append(part)
    except soundfile.LibsndfileError:
        pass  # what was decoded has sums of its own
    return np.concatenate(parts)
