"""From a recording to a diagnosis, with numpy and ONNX Runtime only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.bundle.bundle import Bundle
from mvkt.bundle.manifest import SIMULATED, BundleManifest
from mvkt.bundle.packaged import find
from mvkt.bundle.worth import identify
from mvkt.diagnosis import words
from mvkt.diagnosis.diagnosis import BeatList, Diagnosis, Timeline
from mvkt.diagnosis.finding import Finding
from mvkt.diagnosis.measured_findings import measured_windows, with_burden_of_beats, with_measurements
from mvkt.diagnosis.network_choice import NetworkChoice, assumed_lead
from mvkt.diagnosis.prepared_recording import WINDOWS_AT_ONCE, Prepared, prepare, threads_for
from mvkt.diagnosis.verdicts import calibrated, described_classes, findings, possible, rule_for, verdicts_of
from mvkt.ecg.long_recordings import windows_of
from mvkt.ecg.record import Record
from mvkt.ecg.threads import in_threads

_ADULT = 18
UNREADABLE_REASON = "too noisy to be read, by the network"


def load(bundle: str | Path) -> Diagnoser:
    """Open a student, ready to read recordings: ``load("lead-I").diagnose(record)``.

    Args:
        bundle: The name of a student that comes with mvkt (``"lead-I"``), the path of a bundle, or a bundle on a
            model hub (``"hf://owner/name"``).

    Raises:
        BundleError: The bundle is missing, damaged, changed or of another version.
        HubError: The hub cannot be reached and nothing was fetched before, or it refuses.
        MissingExtraError: For ``hf://``, the extra ``hub`` is not installed.
    """
    return Diagnoser(Bundle.open(find(bundle)))


class Diagnoser:
    """Reads recordings with the student of a bundle.

    A recording is cut into windows, and those too poor to be judged are left out. Of recordings of up to a minute the
    logits of the others are averaged and calibrated: thresholds and figures of a bundle were measured in the same way,
    but without leaving windows out. Longer recordings are judged by their course: see docs/concepts/diagnosis.md.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self._summary = identify(bundle.manifest)
        self._classes = described_classes(bundle.manifest)

    def diagnose(self, record: Record, lead: str | None = None) -> Diagnosis:
        """Diagnose a recording.

        Args:
            record: The recording.
            lead: For a student of one lead: read this lead of the recording instead of the one that the
                student was trained on. For a recording that does not name its only lead: which lead it is. Where it is
                not given, a student of strips of hand-held devices reads a strip as its own lead, with a note.

        Raises:
            LeadError: The recording does not have the leads that the student reads.
            BundleError: The student's network fails.
            TypeError: It is no recording.
        """
        if not isinstance(record, Record):
            raise TypeError(
                f"a {type(record).__name__} is no recording; mvkt.read(path) reads a file, and "
                "mvkt.Record(signal, leads, sampling_frequency) takes an array in mV"
            )
        manifest = self.bundle.manifest
        assumed = assumed_lead(record, manifest.view, manifest.corpus)
        return self.judge(prepare(record, manifest.view, manifest.signal, lead, assumed))

    def judge(self, prepared: Prepared, choice: NetworkChoice | None = None) -> Diagnosis:
        """Diagnose a recording that has been prepared for a student of this view and preprocessing.

        Args:
            prepared: The recording.
            choice: Why this network reads it, where that was chosen.

        Raises:
            BundleError: The student's network fails.
        """
        manifest = self.bundle.manifest
        prepared, logits = self._readable(prepared)
        quality = prepared.quality
        rule = rule_for(prepared.record.duration)
        unlike = prepared.unlike_training
        shares = calibrated(logits, manifest)
        windows = measured_windows(shares, manifest, prepared)
        found: tuple[Finding, ...] = ()
        if len(logits):
            found = findings(logits, manifest, prepared.stretches, rule, unlike, windows, self._classes)
        rate, spread = _heart_rate(prepared.heart_rates)
        if rule == "mean of windows":
            found = with_measurements(found, rate, prepared.measurements)
        else:
            found = with_burden_of_beats(found, prepared.measurements)
        signal = prepared.signal
        summary = words.summary(found, quality, words.heart_rate(rate, spread), signal)
        return Diagnosis(
            summary=summary,
            rule=rule,
            findings=found,
            quality=quality,
            heart_rate=rate,
            heart_rate_range=spread,
            measurements=prepared.measurements,
            machine_measurements=prepared.record.machine_measurements,
            signal=signal,
            notes=(*prepared.record.notes, *prepared.notes, *_warnings(manifest, prepared.record)),
            beats=BeatList(
                seconds=tuple(np.round(prepared.beats.seconds, 3).tolist()), kinds=tuple(prepared.beats.kinds.tolist())
            ),
            bundle=self._summary,
            choice=choice,
            timeline=_timeline(windows, manifest, prepared),
        )

    def _readable(self, prepared: Prepared) -> tuple[Prepared, NDArray[np.float32]]:
        """Leave out what a network finds unreadable that knows it; it then decides on noise, instead of the indices.

        A window is read all the same in which it finds a class that noise is not to hide, and that is likelier.
        """
        manifest = self.bundle.manifest
        if not manifest.unreadable:
            return prepared, self.logits(prepared)
        prepared = prepared.with_noise()
        logits = self.logits(prepared)
        shares = calibrated(logits, manifest)
        unreadable = list(manifest.unreadable)
        despite = [manifest.classes.index(code) for code in manifest.despite_noise]
        likelier = shares[:, despite] >= shares[:, unreadable].max(axis=1, keepdims=True)
        found = (verdicts_of(shares, manifest)[:, despite] == "found") & likelier
        noisy = possible(shares, manifest)[:, unreadable].any(axis=1) & ~found.any(axis=1)
        return prepared.without(np.flatnonzero(prepared.judged)[noisy], UNREADABLE_REASON), logits[~noisy]

    def logits(self, prepared: Prepared) -> NDArray[np.float32]:
        """``(judged windows, classes)`` float32, with what age, sex and beats add to them where they do."""
        starts = prepared.starts[prepared.judged]
        batches = windows_of(prepared.microvolts, starts, prepared.spec, WINDOWS_AT_ONCE)
        age, sex = prepared.record.age, prepared.record.sex

        def judged(batch: NDArray[np.int16]) -> NDArray[np.float32]:
            return self.bundle.logits_of(batch, [np.nan if age is None else age], [sex or ""])

        logits = list(in_threads(judged, batches, threads_for(len(starts))))
        return np.concatenate(logits) if logits else np.empty((0, len(self.bundle.manifest.classes)), dtype=np.float32)


