from __future__ import annotations

import numpy as np
import pytest

from mvkt.ecg.formats.assemble import Channel, assemble, is_ecg_name
from mvkt.ecg.formats.units import millivolts_per
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.errors import RecordFormatError


def channel(name: str, samples: int = 100, unit: str = "mV", frequency: float = 500, value: float = 1.0) -> Channel:
    return Channel(name, np.full(samples, value), unit, frequency)


@pytest.mark.parametrize(
    ("unit", "factor"),
    [
        *[(unit, 1e-3) for unit in ("uV", "µV", "μV", "æV", "UV", " uv ", "microvolt", "MICROVOLTS")],
        *[(unit, 1.0) for unit in ("mV", "MV", "mv", "millivolts", "Millivolt")],
        *[(unit, 1e3) for unit in ("V", "v", "volt", "Volts")],
        *[(unit, 1e-6) for unit in ("nV", "nanovolts")],
        *[(unit, None) for unit in ("", "adu", "%", "mmHg", "kV", "s", "bpm", "dB", "mVs^2")],
    ],
)
def test_units(unit: str, factor: float | None) -> None:
    assert millivolts_per(unit) == factor


def test_leads_that_end_early_are_filled_up() -> None:
    record = assemble([channel("I"), channel("II", 60), channel("V1", 5)], source="test")
    assert record.leads == ("I", "II")
    assert record.signal.shape == (100, 2)
    assert np.isnan(record.signal[60:, 1]).all()
    assert np.isfinite(record.signal[:60]).all()
    assert record.notes == (
        "left out leads of less than a tenth of the recording: V1 (mV)",
        "these leads end early and are marked as missing from there on: II (mV)",
    )


def test_empty_leads_are_left_out() -> None:
    record = assemble([channel("I"), channel("II", 0)], source="test", notes=["first"])
    assert record.leads == ("I",)
    assert record.notes == ("first", "left out leads without samples: II (mV)")


def test_a_tie_of_frequencies_goes_to_the_higher() -> None:
    assert assemble([channel("I", frequency=125), channel("II")], source="test").sampling_frequency == 500


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 1e300])
def test_what_is_no_voltage_is_missing(value: float) -> None:
    record = assemble([channel("I"), channel("II", value=value)], source="test")
    assert np.isnan(record.signal[:, 1]).all()
    with pytest.raises(RecordFormatError, match="marked as missing"):
        assemble([channel("II", value=value)], source="test")


def test_names() -> None:
    names = ["II", "MLII", "", "", "ECG", "ECG", "ECG"]
    record = assemble([channel(name) for name in names if name], source="test")
    assert record.leads == ("II", "II (2)", "ECG", "ECG (2)", "ECG (3)")
    assert assemble([channel(""), channel("")], source="test").leads == ("unnamed", "unnamed (2)")


@pytest.mark.parametrize(
    "name", ["ECG", "EKG1-EKG2", "Ch1", "channel 3", "Lead 4", "V7", "V3R", "-aVR", "CR1", "CM5", "X", "ES"]
)
def test_ecg_by_name(name: str) -> None:
    record = assemble([channel(name), channel("Thorax")], source="test")
    assert len(record.leads) == 1
    assert record.notes == ("left out what is no ECG: Thorax (mV)",)


def test_unnamed_voltages_are_taken_where_nothing_is_named() -> None:
    record = assemble([channel("A1"), channel("B2"), channel("SpO2"), channel("Rate", unit="bpm")], source="test")
    assert record.leads == ("A1", "B2")


def test_a_lead_that_is_not_standard_may_lack_a_unit_if_others_do_not() -> None:
    record = assemble([channel("I"), channel("ECG quality", unit="%")], source="test")
    assert record.leads == ("I",)
    with pytest.raises(RecordFormatError, match="II: none"):
        assemble([channel("I"), channel("II", unit="")], source="test")


def test_ages() -> None:
    assert [assemble([channel("I")], source="", age=age).age for age in (40, 0, 999, -1, float("nan"), None)] == [
        40,
        0,
        *[None] * 4,
    ]


@pytest.mark.parametrize("channels", [[], [channel("I", 0)]])
def test_nothing(channels: list[Channel]) -> None:
    with pytest.raises(RecordFormatError, match="no samples"):
        assemble(channels, source="test")


def test_long_lists_of_channels_are_cut_in_messages() -> None:
    with pytest.raises(RecordFormatError, match=r"EEG 11 \(uV\) and 988 more$"):
        assemble([channel(f"EEG {n}", unit="uV") for n in range(1000)], source="test")


def test_the_second_of_a_name_is_a_lead() -> None:
    """As mvkt itself writes it."""
    assert all(map(is_ecg_name, ("II (2)", "V1 (10)", "ECG (3)")))
    assert not any(map(is_ecg_name, ("RESP (2)", "(2)", "II(2")))


def test_the_lead_that_the_user_names_sets_the_frequency() -> None:
    channels = [channel("I", 50, frequency=250), channel("II"), channel("III")]
    record = assemble(channels, source="test", given=UserFacts(lead="I"))
    assert (record.leads, record.sampling_frequency) == (("I",), 250)


@pytest.mark.parametrize("lost", [channel("I", 0), channel("I", 3)])
def test_another_lead_is_not_called_by_the_name_of_one_that_was_left_out(lost: Channel) -> None:
    with pytest.raises(RecordFormatError, match="lead I of the file cannot be used: left out"):
        assemble([lost, channel("II")], source="test", given=UserFacts(lead="I"))
    assert assemble([channel("II")], source="test", given=UserFacts(lead="I")).leads == ("I",)
