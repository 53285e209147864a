"""What is in the folder of a study.

::

    OUT/
    ├── plan.json                       the study as it is compared, resolved against its corpus (StudyPlan)
    ├── networks/<key>/                 trained networks, shared by all cells and studies that need the same one
    ├── cells/<method>/<seed>-<fold>/
    │   ├── cell.json                   how it was made, or why it was not (CellResult)
    │   ├── validation.npz              Predictions on the validation fold, by window
    │   └── test.npz                    Predictions on the test fold, by window; not of a study on validation folds
    ├── logs/                           what the workers wrote on standard error
    └── study.json, study.html, …       the report

A study of several tasks or views has one such folder for each in ``OUT`` (of both: ``OUT/<task>/<view>``), and
``networks/`` and ``logs/`` beside them.

``cell.json`` is written last: where it is there without an error, the predictions beside it are whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from mvkt.errors import StudyError
from mvkt.evaluation.result import CorpusSummary
from mvkt.stored import Part, Storage, StoredFile

PLAN_FILE = "plan.json"
CELL_FILE = "cell.json"
VALIDATION_FILE = "validation.npz"
TEST_FILE = "test.npz"
NETWORKS = "networks"
LOGS = "logs"

JudgedOn = Literal["test", "validation"]
"""The test folds once methods are chosen; the validation folds while they are being chosen, test folds unread."""

_STORAGE = Storage(StudyError, "was the study begun?", "run the study again, its networks are kept")


class MethodPlan(Part):
    """One method of a study.

    Attributes:
        title: In plain words; the name where none was given.
        note: What a reader of the report should know about it.
        view: The leads that its student sees.
        task: What its student learns.
        recipe: Resolved; seed and folds are those of the cell.
        family: Methods of a family differ in the training records alone.
        fraction: Share of the training records that it learns from; None where the study does not vary it.
    """

    title: str
    note: str = ""
    family: str = ""
    fraction: float | None = None
    view: str
    task: str
    recipe: Mapping[str, Any]


class StudyPlan(StoredFile):
    """A study resolved against a corpus: what the report is about.

    Attributes:
        classes: On which the methods are compared; every method has them.
        titles: Class to plain words.
        normal: Classes that are no finding.
        baseline: The method that the others are compared with.
        reference: The method that shows how far one could get, usually the 12-lead teacher; None where there is none.
        judged_on: The folds whose records the methods are compared on.
        methods: By name, in the order of the study file.
    """

    storage: ClassVar[Storage] = _STORAGE

    format_version: Literal[1] = 1
    name: str
    title: str = ""
    created: str
    tool_version: str
    corpus: CorpusSummary
    classes: tuple[str, ...]
    titles: Mapping[str, str]
    normal: tuple[str, ...] = ()
    seeds: tuple[int, ...]
    test_folds: tuple[int, ...]
    baseline: str
    reference: str | None = None
    judged_on: JudgedOn = "test"
    methods: Mapping[str, MethodPlan]


class NetworkResult(Part):
    """One network of the lineage of a cell.

    Attributes:
        seconds: Time spent on training it, once for all cells that share it.
        gradient_shares: Loss to its share of the gradient, the mean over the epochs; empty where there is one loss.
    """

    role: str
    key: str
    requires: tuple[str, ...] = ()
    epochs: Annotated[int, Field(ge=0)]
    best_epoch: Annotated[int, Field(ge=0)]
    validation_macro_auc: float
    seconds: Annotated[float, Field(ge=0)]
    gradient_shares: Mapping[str, float] = {}


class CellResult(StoredFile):
    """A cell of the table, method x seed x test fold: how its predictions were made, or why there are none.

    Attributes:
        digest: SHA-256 of everything that decides on the predictions.
        recipe: Resolved, with the cell's seed and folds.
        error: Empty, or why it failed; then there are no predictions and what follows is empty.
        view: The leads that the student sees.
        architecture: Name and complete settings of the student.
        parameters: Of the student.
        key: Of the student's network.
        networks: All networks that it took, in the order of training; the last is the student's.
    """

    storage: ClassVar[Storage] = _STORAGE

    format_version: Literal[1] = 1
    method: str
    seed: int
    test_fold: int
    digest: str
    recipe: Mapping[str, Any]
    error: str = ""
    view: str = ""
    architecture: Mapping[str, Any] = {}
    parameters: Annotated[int, Field(ge=0)] = 0
    key: str = ""
    networks: tuple[NetworkResult, ...] = ()

    @property
    def student(self) -> NetworkResult:
        """The network that the predictions are of: its epochs, seconds and validation macro AUC."""
        return self.networks[-1]


def cell_folder(folder: Path, method: str, seed: int, test_fold: int) -> Path:
    """Return where a cell of the study in ``folder`` is."""
    return folder / "cells" / method / f"{seed}-{test_fold}"


def prediction_files(judged_on: JudgedOn) -> tuple[str, str]:
    """Return the file names of a cell's predictions on its validation fold, and on the fold that is compared."""
    return VALIDATION_FILE, TEST_FILE if judged_on == "test" else VALIDATION_FILE


def study_folders(out: Path) -> tuple[Path, ...]:
    """Return the folders with a plan: ``out`` itself, or those of its tasks and views.

    Raises:
        StudyError: There is none.
    """
    if (out / PLAN_FILE).is_file():
        return (out,)
    folders = tuple(sorted(path.parent for depth in ("*", "*/*") for path in out.glob(f"{depth}/{PLAN_FILE}")))
    if not folders:
        raise StudyError(f"{out} is no study folder: it has no {PLAN_FILE}; make one with 'mvkt study'")
    return folders
