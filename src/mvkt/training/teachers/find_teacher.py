"""Which kind of teacher a name or path is."""

from __future__ import annotations

from pathlib import Path

from mvkt.bundle.manifest import MANIFEST_FILE
from mvkt.training.teachers.bundle_teacher import RESULT_FILE, BundleTeacher
from mvkt.training.teachers.logits_table import ENDINGS, LogitsTable
from mvkt.training.teachers.onnx_teacher import OnnxTeacher
from mvkt.training.teachers.outside_teacher import OutsideTeacher


def find_teacher(teacher: str | Path) -> OutsideTeacher:
    """Open a teacher.

    Args:
        teacher: Folder of a finished run; an ONNX file with its declaration beside it; a Parquet or CSV table of
            logits; or a bundle: the name of a bundle that comes with mvkt, its folder, or ``hf://owner/name``.

    Raises:
        BundleError: There is no such bundle, or it is damaged.
        RecipeError: The declaration of an ONNX network is missing or has faults.
        TrainingError: A network is not what is declared, or a table cannot be used.
    """
    path = Path(teacher)
    if (path / RESULT_FILE).is_file() and not (path / MANIFEST_FILE).is_file():
        return BundleTeacher.of_run(path)
    if path.suffix.lower() == ".onnx" and path.is_file():
        return OnnxTeacher(path)
    if path.suffix.lower() in ENDINGS and path.is_file():
        return LogitsTable(path)
    return BundleTeacher.find(teacher)
