"""Which way up a lead is: on real recordings, upright and flipped."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.leads import STANDARD_LEADS
from mvkt.ecg.quality.polarity import is_inverted, turned
from mvkt.ecg.record import Record
from mvkt.ecg.signal import MISSING, SignalSpec, condition
from mvkt.ecg.simulate import simulate
from mvkt.errors import RecordError

SPEC = SignalSpec()


@pytest.fixture(scope="module")
def normal() -> tuple[Record, ...]:
    made = simulate(20, seed=11, conditions=["NORM"], duration=30.0)
    return tuple(made.record(row) for row in range(20))


def windows(record: Record, lead: str) -> NDArray[np.int16]:
    return np.stack(np.split(condition(record, SPEC, lead), 3, axis=1))


class TestIsInverted:
    def test_upside_down_is_the_opposite(self, normal: tuple[Record, ...]) -> None:
        for record in normal:
            upright, inverted = windows(record, "I"), turned(windows(record, "I"))
            up, down = is_inverted(upright, SPEC, "I"), is_inverted(inverted, SPEC, "I")
            assert up.confidence == pytest.approx(down.confidence)
            assert (up.inverted is True) + (down.inverted is True) <= 1
            assert (up.inverted is False) != (down.inverted is False)

    def test_aliases_of_the_lead(self, normal: tuple[Record, ...]) -> None:
        window = windows(normal[0], "II")
        assert is_inverted(window, SPEC, "MLII") == is_inverted(window, SPEC, "II")

    def test_what_cannot_be_decided(self, normal: tuple[Record, ...]) -> None:
        assert is_inverted(windows(normal[0], "V2"), SPEC, "V2").confidence == 0.0
        for nothing in (np.zeros((2, 1, 1000), np.int16), np.full((1, 1, 1000), MISSING, np.int16)):
            polarity = is_inverted(nothing, SPEC, "I")
            assert polarity.inverted is None
            assert polarity.confidence == 0.0
        assert is_inverted(np.zeros((0, 1, 1000), np.int16), SPEC, "I").inverted is None

    def test_wrong_arrays_are_refused(self) -> None:
        with pytest.raises(RecordError, match=r"\(windows, 1, samples\)"):
            is_inverted(np.zeros((2, 2, 1000), np.int16), SPEC, "I")
        with pytest.raises(RecordError, match="int16"):
            is_inverted(np.zeros((2, 1, 1000)), SPEC, "I")  # type: ignore[arg-type]

    def test_sampling_frequency_hardly_matters(self, normal: tuple[Record, ...]) -> None:
        finer = SignalSpec(sampling_frequency=250.0)
        for record in normal[:8]:
            coarse = is_inverted(windows(record, "I"), SPEC, "I")
            fine = is_inverted(np.stack(np.split(condition(record, finer, "I"), 3, axis=1)), finer, "I")
            assert fine.confidence == pytest.approx(coarse.confidence, abs=0.05)

    def test_gaps_stay_gaps(self) -> None:
        assert turned(np.array([5, MISSING, -7], np.int16)).tolist() == [-5, MISSING, 7]
        assert turned(np.array([5], np.int16)).dtype == np.int16


@pytest.fixture(scope="module")
def records(shared_data: Path) -> list[Record]:
    folder = shared_data / "ptb-xl-subset"
    with (folder / "ptbxl_database.csv").open(encoding="utf-8") as table:
        names = [row["filename_lr"] for row in csv.DictReader(table) if int(row["strat_fold"]) > 8]
    signals = [np.fromfile(folder / f"{name}.dat", "<i2").reshape(-1, 12) for name in names]
    return [Record(signal.astype(np.float32) / 1000, STANDARD_LEADS, 100.0) for signal in signals]


@pytest.mark.data
class TestRealRecordings:
    """Folds 9 and 10; the model was fitted on folds 1 to 8."""

    @pytest.mark.parametrize(
        ("lead", "certain_share", "inverted_share", "noted_share"), [("I", 0.68, 0.88, 0.97), ("II", 0.64, 0.68, 0.93)]
    )
    def test_flipped_and_upright(
        self, records: list[Record], lead: str, certain_share: float, inverted_share: float, noted_share: float
    ) -> None:
        cut = [condition(record, SPEC, lead)[np.newaxis] for record in records]
        up = [is_inverted(window, SPEC, lead) for window in cut]
        down = [is_inverted(turned(window), SPEC, lead) for window in cut]
        assert len(cut) > 800
        assert np.mean([polarity.inverted is True for polarity in up]) <= 0.005
        assert np.mean([polarity.certain for polarity in up]) <= 0.0025
        assert np.mean([polarity.inverted is True for polarity in down]) >= inverted_share
        assert np.mean([polarity.certain for polarity in down]) >= certain_share
        assert all(polarity.inverted for polarity in (*up, *down) if polarity.certain)
        assert np.mean([polarity.inverted is not False for polarity in down]) >= noted_share
