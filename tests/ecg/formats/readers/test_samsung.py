from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.formats import read
from mvkt.errors import RecordFormatError


def test_an_export(make: SimpleNamespace, counts: NDArray[np.int16]) -> None:
    record = read(make.samsung(counts))
    assert (record.source, record.leads, record.sampling_frequency) == ("Samsung Health Monitor", ("I",), 500.0)
    assert (record.age, record.start_time) == (60, datetime(2020, 2, 3, 10, 11, 12))
    assert record.notes == ()
    np.testing.assert_allclose(record.signal[:, 0], counts[:, 0] * 0.005, atol=1e-6)


def test_the_last_line_is_no_sample(make: SimpleNamespace, counts: NDArray[np.int16]) -> None:
    content = make.samsung(counts)
    assert content.endswith(b"\n,\n")
    assert len(read(content).signal) == len(counts)


def test_microvolts(make: SimpleNamespace, counts: NDArray[np.int16]) -> None:
    np.testing.assert_allclose(read(make.samsung(counts, unit="uV")).signal[:, 0], counts[:, 0] * 0.000005, atol=1e-8)


@pytest.mark.parametrize("rate", ["", "fast", "0.000 Hz", "1.234,5 Hz"])
def test_a_rate_that_is_none(make: SimpleNamespace, counts: NDArray[np.int16], rate: str) -> None:
    with pytest.raises(RecordFormatError, match="sampling frequency"):
        read(make.samsung(counts, rate=rate))
