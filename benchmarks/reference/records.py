"""A data set of numpy records that are altered one at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset


@dataclass(frozen=True)
class Augmentation:
    """How training records are altered; all 0 leaves them as they are. The units are those of mvkt's recipes."""

    shift_seconds: float = 0.0
    scale: float = 0.0
    noise_mv: float = 0.0
    wander_mv: float = 0.0
    mask_share: float = 0.0


def standardise(signal: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean 0 and deviation 1 over leads and samples."""
    return np.asarray((signal - signal.mean()) / (signal.std() + 1e-8))


class Records(Dataset[tuple[Tensor, Tensor, Tensor, int, Tensor]]):
    """Millivolts ``(records, 12, samples)`` in memory with labels ``(records, classes)``.

    An item is what teacher and student see of the same altered record, its labels, its number, and the numbers of its
    negatives: records that share no label with it.

    Args:
        millivolts: The records.
        targets: Their labels.
        student_leads: Positions of the leads that the student sees.
        augmentation: How the records are altered.
        negatives: Negatives of every record; 0 for training without a teacher.
        sampling_frequency: Samples a second.
        seed: Of everything random.
    """

    def __init__(
        self,
        millivolts: NDArray[np.float32],
        targets: NDArray[np.bool_],
        student_leads: list[int],
        augmentation: Augmentation,
        negatives: int = 0,
        sampling_frequency: float = 100.0,
        seed: int = 0,
    ) -> None:
        self.millivolts, self.targets, self.student_leads = millivolts, targets, student_leads
        self.augmentation, self.negatives, self.sampling_frequency = augmentation, negatives, sampling_frequency
        self.random = np.random.default_rng(seed)
        self._eligible: dict[bytes, NDArray[np.int64]] = {}

    def __len__(self) -> int:
        return len(self.millivolts)

    def __getitem__(self, row: int) -> tuple[Tensor, Tensor, Tensor, int, Tensor]:
        record = self._altered(self.millivolts[row])
        return (
            torch.from_numpy(standardise(record)),
            torch.from_numpy(standardise(record[self.student_leads])),
            torch.from_numpy(self.targets[row].astype(np.float32)),
            row,
            torch.from_numpy(self._draw(row)),
        )

    def _draw(self, row: int) -> NDArray[np.int64]:
        labels = self.targets[row]
        if labels.tobytes() not in self._eligible:
            self._eligible[labels.tobytes()] = np.flatnonzero(~(self.targets & labels).any(axis=1))
        eligible = self._eligible[labels.tobytes()]
        others = eligible[eligible != row]  # without any label, a record is in its own list
        return self.random.choice(others, self.negatives) if self.negatives else others[:0]

    def _altered(self, record: NDArray[np.float32]) -> NDArray[np.float32]:
        settings, random = self.augmentation, self.random
        leads, samples = record.shape
        if settings.shift_seconds:
            furthest = round(settings.shift_seconds * self.sampling_frequency)
            record = np.roll(record, random.integers(-furthest, furthest + 1), axis=1)
        if settings.scale:
            record = record * np.float32((1 + settings.scale) ** random.uniform(-1, 1))
        if settings.noise_mv:
            level = settings.noise_mv * random.random()
            record = record + np.float32(level) * random.standard_normal(record.shape, dtype=np.float32)
        if settings.wander_mv:
            time = np.arange(samples) / self.sampling_frequency
            phase = random.uniform(0, 2 * np.pi, (leads, 1))
            wander = np.sin(2 * np.pi * random.uniform(0.15, 0.7) * time + phase)
            record = record + (settings.wander_mv * random.random((leads, 1)) * wander).astype(np.float32)
        if settings.mask_share:
            length = int(random.uniform(0, settings.mask_share) * samples)
            start = random.integers(0, samples - length + 1)
            record = record.copy()
            record[:, start : start + length] = 0.0
        return record
