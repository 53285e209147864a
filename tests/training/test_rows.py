from __future__ import annotations

import numpy as np
import pytest
from tests.training.conftest import plan_with

from mvkt.ecg.signal import MISSING, standardise
from mvkt.errors import TrainingError
from mvkt.training.rows import FoldRows, HeldOutRows, measured_spec


def test_only_the_rows_of_its_folds_can_be_reached(corpus):
    targets = corpus.targets("conditions")
    rows = FoldRows(corpus, (1, 2), targets)
    assert set(rows.record_id) == set(corpus.record_id[np.isin(corpus.fold, (1, 2))])
    with pytest.raises(IndexError):
        rows.select(np.array([len(rows)]), "I")


def test_rows_without_a_label_of_the_task_are_left_out(corpus):
    targets = corpus.targets("conditions")
    targets.labelled[corpus.rows((1,))[:3]] = False
    assert len(FoldRows(corpus, (1,), targets)) == len(corpus.rows((1,))) - 3


def test_folds_without_a_record_are_an_error(corpus):
    with pytest.raises(TrainingError, match="fold"):
        FoldRows(corpus, (77,), corpus.targets("conditions"))


def test_chunks_cover_every_row_once(corpus):
    rows = FoldRows(corpus, (1, 2, 3), corpus.targets("conditions"))
    assert np.concatenate(list(rows.chunks(7))).tolist() == list(range(len(rows)))


def test_measured_spec_standardises_the_training_rows(corpus):
    rows = FoldRows(corpus, (1, 2, 3), corpus.targets("conditions"))
    spec = measured_spec(corpus.signal, rows, "12-lead")
    everything = rows.select(np.arange(len(rows)), "12-lead")
    assert spec.standardise == "global"
    values = standardise(everything, spec)[everything != MISSING]
    assert abs(values.mean(dtype=np.float64)) < 1e-3
    assert values.std(dtype=np.float64) == pytest.approx(1.0, abs=1e-3)


def test_parts_share_the_patients_out(corpus):
    rows = FoldRows(corpus, (1, 2, 3, 4), corpus.targets("conditions"))
    parts = rows.parts(3)
    patients = [set(rows.patient_id[parts == part]) for part in range(3)]
    assert set.union(*patients) == set(rows.patient_id)
    assert sum(map(len, patients)) == len(set(rows.patient_id))
    assert max(map(len, patients)) - min(map(len, patients)) <= 1


def test_the_test_rows_are_read_when_they_are_needed_and_once(corpus):
    rows, read = plan_with(corpus).validation, []
    held_out = HeldOutRows(rows, lambda: read.append(1) or rows)
    assert not read
    assert held_out.test is held_out.test is rows
    assert read == [1]
