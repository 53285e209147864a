"""Units and sampling frequencies that contradict the signal."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mvkt.ecg.formats import read
from mvkt.ecg.leads import STANDARD_LEADS
from mvkt.ecg.quality.plausibility import warnings
from mvkt.ecg.record import Record


def single(signal: object, sampling_frequency: float = 250.0) -> Record:
    return Record(np.asarray(signal, dtype=np.float32)[:, np.newaxis], ("I",), sampling_frequency)


class TestWithoutHeartbeats:
    """Without beats plausibility has nothing to compare with; such recordings are for the check of quality."""

    @pytest.mark.parametrize("scale", [0.0, 1e-5, 1.0, 1e4])
    def test_noise_flat_lines_and_gaps(self, scale: float) -> None:
        noise = np.random.default_rng(0).normal(0, scale, 5000)
        assert warnings(single(noise)) == ()
        noise[100:4900] = np.nan
        assert warnings(single(noise)) == ()
        assert warnings(single(np.full(5000, np.nan))) == ()

    def test_hum(self) -> None:
        assert warnings(single(300 * np.sin(2 * np.pi * 50 * np.arange(5000) / 250))) == ()

    def test_too_short(self) -> None:
        assert warnings(single(np.ones(100))) == ()
        assert warnings(single(np.ones(1), 1.0)) == ()


@pytest.fixture(scope="module")
def records(shared_data: Path) -> list[Record]:
    folder = shared_data / "ptb-xl-subset"
    with (folder / "ptbxl_database.csv").open(encoding="utf-8") as table:
        names = [row["filename_lr"] for row in csv.DictReader(table) if int(row["strat_fold"]) > 8]
    signals = [np.fromfile(folder / f"{name}.dat", "<i2").reshape(-1, 12) for name in names]
    made = [Record(signal.astype(np.float32) / 1000, STANDARD_LEADS, 100.0) for signal in signals]
    return [single(record.select("I")[:, 0], 100.0) for record in made]


@pytest.mark.data
class TestRealRecordings:
    """Folds 9 and 10; the model was fitted on folds 1 to 8."""

    def test_right_ones_are_left_alone(self, records: list[Record]) -> None:
        assert len(records) > 800
        assert np.mean([bool(warnings(record)) for record in records]) <= 0.002

    @pytest.mark.parametrize(("gain", "unit"), [(1000.0, "µV"), (0.001, "V"), (1e6, "nV")])
    def test_wrong_units(self, records: list[Record], gain: float, unit: str) -> None:
        found = [warnings(replace(record, signal=record.signal * np.float32(gain))) for record in records[::10]]
        assert np.mean([any(f"would fit {unit}:" in sentence for sentence in sentences) for sentences in found]) > 0.95

    @pytest.mark.parametrize(("factor", "least"), [(0.25, 0.9), (0.5, 0.75), (2.0, 0.6), (4.0, 0.75)])
    def test_wrong_sampling_frequencies(self, records: list[Record], factor: float, least: float) -> None:
        found = [warnings(replace(record, sampling_frequency=100.0 * factor)) for record in records[::8]]
        assert (
            np.mean(
                [any("would fit a recording at 100 Hz:" in sentence for sentence in sentences) for sentences in found]
            )
            > least
        )

    def test_both_at_once_are_both_reported(self, records: list[Record]) -> None:
        found = [
            warnings(replace(record, signal=record.signal * 1000, sampling_frequency=25.0)) for record in records[:20]
        ]
        assert np.mean([len(sentences) == 2 for sentences in found]) > 0.8

    def test_devices_and_a_holter(self, shared_data: Path) -> None:
        """Recorded at 360 to 1,000 Hz by others than those who made PTB-XL."""
        files = [*shared_data.glob("device-samples/*.[dx]*"), *shared_data.glob("cpsc2018-sample/*.mat")]
        files.append(shared_data / "holter-sample" / "100.hea")
        assert len(files) > 15
        for file in files:
            record = read(file)
            assert warnings(record) == ()
            assert warnings(replace(record, sampling_frequency=record.sampling_frequency / 4))
            assert warnings(replace(record, signal=record.signal * 1000))
