from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks.speed.recordings import FirstOfPtbXl, corpus, holter, millivolts, one_lead, source

import mvkt
from mvkt.corpora.sources.simulated import Simulated


@pytest.mark.parametrize(("hours", "frequency", "leads"), [(0.02, 250, 1), (10 / 3600, 500, 1), (0.01, 250, 3)])
def test_a_holter_is_as_long_as_it_should_be(tmp_path: Path, hours: float, frequency: int, leads: int) -> None:
    record = mvkt.read(holter(None, hours, tmp_path, frequency, leads))
    assert record.duration == pytest.approx(3600 * hours, abs=0.01)
    assert record.sampling_frequency == frequency
    assert record.leads == ("I", "II", "V1")[:leads]
    assert np.isfinite(record.signal).all()
    assert record.signal.std() > 0.05


def test_without_recordings_simulated_ones_are_taken(tmp_path: Path) -> None:
    made, task = source(tmp_path / "absent", 7)
    assert made == Simulated(records=7)
    assert task == "conditions"
    assert isinstance(source(tmp_path, 7)[0], FirstOfPtbXl)
    record = one_lead(None, 1, lead="II")[0]
    assert (record.leads, record.duration) == (("II",), 10.0)


def test_a_corpus_is_there_for_a_while() -> None:
    with corpus(None, 10) as (prepared, task):
        place = prepared.path
        assert task in prepared.manifest.tasks
        values = millivolts(prepared, np.array([2, 5]))
        np.testing.assert_allclose(1000 * values, prepared.microvolts[[2, 5]], rtol=1e-6)
    assert not place.exists()


@pytest.mark.data
def test_the_first_of_ptb_xl(shared_data: Path) -> None:
    chosen = FirstOfPtbXl(shared_data / "ptb-xl-subset", limit=3)
    assert len(chosen.entries()[0]) == 3
    assert len(one_lead(chosen.root, 3)) == 3
