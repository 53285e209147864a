"""Tables with a row for each sample of each lead."""

from __future__ import annotations

import numpy as np
import pytest

from mvkt.ecg.formats import read
from mvkt.errors import RecordFormatError

I_LEAD = np.sin(np.arange(600) / 9) + np.sin(np.arange(600) / 3.3)
II_LEAD = np.cos(np.arange(600) / 7)


def rows(order: str, names: tuple[str, str] = ("I", "II"), clock: str = "{:.3f}") -> str:
    """By lead or by time."""
    cells = [
        (lead, n, value) for lead, values in enumerate((I_LEAD, II_LEAD)) for n, value in enumerate(values.tolist())
    ]
    cells.sort(key=lambda cell: cell if order == "lead" else (cell[1], cell[0]))
    return "".join(f"{clock.format(n / 250)},{names[lead]},{value:.5f}\n" for lead, n, value in cells)


@pytest.mark.parametrize("order", ["lead", "time"])
@pytest.mark.parametrize("clock", ["{:.3f}", "10:00:{:06.3f}"])
@pytest.mark.parametrize("names", [("I", "II"), ("Lead I", "MLII")])
def test_a_column_for_each_lead(order: str, clock: str, names: tuple[str, str]) -> None:
    content = "time,lead,value\n" + rows(order, names, clock)
    record = read(content.encode(), unit="mV")
    assert (record.leads, record.sampling_frequency) == (("I", "II"), 250.0)
    np.testing.assert_allclose(record.signal, np.stack([I_LEAD, II_LEAD], axis=1), atol=1e-4)


def test_without_times_and_of_one_lead() -> None:
    text = "".join(f"{row.partition(',')[2]}\n" for row in rows("lead").splitlines())
    record = read(f"lead,value [mV]\n{text}".encode(), sampling_frequency=250)
    assert record.signal.shape == (600, 2)
    rows_of_one = "".join(f"II,{value:.5f}\n" for value in I_LEAD)
    assert read(f"lead,value [mV]\n{rows_of_one}".encode(), sampling_frequency=250).leads == ("II",)


@pytest.mark.parametrize("changed", ["0.000,I,0.5\n", "0.000,III,0.5\n"])
def test_leads_with_more_rows_than_others_are_refused(changed: str) -> None:
    content = "time,lead,value\n" + rows("lead") + changed
    with pytest.raises(RecordFormatError, match="not all have as many rows"):
        read(content.encode(), unit="mV", sampling_frequency=250)


def test_leads_with_other_times_are_refused() -> None:
    content = "time,lead,value\n" + rows("lead").replace("0.004,II,", "0.005,II,")
    with pytest.raises(RecordFormatError, match="times differ"):
        read(content.encode(), unit="mV")
