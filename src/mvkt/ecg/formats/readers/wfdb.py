"""WFDB records: a ``.hea`` header and its signal file (PTB-XL, the PhysioNet challenges, MIT-BIH ...).

Format 16 in one file, which is what corpora of ECGs are made of, is read here; FLAC is decoded by soundfile, every
other storage format and multi-segment records by ECGDataKit. A header that disagrees with its data (size, 16-bit
checksum) is an error, and no header can name a file outside its own folder.

Source: WFDB Applications Guide, header(5) and signal(5), https://physionet.org/physiotools/wag/.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats.assemble import Channel, assemble, check_amplitudes
from mvkt.ecg.formats.library_warnings import hearing
from mvkt.ecg.formats.readers.wfdb_flac import FLAC_BITS, flac_channels
from mvkt.ecg.formats.readers.wfdb_header import WfdbHeader, WfdbSignal, read_header
from mvkt.ecg.formats.user_facts import NOTHING, Told
from mvkt.ecg.leads import STANDARD_LEADS, normalise_lead
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

__all__ = ["read_header", "read_wfdb"]

_INVALID_BITS = {16: 16, 24: 24, 32: 32, 61: 16, 80: 8, 160: 16, 212: 12, 310: 10, 311: 10}
_INVALID_SAMPLE = {storage_format: -(2 ** (bits - 1)) for storage_format, bits in _INVALID_BITS.items()}
_NONE_INVALID = -(2**63)
_SAMPLES_AT_ONCE = 65_536

_Float = TypeVar("_Float", np.float32, np.float64)


def read_wfdb(header: Path, told: Told = NOTHING) -> Record:
    """Read the record of a WFDB header file.

    Signals that are no ECG (respiration, pressure) are left out, with a note.

    Raises:
        RecordFormatError: The header is not one, disagrees with its data, or names a file that is absent; or no
            sample was recorded.
    """
    parsed = read_header(header)
    if any(signal.storage_format in FLAC_BITS for signal in parsed.signals):
        channels, notes = flac_channels(header, parsed)
        return assemble(channels, source="WFDB", notes=notes, start_time=parsed.start_time, age=parsed.age,
                        sex=parsed.sex, told=told)  # fmt: skip
    signals: Sequence[WfdbSignal]
    counts: NDArray[Any]
    if parsed.segments or not _is_plain_format_16(parsed.signals):
        signals, counts = _decode_by_ecgdatakit(header, parsed)
    else:
        signals, counts = parsed.signals, _read_format_16(header, parsed)
    frequency = parsed.sampling_frequency * signals[0].samples_per_frame
    assumed = [signal.lead or "unnamed" for signal in signals if not signal.gain_stated]
    notes = (f"the header states no gain of {', '.join(assumed[:12])}: WFDB's default of 200 a mV is taken",)
    about: dict[str, Any] = {
        "notes": notes if assumed else (),
        "start_time": parsed.start_time,
        "age": parsed.age,
        "sex": parsed.sex,
        "source": "WFDB",
    }
    leads = tuple(normalise_lead(signal.lead) for signal in signals)
    if len(set(leads) & set(STANDARD_LEADS)) == len(signals) and all(signal.units == "mV" for signal in signals):
        signal = _physical(counts, signals, np.float32)
        check_amplitudes(signal)
        signal.setflags(write=False)
        told.unit_of("mV")
        return Record(signal, told.leads_of(leads), told.frequency_of(frequency), **about)
    values = _physical(counts, signals, np.float64)
    channels = [Channel(signal.lead, values[:, index], signal.units, frequency) for index, signal in enumerate(signals)]
    return assemble(channels, **about, told=told)


def _is_plain_format_16(signals: Sequence[WfdbSignal]) -> bool:
    """Say whether all signals lie in one file of interleaved 16-bit numbers, one sample a frame."""
    expected = (signals[0].file, 16, 1, 0)
    return all((s.file, s.storage_format, s.samples_per_frame, s.skew) == expected for s in signals)


def _read_format_16(header: Path, parsed: WfdbHeader) -> NDArray[np.int16]:
    """Return the samples ``(samples, signals)`` of a format-16 file."""
    first = parsed.signals[0]
    try:
        data = (header.parent / first.file).read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        raise RecordFormatError(f"missing file: {first.file}, named by {header.name}, is not there") from None
    frame = 2 * len(parsed.signals)
    held = max(len(data) - first.byte_offset, 0)
    promised = held if parsed.samples is None else parsed.samples * frame
    if held < promised or held == 0:
        raise RecordFormatError(
            f"truncated file: {first.file} has {held:,} bytes of signal; its header promises {promised:,}"
        )
    if held > promised or held % frame:
        raise RecordFormatError(
            f"header disagrees with its data: {first.file} has {held:,} bytes of signal; "
            f"{header.name} promises {promised:,} in frames of {frame}"
        )
    counts = np.frombuffer(data, "<i2", offset=first.byte_offset).reshape(-1, len(parsed.signals))
    _verify_checksums(header, parsed.signals, counts)
    return counts


def _verify_checksums(header: Path, signals: Sequence[WfdbSignal], counts: NDArray[np.int16]) -> None:
    """Compare the 16-bit sums of the samples with the header's, which some write without their sign."""
    if not any(signal.checksum for signal in signals):
        return  # absent, or a writer that fills the field with zeros
    sums = counts.sum(axis=0, dtype=np.int64).tolist()
    wrong = [
        signal.lead
        for signal, total in zip(signals, sums, strict=True)
        if signal.checksum is not None and (signal.checksum - total) & 0xFFFF
    ]
    if wrong:
        raise RecordFormatError(
            f"header disagrees with its data: the checksum of {', '.join(wrong)} in {header.name} is not "
            "that of the samples; fetch the record again"
        )


