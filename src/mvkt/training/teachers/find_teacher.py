"""Which kind of teacher a name or path is."""

from __future__ import annotations

from pathlib import Path

from mvkt.bundle.manifest import MANIFEST_FILE
from mvkt.errors import TrainingError
from mvkt.training.teachers.bundle_teacher import RESULT_FILE, BundleTeacher
from mvkt.training.teachers.logits_table import ENDINGS, LogitsTable
from mvkt.training.teachers.onnx_teacher import OnnxTeacher
from mvkt.training.teachers.outside_teacher import OutsideTeacher

_NETWORK = ".onnx"
_OF_OTHERS = (
    ".pt",
    ".pth",
    ".ckpt",
    ".safetensors",
    ".h5",
    ".keras",
    ".tflite",
    ".pb",
    ".pkl",
    ".npz",
    ".npy",
    ".xlsx",
)
"""Endings of networks and tables that are not read: what is called so is no name of a student."""


def find_teacher(teacher: str | Path) -> OutsideTeacher:
    """Open a teacher.

    Args:
        teacher: Folder of a finished run; an ONNX file with its declaration beside it; a Parquet or CSV table of
            logits; or a bundle: the name of a bundle that comes with mvkt, its folder, or ``hf://owner/name``.

    Raises:
        BundleError: There is no such bundle, or it is damaged.
        RecipeError: The declaration of an ONNX network is missing or has faults.
        TrainingError: There is no such file, a network is not what is declared, or a table cannot be used.
    """
    path = Path(teacher)
    if (path / RESULT_FILE).is_file() and not (path / MANIFEST_FILE).is_file():
        return BundleTeacher.of_run(path)
    ending = path.suffix.lower()
    if ending and (path.is_file() or (not path.exists() and ending in (_NETWORK, *ENDINGS, *_OF_OTHERS))):
        return _of_file(path)
    return BundleTeacher.find(teacher)


def _of_file(path: Path) -> OutsideTeacher:
    if not path.is_file():
        raise TrainingError(
            f"there is no file {path}; the teacher is an ONNX network or a table of logits by its ending"
        )
    if path.suffix.lower() == _NETWORK:
        return OnnxTeacher(path)
    if path.suffix.lower() in ENDINGS:
        return LogitsTable(path)
    raise TrainingError(
        f"{path} is no teacher that is read: expected an ONNX network ({_NETWORK}), or a table of logits "
        f"({' or '.join(ENDINGS)}); save it as one of these"
    )
