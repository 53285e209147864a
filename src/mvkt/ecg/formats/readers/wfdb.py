"""WFDB records: a ``.hea`` header and its signal file (PTB-XL, the PhysioNet challenges, MIT-BIH ...).

Standard leads in mV in one file of format 16, which is what corpora of ECGs are made of, are read here at once; what
else there is, signal by signal. A header that disagrees with its data (size, 16-bit checksum) is an error, and no
header can name a file outside its own folder.

Source: WFDB Applications Guide, header(5) and signal(5), https://physionet.org/physiotools/wag/.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats.assemble import assemble, largest_amplitude
from mvkt.ecg.formats.calibration_pulse import without_calibration
from mvkt.ecg.formats.readers.wfdb_header import WfdbHeader, WfdbSignal, beside, read_header
from mvkt.ecg.formats.readers.wfdb_segments import joined, known_start, segment_headers, start_of_segments
from mvkt.ecg.formats.readers.wfdb_signals import channels_of, check_layout, in_unit, signal_bytes, surplus_note
from mvkt.ecg.formats.readers.wfdb_storage import INVALID_SAMPLE
from mvkt.ecg.formats.stored_numbers import NO_ECG_MILLIVOLTS, physical
from mvkt.ecg.formats.truncated import truncation
from mvkt.ecg.formats.user_facts import NOTHING, UserFacts
from mvkt.ecg.leads import STANDARD_LEADS, normalise_lead
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

__all__ = ["read_header", "read_wfdb"]

_SHOWN = 12


def read_wfdb(header: Path, given: UserFacts = NOTHING) -> Record:
    """Read the record of a WFDB header file.

    Signals that are no ECG (respiration, pressure) are left out, with a note, whatever is wrong with them.

    Raises:
        RecordFormatError: The header is not one, disagrees with its data, or names a file that is absent; or no
            sample was recorded.
    """
    parsed = read_header(header)
    if math.isnan(parsed.sampling_frequency):
        parsed = replace(parsed, sampling_frequency=given.frequency_of(parsed.sampling_frequency))
    leads = tuple(normalise_lead(signal.lead) for signal in parsed.signals)
    about: dict[str, Any] = {"start_time": known_start(parsed), "age": parsed.age, "sex": parsed.sex, "source": "WFDB"}
    is_plain = _is_plain(parsed.signals) and not parsed.broken_lines
    if is_plain and len(set(leads) & set(STANDARD_LEADS)) == len(leads) and given.unit is None:
        counts, notes = _read_format_16(header, parsed)
        defaults = _default_notes(parsed, parsed.signals, given)
        baseline, gain = (np.array([getattr(signal, key) for signal in parsed.signals]) for key in ("baseline", "gain"))
        signal = physical(counts, baseline, gain, INVALID_SAMPLE[16])
        if largest_amplitude(signal) > NO_ECG_MILLIVOLTS:  # numbers that stand for missing samples are looked for
            return assemble(channels_of(header, parsed), notes=defaults, given=given, **about)
        frequency = given.frequency_of(parsed.sampling_frequency)
        signal, cut_off = without_calibration(signal, frequency)
        if not cut_off:
            signal.setflags(write=False)
        return Record(signal, given.leads_of(leads), frequency, notes=(*defaults, *notes, *cut_off), **about)
    others = replace(given, unit=None)  # the channels are in mV by then
    if parsed.segments:
        headers = segment_headers(header, parsed)
        parts = headers.values()
        about["start_time"] = about["start_time"] or start_of_segments(parsed, headers)
        for fact in ("age", "sex"):  # which some write into the headers of the segments alone
            stated = (getattr(part, fact) for part in (parsed, *parts))
            about[fact] = next((value for value in stated if value is not None), None)
        notes = _default_notes(parsed, [signal for part in parts for signal in part.signals], given)
        return assemble(joined(header, parsed, given), notes=notes, given=others, **about)
    channels = channels_of(header, in_unit(parsed, given))
    return assemble(channels, notes=_default_notes(parsed, parsed.signals, given), given=others, **about)


def _default_notes(parsed: WfdbHeader, signals: Sequence[WfdbSignal], given: UserFacts) -> tuple[str, ...]:
    """Return notes on what a header does not state, and WFDB has a default for: gains, the sampling frequency."""
    notes = []
    if not parsed.frequency_stated and given.sampling_frequency is None:
        rate = f"{parsed.sampling_frequency:g} Hz"
        notes.append(f"the header states no sampling frequency: WFDB's default of {rate} is taken")
    assumed = list(dict.fromkeys(signal.lead or "unnamed" for signal in signals if not signal.gain_stated))
    if assumed:
        names = ", ".join(assumed[:_SHOWN])
        notes.append(f"the header states no gain of {names}: WFDB's default of 200 a mV is taken")
    return tuple(notes)


def _is_plain(signals: Sequence[WfdbSignal]) -> bool:
    """Whether all signals lie in one file of interleaved 16-bit numbers, one sample a frame, in mV."""
    expected = (signals[0].file, 16, 1, 0, "mV") if signals else ()
    return bool(signals) and all(
        (s.file, s.storage_format, s.samples_per_frame, s.skew, s.units) == expected for s in signals
    )


def _read_format_16(header: Path, parsed: WfdbHeader) -> tuple[NDArray[np.int16], tuple[str, ...]]:
    """Return the samples ``(samples, signals)`` of a format-16 file, and a note on more or fewer than promised."""
    first = parsed.signals[0]
    path = beside(header, first.file)
    try:
        data = signal_bytes(path, first)
    except (FileNotFoundError, IsADirectoryError):
        raise RecordFormatError(f"missing file: {first.file}, named by {header.name}, is not there") from None
    stored = np.frombuffer(data, "<i2", len(data) // 2)
    held = len(stored) // len(parsed.signals)
    promised = max(1, held) if parsed.samples is None else parsed.samples
    check_layout(path, len(data), stored, parsed.signals, promised)
    frames = min(held, promised)
    counts = stored[: frames * len(parsed.signals)].reshape(frames, len(parsed.signals))
    if frames < promised:
        return counts, truncation(frames, promised)
    _verify_checksums(header, parsed.signals, counts)
    return counts, (surplus_note(path, held - frames),) if held > frames else ()


def _verify_checksums(header: Path, signals: Sequence[WfdbSignal], counts: NDArray[np.int16]) -> None:
    """Compare the 16-bit sums of the samples with the header's, which some write without their sign."""
    if not any(signal.checksum for signal in signals):
        return  # absent, or zeros of a writer that computes none
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
