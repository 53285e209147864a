"""A second voice beside a network: what the beats of a window add to its logits.

A small network over the features of :mod:`mvkt.ecg.rhythm_features`, whose outputs are added to the logits before they
are averaged and calibrated. It is stored as plain numbers.
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from mvkt.ecg.rhythm_features import NAMES, rhythm_features
from mvkt.ecg.small_network import SmallNetwork
from mvkt.stored import Part

Row = Annotated[tuple[float, ...], Field(max_length=1000)]
Table = Annotated[tuple[Row, ...], Field(max_length=1000)]

Float = NDArray[np.float64]


class RhythmHead(Part):
    """What the beats add to the logits of a network.

    Attributes:
        features: Names of the features, in order.
        typical: ``(features,)`` medians of the training windows: what is not known counts as that.
        lowest: ``(features,)`` what is below counts as this.
        highest: ``(features,)`` what is above counts as this.
        hidden: ``(features, units)`` weights of the hidden units.
        hidden_bias: ``(units,)``.
        output: ``(units, classes)``.
        output_bias: ``(classes,)``.
    """

    features: Annotated[tuple[str, ...], Field(max_length=1000)]
    typical: Row
    lowest: Row
    highest: Row
    hidden: Table
    hidden_bias: Row
    output: Table
    output_bias: Row

    @model_validator(mode="after")
    def _parts_agree(self) -> RhythmHead:
        if self.features != NAMES:
            raise ValueError("features of beats that this version of mvkt does not measure")
        features, units, classes = len(self.features), len(self.hidden_bias), len(self.output_bias)
        shapes = {
            "typical": (len(self.typical), features),
            "lowest": (len(self.lowest), features),
            "highest": (len(self.highest), features),
            "hidden": ((len(self.hidden), *map(len, self.hidden)), (features, *(units,) * features)),
            "output": ((len(self.output), *map(len, self.output)), (units, *(classes,) * units)),
        }
        for name, (there, wanted) in shapes.items():
            if there != wanted:
                raise ValueError(
                    f"{name} has the wrong shape for {features} features, {units} units, {classes} classes"
                )
        return self

    @cached_property
    def network(self) -> SmallNetwork:
        """The small network."""
        names = ("hidden", "hidden_bias", "output", "output_bias")
        return SmallNetwork.of({name: getattr(self, name) for name in names})

    def of_features(self, features: Float) -> Float:
        """``(windows, classes)`` what is added to the logits, from ``(windows, features)``."""
        known = np.where(np.isnan(features), np.array(self.typical), features)
        return self.network.logits(np.clip(known, self.lowest, self.highest))

    def shift(self, microvolts: NDArray[np.int16], sampling_frequency: float) -> NDArray[np.float32]:
        """Return what is added to the logits of windows.

        Args:
            microvolts: ``(windows, 1, samples)`` int16, :data:`~mvkt.ecg.signal.MISSING` in gaps.
            sampling_frequency: Samples a second.

        Returns:
            ``(windows, classes)``.
        """
        return self.of_features(rhythm_features(microvolts, sampling_frequency)).astype(np.float32)
