from __future__ import annotations

import numpy as np

import mvkt
from mvkt.ecg.example import example, make_example


def values(text: str) -> np.ndarray:
    return np.array(text.split("\n\n\n")[1].split("\n\n")[1].split(), dtype=int)


def test_the_file_is_what_the_simulator_makes() -> None:
    committed, made = example().read_text(encoding="utf-8"), make_example()
    assert committed.splitlines()[:13] == made.splitlines()[:13]
    assert values(committed).shape == (30 * 512,)
    assert np.abs(values(committed) - values(made)).max() <= 1, "whole microvolts, rounded on another machine"


def test_it_is_small_and_reads_as_an_export_of_a_watch() -> None:
    assert example().stat().st_size < 100_000
    record = mvkt.read(mvkt.example())
    assert (record.leads, record.sampling_frequency, record.duration) == (("I",), 512.0, 30.0)
    assert (record.source, record.age, record.sex, record.notes) == ("Apple Health", 59.0, None, ())


def test_the_student_in_the_box_finds_the_simulated_beats() -> None:
    diagnosis = mvkt.load("lead-I").diagnose(mvkt.read(mvkt.example()))
    assert [finding.code for finding in diagnosis.positive] == ["PVC"]
