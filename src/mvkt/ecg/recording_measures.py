"""Measure a recording: rate and rhythm from all beats, intervals and axis from the median normal beat."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.beat_kinds import UNSURE, kinds_of
from mvkt.ecg.beat_shapes import centred
from mvkt.ecg.measurements import Measurement, Measurements
from mvkt.ecg.medians import median
from mvkt.ecg.record import Record
from mvkt.ecg.recording_beats import beats_of
from mvkt.ecg.signal import MISSING
from mvkt.ecg.wave_limits import AFTER, BEFORE, FREQUENCY, WaveLimits, wave_limits

_PAUSE_SECONDS = 2.0
_LEAST_BEATS, _MOST_BEATS = 4, 60
_LEAST_LIKENESS = 0.90
_POSSIBLE_MS = {"pr": (80.0, 400.0), "qrs": (50.0, 240.0), "qt": (200.0, 700.0)}
_WAVE = {"pr": "P wave", "qrs": "QRS complex", "qt": "end of the T wave"}
_IRREGULAR = 0.09
_FASTEST_RR, _FASTEST_P_RR = 0.33, 0.45
_LEAST_AXIS_MV = 0.15
_MIDDLE = slice(round((BEFORE - 0.1) * FREQUENCY), round((BEFORE + 0.15) * FREQUENCY))
"""The QRS complex in a median beat."""

Float = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class KnownBeats:
    """The beats of what is good enough of a recording.

    Attributes:
        seconds: ``(beats,)`` where they are.
        kinds: ``(beats,)`` see :func:`mvkt.ecg.beat_kinds.kinds_of`.
        whole: ``(beats - 1,)`` whether nothing is missing between a beat and the next.
    """

    seconds: Float
    kinds: NDArray[np.str_]
    whole: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        microvolts: NDArray[np.int16],
        sampling_frequency: float,
        beats: NDArray[np.int64] | None = None,
        good: NDArray[np.bool_] | None = None,
    ) -> KnownBeats:
        """Find the beats of a recording and their kinds.

        Args:
            microvolts: ``(leads, samples)`` int16, conditioned.
            sampling_frequency: Samples a second.
            beats: ``(beats,)`` samples, where they are known.
            good: ``(samples,)`` what is good enough; everything if None.
        """
        beats = beats_of(microvolts, sampling_frequency) if beats is None else beats
        good = np.ones(microvolts.shape[1], dtype=np.bool_) if good is None else good
        inside = good[beats]
        kept, kinds = beats[inside], kinds_of(microvolts, beats, sampling_frequency)[inside]
        gaps = np.append((microvolts == MISSING).all(axis=0) | ~good, False)
        interrupted = np.logical_or.reduceat(gaps, kept + 1)[:-1] if len(kept) else np.empty(0, dtype=np.bool_)
        return cls(kept / sampling_frequency, kinds, ~interrupted)

    @cached_property
    def intervals(self) -> Float:
        """``(beats - 1,)`` seconds from a beat to the next."""
        return self.seconds[1:] - self.seconds[:-1]

    @cached_property
    def _sums(self) -> Float:
        """``(2, 2, beats)``: number and sum, of the sure intervals and of all, up to each beat."""
        sure = self.kinds != UNSURE
        counted = np.array([self.whole & sure[1:] & sure[:-1], self.whole])
        sums = np.zeros((2, 2, max(len(self.seconds), 1)))
        np.cumsum([counted, self.intervals * counted], axis=2, out=sums[..., 1:])
        return sums

    def mean_intervals(self, starts: Float, ends: Float) -> Float:
        """``(stretches,)`` seconds from a beat to the next, both in the stretch; NaN where there are no two in a row.

        Noise may have made what is unsure: where at least four other intervals remain, those beside it do not count.

        Args:
            starts: ``(stretches,)`` seconds, from here on.
            ends: ``(stretches,)`` seconds, before these.
        """
        first, after = self.seconds.searchsorted((starts, ends))
        first = np.minimum(first, max(len(self.seconds) - 1, 0))
        last = np.maximum(after - 1, first)
        sums = self._sums[..., last] - self._sums[..., first]
        number, total = np.where(sums[0, 0] >= _LEAST_BEATS, sums[:, 0], sums[:, 1])
        mean: Float = np.divide(total, number, out=np.full(len(number), np.nan), where=number > 0)
        return mean


def measure(record: Record, beats: KnownBeats) -> Measurements:
    """Measure a recording.

    Args:
        record: The recording; intervals are measured in all its leads as they were recorded.
        beats: Its beats.
    """
    rhythm = _rhythm(beats)
    return Measurements(**rhythm, **_intervals(record, beats, rhythm["rr"].value))


def _rhythm(beats: KnownBeats) -> dict[str, Measurement]:
    """What follows from when the beats are."""
    seconds, kinds, whole, intervals = beats.seconds, beats.kinds, beats.whole, beats.intervals
    ventricular, supraventricular, unsure = (
        int((kinds == kind).sum()) for kind in ("ventricular", "supraventricular", UNSURE)
    )
    counted = {
        "beats": Measurement(value=len(seconds)),
        "ventricular_beats": Measurement(value=ventricular),
        "supraventricular_beats": Measurement(value=supraventricular),
        "unsure_beats": Measurement(value=unsure),
        "ventricular_burden": (
            Measurement(value=round(100 * ventricular / len(seconds), 2), unit="%")
            if len(seconds)
            else _not("no beat was found", "%")
        ),
    }
    names = {"heart_rate": "/min", "rr": "ms", "longest_rr": "s", "pauses": ""}
    if not whole.any():
        why = "no two beats in a row were found"
        return counted | {name: _not(why, unit) for name, unit in (names | {"sdnn": "ms", "rmssd": "ms"}).items()}
    mean = float(beats.mean_intervals(seconds[:1], seconds[-1:] + 1.0)[0])
    values = (
        60.0 / mean,
        1000.0 * mean,
        float(intervals[whole].max()),
        float((intervals[whole] > _PAUSE_SECONDS).sum()),
    )
    made = {
        name: Measurement(value=round(value, 2), unit=unit)
        for (name, unit), value in zip(names.items(), values, strict=True)
    }
    is_normal = kinds == "normal"
    normal = is_normal[1:] & is_normal[:-1] & whole
    following = normal[1:] & normal[:-1]
    why = "fewer than four intervals between normal beats"
    between, changes = intervals[normal], (intervals[1:] - intervals[:-1])[following]
    made["sdnn"] = _ms(between.std(ddof=1)) if len(between) >= _LEAST_BEATS else _not(why, "ms")
    made["rmssd"] = _ms(np.sqrt(np.square(changes).mean())) if len(changes) >= _LEAST_BEATS else _not(why, "ms")
    return counted | made


def _intervals(record: Record, beats: KnownBeats, rr: float | None) -> dict[str, Measurement]:
    """PR, QRS, QT, QTc and axis from the median of the normal beats."""
    names = ("pr", "qrs", "qt", "qtc_bazett", "qtc_fridericia")
    if rr is None:
        return _none_of(names, "no two beats in a row were found")
    beat, why = _median_beat(record, beats.seconds[beats.kinds == "normal"])
    if beat is None:
        return _none_of(names, why)
    limits = wave_limits(beat, rr / 1000.0)
    made = {
        "pr": _between("pr", limits.p_onset, limits.qrs_onset),
        "qrs": _between("qrs", limits.qrs_onset, limits.qrs_end),
        "qt": _between("qt", limits.qrs_onset, limits.t_end),
        "axis": _axis(record, beat, limits),
    }
    if rr < 1000 * _FASTEST_P_RR:
        made["pr"] = _not("the heart beats too fast to separate P from T", "ms")
    elif _scatter(beats.intervals) > _IRREGULAR:
        made["pr"] = _not("the beats are irregular, as without a P wave before each", "ms")
    if rr < 1000 * _FASTEST_RR:
        made["qt"] = _not("the heart beats too fast to separate T from P", "ms")
    for name, power in (("qtc_bazett", 1 / 2), ("qtc_fridericia", 1 / 3)):
        qt = made["qt"]
        made[name] = qt if qt.value is None else _ms(qt.value / 1000.0 / (rr / 1000.0) ** power)
    return made


def _median_beat(record: Record, seconds: Float) -> tuple[Float | None, str]:
    """``(leads, samples)`` in mV at 500 Hz, or why there is none."""
    length = record.duration
    inside = seconds[(seconds > BEFORE + 0.02) & (seconds < length - AFTER - 0.02)]
    if len(inside) < _LEAST_BEATS:
        return None, f"fewer than {_LEAST_BEATS} whole normal beats"
    chosen = inside
    if len(inside) > _MOST_BEATS:
        chosen = inside[np.linspace(0, len(inside) - 1, _MOST_BEATS).astype(np.int64)]
    grid = np.arange(-round(BEFORE * FREQUENCY), round(AFTER * FREQUENCY) + 1) / FREQUENCY
    beats = _pieces(record, chosen[:, np.newaxis] + grid)
    leads = np.isfinite(beats).all(axis=(0, 2))
    if not leads.any():
        return None, "every lead has gaps"
    beats = beats if leads.all() else beats[:, leads]
    beats = _aligned(centred(beats))
    good = _likeness(beats[:, :, _MIDDLE]) >= _LEAST_LIKENESS
    if good.sum() < _LEAST_BEATS:
        return None, "the beats are too unlike each other, or too noisy"
    full = np.zeros((len(record.leads), beats.shape[2]))
    full[leads] = median(beats if good.all() else beats[good])
    return full, ""


def _pieces(record: Record, times: Float) -> Float:
    """``(beats, leads, samples)`` at ``times`` ``(beats, samples)``, on straight lines between the samples."""
    place = times * record.sampling_frequency
    below = np.minimum(place.astype(np.int64), len(record.signal) - 2)
    share = (place - below)[..., np.newaxis]
    lower = record.signal.take(below, axis=0).astype(np.float64)  # in a quarter of the time of an index
    values: Float = lower + share * (record.signal.take(below + 1, axis=0) - lower)
    return np.ascontiguousarray(values.swapaxes(1, 2))


def _aligned(beats: Float) -> Float:
    """Shift every beat by up to 12 ms to where its QRS complex fits the mean best."""
    centre, reach, most = round(BEFORE * FREQUENCY), round(0.06 * FREQUENCY), 6
    middle = slice(centre - reach, centre + reach)
    wrapped = np.concatenate([beats[..., -most:], beats, beats[..., :most]], axis=2)
    shifted = np.lib.stride_tricks.sliding_window_view(wrapped, beats.shape[2], axis=2)
    fits = np.einsum("blsi,li->bs", shifted[..., middle], beats.mean(axis=0)[:, middle])
    return shifted[np.arange(len(beats)), :, np.argmax(fits, axis=1)]


def _likeness(complexes: Float) -> Float:
    """``(beats,)`` correlation of the QRS complexes of all leads with those of the median."""
    middle = median(complexes)
    parts, usual = centred(complexes), centred(middle)
    scale = np.sqrt(np.square(parts).sum(axis=(1, 2)) * np.square(usual).sum()) + 1e-12
    likeness: Float = (parts * usual).sum(axis=(1, 2)) / scale
    return likeness


def _scatter(intervals: Float) -> float:
    """The median change from an interval to the next, over the median interval."""
    changes = np.abs(intervals[1:] - intervals[:-1])
    return float(median(changes) / median(intervals)) if len(intervals) > 2 else 0.0


def _between(name: str, begin: float, end: float) -> Measurement:
    value = 1000.0 * (end - begin)
    low, high = _POSSIBLE_MS[name]
    if not low <= value <= high:
        return _not(f"the {_WAVE[name]} is not clear enough", "ms")
    return Measurement(value=round(value), unit="ms")


def _axis(record: Record, beat: Float, limits: WaveLimits) -> Measurement:
    """From the areas of the QRS complex in leads I and aVF."""
    if not {"I", "II"} <= set(record.leads) and not {"I", "aVF"} <= set(record.leads):
        return _not("leads I and II were not recorded both", "°")
    onset, end = (round((BEFORE + second) * FREQUENCY) for second in (limits.qrs_onset, limits.qrs_end))
    part = beat[:, onset : end + 1] - beat[:, onset : onset + 1]
    heights = dict(zip(record.leads, part.max(axis=1) + part.min(axis=1), strict=True))
    down = heights["aVF"] if "aVF" in heights else heights["II"] - heights["I"] / 2
    if np.hypot(heights["I"], down) < _LEAST_AXIS_MV:
        return _not("the QRS complex has no clear direction in the frontal plane", "°")
    return Measurement(value=round(float(np.degrees(np.arctan2(2 / np.sqrt(3) * down, heights["I"])))), unit="°")


def _none_of(names: tuple[str, ...], why: str) -> dict[str, Measurement]:
    return {name: _not(why, "ms") for name in names} | {"axis": _not(why, "°")}


def _ms(seconds: float) -> Measurement:
    return Measurement(value=round(1000.0 * float(seconds), 1), unit="ms")


def _not(why: str, unit: str = "") -> Measurement:
    return Measurement(unit=unit, because=why)
