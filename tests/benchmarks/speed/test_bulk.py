"""The fast path for many recordings gives what one diagnosis after the other gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from benchmarks.speed.bulk import AT_ONCE, probabilities, processes
from benchmarks.speed.recordings import one_lead

import mvkt
from mvkt.ecg.record import Record


@pytest.fixture(scope="module")
def records() -> list[Record]:
    """Some of several windows, some too short or flat to be judged."""
    made = one_lead(None, 12)
    made[3] = replace(made[3], signal=np.concatenate([made[3].signal, made[4].signal, made[5].signal]))
    made[6] = replace(made[6], signal=made[6].signal[:400])
    made[7] = replace(made[7], signal=np.zeros_like(made[7].signal))
    return made


def test_probabilities_are_those_of_diagnoses(records: list[Record]) -> None:
    diagnoser = mvkt.load("lead-I")
    made = probabilities(diagnoser.bundle, records)
    # The others follow from what is measured.
    by_network = [code not in ("1AVB", "PVC", "SBRAD", "STACH") for code in diagnoser.bundle.manifest.classes]
    compared = 0
    for record, found in zip(records, made, strict=True):
        diagnosis = diagnoser.diagnose(record)
        if "turned upside down" in diagnosis.signal.processing:
            continue
        if diagnosis.judged:
            compared += 1
            # Sums of float32 in another order: batches of another size.
            answer = [finding.probability for finding in diagnosis.findings]
            np.testing.assert_allclose(found[by_network], np.array(answer)[by_network], atol=2e-5)
        else:
            assert np.isnan(found).all()
    assert compared >= 8


@pytest.mark.slow
def test_processes_give_the_same(records: list[Record]) -> None:
    many = records * (AT_ONCE // len(records) + 1)
    with processes("lead-I", 2) as pool:
        made = pool.probabilities(many)
    expected = probabilities(mvkt.load("lead-I").bundle, many[:AT_ONCE])
    np.testing.assert_allclose(made[:AT_ONCE], expected, atol=1e-6)
    assert made.shape == (len(many), len(expected[0]))
