"""Half-hours in which every beat is annotated, as WFDB keeps them: what beats are measured against."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.long_recordings import condition_long
from mvkt.ecg.record import Record
from mvkt.ecg.signal import SignalSpec

SPEC = SignalSpec()
_BEATS = frozenset("NLRBAaJSVrFejnE/fQ?")
_VENTRICULAR, _FUSION_OR_UNKNOWN = frozenset("VE"), frozenset("F/fQ?")
_SUPRAVENTRICULAR = frozenset("AaJS")

Float = NDArray[np.float64]
Stretches = tuple[tuple[float, float], ...]


@dataclass(frozen=True, eq=False)
class Annotated:
    """A recording, and what was annotated in it.

    Attributes:
        name: Of the record.
        signal: ``(samples, leads)`` float32 in mV.
        sampling_frequency: Samples a second.
        beats: ``(beats,)`` seconds.
        kinds: ``(beats,)`` "N", "V", "S", or "F" for a fusion beat or an unknown one.
        flutter: Stretches of ventricular flutter, in which beats were not annotated.
        fibrillation: Stretches of atrial fibrillation.
    """

    name: str
    signal: NDArray[np.float32]
    sampling_frequency: float
    beats: Float
    kinds: NDArray[np.str_]
    flutter: Stretches
    fibrillation: Stretches

    @classmethod
    def read(cls, header: Path) -> Annotated:
        """Read a WFDB record with ``atr`` annotations."""
        import wfdb

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # pandas warns about wfdb
            record = wfdb.rdrecord(str(header.with_suffix("")))
            marks = wfdb.rdann(str(header.with_suffix("")), "atr")
        times = marks.sample / record.fs
        symbols = np.array(marks.symbol)
        beats = np.isin(symbols, list(_BEATS))
        rhythms = [
            text.strip("\x00").strip() if mark == "+" else ""
            for mark, text in zip(symbols, marks.aux_note, strict=True)
        ]
        length = len(record.p_signal) / record.fs
        return cls(
            name=header.stem,
            signal=record.p_signal.astype(np.float32),
            sampling_frequency=float(record.fs),
            beats=times[beats],
            kinds=np.array([_kind(symbol) for symbol in symbols[beats]]),
            flutter=_between(times, symbols == "[", symbols == "]", length),
            fibrillation=_between(
                times,
                np.array([text == "(AFIB" for text in rhythms]),
                np.array([bool(text) and text != "(AFIB" for text in rhythms]),
                length,
            ),
        )

    def cut(self, seconds: float) -> list[Annotated]:
        """Strips of this length, one after the other; what is left at the end is no strip."""
        samples = round(seconds * self.sampling_frequency)
        made = []
        for first in range(0, len(self.signal) - samples + 1, samples):
            begin, end = first / self.sampling_frequency, (first + samples) / self.sampling_frequency
            inside = (self.beats >= begin) & (self.beats < end)
            made.append(
                replace(
                    self,
                    signal=self.signal[first : first + samples],
                    beats=self.beats[inside] - begin,
                    kinds=self.kinds[inside],
                    flutter=_shifted(self.flutter, begin, end),
                    fibrillation=_shifted(self.fibrillation, begin, end),
                )
            )
        return made

    @cached_property
    def conditioned(self) -> NDArray[np.int16]:
        """``(leads, samples)`` int16 µV at 100 Hz."""
        leads = tuple(f"channel {number}" for number in range(self.signal.shape[1]))
        return condition_long(Record(self.signal, leads, self.sampling_frequency), SPEC, "+".join(leads))


def annotated_in(folder: Path) -> list[Annotated]:
    """All records of a folder that have annotations, by name.

    Raises:
        SystemExit: There are none.
    """
    headers = [path for path in sorted(folder.glob("*.hea")) if path.with_suffix(".atr").is_file()]
    if not headers:
        raise SystemExit(f"{folder}: no WFDB record with annotations (.hea and .atr) in there")
    return [Annotated.read(path) for path in headers]


def _shifted(stretches: Stretches, begin: float, end: float) -> Stretches:
    """What of them lies between two times, counted from the first."""
    return tuple((max(a, begin) - begin, min(b, end) - begin) for a, b in stretches if a < end and b > begin)


def inside(times: Float, stretches: Stretches, margin: float = 0.0) -> NDArray[np.bool_]:
    """Which of the times lie in one of the stretches, or so many seconds beside it."""
    found = np.zeros(len(times), dtype=np.bool_)
    for begin, end in stretches:
        found |= (times >= begin - margin) & (times <= end + margin)
    return found


def _kind(symbol: str) -> str:
    for kind, symbols in (("V", _VENTRICULAR), ("F", _FUSION_OR_UNKNOWN), ("S", _SUPRAVENTRICULAR)):
        if symbol in symbols:
            return kind
    return "N"


def _between(times: Float, begins: NDArray[np.bool_], ends: NDArray[np.bool_], length: float) -> Stretches:
    stretches, begin = [], None
    for time, opens, closes in zip(times.tolist(), begins, ends, strict=True):
        if opens and begin is None:
            begin = time
        elif closes and begin is not None:
            stretches.append((begin, time))
            begin = None
    return (*stretches, (begin, length)) if begin is not None else tuple(stretches)
