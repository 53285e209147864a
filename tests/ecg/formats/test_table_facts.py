"""Facts before the rows of a table: by the form of the value, several in a line too."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from mvkt.ecg.formats import read
from mvkt.ecg.formats.converter_steps import step_of
from mvkt.ecg.formats.frequency_by_value import frequency_by_value
from mvkt.ecg.formats.table_dates import stated_start
from mvkt.ecg.formats.table_facts import (
    facts_of,
    is_rate,
    stated_frequency,
    stated_leads,
    stated_unit,
)
from mvkt.ecg.formats.text import plain
from mvkt.errors import RecordFormatError

ECG = np.sin(np.arange(600) / 9) + np.sin(np.arange(600) / 3.3)


@pytest.mark.parametrize(
    "line",
    [
        "# fs=250 Hz, gain=1000/mV",
        "sampling rate: 250 Hz; unit: mV; device: X",
        "// Sampling_Rate = 250",
        "% rate: 0.25 kHz | lead: I",
        "4 msec/sample",
        "250 samples/second",
        "250 Hz",
        "Interval=\t0.004 s",
        "Abtastrate;250",
        "Sample interval (ms): 4",
        "Sampling rate [kHz]: 0.25",
        "dt = 0.004",
        "rate;250;Hz",
        "frequency_hz: 250",
        "sample_interval_us: 4000",
        "Samples per second: 250",
        "SR: 250",
        "fs = 250 [Hz]",
        "Sample frequency: 250 S/s",
        "Sampling rate (Hz):= 250.00",
        "fs:250 Гц",
        "Sample Rate: 2.5e2 Hz",
        "Sampling frequency\t250",
    ],
)
def test_a_rate_is_found_among_other_facts(line: str) -> None:
    assert stated_frequency(facts_of([line], ";")) == 250.0


def test_what_is_no_rate() -> None:
    assert not is_rate("sample", "250")
    assert not is_rate("low pass", "40 Hz")
    assert stated_frequency(facts_of(["Filter: 50 Hz", "channel 3", "Note, see page: 2", "50 Hz"], ",")) is None
    assert stated_frequency(facts_of(["1000 Hz", "fs: 250"], ",")) == 250.0


@pytest.mark.parametrize(
    "lines",
    [
        "sampling rate: 250 Hz\nsample frequency: 500 Hz\n",
        "[ECG]\nsampling rate: 250 Hz\n[ACC]\nsampling rate: 500 Hz\n",
        "fs: 250\nfs: 500\n",
        "original sampling rate: 500\nsampling rate: 250\n",
    ],
)
def test_of_several_rates_none_is_taken(lines: str) -> None:
    content = (lines + "ECG [mV]\n" + "".join(f"{value:.4f}\n" for value in ECG)).encode()
    with pytest.raises(RecordFormatError, match=r"250 and 500 Hz.*--sampling-frequency"):
        read(content)
    assert read(content, sampling_frequency=250).sampling_frequency == 250.0
    rows = "".join(f"{n / 250:.3f},{value:.4f}\n" for n, value in enumerate(ECG))
    assert read(f"{lines}time [s],ECG [mV]\n{rows}".encode()).sampling_frequency == 250.0


def test_the_rate_of_another_signal_is_none_of_the_ecg() -> None:
    for line in ("acc_sampling_rate: 200 Hz", "Respiration sampling rate: 25 Hz", "PPG rate: 100 Hz"):
        assert stated_frequency(facts_of([line], ",")) is None
        assert frequency_by_value([line]) == (None, ())
        assert stated_frequency(facts_of([line, "sampling rate: 500 Hz"], ",")) == 500.0


def test_a_rate_without_hertz_may_be_that_of_the_heart() -> None:
    for line in ("Rate: 72", "frequency: 1.2", "rate = 60"):
        assert stated_frequency(facts_of([line], ",")) is None
    assert stated_frequency(facts_of(["rate: 60 Hz"], ",")) == 60.0
    assert stated_frequency(facts_of(["fs: 60"], ",")) == 60.0


def test_what_is_stated_of_other_signals() -> None:
    assert frequency_by_value(["Accelerometer at 200 Hz"]) == (None, ())
    assert frequency_by_value(["ECG and accelerometer at 200 Hz"])[0] == 200.0
    for key in ("battery unit", "threshold unit", "acc unit"):
        assert stated_unit({key: "mV"}) == ""
        assert stated_unit({key: "mV", "ecg": "uV"}) == "uV"


def test_rates_in_sentences() -> None:
    for line in ("recorded at 250 samples per second", "ADC with 250 sps", "Taken with 250 samples/s, 12 bit"):
        assert frequency_by_value([line])[0] == 250.0


def test_a_thousand_hertz() -> None:
    for line in ("Sampling rate: 1,000 Hz", "fs: 1.000", "rate = 1 kHz"):
        assert stated_frequency(facts_of([line], ",")) == 1000.0
    assert stated_frequency(facts_of(["fs: 511,500"], ",")) == 511.5
    assert stated_frequency(facts_of(["dt: 4"], ",")) is None  # may be ms


@pytest.mark.parametrize(
    ("line", "leads"),
    [
        ("lead: V2", ("V2",)),
        ("Lead;Lead II", ("II",)),
        ("leads = I, avr", ("I", "aVR")),
        ("lead: chest", ()),
        ("unit: mV", ()),
    ],
)
def test_leads_before_the_rows(line: str, leads: tuple[str, ...]) -> None:
    assert stated_leads(facts_of([line], ";")) == leads


def test_units_beside_other_facts() -> None:
    assert stated_unit(facts_of(["rate: 250 Hz, unit: uV"], "")) == "uV"
    assert stated_unit(facts_of(["gain=1000/mV"], "")) == ""


@pytest.mark.parametrize(
    ("lines", "millivolts", "zero"),
    [
        (["gain: 200 adu/mV", "baseline: 2048"], 0.005, 2048),
        (["gain=200/mV"], 0.005, 0),
        (["gain (adu/mV): 200", "baseline (adu): 1024"], 0.005, 1024),
        (["resolution: 5 uV/LSB, offset: 2048"], 0.005, 2048),
        (["4.88 µV per count"], 0.00488, 0),
        (["sensitivity: 4,88 µV per count"], 0.00488, 0),
        (["gain: 12"], 0, 0),
        (["gain I: 200/mV", "gain II: 100/mV"], 0, 0),
    ],
)
def test_steps_of_a_converter(lines: list[str], millivolts: float, zero: float) -> None:
    assert step_of(facts_of(lines, "")) == (pytest.approx(millivolts), zero)


def test_facts_with_a_number_are_no_header_of_wfdb() -> None:
    content = "fs: 250\nFilter 40 Hz\nI [mV]\n" + "\n".join(f"{value:.4f}" for value in ECG.tolist())
    record = read(content.encode())
    assert (record.leads, record.sampling_frequency) == (("I",), 250.0)


def test_numbers_of_a_converter_become_amplitudes_unless_the_unit_is_given() -> None:
    counts = np.round(2048 + 200 * ECG)
    content = ("# fs: 250, gain: 200 adu/mV, baseline: 2048\nI\n" + "\n".join(f"{n:.0f}" for n in counts)).encode()
    record = read(content)
    np.testing.assert_allclose(record.signal[:, 0], (counts - 2048) / 200, atol=1e-5)
    assert "a step is 5 µV and 2048 is 0" in record.notes[0]
    given = read(content, unit="uV")
    np.testing.assert_allclose(given.signal[:, 0], counts / 1000, atol=1e-5)
    assert "the unit uV was given and is taken; the lines before the rows state gain: 200 adu/mV" in given.notes


@pytest.mark.parametrize(
    "lines",
    [
        "Start: 2024-05-31 10:00:00",
        "Start time: 31.05.2024 10:00:00",
        "Date: 31 May 2024\nTime: 10:00:00",
        "Date: 2024-05-31; Time: 10:00:00",
        "Recording date: 05/31/2024 10:00:00 AM",
        "Recorded: Fri May 31 10:00:00 2024",
    ],
)
def test_the_start(lines: str) -> None:
    assert stated_start(facts_of(lines.split("\n"), "")) == datetime(2024, 5, 31, 10)


@pytest.mark.parametrize(
    ("lines", "rate"),
    [
        (["Sampling frequency of respiration: 25 Hz", "ECG sampling frequency: 250 Hz"], 250.0),
        (["Sampling rate: 250", "Sample interval: 4 ms"], 250.0),
        (["Sampling: 250 samples/sec"], 250.0),
        (["Sampling rate;250;Hz"], 250.0),
        (["Sampling rate: 1 000 Hz"], 1000.0),
        (["frequency_Hz: 125 Hz"], 125.0),
        *(
            ([f"{key}: 125 Hz"], 125.0)
            for key in ("Näytteenottotaajuus", "Vzorkovací frekvence", "샘플링 주파수", "取樣頻率")
        ),
        (["Abtastrate: 1.000,0 Hz"], 1000.0),
        (["Sampling rate: 1,000.0 Hz"], 1000.0),
        (["Sampling period,4,ms"], 250.0),
        (["Sampling rate: 250 Hz", "Sampling rate of SpO2: 1 Hz"], None),
    ],
)
def test_several_frequencies(lines: list[str], rate: float | None) -> None:
    assert stated_frequency(facts_of(lines, "")) == rate


@pytest.mark.parametrize(
    ("line", "leads"),
    [
        ("Derivação: DII", ("II",)),
        ("Derivazioni: I, II", ("I", "II")),
        ("Odprowadzenie: V5", ("V5",)),
        ("Elvezetés: II", ("II",)),
        ("Kytkentä: I", ("I",)),
        ("Απαγωγή: II", ("II",)),
        ("导联：II", ("II",)),
        ("通道: II", ("II",)),
        ("Đạo trình: II", ("II",)),
        ("Stage: II", ()),
        ("版本: V2", ()),
        ("leads: I II", ("I", "II")),
    ],
)
def test_leads_are_stated_in_any_language(line: str, leads: tuple[str, ...]) -> None:
    assert stated_leads(facts_of([plain(line)], "")) == leads


@pytest.mark.parametrize(
    ("line", "facts"),
    [
        ("# fs 250", {"fs": "250"}),
        ("fs 250 Hz unit mV lead II", {"fs": "250 Hz", "unit": "mV", "lead": "II"}),
        ("# gain 200 adu/mV baseline 1024", {"gain": "200 adu/mV", "baseline": "1024"}),
        ("# {'fs': 250, 'unit': 'mV'}", {"fs": "250", "unit": "mV"}),
        ("lead wires of the unit", {}),
        ("gain adjusted", {}),
    ],
)
def test_facts_without_a_mark(line: str, facts: dict[str, str]) -> None:
    assert facts_of([line], "") == facts


def test_marks_within_numbers_are_none() -> None:
    assert facts_of(["Abtastfrequenz 511,4 Hz", "Fs = 511,4 Hz"], "") == {"fs": "511,4 Hz"}
    assert stated_frequency(facts_of(["original sampling rate: 1000"], "")) is None
    assert stated_frequency(facts_of(["Lead I, 250 Hz, 500 Hz, mV"], "")) is None
    assert stated_frequency(facts_of(["f_s=250"], "")) == stated_frequency(facts_of(["Sampling: 250"], "")) == 250
    assert facts_of(["ECG, Lead I, 25 mm/s, 10 mm/mV"], "")["lead"] == "I"


@pytest.mark.parametrize(
    "line",
    [
        *("Lead II, 250 Hz, mV", "ECG;Lead II;250 Hz;mV;2024-05-01 10:00:00", "Name: X | 250 Hz | mV | lead II"),
        *("Lead II sampled at 250 Hz in millivolts", "# Lead II sampled with 0.25 kHz, in mV"),
    ],
)
def test_facts_of_a_line_without_keys(line: str) -> None:
    record = read("\n".join([line, *(f"{value:.4f}" for value in ECG)]).encode())
    assert (record.leads, record.sampling_frequency) == (("II",), 250.0)
    np.testing.assert_allclose(record.signal[:, 0], ECG, atol=1e-4)
