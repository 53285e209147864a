from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.formats import read
from mvkt.ecg.formats.readers.uecg import MICROVOLTS_A_STEP
from mvkt.errors import RecordFormatError

Counts = NDArray[np.int16]


def test_an_export(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.uecg(counts))
    assert (record.source, record.leads, record.sampling_frequency) == ("uECG", ("ECG",), 122.0)
    assert record.start_time == datetime(2020, 2, 3, 10, 11, 12, tzinfo=UTC)
    assert pytest.approx(0.57220459) == MICROVOLTS_A_STEP
    np.testing.assert_allclose(record.signal[:, 0], counts[:, 0] * 0.005, atol=3e-4)
    assert "0.5722 µV" in record.notes[0]
    assert read(make.uecg(counts), lead="II").leads == ("II",)
    assert np.ptp(read(make.uecg(counts), unit="uV").signal) == pytest.approx(np.ptp(record.signal) / MICROVOLTS_A_STEP)


def test_samples_that_were_lost_on_the_way(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.uecg(counts, lost=(7, 8, 9)))
    assert np.flatnonzero(np.isnan(record.signal[:, 0])).tolist() == [7, 8, 9]
    assert record.notes[1] == "3 samples that were lost on the way are missing"


def test_a_pause_of_the_app(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.uecg(counts, pause=10))
    gone = np.flatnonzero(np.isnan(record.signal[:, 0]))
    assert gone[0] == 500
    assert len(gone) == pytest.approx(10 * 122, abs=10)
    assert record.notes[1].startswith("1 gaps (10.")


def test_marks_of_the_user_are_samples(make: SimpleNamespace, counts: Counts) -> None:
    content = make.uecg(counts).replace(b";1\n", b";103\n", 5)
    assert np.isfinite(read(content).signal).all()


def test_the_frequency_that_is_given_wins(make: SimpleNamespace, counts: Counts) -> None:
    assert read(make.uecg(counts), sampling_frequency=125).sampling_frequency == 125


def test_what_is_refused(make: SimpleNamespace, counts: Counts) -> None:
    rows = make.uecg(counts).splitlines(keepends=True)
    with pytest.raises(RecordFormatError, match="times of the samples fall"):
        read(b"".join([*rows[500:], *rows[:500]]))
    with pytest.raises(RecordFormatError, match=r"mean 61\.\d Hz, not 122"):
        read(b"".join(rows[::2]))
    with pytest.raises(RecordFormatError, match="pauses far longer"):
        read(make.uecg(counts, pause=1e6))
    with pytest.raises(RecordFormatError, match="no number"):
        read(make.uecg(counts) + b"1580724699000;Doe;1\n")


def test_a_file_that_ends_within_a_row(make: SimpleNamespace, counts: Counts) -> None:
    whole, cut = (read(content, lead="I") for content in (make.uecg(counts), make.uecg(counts)[:-9]))
    assert len(cut.signal) == len(whole.signal) - 1
    np.testing.assert_array_equal(cut.signal, whole.signal[:-1])
    assert "truncated: the file ends within a row, which is left out" in cut.notes
