"""A recording made ready for students: conditioned, checked for quality, the right way up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mvkt.diagnosis.diagnosis import LeftOut, Quality, SignalSummary
from mvkt.diagnosis.leads_to_read import Reading, choose_leads, describe_processing
from mvkt.diagnosis.resting_ecg import UPSIDE_DOWN, unlike_training
from mvkt.diagnosis.verdicts import Stretches
from mvkt.ecg.leads import LIMB_LEADS, view_leads
from mvkt.ecg.long_recordings import condition_long, windows_of
from mvkt.ecg.measurements import Measurements
from mvkt.ecg.quality import plausibility
from mvkt.ecg.quality.polarity import is_inverted, some_of, turned
from mvkt.ecg.quality.quality import WindowQuality, assess_recording
from mvkt.ecg.record import Record
from mvkt.ecg.recording_measures import KnownBeats, measure
from mvkt.ecg.signal import SignalSpec, window_starts

WINDOWS_AT_ONCE = 64


@dataclass(frozen=True, eq=False)
class Prepared:
    """A recording as students of one view and preprocessing read it.

    Attributes:
        record: As it came.
        reading: What is read from it.
        trained: The view that the students were trained on.
        spec: The preprocessing; its standardisation is left to the student.
        microvolts: ``(leads, samples)`` int16, conditioned.
        starts: ``(windows,)`` the sample at which each window begins.
        qualities: Of each window.
        peaks: ``(beats,)`` the samples of all heartbeats, rising.
        turned: Whether the lead was upside down and has been turned.
        doubtful: Whether it looks upside down without being turned.
        notes: What the reader should know.
    """

    record: Record
    reading: Reading
    trained: str
    spec: SignalSpec
    microvolts: NDArray[np.int16]
    starts: NDArray[np.int64]
    qualities: tuple[WindowQuality, ...]
    peaks: NDArray[np.int64]
    turned: bool = False
    doubtful: bool = False
    notes: tuple[str, ...] = ()

    @cached_property
    def judged(self) -> NDArray[np.bool_]:
        """``(windows,)``: which are good enough to be judged."""
        return np.array([quality.judgeable for quality in self.qualities])

    @cached_property
    def stretches(self) -> Stretches:
        """The windows in time."""
        starts = self.starts / self.spec.sampling_frequency
        ends = np.minimum(starts + self.spec.window_seconds, self.record.duration)
        return Stretches(starts, ends, self.judged)

    def with_noise(self) -> Prepared:
        """Return the recording with the windows in which only noise is found fault with counted as good."""
        qualities = (
            replace(quality, judgeable=True, reasons=()) if quality.noisy_only else quality
            for quality in self.qualities
        )
        return replace(self, qualities=tuple(qualities))

    def without(self, windows: NDArray[np.int64], reason: str) -> Prepared:
        """Return the recording with some windows left out for a reason."""
        qualities = list(self.qualities)
        for window in windows.tolist():
            qualities[window] = replace(qualities[window], judgeable=False, reasons=(reason,))
        return replace(self, qualities=tuple(qualities))

    @property
    def leads(self) -> tuple[str, ...]:
        """The leads that are read."""
        return view_leads(self.reading.view)

    @property
    def unlike_training(self) -> str:
        """Why findings that rest on the shape of the waves are not judged; empty if they are."""
        record, within = self.record, self.reading.within_training_view
        reason = unlike_training(record.source, record.duration, self.trained, of_trained_lead=within)
        return reason or (UPSIDE_DOWN if self.doubtful else "")

    @property
    def quality(self) -> Quality:
        """How much can be judged."""
        left_out = tuple(
            LeftOut(start_seconds=float(start), reasons=quality.reasons)
            for start, quality in zip(self.stretches.starts, self.qualities, strict=True)
            if not quality.judgeable
        )
        weights = self.stretches.weights
        return Quality(
            windows=len(self.qualities),
            judged=int(self.judged.sum()),
            judged_share=float(weights[self.judged].sum() / weights.sum()),
            reasons=dict(Counter(reason for window in left_out for reason in window.reasons).most_common()),
            left_out=left_out,
        )

    @cached_property
    def beats(self) -> KnownBeats:
        """The beats of the windows that are good enough."""
        good = np.zeros(self.microvolts.shape[1], dtype=np.bool_)
        for start in self.starts[self.judged]:
            good[start : start + self.spec.window_samples] = True
        return KnownBeats.of(self.microvolts, self.spec.sampling_frequency, self.peaks, good)

    @cached_property
    def measurements(self) -> Measurements:
        """What is measured of the windows that are good enough."""
        return measure(self.record, self.beats)

    @cached_property
    def heart_rates(self) -> tuple[float | None, ...]:
        """Of each judged window; None where it cannot be determined."""
        rates = 60.0 / self.beats.mean_intervals(self.stretches.starts, self.stretches.ends)
        known = self.judged & np.isfinite(rates)
        return tuple(rate if there else None for rate, there in zip(rates.tolist(), known.tolist(), strict=True))

    @property
    def signal(self) -> SignalSummary:
        """The recording and what was done to it."""
        record = self.record
        return SignalSummary(
            source=record.source,
            start_time=record.start_time,
            age=record.age,
            sex=record.sex,
            duration_seconds=record.duration,
            sampling_frequency=record.sampling_frequency,
            recorded_leads=record.leads,
            leads=self.leads,
            within_training_view=self.reading.within_training_view,
            unlike_training=self.unlike_training,
            processing=(
                *(["turned upside down"] if self.turned else []),
                *describe_processing(record, self.spec, len(self.starts)),
            ),
        )


def prepare(
    record: Record, view: str, spec: SignalSpec, lead: str | None = None, assumed: str | None = None
) -> Prepared:
    """Condition a recording and look at the quality of its windows.

    Args:
        record: The recording.
        view: What the student was trained on.
        spec: Its preprocessing.
        lead: See :func:`mvkt.diagnosis.leads_to_read.choose_leads`.
        assumed: Likewise.

    Raises:
        LeadError: The recording does not have the leads.
    """
    reading = choose_leads(record, view, lead, assumed)
    microvolts = condition_long(reading.record, spec, reading.view)
    starts = window_starts(microvolts.shape[1], spec)
    qualities, peaks = assess_recording(microvolts, starts, spec)
    good = starts[[quality.judgeable for quality in qualities]]
    turn, doubtful, of_polarity = _polarity(reading, microvolts, good, spec)
    looked_at = microvolts if _is_looked_at(record, spec) else None
    notes = (*plausibility.warnings(record, looked_at), *reading.notes, *of_polarity)
    microvolts = turned(microvolts) if turn else microvolts
    return Prepared(record, reading, view, spec, microvolts, starts, qualities, peaks, turn, doubtful, notes)


def _is_looked_at(record: Record, spec: SignalSpec) -> bool:
    """Whether plausibility looks at the same conditioned signal as a student, which then is computed once."""
    usual = plausibility.SPEC
    same = (spec.sampling_frequency, spec.band) == (usual.sampling_frequency, usual.band)
    return same and len(record.leads) == 1 and record.duration <= plausibility.EXCERPT_SECONDS


def threads_for(windows: int) -> int | None:
    """How many threads to work on so many windows in; None for the usual number."""
    return None if windows > WINDOWS_AT_ONCE else 1


def _polarity(
    reading: Reading, microvolts: NDArray[np.int16], starts: NDArray[np.int64], spec: SignalSpec
) -> tuple[bool, bool, tuple[str, ...]]:
    """Decide whether a lead is turned, or else whether it looks upside down all the same, with notes on it.

    Where other limb leads were recorded nothing is turned: swapped electrodes change those as well. Of several leads
    that are read, lead I shows it, and only with inverted P waves: the network knows the others from its training.
    """
    leads = view_leads(reading.view)
    lead = leads[0] if len(leads) == 1 else "I"
    if lead not in leads or not len(starts):
        return False, False, ()
    (windows,) = windows_of(microvolts, some_of(starts), spec, WINDOWS_AT_ONCE)
    column = leads.index(lead)
    found = is_inverted(np.ascontiguousarray(windows[:, column : column + 1]), spec, lead)
    if len(leads) > 1 and not (found.inverted and found.certain):
        return False, False, ()
    if found.inverted is None and found.confidence > 0:
        return False, False, (f"lead {lead} may be upside down; it was read as it came",)
    if not found.inverted:
        return False, False, ()
    if len(leads) > 1 or set(reading.record.leads) & set(LIMB_LEADS) - {lead}:
        return False, True, (f"lead {lead} looks upside down, as with swapped electrodes; it was read as it came",)
    if not found.certain:
        why = "but its P waves do not show it, so it may be the heart's axis or an old infarction"
        return False, True, (f"lead {lead} looks upside down, {why}; it was read as it came",)
    return True, False, (f"lead {lead} was upside down (P waves, QRS complexes and T waves) and has been turned",)
