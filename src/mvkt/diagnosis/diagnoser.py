"""From a recording to a diagnosis, with numpy and ONNX Runtime only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mvkt.diagnosis.bundle import Bundle
from mvkt.diagnosis.diagnosis import BundleSummary, Diagnosis, Finding, LeftOut, Quality, SignalSummary
from mvkt.diagnosis.manifest import MODEL_FILE, SIMULATED, BundleManifest
from mvkt.diagnosis.reading import Reading, choose_leads, describe_processing
from mvkt.ecg.quality import WindowQuality, assess
from mvkt.ecg.record import Record
from mvkt.ecg.signal import condition, cut, standardise

_WINDOWS_AT_ONCE = 32


def load(bundle: str | Path) -> Diagnoser:
    """Open a bundle and return what reads recordings with it.

    Raises:
        BundleError: The bundle is missing, damaged or of another version.
    """
    return Diagnoser(Bundle.open(bundle))


class Diagnoser:
    """Reads recordings with the student of a bundle.

    A recording is cut into windows; those too poor to be judged are left out; the logits of the others are
    averaged and calibrated. Thresholds and figures of a bundle were measured in the same way, but without
    leaving windows out.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle

    def diagnose(self, record: Record, lead: str | None = None) -> Diagnosis:
        """Judge a recording.

        Args:
            record: The recording.
            lead: For a student of one lead: read this lead of the recording instead of the one that the
                student was trained on. For a recording that does not name its only lead: which lead it is.

        Raises:
            LeadError: The recording does not have the leads that the student reads.
            BundleError: The student's network fails.
        """
        manifest = self.bundle.manifest
        reading = choose_leads(record, manifest.view, lead)
        microvolts, starts = cut(condition(reading.record, manifest.signal, reading.view), manifest.signal)
        qualities = [quality for batch in _batches(microvolts) for quality in assess(batch, manifest.signal)]
        judgeable = np.array([quality.judgeable for quality in qualities])
        good = microvolts if judgeable.all() else microvolts[judgeable]
        return Diagnosis(
            findings=self._findings(good) if len(good) else (),
            quality=_summarise(qualities, starts / manifest.signal.sampling_frequency),
            heart_rate=_heart_rate(qualities),
            signal=_describe(record, reading, manifest, len(microvolts)),
            notes=(*record.notes, *reading.notes, *_warnings(manifest)),
            bundle=_identify(manifest),
        )

    def _findings(self, microvolts: NDArray[np.int16]) -> tuple[Finding, ...]:
        """Judge ``(windows, leads, samples)``; at least one window."""
        from scipy.special import expit  # here, because scipy takes long to import

        manifest = self.bundle.manifest
        logits = [self.bundle.logits(standardise(batch, manifest.signal)) for batch in _batches(microvolts)]
        mean = np.concatenate(logits).mean(axis=0, dtype=np.float64)
        probabilities = expit(mean / np.array(manifest.temperatures))
        return tuple(
            Finding(
                code=code,
                title=manifest.title(code),
                probability=float(probability),
                threshold=threshold,
                positive=bool(probability >= threshold),
            )
            for code, probability, threshold in zip(manifest.classes, probabilities, manifest.thresholds, strict=True)
        )


def _batches(microvolts: NDArray[np.int16]) -> Iterator[NDArray[np.int16]]:
    for start in range(0, len(microvolts), _WINDOWS_AT_ONCE):
        yield microvolts[start : start + _WINDOWS_AT_ONCE]


def _summarise(qualities: list[WindowQuality], start_seconds: NDArray[np.float64]) -> Quality:
    left_out = tuple(
        LeftOut(start_seconds=float(start), reasons=quality.reasons)
        for start, quality in zip(start_seconds, qualities, strict=True)
        if not quality.judgeable
    )
    return Quality(
        windows=len(qualities),
        judged=len(qualities) - len(left_out),
        reasons=dict(Counter(reason for window in left_out for reason in window.reasons).most_common()),
        left_out=left_out,
    )


def _heart_rate(qualities: list[WindowQuality]) -> float | None:
    """Return the median over the judged windows, so that a few miscounted ones do not matter."""
    rates = [one.heart_rate for one in qualities if one.judgeable and one.heart_rate is not None]
    return float(np.median(rates)) if rates else None


def _describe(record: Record, reading: Reading, manifest: BundleManifest, windows: int) -> SignalSummary:
    leads = manifest.leads if len(manifest.leads) > 1 else (reading.view,)
    return SignalSummary(
        source=record.source,
        duration_seconds=record.duration,
        sampling_frequency=record.sampling_frequency,
        recorded_leads=record.leads,
        leads=leads,
        within_training_view=reading.within_training_view,
        processing=describe_processing(record, manifest.signal, windows),
    )


def _warnings(manifest: BundleManifest) -> tuple[str, ...]:
    if manifest.corpus != SIMULATED:
        return ()
    return ("the student was trained on simulated recordings: what it finds in a real one means nothing",)


def _identify(manifest: BundleManifest) -> BundleSummary:
    return BundleSummary(
        name=manifest.name,
        task=manifest.task,
        view=manifest.view,
        tool_version=manifest.tool_version,
        sha256=manifest.checksums[MODEL_FILE],
    )
