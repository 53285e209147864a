"""Mixing training records with each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.signal import MISSING


@dataclass(frozen=True)
class Mixture:
    """Which record of a batch is mixed with which, and by how much.

    Attributes:
        partner: ``(batch,)`` the other record.
        share: ``(batch,)`` float32, how much of the record itself is kept, 0.5 to 1.
    """

    partner: NDArray[np.int64]
    share: NDArray[np.float32]

    def of_signals(self, microvolts: NDArray[np.int16]) -> NDArray[np.int16]:
        """Mix conditioned microvolts ``(batch, leads, samples)``.

        What a record lacks stays missing; where its partner lacks something, the partner adds nothing.
        """
        missing = microvolts == MISSING
        signal = np.where(missing, np.float32(0), microvolts.astype(np.float32))
        share = self.share[:, np.newaxis, np.newaxis]
        mixed: NDArray[np.int16] = np.rint(share * signal + (1 - share) * signal[self.partner]).astype(np.int16)
        mixed[missing] = MISSING
        return mixed

    def of_targets(self, targets: NDArray[np.float32]) -> NDArray[np.float32]:
        """Mix labels ``(batch, classes)``."""
        share = self.share[:, np.newaxis]
        mixed: NDArray[np.float32] = share * targets + (1 - share) * targets[self.partner]
        return mixed


def draw_mixture(batch: int, concentration: float, generator: np.random.Generator) -> Mixture:
    """Draw partners and shares for a batch.

    The larger share stays with the record itself, so that its row in a memory bank is still its own.

    Source: Zhang et al., *mixup: Beyond Empirical Risk Minimization*, ICLR 2018.

    Args:
        batch: Records.
        concentration: Both parameters of the Beta distribution of the share, above 0.
        generator: Source of all randomness.
    """
    share = generator.beta(concentration, concentration, batch)
    return Mixture(generator.permutation(batch), np.maximum(share, 1 - share).astype(np.float32))
