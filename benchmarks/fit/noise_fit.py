"""Fit ``mvkt.ecg.quality.noisiness`` on folds 1 to 8."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
from benchmarks.fit.fitting import fit_multinomial
from benchmarks.fit.real_records import RealRecords
from benchmarks.fit.stress_noise import KINDS, Ratio, mixed
from numpy.typing import NDArray

from mvkt.ecg.heartbeat import traces_of
from mvkt.ecg.quality import noisiness
from mvkt.ecg.quality.indices import Indices, measure

LEADS = ("I", "II")
KEPT_LEADS = ("I", "II", "V2")
MIXED_RECORDS = 500
_CLASS = {"white": 1, "muscle": 1, "motion": 2, "mains": 3, "wander": 4}


@dataclass(frozen=True)
class Settings:
    """How the model is fitted.

    Attributes:
        kept_share: How much of the real recordings of every lead is kept.
        penalty: Of the coefficients.
        weights: How much the kinds of noise count; those that are not named count 1.
    """

    kept_share: float = 0.988
    penalty: float = 1e-4
    weights: Mapping[str, float] = field(default_factory=lambda: {"wander": 4.0, "band": 2.0})


Float = NDArray[np.float64]


def indices_of(windows: NDArray[np.int16]) -> Indices:
    """Of ``(windows, leads, samples)`` at 100 Hz."""
    parts = []
    for start in range(0, len(windows), 64):
        parts.append(measure(traces_of(windows[start : start + 64], 100.0)))
    return Indices.joined(parts)


def features_of(windows: NDArray[np.int16]) -> Float:
    """``(windows, features)`` of windows of one lead."""
    return noisiness.features(indices_of(windows))[:, 0]


def classes_of_bands(clean: NDArray[np.int16], noisy: NDArray[np.int16]) -> NDArray[np.int64]:
    """The class of noise of a random band, by the centre of its spectrum."""
    spectrum = np.abs(np.fft.rfft(noisy[:, 0].astype(np.float64) - clean[:, 0], axis=1)) ** 2
    centre = spectrum @ np.fft.rfftfreq(noisy.shape[2], 0.01) / spectrum.sum(axis=1)
    return np.where(centre > 12, 1, np.where(centre > 1.6, 2, 4))


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """Features ``(n, features)``, classes ``(n,)`` and kinds ``(n,)`` of windows, and those of real ones by lead."""

    features: Float
    target: NDArray[np.int64]
    kind: NDArray[np.str_]
    real: tuple[Float, ...]

    @classmethod
    def of(cls, records: RealRecords, folds: Collection[int]) -> TrainingSet:
        """All recordings of folds as they are, and some clean ones with noise."""
        training = np.isin(records.fold, list(folds))
        chosen = np.random.default_rng(5).choice(np.flatnonzero(training & records.clean), MIXED_RECORDS, replace=False)
        real = tuple(features_of(records.lead(lead)[training]) for lead in KEPT_LEADS)
        parts = [(made, np.zeros(len(made), dtype=np.int64), "real") for made in real]
        ratios: tuple[Ratio, ...] = ("nst", "power")
        cases = [(lead, kind, ratio) for lead in LEADS for kind in KINDS for ratio in ratios]
        for number, (lead, kind, ratio) in enumerate(cases):
            clean = records.raw_lead(lead)[chosen]
            quiet, noisy = (mixed(clean, kind, snr, 1000 + 2 * number + (snr > 0), ratio=ratio) for snr in (18.0, -6.0))
            band = kind == "band"
            target = classes_of_bands(records.lead(lead)[chosen], noisy) if band else np.full(len(chosen), _CLASS[kind])
            parts += [
                (features_of(quiet), np.zeros(len(chosen), dtype=np.int64), "quiet"),
                (features_of(noisy), target, kind),
            ]
        kinds = np.concatenate([np.full(len(made), kind) for made, _, kind in parts])
        return cls(
            np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts]), kinds, real
        )

    def fit(self, settings: Settings) -> tuple[Float, float]:
        """Coefficients, and the threshold that keeps the share of the real recordings of every lead."""
        weights = np.ones(len(self.target))
        for kind, weight in {"real": 3.0, **settings.weights}.items():
            weights[self.kind == kind] = weight
        for side in (self.target == 0, self.target > 0):
            weights[side] /= weights[side].sum()
        coefficients = np.round(fit_multinomial(self.features, self.target, weights, settings.penalty), 2)
        limits = [np.quantile(odds(made, coefficients), settings.kept_share) for made in self.real]
        return coefficients, round(float(max(limits)), 2)


def odds(features: Float, coefficients: Float) -> Float:
    """``(windows,)`` log odds of noise."""
    logits: Float = np.logaddexp.reduce(features @ coefficients[:-1] + coefficients[-1], axis=1)
    return logits


def choose(records: RealRecords) -> list[list[str]]:
    """Compare settings on folds 7 and 8 after fitting on folds 1 to 6: kept, and the worst error of every strength."""
    training, inside = TrainingSet.of(records, range(1, 7)), np.isin(records.fold, (7, 8))
    kept = {lead: features_of(records.lead(lead)[inside]) for lead in KEPT_LEADS}
    noisy = {
        (ratio, snr): [
            features_of(mixed(records.raw_lead(lead)[inside & records.clean], kind, snr, 3000 + number, ratio=ratio))
            for number, (lead, kind) in enumerate((lead, kind) for lead in LEADS for kind in KINDS)
        ]
        for ratio in ("nst", "power")
        for snr in (-6.0, 18.0)
    }
    rows = []
    for penalty in (3e-4, 1e-4):
        for weights in ({"wander": 4.0, "band": 2.0}, {"wander": 8.0, "band": 2.0, "motion": 2.0}):
            for share in (0.986, 0.987, 0.988, 0.990):
                coefficients, limit = training.fit(Settings(share, penalty, weights))
                shares = [np.mean(odds(made, coefficients) <= limit) for made in kept.values()]
                wrong = [
                    max(np.mean((odds(made, coefficients) <= limit) == (snr < 0)) for made in cases)
                    for (_, snr), cases in noisy.items()
                ]
                settings = [f"{penalty:g}", str(weights), f"{share:g}"]
                rows.append([*settings, *(f"{100 * value:.1f} %" for value in (*shares, *wrong))])
    return rows


def fit(records: RealRecords) -> tuple[Float, float]:
    """Coefficients and threshold from folds 1 to 8."""
    return TrainingSet.of(records, range(1, 9)).fit(Settings())
