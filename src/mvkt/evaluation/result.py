"""What a run found out, as it is written to ``result.json``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from mvkt.ecg.rhythm_head import RhythmHead
from mvkt.ecg.signal import SignalSpec
from mvkt.errors import ResultError
from mvkt.evaluation.result_sections import Abstention, FalsePositives, NetworkStart, Subgroup
from mvkt.evaluation.verdicts.calibration import Calibration
from mvkt.numbers import Interval
from mvkt.stored import Part, Storage, StoredFile

Role = Literal["teacher", "baseline", "student"]
ROLES: tuple[Role, ...] = ("teacher", "baseline", "student")
"""The models of a run, in the order in which they are trained and shown."""


class ClassFigures(Part):
    """The figures of one class on the test set.

    Attributes:
        code: The class.
        title: In plain words.
        positives: Records that have it.
        auc: None where the class is absent (no positives, or no negatives).
        average_precision: None where the class is absent.
        f1: At the threshold; None where the class is absent.
        threshold: On the calibrated probability, from the validation set.
        brier: Of the calibrated probability.
        brier_uncalibrated: Of the plain sigmoid of the logit.
        ece: Expected calibration error of the calibrated probability.
        ece_uncalibrated: Of the plain sigmoid of the logit.
        ece_by_chance: What probabilities that are right to the last digit would show on as many records.
    """

    code: str
    title: str
    positives: Annotated[int, Field(ge=0)]
    auc: Interval | None
    average_precision: Interval | None
    f1: Interval | None
    threshold: float
    brier: float
    brier_uncalibrated: float
    ece: float
    ece_uncalibrated: float
    ece_by_chance: float


class Evaluation(Part):
    """The figures of one model on the test set, by record.

    The macro figures are means over the classes that are not absent, and so are the Brier scores and the expected
    calibration errors, which :class:`ClassFigures` explains.

    Attributes:
        brier_change: Calibrated minus uncalibrated, paired; below 0 when calibration helped.
    """

    records: Annotated[int, Field(ge=1)]
    patients: Annotated[int, Field(ge=1)]
    resamples: Annotated[int, Field(ge=1)]
    macro_auc: Interval
    macro_average_precision: Interval
    macro_f1: Interval
    fmax: Interval
    brier: float
    brier_uncalibrated: float
    brier_change: Interval
    expected_calibration_error: float
    expected_calibration_error_uncalibrated: float
    expected_calibration_error_by_chance: float
    absent: tuple[str, ...]
    classes: tuple[ClassFigures, ...]


class GapClosed(Part):
    """What the transfer brought, in macro AUC on the test set (:func:`mvkt.evaluation.bootstrap.gap_closed`).

    Attributes:
        gap_closed: ``(student - baseline) / (teacher - baseline)``; None where that means nothing, and ``note`` gives
            why.
        student_minus_baseline: Paired difference.
        teacher_minus_baseline: Paired difference.
        p_value: Two-sided, of student and baseline being equally good.
        resamples: Of the bootstrap.
        note: Empty, or why there is no share.
    """

    gap_closed: Interval | None
    student_minus_baseline: Interval
    teacher_minus_baseline: Interval
    p_value: Annotated[float, Field(ge=0, le=1)]
    resamples: Annotated[int, Field(ge=1)]
    note: str = ""


class CorpusSummary(Part):
    """Where the recordings come from."""

    source: str
    part: str = ""
    rows: int
    records: int
    licence: str
    checksum: str
    citation: str = ""
    warnings: tuple[str, ...] = ()


class ModelResult(Part):
    """One trained model.

    Attributes:
        view: The leads that it sees.
        signal: How a recording becomes its input.
        architecture: Name and complete settings, for :func:`mvkt.models.build_model`; of the first of several members.
        members: Networks whose logits are averaged.
        rhythm: What the beats add to its logits; None where they add nothing. All figures are of both together.
        abstention: What it leaves open; None when it never does.
        false_positives: In test records without any target; None when there are none.
        subgroups: By sex and by age; empty for models that nobody is to use.
        macro_auc_of_unknown_persons: With age and sex withheld; None for a model that does not take them.
    """

    view: str
    signal: SignalSpec
    architecture: Mapping[str, Any]
    members: Annotated[int, Field(ge=1)] = 1
    parameters: int
    epochs: int
    best_epoch: int
    seconds: float
    validation_macro_auc: float
    calibration: Calibration
    evaluation: Evaluation
    rhythm: RhythmHead | None = None
    abstention: Abstention | None = None
    false_positives: FalsePositives | None = None
    subgroups: tuple[Subgroup, ...] = ()
    macro_auc_of_unknown_persons: float | None = None


class ModelResults(Part):
    """The models of a run; without transfer there is a student alone."""

    teacher: ModelResult | None = None
    baseline: ModelResult | None = None
    student: ModelResult

    def items(self) -> Iterator[tuple[Role, ModelResult]]:
        """Go through roles and models in the order in which they are trained."""
        models = ((role, getattr(self, role)) for role in ROLES)
        return ((role, model) for role, model in models if model is not None)


class LabelsWorth(Part):
    """What the labels would be worth that a run kept back: the baseline, trained with all labels.

    Attributes:
        records: That it learned from.
        model: Its figures.
        minus_baseline: Its macro AUC minus that of the baseline, paired.
        replaced: ``(student - baseline) / (this - baseline)``; None where it is not clearly better than the baseline.
    """

    records: Annotated[int, Field(ge=1)]
    model: ModelResult
    minus_baseline: Interval
    replaced: Interval | None = None


class ClassAgreement(Part):
    """What is known without labels about a class that a student learned from a teacher from elsewhere.

    Attributes:
        code: The class.
        found: Share of the test records in which the teacher finds it.
        unsure: Share of the test records in which the teacher is neither sure that it is there nor that it is not.
        shown: Whether the student's view shows it: the 95 % interval of the AUC with which the student ranks the
            records by what the teacher finds lies above 0.75; None where the records are too few to know.
    """

    code: str
    found: Annotated[float, Field(ge=0, le=1)]
    unsure: Annotated[float, Field(ge=0, le=1)]
    shown: bool | None


class TeacherAgreement(Part):
    """A teacher from elsewhere, and what is known about its student.

    Where a run has this, the targets of its figures are what the teacher finds, not labels.

    Attributes:
        teacher: Its name.
        sha256: Of its network or table.
        view: Leads that it sees; empty where it is a table.
        records: Training records that it gave something for.
        without: Training records for which it gave nothing.
        labelled: Training records with labels, from which the student learned as well.
        not_taught: Classes that it finds too rarely to be learned.
        classes: What is known of each class.
        by_labels: The figures of the student by the labels of the test records; None where too few have labels.
    """

    teacher: str
    sha256: str
    view: str
    records: int
    without: int
    labelled: int
    not_taught: tuple[str, ...]
    classes: tuple[ClassAgreement, ...]
    by_labels: Evaluation | None = None

    @property
    def hidden(self) -> tuple[str, ...]:
        """Classes that the view does not show."""
        return tuple(found.code for found in self.classes if found.shown is False)


class RunResult(StoredFile):
    """All that a run found out.

    Attributes:
        split: Name of the part (``training``, ``validation``, ``test``) to its folds.
        titles: Class to plain words.
        normal: Classes that are no finding.
        typical: Class to a line on what it is typical of.
        records: Name of the part to the number of its records.
        unlabelled_records: Without labels, for whatever model can learn from them; see :meth:`unlabelled_of`.
        training_positives: Class to the number of training records that have it.
        labels: What the labels would be worth that were kept back; None where that was not trained.
        transfer: What the teacher brought; None where nothing was transferred.
        recipe: The resolved recipe.
        starts: Of the networks that went on from another, such as ``student``.
        outside: Where the student learned from a teacher from elsewhere: then the figures of the models are agreement
            with that teacher.
    """

    storage: ClassVar[Storage] = Storage(ResultError, "has the run finished?", "run the evaluation again")

    format_version: Literal[1] = 1
    name: str
    created: str
    tool_version: str
    corpus: CorpusSummary
    task: str
    classes: tuple[str, ...]
    titles: Mapping[str, str]
    normal: tuple[str, ...] = ()
    typical: Mapping[str, str] = {}
    split: Mapping[str, tuple[int, ...]]
    records: Mapping[str, int]
    unlabelled_records: int = 0
    training_positives: Mapping[str, int] = {}
    models: ModelResults
    labels: LabelsWorth | None = None
    transfer: GapClosed | None = None
    recipe: Mapping[str, Any]
    starts: Mapping[str, NetworkStart] = {}
    outside: TeacherAgreement | None = None

    @model_validator(mode="after")
    def _classes_agree(self) -> RunResult:
        for role, model in self.models.items():
            measured = tuple(figures.code for figures in model.evaluation.classes)
            if measured != self.classes or len(model.calibration.thresholds) != len(self.classes):
                raise ValueError(f"the {role} was evaluated on {', '.join(measured)}, the run is about {self.classes}")
        return self

    def unlabelled_of(self, role: Role) -> int:
        """Return the number of records that a model learned from without labels: from a teacher, or by itself."""
        network = self.recipe.get("teacher" if role == "teacher" else "student") or {}
        objective = (network.get("pretraining") or {}).get("objective", "any-lead")
        taught = role == "student" and (self.transfer is not None or self.outside is not None)
        return self.unlabelled_records if taught or network.get("consistency") or objective != "any-lead" else 0

    @property
    def deployed(self) -> Role:
        """Student or baseline, whichever ranks the validation records better; the bundle of the run holds it.

        They see the same and cost the same, and whether a teacher helps depends on task, records and recipe.
        """
        student, baseline = self.models.student, self.models.baseline
        better = baseline is not None and baseline.validation_macro_auc > student.validation_macro_auc
        return "baseline" if better else "student"