def _heart_rate(rates: tuple[float | None, ...]) -> tuple[float | None, tuple[float, float] | None]:
    """Median (a few miscounted windows do not matter), and 5th and 95th percentile over the judged windows."""
    known = [rate for rate in rates if rate is not None]
    if not known:
        return None, None
    if len(known) == 1:
        return known[0], (known[0], known[0])
    low, middle, high = np.percentile(known, [5, 50, 95])
    return float(middle), (float(low), float(high))


def _timeline(probabilities: NDArray[np.float64], manifest: BundleManifest, prepared: Prepared) -> Timeline:
    where = np.flatnonzero(prepared.judged)
    rounded, not_judged = np.round(probabilities, 4), manifest.shape if prepared.unlike_training else ()
    by_window = verdicts_of(rounded, manifest)
    by_window[:, [code in not_judged for code in manifest.classes]] = "not judged"
    windows = len(prepared.starts)
    return Timeline(
        window_seconds=manifest.signal.window_seconds,
        start_seconds=tuple(prepared.stretches.starts.tolist()),
        judged=tuple(prepared.judged.tolist()),
        heart_rate=tuple(None if rate is None else round(rate, 1) for rate in prepared.heart_rates),
        probabilities=dict(zip(manifest.classes, _columns(rounded, where, windows), strict=True)),
        verdicts=dict(zip(manifest.classes, _columns(by_window, where, windows), strict=True)),
    )


def _columns(values: NDArray[Any], where: NDArray[np.int64], windows: int) -> list[tuple[Any, ...]]:
    """For each class a value for every window: those of the judged ones at their places, None for the others."""
    columns = np.full((values.shape[1], windows), None, dtype=object)
    columns[:, where] = values.T
    return [tuple(column) for column in columns.tolist()]


def _warnings(manifest: BundleManifest, record: Record) -> tuple[str, ...]:
    warnings = []
    if manifest.person_weights:
        known = [name for name, value in (("age", record.age), ("sex", record.sex)) if value is not None]
        warnings.append(
            f"{' and '.join(known)} of the person taken into account"
            if known
            else "age and sex of the person would make it a little more certain (--age, --sex)"
        )
    if manifest.normal and not set(manifest.normal) & set(manifest.shape):
        warnings.append(
            "a normal rhythm is no normal ECG: an infarction, a block or a thick heart muscle may be there all the same"
        )
    if manifest.corpus == SIMULATED:
        warnings.append("the student was trained on simulated recordings: what it finds in a real one means nothing")
    if record.age is not None and record.age < _ADULT:
        warnings.append(
            f"this is a child of {record.age:.0f}: children's ECGs differ, and the student learned from adults"
        )
    return tuple(warnings)
