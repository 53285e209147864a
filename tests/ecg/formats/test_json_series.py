"""Lists of samples in documents, and what stands beside them."""

from __future__ import annotations

from typing import Any

import pytest

from mvkt.ecg.formats.json_series import series_of
from mvkt.errors import RecordFormatError

ECG = [0.1 * n * (-1) ** n for n in range(40)]


@pytest.mark.parametrize(
    ("document", "names"),
    [
        (ECG, [""]),
        ({"ecg": ECG}, ["ecg"]),
        ({"ecg": {"data": ECG}}, ["ecg"]),
        ({"I": {"samples": ECG, "unit": "mV"}, "II": {"samples": ECG, "unit": "uV"}}, ["I [mV]", "II [uV]"]),
        ([[value, value] for value in ECG], ["", ""]),
        ([{"t": 0, "ecg": {"I": 1, "II": 2}}] * 9, ["t", "I", "II"]),
    ],
)
def test_columns(document: Any, names: list[str]) -> None:
    assert [name for name, _ in series_of(document).columns] == names


def test_the_nearest_facts_come_first_and_those_of_other_signals_do_not_count() -> None:
    document = {
        "unit": "V",
        "device": {"model": "X", "unitCount": 2},
        "acc": {"fs": 50, "data": ECG},
        "ecg": {"fs": 250, "unit": "mV", "data": ECG},
    }
    facts = series_of(document).facts
    assert facts == (("fs", "250"), ("unit", "mV"), ("model", "X"), ("unit_Count", "2"))


def test_of_leads_that_differ_both_facts_are_stated() -> None:
    document = {"unit": "V", "I": {"fs": 250, "data": ECG}, "II": {"fs": 500, "data": ECG}}
    assert series_of(document).facts == (("fs", "250"), ("unit", "V"), ("fs", "500"))


def test_lists_of_another_length_are_left_out() -> None:
    series = series_of({"ecg": ECG, "hr": [72] * 10})
    assert ([name for name, _ in series.columns], series.left_out) == (["ecg"], ("hr",))
    with pytest.raises(RecordFormatError, match="several lengths"):
        series_of({"ecg": ECG, "ecg2": ECG[:20]})
    with pytest.raises(RecordFormatError, match="no list of samples"):
        series_of({"a": [1, 2], "b": {"c": "text"}})


def test_packages_have_a_time_or_none() -> None:
    with_times = series_of([{"ts": n, "samples": ECG} for n in range(9)])
    assert [package.time for package in with_times.packages] == list(range(9))
    assert len(with_times.columns[0][1]) == 9 * len(ECG)
    assert {package.time for package in series_of([{"samples": ECG}] * 9).packages} == {None}


def test_documents_that_are_deep_or_wide() -> None:
    deep: Any = ECG
    for _ in range(100):
        deep = {"a": deep}
    with pytest.raises(RecordFormatError, match="no list of samples"):
        series_of(deep)
    with pytest.raises(RecordFormatError, match="100 lists of samples"):
        series_of({f"a{n}": ECG for n in range(100)})
