"""What every backbone is: a module from ``(batch, leads, samples)`` to :class:`Output`."""

from __future__ import annotations

from itertools import islice
from typing import NamedTuple

import torch
from torch import Tensor, nn

from mvkt.errors import LeadError, RecipeError


class Output(NamedTuple):
    """The outputs of a model for a batch.

    Attributes:
        logits: ``(batch, classes)``, an independent logit a class.
        embedding: ``(batch, embedding_dim)``, the input of the classifier.
    """

    logits: Tensor
    embedding: Tensor


def as_image(signal: Tensor) -> Tensor:
    """Turn ``(batch, leads, samples)`` into ``(batch, leads, 1, samples)`` in channels_last.

    A convolution of height one in channels_last is several times faster on processors than ``Conv1d``. With
    one lead the two memory formats differ only in strides that PyTorch ignores in a conversion, so they
    are set by a permutation: otherwise the whole network would run in the slow format.
    """
    if signal.shape[1] == 1:
        return signal.contiguous().unsqueeze(3).permute(0, 3, 1, 2)
    return signal.unsqueeze(2).contiguous(memory_format=torch.channels_last)


class EcgModel(nn.Module):
    """Base of the backbones; a subclass defines ``embed`` and may replace ``classifier``.

    Attributes:
        leads: Leads that the model takes.
        classes: Classes of its logits.
        embedding_dim: Length of the embedding.
        person_term: What age and sex add to the logits; None where they are not used.
        stage_channels: Channels of each stage that :meth:`stage_features` returns; empty where a model has none.
    """

    stage_channels: tuple[int, ...] = ()

    def __init__(self, *, leads: int, classes: int, embedding_dim: int) -> None:
        super().__init__()
        self.leads = leads
        self.classes = classes
        self.embedding_dim = embedding_dim
        self.classifier: nn.Module = nn.Linear(embedding_dim, classes)
        self.person_term: nn.Linear | None = None

    def add_age_and_sex_term(self, features: int) -> None:
        """Add a linear term of so many features of the person to the logits; it begins as 0.

        It is apart from the network, so that the network alone gives the logits of an unknown person.
        """
        self.person_term = nn.Linear(features, self.classes, bias=False)
        nn.init.zeros_(self.person_term.weight)

    def embed(self, signal: Tensor) -> Tensor:
        """Return the embedding ``(batch, embedding_dim)`` of ``(batch, leads, 1, samples)``."""
        raise NotImplementedError

    def forward(self, signal: Tensor | tuple[Tensor, Tensor]) -> Output:
        """Run on a batch of windows.

        Args:
            signal: ``(batch, leads, samples)``, standardised; with ``(batch, features)`` of the persons beside it where
                the model uses them and they are known.

        Returns:
            Logits and embedding, both float32 under autocast too: the classifier costs nothing, and bfloat16
            logits would tie in the ranking that AUC is made of.

        Raises:
            LeadError: The signal has another shape or number of leads.
        """
        signal, person = signal if isinstance(signal, tuple) else (signal, None)
        return self._output(self.embed(self._image(signal)), person)

    def stage_features(self, signal: Tensor | tuple[Tensor, Tensor]) -> tuple[Output, tuple[Tensor, ...]]:
        """Run on a batch and keep what the stages made of it, for losses that compare networks on the way.

        Args:
            signal: As in :meth:`forward`, which does not keep them and so stays as light as it is.

        Returns:
            What :meth:`forward` returns, and ``(batch, channels, steps)`` of each stage, first stage first.

        Raises:
            LeadError: As in :meth:`forward`.
            RecipeError: The model has no stages.
        """
        signal, person = signal if isinstance(signal, tuple) else (signal, None)
        embedding, features = self.embed_stages(self._image(signal))
        return self._output(embedding, person), features

    def embed_stages(self, signal: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return what :meth:`embed` returns, and ``(batch, channels, steps)`` of each stage."""
        raise RecipeError(
            f"{type(self).__name__} has no features of stages: choose another model or a loss without them"
        )

    def _image(self, signal: Tensor) -> Tensor:
        if signal.dim() != 3 or signal.shape[1] != self.leads:
            raise LeadError(
                f"the model takes a signal of shape (batch, {self.leads}, samples), "
                f"got {tuple(signal.shape)}: select the view that it was built for"
            )
        return as_image(signal)

    def _output(self, embedding: Tensor, person: Tensor | None) -> Output:
        embedding = embedding.float()
        if torch.is_autocast_enabled(embedding.device.type):
            with torch.autocast(embedding.device.type, enabled=False):
                return Output(self._logits(embedding, person), embedding)
        return Output(self._logits(embedding, person), embedding)

    def _logits(self, embedding: Tensor, person: Tensor | None) -> Tensor:
        logits: Tensor = self.classifier(embedding)
        if person is None or self.person_term is None:
            return logits
        shift: Tensor = self.person_term(person.to(embedding.dtype))  # a loop in mixed precision gives it in bfloat16
        return logits + shift


class StagedModel(EcgModel):
    """A stem, residual blocks in stages, and a pool: what the convolutional backbones have in common.

    A subclass sets ``stem``, ``stages`` (the blocks of all stages in a row), ``pool``, ``stage_channels`` and
    ``blocks_of_stage``.

    Attributes:
        blocks_of_stage: How many blocks make up each stage.
    """

    stem: nn.Module
    stages: nn.Sequential
    pool: nn.Module
    blocks_of_stage: tuple[int, ...]

    def embed(self, signal: Tensor) -> Tensor:
        """Return the pooled features of the last stage, ``(batch, embedding_dim)``."""
        embedding: Tensor = self.pool(self.stages(self.stem(signal)))
        return embedding

    def embed_stages(self, signal: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return the same, and ``(batch, channels, steps)`` of each stage."""
        features, kept, blocks = self.stem(signal), [], iter(self.stages)
        for count in self.blocks_of_stage:
            for block in islice(blocks, count):
                features = block(features)
            kept.append(features.squeeze(2))
        return self.pool(features), tuple(kept)
