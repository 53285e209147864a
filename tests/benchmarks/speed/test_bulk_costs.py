"""What bulk work costs, of a few recordings."""

from __future__ import annotations

import warnings

import pytest
from benchmarks.speed.recordings import recording_files

from mvkt.bulk.result_rows import RowMaker
from mvkt.bundle.packaged import find
from mvkt.diagnosis.many_files import DiagnosisSettings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of pandas, about wfdb
    from benchmarks.speed.bulk_costs import STEPS, Costs, measure, table

pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword")


def test_every_step_is_measured() -> None:
    with recording_files(None, 6) as (root, files):
        assert len(files) == 6
        costs = measure(root, files, RowMaker(DiagnosisSettings(bundle=find("lead-I"))))
        with recording_files(root, 3) as (_, some):
            assert some == files[::2]
    assert costs.usual > 0
    assert len(costs.milliseconds) == len(costs.bytes) == len(STEPS)
    assert all(milliseconds > 0 for milliseconds in costs.milliseconds)
    assert costs.bytes[2] > 12 * 1000 * 2


def test_the_table_has_ranges_ratios_and_a_million() -> None:
    rounds = [Costs(2.0, (20.0, 0.5, 1.0), (0, 700, 24_000)), Costs(1.0, (18.0, 0.4, 1.5), (0, 700, 24_000))]
    first, second, third = table(rounds)
    assert first == (STEPS[0], "18 to 20 ms", "14 times", "5 processor hours")
    assert second[3] == "0.111 processor hours; 0.700 GB"
    assert third[1:3] == ("1 to 1.50 ms", "1 times")


def test_a_folder_without_records_is_refused(tmp_path) -> None:
    with pytest.raises(SystemExit, match="no WFDB record"), recording_files(tmp_path, 3):
        pass
