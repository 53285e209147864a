"""What a study found out: the content of ``study.json``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mvkt.errors import StudyError
from mvkt.evaluation.result import CorpusSummary
from mvkt.numbers import Interval
from mvkt.stored import Part, Storage, StoredFile
from mvkt.study.study_folder import JudgedOn

Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Verdict = Literal["better", "worse", "no evidence"]


class CellFigures(Part):
    """One training, evaluated on its own test fold.

    Attributes:
        macro_auc: None where no class of the fold has both positive and negative records.
        seconds: Of the training of the student alone.
    """

    seed: int
    test_fold: int
    macro_auc: float | None
    best_epoch: Count
    validation_macro_auc: float
    seconds: float


class ClassAuc(Part):
    """AUC of one class; None where the class is absent."""

    code: str
    auc: Interval | None


class MethodFigures(Part):
    """One method, over all its cells.

    Intervals cover the chance of the test records and of training (:mod:`mvkt.study.results.statistics`).

    Attributes:
        view: The leads that it sees; empty where it has no cell.
        family: Methods of a family differ in the training records alone.
        fraction: Share of the training records that it learns from; None where the study does not vary it.
        parameters: Of the student; None where it has no cell.
        macro_auc: Pooled over the test folds, averaged over the seeds; None where it has no cell.
        classes: In the order of the study.
        macro_f1: At the thresholds of each cell's validation records; mean over the folds.
        calibration_error: Expected calibration error after each cell's own calibration; mean over classes and folds.
        seed_spread: Standard deviation over the seeds of the pooled macro AUC; None with fewer than two seeds that
            have all folds of the method.
        cell_spread: Standard deviation over the seeds of the macro AUC of a single fold (root mean square over the
            folds).
        gradient_shares: Loss to its share of the gradient of the student's weights, the mean over epochs and cells;
            empty where the student has a single loss.
        cells: That are finished.
    """

    name: str
    title: str
    note: str = ""
    view: str = ""
    family: str = ""
    fraction: float | None = None
    parameters: Count | None = None
    macro_auc: Interval | None = None
    classes: tuple[ClassAuc, ...] = ()
    macro_f1: Interval | None = None
    calibration_error: float | None = None
    seed_spread: float | None = None
    cell_spread: float | None = None
    gradient_shares: Mapping[str, float] = {}
    cells: tuple[CellFigures, ...] = ()

    @property
    def seconds(self) -> float | None:
        """Mean training time of a cell."""
        return sum(cell.seconds for cell in self.cells) / len(self.cells) if self.cells else None


class ClassDifference(Part):
    """Difference in AUC for one class; None where the class is absent. The p value is of this class alone."""

    code: str
    difference: Interval | None
    p_value: Share | None


class Comparison(Part):
    """A method against the baseline, over the cells that both have.

    Attributes:
        method: Name of the method.
        against: Of the baseline, or of its like with the same share of the training records.
        cells: Pairs of cells with the same seed and test fold.
        several_seeds: Whether the interval covers the chance of training.
        difference: In macro AUC.
        standard_error: Of the difference.
        p_value: Two-sided, of no difference.
        p_corrected: Holm's, over all comparisons of the study. For the reference, which is no candidate, as it is.
        detectable: True difference that is seen with a probability of 80 % when this is the only comparison.
        detectable_corrected: The same with as many comparisons as the study has.
        verdict: By ``p_corrected`` below 0.05.
        classes: In the order of the study.
        gap_closed: Share of the way from the baseline to the reference; None where that means nothing.
        gap_note: Empty, or why there is no share.
    """

    method: str
    against: str
    cells: Count
    several_seeds: bool
    difference: Interval
    standard_error: Annotated[float, Field(ge=0)]
    p_value: Share
    p_corrected: Share
    detectable: float
    detectable_corrected: float
    verdict: Verdict
    classes: tuple[ClassDifference, ...]
    gap_closed: Interval | None = None
    gap_note: str = ""


class MissingCell(Part):
    """A cell of the plan without figures, and why."""

    method: str
    seed: int
    test_fold: int
    reason: str
    failed: bool


class StudyResult(StoredFile):
    """All that a study found out.

    Attributes:
        titles: Class to plain words.
        judged_on: The folds whose records the methods were compared on.
        records: Of the comparison, over all folds that were read.
        patients: Of these records.
        positives: Class to the records of these that have it.
        methods: In the order of the study.
        comparisons: In the order of the study, without the reference.
        of_reference: Reference against baseline; None where the study has no reference.
        calibration_error_by_chance: What probabilities that are right to the last digit would show on such folds;
            None where the baseline has no cell.
        missing: Cells of the plan that are not finished.
    """

    storage: ClassVar[Storage] = Storage(
        StudyError, "was the study reported?", "report it again with 'mvkt study report'"
    )

    format_version: Literal[1] = 1
    tool_version: str
    name: str
    title: str
    corpus: CorpusSummary
    classes: tuple[str, ...]
    titles: Mapping[str, str]
    baseline: str
    reference: str | None
    judged_on: JudgedOn = "test"
    seeds: tuple[int, ...]
    test_folds: tuple[int, ...]
    records: Count
    patients: Count
    positives: Mapping[str, Count]
    resamples: Annotated[int, Field(ge=1)]
    methods: tuple[MethodFigures, ...]
    comparisons: tuple[Comparison, ...]
    of_reference: Comparison | None = None
    calibration_error_by_chance: float | None = None
    missing: tuple[MissingCell, ...] = ()

    def method(self, name: str) -> MethodFigures:
        """Return a method by its name.

        Raises:
            KeyError: There is none.
        """
        return {method.name: method for method in self.methods}[name]

    @property
    def losses(self) -> tuple[str, ...]:
        """The losses whose shares of the gradient are known, in the order of the methods."""
        return tuple(dict.fromkeys(name for method in self.methods for name in method.gradient_shares))

    def comparison(self, name: str) -> Comparison | None:
        """Return what a method was compared with; None where it was with nothing."""
        all_of_them = (*self.comparisons, *([self.of_reference] if self.of_reference else []))
        return next((comparison for comparison in all_of_them if comparison.method == name), None)
