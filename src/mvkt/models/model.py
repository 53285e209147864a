"""What every backbone is: a module from ``(batch, leads, samples)`` to :class:`Output`."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from mvkt.errors import LeadError


class Output(NamedTuple):
    """What a model says about a batch.

    Attributes:
        logits: ``(batch, classes)``, one independent logit a class.
        embedding: ``(batch, embedding_dim)``, the input of the classifier.
    """

    logits: Tensor
    embedding: Tensor


def as_image(signal: Tensor) -> Tensor:
    """Turn ``(batch, leads, samples)`` into ``(batch, leads, 1, samples)`` in channels_last.

    A convolution of height one in channels_last is several times faster on processors than ``Conv1d``. With
    one lead the two memory formats differ only in strides that PyTorch ignores when asked to convert, so they
    are set by a permutation: otherwise the whole network would run in the slow format.
    """
    if signal.shape[1] == 1:
        return signal.contiguous().unsqueeze(3).permute(0, 3, 1, 2)
    return signal.unsqueeze(2).contiguous(memory_format=torch.channels_last)


class EcgModel(nn.Module):
    """Base of the backbones; a subclass defines ``embed`` and may replace ``classifier``.

    Attributes:
        leads: Leads that the model takes.
        classes: Classes that it judges.
        embedding_dim: Length of the embedding.
    """

    def __init__(self, *, leads: int, classes: int, embedding_dim: int) -> None:
        super().__init__()
        self.leads = leads
        self.classes = classes
        self.embedding_dim = embedding_dim
        self.classifier: nn.Module = nn.Linear(embedding_dim, classes)

    def embed(self, signal: Tensor) -> Tensor:
        """Return the embedding ``(batch, embedding_dim)`` of ``(batch, leads, 1, samples)``."""
        raise NotImplementedError

    def forward(self, signal: Tensor) -> Output:
        """Judge a batch of windows.

        Args:
            signal: ``(batch, leads, samples)``, standardised.

        Returns:
            Logits and embedding, both float32 under autocast too: the classifier costs nothing, and bfloat16
            logits would tie in the ranking that AUC is made of.

        Raises:
            LeadError: The signal has another shape or number of leads.
        """
        if signal.dim() != 3 or signal.shape[1] != self.leads:
            raise LeadError(
                f"the model takes a signal of shape (batch, {self.leads}, samples), "
                f"got {tuple(signal.shape)}: select the view that it was built for"
            )
        embedding = self.embed(as_image(signal)).float()
        if torch.is_autocast_enabled(signal.device.type):
            with torch.autocast(signal.device.type, enabled=False):
                return Output(self.classifier(embedding), embedding)
        return Output(self.classifier(embedding), embedding)
