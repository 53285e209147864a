"""Weights of the student of another run, from which a network goes on."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from mvkt.errors import RecipeError
from mvkt.files import sha256
from mvkt.training.checkpoint import load_tensors

_WEIGHTS = "best.safetensors"


def starting_digest(run: str) -> str:
    """Return the SHA-256 of the weights of a run's student.

    Raises:
        RecipeError: The folder has no trained student.
    """
    return sha256(_weights_of(run))


def load_starting_weights(model: nn.Module, run: str) -> tuple[str, ...]:
    """Give a network the weights of a run's student, where they have the same name and shape.

    Returns:
        The names of what begins anew.

    Raises:
        RecipeError: The folder has no trained student, or nothing of it fits: it is another backbone.
        TrainingError: The weights are damaged.
    """
    path, own = _weights_of(run), model.state_dict()
    found = load_tensors(path)
    fitting = {name: tensor for name, tensor in found.items() if name in own and own[name].shape == tensor.shape}
    anew = tuple(name for name in own if name not in fitting)
    if len(anew) > len(own) / 2:
        raise RecipeError(
            f"start: {len(anew)} of {len(own)} weights do not fit the student of {run}; expected the same backbone, "
            "with the same settings and leads"
        )
    model.load_state_dict({**own, **fitting})
    return anew


def _weights_of(run: str) -> Path:
    for folder in (Path(run) / "student", Path(run)):
        if (folder / _WEIGHTS).is_file():
            return folder / _WEIGHTS
    raise RecipeError(
        f"start: there are no trained weights in {run}; expected the folder of a run, or of a network of it"
    )
