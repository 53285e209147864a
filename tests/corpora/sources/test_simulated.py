"""The embedded corpus."""

from __future__ import annotations

import numpy as np
import pytest

from mvkt.corpora.sources.simulated import Simulated
from mvkt.ecg.record import Record
from mvkt.ecg.simulate import CONDITIONS, simulate
from mvkt.errors import CorpusError


def test_the_labels_are_those_of_the_recordings() -> None:
    entries, skipped = Simulated(records=100, seed=5).entries()
    assert skipped == []
    assert len({entry.record_id for entry in entries}) == len({entry.patient_id for entry in entries}) == 100
    for chunk in (0, 1):
        made = simulate(64, seed=(5, chunk))
        for row, entry in enumerate(entries[64 * chunk : 64 * (chunk + 1)]):
            assert set(entry.labels) == made.conditions[row]
            assert entry.sex == made.sex[row]
            assert entry.age == pytest.approx(made.age[row], abs=0.06)


def test_one_by_one_is_the_same_as_many() -> None:
    source = Simulated(records=70, seed=1)
    entries = source.entries()[0]
    chosen = [entries[3], entries[63], entries[64], entries[69]]
    many = list(source.read_many(chosen))
    for entry, record in zip(chosen, many, strict=True):
        assert isinstance(record, Record)
        np.testing.assert_array_equal(source.read(entry).signal, record.signal)


def test_the_first_of_many_are_few_and_seeds_differ() -> None:
    few, many = Simulated(records=10).entries()[0], Simulated(records=100).entries()[0]
    assert few == many[:10]
    assert few != Simulated(records=10, seed=1).entries()[0]


def test_every_condition_occurs() -> None:
    source = Simulated(records=400)
    assert {label for entry in source.entries()[0] for label in entry.labels} == set(CONDITIONS)
    assert source.tasks["conditions"].titles == CONDITIONS


def test_impossible_numbers() -> None:
    with pytest.raises(CorpusError, match="cannot simulate 0 records"):
        Simulated(records=0).entries()
    with pytest.raises(CorpusError, match="from seed -1"):
        Simulated(seed=-1).entries()
