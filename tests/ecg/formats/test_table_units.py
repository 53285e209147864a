"""The unit of a table's samples: steps of a converter, and numbers that may be steps."""

from __future__ import annotations

import numpy as np
import pytest

from mvkt.ecg.formats import read
from mvkt.ecg.formats.table_roles import Lead
from mvkt.ecg.formats.table_units import in_millivolts, millivolts_of_one
from mvkt.ecg.formats.user_facts import NOTHING, UserFacts
from mvkt.errors import RecordFormatError

ECG = np.sin(np.arange(1000) / 9) + np.sin(np.arange(1000) / 3.3)
STEPS = np.round(ECG * 200).astype(int)


def table(before: str, samples: object, name: str = "ECG") -> bytes:
    return (f"sampling rate: 250\n{before}{name}\n" + "".join(f"{sample}\n" for sample in samples)).encode()  # type: ignore[attr-defined]


@pytest.mark.parametrize("unit", ["", "unit: LSB\n", "units: adu\n"])
def test_steps_of_a_converter(unit: str) -> None:
    record = read(table(f"{unit}resolution: 5 uV/LSB\n", STEPS))
    np.testing.assert_allclose(record.signal[:, 0], STEPS * 0.005, atol=1e-6)
    assert any("a step is 5 µV" in note for note in record.notes)


@pytest.mark.parametrize("scale", ["scale: 4.88", "gain: 200", "baseline: 512", "gain: 200 adu/mV", "factor: 0,005"])
def test_whole_numbers_with_a_unit_and_a_scale_are_in_either(scale: str) -> None:
    content = table(f"unit: uV\n{scale}\n", STEPS)
    with pytest.raises(RecordFormatError, match=r"is not guessed.*--unit"):
        read(content)
    np.testing.assert_allclose(read(content, unit="uV").signal[:, 0], STEPS / 1000, atol=1e-6)
    scaled = read(table(f"unit: mV\n{scale}\n", ECG.round(4)))  # decimals: these were scaled
    np.testing.assert_allclose(scaled.signal[:, 0], ECG, atol=1e-4)
    np.testing.assert_allclose(read(table(f"{scale}\n", STEPS, "ECG [uV]")).signal[:, 0], STEPS / 1000, atol=1e-6)


@pytest.mark.parametrize("scale", ["scale: 1", "gain: 10 mm/mV", "baseline: 0", "resolution: 12 bit"])
def test_what_is_no_scale(scale: str) -> None:
    np.testing.assert_allclose(read(table(f"unit: uV\n{scale}\n", STEPS)).signal[:, 0], STEPS / 1000, atol=1e-6)


@pytest.mark.parametrize(("before", "name", "factor"), [("", "I [nV]", 1e-6), ("resolution: 28 nV/LSB\n", "I", 28e-6)])
def test_what_marks_missing_samples_may_be_a_sample_of_small_steps(before: str, name: str, factor: float) -> None:
    steps = np.round(ECG / factor).astype(int)
    steps[300] = -32768
    record = read(table(before, steps, name))
    np.testing.assert_allclose(record.signal[:, 0], steps * factor, atol=1e-6)
    steps[300:320] = -32768
    assert np.flatnonzero(np.isnan(read(table(before, steps, name)).signal[:, 0])).tolist() == list(range(300, 320))


def test_blank_lines_are_missing_in_any_unit() -> None:
    lines = [f"{round(value * 1e6)}" for value in ECG]
    lines[300] = ""
    record = read("\n".join(lines).encode(), unit="nV", sampling_frequency=250)
    assert np.flatnonzero(np.isnan(record.signal[:, 0])).tolist() == [300]


def test_millivolts_of_one() -> None:
    lead = Lead(0, "I", "")
    assert millivolts_of_one(lead, {}, NOTHING) == 0.0
    assert millivolts_of_one(lead, {"unit": "uV"}, NOTHING) == pytest.approx(1e-3)
    assert millivolts_of_one(lead, {"gain": "200 adu/mV"}, NOTHING) == pytest.approx(0.005)
    assert millivolts_of_one(lead, {"gain": "200 adu/mV"}, UserFacts(unit="V")) == 1000.0
    leads, columns, notes = in_millivolts([lead], {0: np.array([1.0])}, {}, NOTHING)
    assert (leads, columns[0][0], notes) == ([lead], 1.0, ())


@pytest.mark.parametrize("line", ["Units: mV, uV", "Units: mV uV", "units = mV; uV"])
def test_a_unit_for_each_lead(line: str) -> None:
    rows = "".join(f"{np.sin(n):.4f},{1000 * np.cos(n):.1f}\n" for n in range(500))
    record = read(f"Sampling rate: 250\n{line}\nI,II\n{rows}".encode())
    np.testing.assert_allclose(record.signal, np.c_[np.sin(range(500)), np.cos(range(500))], atol=1e-3)


def test_what_is_there_again_without_a_unit_is_left_out() -> None:
    rows = "".join(f"{np.sin(n):.4f},{1024 + 200 * np.sin(n):.0f}\n" for n in range(500))
    record = read(f"Sampling rate: 250\nI [mV],I raw\n{rows}".encode())
    assert (record.leads, record.notes) == (("I",), ("left out I raw: its unit is not stated",))
