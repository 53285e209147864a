"""What is known about a student without labels: how it agrees with its teacher on patients held out."""

from __future__ import annotations

import numpy as np

from mvkt.errors import PredictionsError
from mvkt.evaluation.evaluate import evaluate
from mvkt.evaluation.predictions import Predictions
from mvkt.evaluation.result import ClassAgreement, ClassFigures, Evaluation, ModelResult, TeacherAgreement
from mvkt.numbers import Interval
from mvkt.training.plan import Plan
from mvkt.training.rows import FoldRows
from mvkt.training.teachers.outside_teacher import TeacherOutputs

SHOWN_FROM = 0.75
"""The 95 % interval of a class' AUC has to lie above this for the view to show it."""


def teacher_agreement(plan: Plan, rows: FoldRows, student: ModelResult, test: Predictions) -> TeacherAgreement:
    """Put together what is known about a student of a teacher from elsewhere.

    Args:
        plan: With the teacher's outputs.
        rows: The test rows.
        student: Its figures by what the teacher finds.
        test: Its logits for the test windows.
    """
    outputs = plan.outside
    if outputs is None:
        raise ValueError("a plan without a teacher from elsewhere")
    tested = TeacherOutputs(outputs.facts, rows.values_of(outputs.logits))
    training, names = plan.corpus.rows(plan.split.training), plan.corpus.record_id
    given = np.unique(names[training][outputs.known[training].any(axis=1)])
    return TeacherAgreement(
        teacher=outputs.facts.name,
        sha256=outputs.facts.sha256,
        view=outputs.facts.view,
        records=len(given),
        without=len(np.unique(names[training])) - len(given),
        labelled=len(np.unique(plan.training.record_id[plan.training.labelled])),
        not_taught=outputs.rare,
        classes=tuple(
            ClassAgreement(
                code=figures.code,
                found=float(tested.found[:, column].mean()),
                unsure=float(tested.unsure[:, column].mean()),
                shown=_shown(figures),
            )
            for column, figures in enumerate(student.evaluation.classes)
        ),
        by_labels=_by_labels(plan, student, test),
    )


def _shown(figures: ClassFigures) -> bool | None:
    auc: Interval | None = figures.auc
    if auc is None:
        return None
    return True if auc.low > SHOWN_FROM else False if auc.high < SHOWN_FROM else None


def _by_labels(plan: Plan, student: ModelResult, test: Predictions) -> Evaluation | None:
    """The figures by labels: over the classes that have some in the test folds, and the records with all of these."""
    if plan.labels is None:
        return None
    rows = plan.corpus.rows(plan.split.test)
    labels, known = plan.labels.matrix[rows], plan.labels.known[rows]
    columns = np.flatnonzero(known.any(axis=0))
    complete = known[:, columns].all(axis=1)
    of_record = dict(zip(plan.corpus.record_id[rows][complete].tolist(), labels[complete][:, columns], strict=True))
    kept = np.isin(test.record_id, list(of_record))
    if not len(columns) or not kept.any():
        return None
    labelled = Predictions(
        test.record_id[kept],
        test.patient_id[kept],
        np.array([of_record[name] for name in test.record_id[kept].tolist()]),
        test.logits[kept][:, columns],
        tuple(test.classes[column] for column in columns),
    )
    try:
        return evaluate(labelled, student.calibration.only(columns.tolist()), plan.targets.titles)
    except PredictionsError:  # no class is in some of them and not in others
        return None
