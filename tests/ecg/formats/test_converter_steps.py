"""Steps of converters that lines before a table state."""

from __future__ import annotations

import numpy as np
import pytest

from mvkt.ecg.formats import read
from mvkt.errors import RecordFormatError

ECG = np.sin(np.arange(600) / 9) + np.sin(np.arange(600) / 3.3)


@pytest.mark.parametrize(
    "line",
    [
        *("LSB: 0.5 µV", "1 LSB = 0.5 uV", "Resolution: 0.5 uV", "Gain 2000 adu per mV", "0.5 µV/count"),
        *(
            "amplitude resolution [nV]: 500",
            "uV_per_lsb: 0.5",
            "mV/LSB: 0.0005",
            "Units: 0.5 uV",
            "Lead I, 0.0005 mV/LSB",
        ),
    ],
)
def test_steps(line: str) -> None:
    rows = "\n".join(f"{2000 * value:.0f}" for value in ECG)
    record = read(f"Fs: 250 Hz\nLead: I\n{line}\n{rows}\n".encode())
    np.testing.assert_allclose(record.signal[:, 0], ECG, atol=3e-4)


def test_a_resolution_is_no_unit_of_other_numbers() -> None:
    rows = "\n".join(f"{value:.4f}" for value in ECG)
    with pytest.raises(RecordFormatError, match="does not state its unit"):
        read(f"Fs: 250 Hz\nLead: I\nResolution: 1 uV\n\n{rows}\n".encode())
    micro = "\n".join(f"{1000 * value:.0f}" for value in ECG)
    record = read(f"Fs: 250 Hz\nLead: I\nUnit: uV\nResolution: 1 uV\n\n{micro}\n".encode())
    np.testing.assert_allclose(record.signal[:, 0], ECG, atol=1e-3)
