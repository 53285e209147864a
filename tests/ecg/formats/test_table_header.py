"""Names of columns and their units in the lines before the rows."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from mvkt.ecg.formats import read
from mvkt.ecg.formats.table_header import counts_samples, names_of
from mvkt.ecg.formats.table_layout import cells_of

ROWS = 600
ECG = np.sin(np.arange(ROWS) / 9) + np.sin(np.arange(ROWS) / 3.3)
OTHER = np.cos(np.arange(ROWS) / 7)
NAMED = ("time [s]", "I [mV]", "II [mV]")


@pytest.mark.parametrize(
    ("above", "separator", "names", "used"),
    [
        (["time [s],I [mV],II [mV],"], ",", NAMED, 1),
        (["  time [s]     I [mV]    II [mV]"], " ", NAMED, 1),
        (["  time   Lead I   Lead II"], " ", ("time", "Lead I", "Lead II"), 1),
        (["time,I,II", "s,mV,mV"], ",", NAMED, 2),
        (["s,mV,mV", "time,I,II"], ",", NAMED, 2),
        (["time,I,Temp", "ms,mV,no units"], ",", ("time [ms]", "I [mV]", "Temp [no units]"), 2),
        (["time,-aVR,I"], ",", ("time", "-aVR", "I"), 1),
        (["ChannelTitle=\tI\tResp", "Range=\t2 mV\t2 V", "UnitName=\tmV\tL"], "\t", ("time", "I [mV]", "Resp [L]"), 0),
        (["ChannelTitle=\tI\tII\tV1", "Range=\t2 mV\t2 mV\t2 mV"], "\t", ("I [mV]", "II [mV]", "V1 [mV]"), 0),
        (
            ["a.acq", "4 msec/sample", "2 channels", "I", "mV", "RSP", "Volts", "min\tCH1\tCH2\t", "\t9\t9\t"],
            "\t", ("time [min]", "I [mV]", "RSP [Volts]"), 0,
        ),
        (["Leads:\tECG\tECG", "Filter:\t40\t40", "time [s]\tI [mV]\tII [mV]"], "\t", NAMED, 1),
        (["1.5,2,3"], ",", (), 0),
        (["a,b,c", "--,1,2"], ",", (), 0),
    ],
)  # fmt: skip
def test_names(above: list[str], separator: str, names: tuple[str, ...], used: int) -> None:
    assert names_of(above, [], partial(cells_of, separator=separator), 3, {"first": False, "last": False}) == (
        names,
        used,
    )


def test_a_row_of_numbers_of_samples_is_none() -> None:
    assert counts_samples(["", "900", "900"], ["sec", "CH1", "CH2"])
    assert not counts_samples(["", "900", "901"], ["sec", "CH1", "CH2"])
    assert not counts_samples(["0", "900"], ["time", "I"])


def _rows(row: str) -> str:
    return "".join(
        row.format(s=n / 250, min=n / 15000, x=x, y=y, ms=1714557600000 + n * 4)
        for n, (x, y) in enumerate(zip(ECG.tolist(), OTHER.tolist(), strict=True))
    )


@pytest.mark.parametrize(
    ("before", "row"),
    [
        (
            "a.acq\n4 msec/sample\n2 channels\nECG Lead I\nmV\nRSP\nVolts\nmin\tCH1\tCH2\t\n\t600\t600\t\n",
            "{min:.8f}\t{x:.5f}\t{y:.5f}\t\n",
        ),
        (
            "Interval=\t0.004 s\nChannelTitle=\tI\tResp\nRange=\t2.0 mV\t2.0 V\nUnitName=\tmV\tL\n",
            "{s:.3f}\t{x:.5f}\t{y:.5f}\n",
        ),
        (
            "A1_Timestamp_Unix_CAL\tA1_ECG_LA-RA_24BIT_CAL\tA1_ECG_EMG_Status1_RAW\t\nms\tmV\tno units\t\n",
            "{ms}\t{x:.5f}\t128\t\n",
        ),
    ],
    ids=["AcqKnowledge", "LabChart", "Shimmer"],
)
def test_programs_of_laboratories(before: str, row: str) -> None:
    record = read((before + _rows(row)).encode())
    assert (record.leads, record.sampling_frequency) == (("I",), 250.0)
    np.testing.assert_allclose(record.signal[:, 0], ECG, atol=1e-4)
