"""Checkpoints: tensors as safetensors, everything else as JSON, each file written whole or not at all.

``last.json`` decides: it names the tensor file it belongs to and is renamed into place after it, so a
process that is killed at any moment leaves the previous checkpoint valid.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load, load_file, save
from torch import Tensor

from mvkt.errors import TrainingError
from mvkt.files import atomic_write, write_text
from mvkt.stored import Storage, StoredFile
from mvkt.training.launched import from_first
from mvkt.transfer.gather import process_count

_LAST = "last.json"


class Progress(StoredFile):
    """How far a training has come.

    Attributes:
        epoch: Epochs done.
        best_epoch: The epoch with the best validation macro AUC so far; 0 before the first.
        best_score: That macro AUC.
        seconds: Time spent on training, over all sessions.
        finished: No epoch will follow.
        tensors: File of the state that belongs to this.
    """

    storage: ClassVar[Storage] = Storage(TrainingError, "train again without --resume", "train again without --resume")

    epoch: int = 0
    best_epoch: int = 0
    best_score: float = -1.0
    seconds: float = 0.0
    finished: bool = False
    tensors: str = ""


def save_tensors(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Write tensors so that the file is there whole or not at all."""
    with atomic_write(path) as handle:
        handle.write(save({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}))


def load_tensors(path: Path) -> dict[str, Tensor]:
    """Read tensors.

    Raises:
        TrainingError: The file is missing or damaged.
    """
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise TrainingError(f"cannot read the weights {path}: {error}; train again without --resume") from error


def tensors_from_first(path: Path) -> dict[str, Tensor]:
    """Return the tensors that the first process of a run reads, in all its processes.

    Raises:
        TrainingError: The file is missing or damaged.
    """
    if process_count() == 1:
        return load_tensors(path)
    return load(from_first(lambda: save(load_tensors(path))))


def progress_from_first(folder: Path) -> Progress | None:
    """Return what :func:`load_progress` returns in the first process of a run, in all its processes.

    Raises:
        TrainingError: The checkpoint is damaged.
    """
    if process_count() == 1:
        return load_progress(folder)
    text = from_first(lambda: (progress.model_dump_json() if (progress := load_progress(folder)) else "").encode())
    return Progress.model_validate_json(text) if text else None


def save_checkpoint(
    folder: Path, progress: Progress, state: Mapping[str, Tensor], optimiser: torch.optim.Optimizer
) -> None:
    """Write the state of a training after an epoch and drop the checkpoint before."""
    name = f"last-{progress.epoch:04d}.safetensors"
    tensors = {f"state.{key}": value for key, value in state.items()}
    for number, slots in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{number}.{slot}": value for slot, value in slots.items()}
    save_tensors(folder / name, tensors)
    progress.model_copy(update={"tensors": name}).save(folder / _LAST)
    for old in folder.glob("last-*.safetensors"):
        if old.name != name:
            old.unlink()


def load_progress(folder: Path) -> Progress | None:
    """Return how far the training in this folder has come, or None when there is no checkpoint.

    Raises:
        TrainingError: The checkpoint is damaged.
    """
    path = folder / _LAST
    return Progress.load(path) if path.exists() else None


def load_checkpoint(
    folder: Path, progress: Progress, state: Mapping[str, Tensor], optimiser: torch.optim.Optimizer
) -> None:
    """Copy a checkpoint into the tensors of ``state`` and into the optimiser.

    Raises:
        TrainingError: The checkpoint does not belong to this recipe.
    """
    tensors = tensors_from_first(folder / progress.tensors)
    saved = {key.removeprefix("state."): value for key, value in tensors.items() if key.startswith("state.")}
    if saved.keys() != state.keys() or any(saved[key].shape != state[key].shape for key in saved):
        raise TrainingError(f"the checkpoint in {folder} is of another recipe; train again without --resume")
    with torch.no_grad():
        for key, target in state.items():
            target.copy_(saved[key])
    slots: dict[int, dict[str, Any]] = {}
    for key, value in tensors.items():
        if key.startswith("optimiser."):
            _, number, slot = key.split(".", 2)
            slots.setdefault(int(number), {})[slot] = value
    groups = optimiser.state_dict()["param_groups"]
    optimiser.load_state_dict({"state": slots, "param_groups": groups})
    # A fused optimiser walks through memory: its state has to lie there in the order of its parameter.
    for parameter, own in optimiser.state.items():
        for slot, value in own.items():
            if value.shape == parameter.shape:
                own[slot] = torch.empty_like(parameter, requires_grad=False).copy_(value)


def truncate_lines(path: Path, epochs: int) -> None:
    """Keep the lines of the epochs that a checkpoint covers, a line an epoch; later ones are trained again."""
    if path.exists():
        lines = path.read_text(encoding="utf-8").splitlines()
        write_text(path, "".join(f"{line}\n" for line in lines[:epochs]))
