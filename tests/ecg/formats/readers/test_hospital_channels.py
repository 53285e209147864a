"""Leads of ECGDataKit as channels."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.formats import read
from mvkt.errors import RecordFormatError

Counts = NDArray[np.int16]


def test_exact_frequencies(make: SimpleNamespace, counts: Counts) -> None:
    two = counts[:, 0]
    assert read(make.dicom(counts, rate=511.4)).sampling_frequency == 511.4
    assert read(make.aecg(counts, increment="0.0019551")).sampling_frequency == pytest.approx(1 / 0.0019551)
    assert read(make.edf([("I", "mV", two[:769])], seconds=3)).sampling_frequency == pytest.approx(769 / 3)
    assert read(make.mfer(counts, interval=(0, -1, 5114))).sampling_frequency == pytest.approx(511.4)
    assert read(make.mfer(counts, interval=(1, -4, 20))).sampling_frequency == 500


def test_lead_faults_of_ishne_are_missing(make: SimpleNamespace, counts: Counts) -> None:
    broken = counts.copy()
    broken[100:200, 1] = -32768
    record = read(make.ishne(broken))
    assert np.flatnonzero(np.isnan(record.signal[:, 1])).tolist() == list(range(100, 200))
    assert np.isfinite(record.signal[:, 0]).all()


def test_unnamed_leads_of_a_holter_are_not_taken_for_limb_leads(make: SimpleNamespace, counts: Counts) -> None:
    assert read(make.ishne(counts, lead_codes=(0, 1))).leads == ("Channel 1", "Channel 2")


def test_leads_recorded_one_after_the_other_keep_their_time(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.scp(counts, starts=(1, 1001)))
    assert record.signal.shape == (2000, 2)
    assert np.isnan(record.signal[1000:, 0]).all()
    assert np.isnan(record.signal[:1000, 1]).all()
    np.testing.assert_allclose(record.signal[1000:, 1], counts[:, 1] * 0.005, atol=1e-6)


def test_a_lead_that_begins_absurdly_late_takes_no_memory(make: SimpleNamespace, counts: Counts) -> None:
    with pytest.raises(RecordFormatError, match="begins 3,000,000,000 samples late"):
        read(make.scp(counts, starts=(1, 3_000_000_001)))


@pytest.mark.parametrize("scale", ["", "five"])
def test_a_scale_that_is_no_number_is_not_taken_for_1(make: SimpleNamespace, counts: Counts, scale: str) -> None:
    content = make.aecg(counts).replace(b'<scale value="5"', f'<scale value="{scale}"'.encode())
    with pytest.raises(RecordFormatError, match="states no amplitude of a step of lead I"):
        read(content)
