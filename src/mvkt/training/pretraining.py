"""What a student can learn before it learns its task: from all leads of the training records.

``any-lead`` is the task itself, each record seen through a lead drawn at random, and needs no module of its own. The
other two need no labels. Each module stands in the place of :class:`mvkt.transfer.Distiller` in the one training loop.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from mvkt.errors import TrainingError
from mvkt.models import EcgModel
from mvkt.transfer.gather import gather, share_of_batch

_CONTRAST_TEMPERATURE = 0.1
_PROJECTION = 128
_PATCH = 50
_MASKED_SHARE = 0.4


class Pretraining(nn.Module):
    """Base: a student, what helps to train it, and the loss.

    Attributes:
        student: The network that is kept.
        head: What only this objective needs.
        measures_shares: Without effect: there is a single loss.
        gradient_shares: Empty.
    """

    def __init__(self, student: EcgModel, head: nn.Module) -> None:
        super().__init__()
        self.student, self.head = student, head
        self.measures_shares = False
        self.gradient_shares: dict[str, float] = {}

    def trainable_parameters(self) -> list[nn.Parameter]:
        """Return the parameters of the student and of the head."""
        return list(self.parameters())

    def own_state(self) -> dict[str, Tensor]:
        """Return the state; the tensors are the live ones."""
        return dict(self.state_dict())


class Contrastive(Pretraining):
    """Two leads of a record are closer to each other than to leads of other records of the batch.

    Source: Kiyasseh et al., *CLOCS: Contrastive Learning of Cardiac Signals Across Space, Time, and Patients*, ICML
    2021 (its CMLC), with the symmetric loss of Chen et al., *SimCLR*, ICML 2020.
    """

    def __init__(self, student: EcgModel) -> None:
        width = student.embedding_dim
        super().__init__(
            student, nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, _PROJECTION, bias=False))
        )

    def forward(
        self, signal: Tensor, targets: Tensor, rows: Tensor, other: Tensor | None = None, generator: object = None
    ) -> dict[str, Tensor]:
        """Return the loss of a batch; ``signal`` and ``other`` are ``(batch, 1, samples)``, two leads of each record.

        Raises:
            TrainingError: There is no second lead.
        """
        if other is None:
            raise TrainingError("a contrast needs two leads of every record")
        # One pass over both, so that batch normalisation cannot separate the sides.
        embedding = self.student(torch.cat([signal, other])).embedding
        with torch.autocast(targets.device.type, enabled=False):
            sides = torch.cat([gather(side) for side in embedding.float().chunk(2)])
            first, second = functional.normalize(self.head(sides), dim=1).chunk(2)
            similarity = first @ second.T / _CONTRAST_TEMPERATURE
            own = torch.arange(len(first), device=signal.device)
            contrast = functional.cross_entropy(similarity, own) + functional.cross_entropy(similarity.T, own)
        return {"contrast": contrast / 2, "total": contrast / 2}


class Masked(Pretraining):
    """What is hidden of a record is predicted from the rest of it.

    Source: Na et al., *Guiding Masked Representation Learning to Capture Spatio-Temporal Relationship of
    Electrocardiogram* (ST-MEM), ICLR 2024, with a convolutional network and a linear decoder instead of transformers.
    """

    def __init__(self, student: EcgModel) -> None:
        super().__init__(student, nn.Conv1d(student.stage_channels[-1], student.leads, 1))

    def forward(
        self, signal: Tensor, targets: Tensor, rows: Tensor, other: object = None, generator: object = None
    ) -> dict[str, Tensor]:
        """Return the mean squared error over what is hidden; ``signal`` is ``(batch, leads, samples)``."""
        samples, share = signal.shape[2], share_of_batch(len(rows))
        drawn = torch.rand(len(rows), 1, -(-samples // _PATCH), device=signal.device)[share]
        hidden = (drawn < _MASKED_SHARE).repeat_interleave(_PATCH, dim=2)[:, :, :samples]
        _, features = self.student.stage_features(signal.masked_fill(hidden, 0.0))
        with torch.autocast(targets.device.type, enabled=False):
            predicted = functional.interpolate(self.head(features[-1].float()), size=samples, mode="linear")
            error = gather(((predicted - signal).square() * hidden).sum()[None]).sum()
            error = error / (gather(hidden.sum()[None]).sum() * signal.shape[1]).clamp(min=1)
        return {"error": error, "total": error}


OBJECTIVES: Mapping[str, type[Pretraining]] = {"contrastive": Contrastive, "masked": Masked}
"""Objectives without labels, by the names that recipes give them."""


def pretraining(objective: str, student: nn.Module) -> Pretraining:
    """Return the module that trains a student for an objective without labels."""
    build = cast(type[Contrastive] | type[Masked], OBJECTIVES[objective])
    return build(cast(EcgModel, student))
