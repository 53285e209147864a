"""Facts in columns: the same in all rows, or in the first alone."""

from __future__ import annotations

import numpy as np
import pytest

from mvkt.ecg.formats import read
from mvkt.ecg.formats.column_facts import facts_of_columns
from mvkt.errors import RecordFormatError

ECG = np.sin(np.arange(600) / 9) + np.sin(np.arange(600) / 3.3)


def test_what_counts() -> None:
    names = ("fs", "unit", "age", "ecg", "rate", "remark")
    rows = [["250", "mV", "57", "0.1", "72", "x"], ["250", "", "57", "0.1", "72", "x"]]
    assert facts_of_columns(names, rows) == {"fs": "250", "unit": "mV", "age": "57"}
    assert facts_of_columns((), rows) == facts_of_columns(names, []) == {}
    assert facts_of_columns(("fs",), [["250"], ["500"]]) == {}
    assert facts_of_columns(("rate",), [["120"], ["120"]]) == {}  # of the heart, as it may be


def test_a_table_with_its_facts_in_columns() -> None:
    rows = [f"{at},II,250,mV,{value:.4f},57,F" for at, value in enumerate(ECG)]
    record = read("\n".join(["sample,lead,fs,unit,ecg,age,sex", *rows]).encode())
    assert (record.leads, record.sampling_frequency, record.age, record.sex) == (("II",), 250.0, 57.0, "female")
    np.testing.assert_allclose(record.signal[:, 0], ECG, atol=1e-4)
    rows[-1] = rows[-1].replace(",250,", ",500,")
    with pytest.raises(RecordFormatError, match="column fs is another in the last row"):
        read("\n".join(["sample,lead,fs,unit,ecg,age,sex", *rows]).encode())
