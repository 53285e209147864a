"""The folder of a run: what it belongs to, and the teachers that it takes from another run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mvkt.errors import TrainingError
from mvkt.files import write_text
from mvkt.training.checkpoint import load_progress

RECIPE_FILE = "recipe.json"
_AFTER_TRAINING = ("limits", "rhythm")
_OF_A_TEACHER = ("task", "min_samples", "classes", "seed", "folds", "teacher", "further_teachers", "augmentation")
_TEACHER_FILES = ("best.safetensors", "metrics.jsonl", "last.json")


@dataclass(frozen=True)
class RunIdentity:
    """What a run folder belongs to, with what comes after training as well: that may change in a trained run.

    Attributes:
        recipe: As data.
        corpus: Checksums of its files.
        unlabelled: Checksums of rows without labels.
        starts: SHA-256 of the networks that are gone on from, by role.
        outside: SHA-256 of a teacher from elsewhere.
    """

    recipe: Mapping[str, Any]
    corpus: Mapping[str, str]
    unlabelled: Sequence[str]
    starts: Mapping[str, str]
    outside: str | None

    @property
    def data(self) -> dict[str, Any]:
        """As it is stored."""
        stored = {
            "recipe": self.recipe,
            "corpus": self.corpus,
            "unlabelled": self.unlabelled,
            **({"starts": self.starts} if self.starts else {}),
            **({"outside": self.outside} if self.outside else {}),
        }
        made: dict[str, Any] = json.loads(json.dumps(stored))
        return made


def begin_folder(out: Path, identity: RunIdentity, resume: bool) -> None:
    """Make the run folder with the resolved recipe, or check that it is this run's.

    Raises:
        TrainingError: The folder is taken, or belongs to another recipe, corpus or start.
    """
    path, ours = out / RECIPE_FILE, identity.data
    require_free(out, resume)
    if not out.exists() or not any(out.iterdir()) or (identity.outside and not path.exists()):
        write_text(path, json.dumps(ours, indent=2) + "\n")
        return
    begun = _stored(out)
    if begun.get("starts", {}) != ours.get("starts", {}):
        raise TrainingError(f"{out} was begun from another start; choose another folder, or the same start")
    if _of_training(begun) != _of_training(ours):
        raise TrainingError(f"{out} was begun with another recipe or corpus; choose another folder, or the same recipe")
    if begun != ours:
        write_text(path, json.dumps(ours, indent=2) + "\n")


def adopt_teachers(out: Path, identity: RunIdentity, roles: Sequence[str], teacher_run: Path) -> None:
    """Copy the trained teachers of another run, once it is certain that they are those this recipe would train.

    Args:
        out: The run folder.
        identity: Of the run.
        roles: Of its teachers.
        teacher_run: The folder of the other run.

    Raises:
        TrainingError: The teachers there are others, or not trained to the end.
    """
    theirs, ours = _stored(teacher_run), identity.data
    different = [key for key in _OF_A_TEACHER if theirs["recipe"].get(key) != ours["recipe"][key]]
    if theirs["corpus"] != ours["corpus"]:
        different.append("corpus")
    if theirs.get("starts", {}).get("teacher") != ours.get("starts", {}).get("teacher"):
        different.append("start")
    if different:
        raise TrainingError(f"the teacher of {teacher_run} was trained with another {', '.join(different)}")
    for role in roles:
        progress = load_progress(teacher_run / role)
        if progress is None or not progress.finished:
            raise TrainingError(f"the {role} of {teacher_run} is not trained to the end; resume that run first")
        if load_progress(out / role) is None:
            (out / role).mkdir(exist_ok=True)
            for name in _TEACHER_FILES:  # last.json comes last: with it the others are complete
                shutil.copyfile(teacher_run / role / name, out / role / name)


def require_free(out: Path, resume: bool) -> None:
    """Refuse a run folder that is taken.

    Raises:
        TrainingError: There is something at ``out`` that is not to be gone on with.
    """
    if out.exists() and not out.is_dir():
        raise TrainingError(f"{out} exists and is a file; choose a folder")
    if not resume and out.exists() and any(out.iterdir()):
        raise TrainingError(f"{out} exists; go on with it by --resume, or choose another folder")


def _stored(run: Path) -> dict[str, Any]:
    try:
        identity: dict[str, Any] = json.loads((run / RECIPE_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TrainingError(f"{run} is no run folder: {RECIPE_FILE} cannot be read ({error})") from error
    return identity


def _of_training(identity: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out of an identity what no network depends on."""
    return {**identity, "recipe": _without(identity["recipe"])}


def _without(recipe: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in recipe.items() if name not in _AFTER_TRAINING}
    return {name: _without(value) if isinstance(value, dict) else value for name, value in kept.items()}