def _physical(counts: NDArray[Any], signals: Sequence[WfdbSignal], dtype: type[_Float]) -> NDArray[_Float]:
    """Turn stored numbers ``(samples, signals)`` into their units; what marks an invalid one is NaN."""
    invalid = np.array([_INVALID_SAMPLE.get(signal.storage_format, _NONE_INVALID) for signal in signals])
    baseline, gain = (np.array([getattr(signal, name) for signal in signals]) for name in ("baseline", "gain"))
    some_invalid = bool((counts.min(axis=0) <= invalid).any())
    values = np.empty(counts.shape, dtype=dtype)
    # Some at a time: a day in double precision is more memory than all that follows.
    for start in range(0, len(counts), _SAMPLES_AT_ONCE):
        stored = counts[start : start + _SAMPLES_AT_ONCE]
        physical = (stored - baseline) / gain
        if some_invalid:
            physical[stored == invalid] = np.nan
        values[start : start + _SAMPLES_AT_ONCE] = physical
    return values


def _decode_by_ecgdatakit(header: Path, parsed: WfdbHeader) -> tuple[tuple[WfdbSignal, ...], NDArray[np.float64]]:
    """Return the signals and their stored numbers ``(samples, signals)``."""
    from ecgdatakit.exceptions import ECGDataKitError
    from ecgdatakit.parsing.parsers.wfdb import WFDBParser

    # Reading the headers of the segments also refuses those that name files outside the folder.
    layouts = [read_header(header.with_name(f"{name}.hea")).signals for name in parsed.segments if name != "~"]
    if any(signal.storage_format in FLAC_BITS for layout in layouts for signal in layout):
        raise RecordFormatError("WFDB: segments stored as FLAC are not joined; read the header of each segment")
    try:
        with hearing("ecgdatakit"):  # on checksums and default units, which are judged here
            decoded = WFDBParser().parse(header)
        counts = np.stack([lead.samples for lead in decoded.leads], axis=1)
    except (ECGDataKitError, ValueError, IndexError, OSError, MemoryError) as error:
        raise RecordFormatError(f"damaged file: {header.name} cannot be decoded ({type(error).__name__})") from error
    if decoded.raw_metadata.get("checksum_valid") is False:
        raise RecordFormatError(
            f"header disagrees with its data: a checksum in {header.name} is not that of the samples; "
            "fetch the record again"
        )
    stored_as = next((s.storage_format for layout in layouts for s in layout if s.storage_format), 0)
    signals = parsed.signals or tuple(replace(signal, storage_format=stored_as) for signal in layouts[0])
    if not signals or len(signals) != counts.shape[1]:
        raise RecordFormatError(f"damaged file: {header.name} has {counts.shape[1]} signals for {len(signals)} lines")
    return signals, counts
