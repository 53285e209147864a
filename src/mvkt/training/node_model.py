"""The model of a network of a run: untrained, or with its trained weights."""

from __future__ import annotations

from pathlib import Path

import torch

from mvkt.ecg.person import PERSON_FEATURES
from mvkt.errors import TrainingError
from mvkt.models import EcgModel, build_model
from mvkt.training.checkpoint import progress_from_first, tensors_from_first
from mvkt.training.graph import Node


def build(node: Node, classes: int | None = None) -> EcgModel:
    """Build an untrained network; baseline and student of a seed begin with the same weights.

    Args:
        node: Which.
        classes: How many it learns; those of the task if not given.
    """
    torch.manual_seed(node.seed)
    architecture = {**node.architecture, **({"classes": classes} if classes else {})}
    model: EcgModel = build_model(**architecture)
    if node.settings.person:
        model.add_age_and_sex_term(len(PERSON_FEATURES))
    return model.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def load_node(node: Node, folder: Path) -> EcgModel:
    """Load a trained network in evaluation mode.

    Raises:
        TrainingError: It is not trained to the end.
    """
    progress = progress_from_first(folder)
    if progress is None or not progress.finished:
        raise TrainingError(f"the {node.role} in {folder} is not trained to the end; train it first")
    model = build(node, len(node.classes))
    model.load_state_dict(tensors_from_first(folder / "best.safetensors"))
    return model.eval()
