from __future__ import annotations

import numpy as np
import pytest

from mvkt.ecg.formats import read
from mvkt.ecg.formats.frequency_by_value import frequency_by_value

ECG = np.sin(np.arange(600) / 9) + np.sin(np.arange(600) / 3.3)


@pytest.mark.parametrize(
    "line",
    [
        "Dažnis: 250 Hz",
        "Sagedus: 250 Hz",
        "recorded with 250 Hz",
        "Taajuus: 0,25 kHz",
    ],
)
def test_the_only_frequency_that_may_be_that_of_sampling(line: str) -> None:
    rows = "".join(f"{value:.4f}\n" for value in ECG)
    record = read(f"# {line}\n# Filter: 0.05-150 Hz, Tiefpass 150 Hz\n# 50 Hz\nI [mV]\n{rows}".encode())
    assert record.sampling_frequency == 250.0
    assert record.notes == ("250 Hz, the only frequency in the lines before the rows, is taken for the sampling",)


@pytest.mark.parametrize(
    "lines",
    [
        *(["Low pass: 150 Hz"], ["200 Hz", "250 Hz"], ["0.05-150 Hz"], ["50 Hz"], []),
        *(["Grenzfrequenz: 250 Hz"], ["upper limit: 200 Hz"], ["верхняя граница: 150 Гц"], ["Φίλτρο: 250 Hz"]),
    ],
)
def test_frequencies_that_may_be_others(lines: list[str]) -> None:
    assert frequency_by_value(lines) == (None, ())


def test_thousands_of_a_frequency_in_another_language() -> None:
    assert frequency_by_value(["Частота: 1 000 Гц"])[0] == 1000
    assert frequency_by_value(["ECG 1 250 Hz"])[0] == 250
