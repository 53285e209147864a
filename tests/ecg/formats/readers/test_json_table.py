"""JSON of any layout, as scripts and apps write it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from mvkt.ecg.formats import read
from mvkt.ecg.formats.readers import json_table
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.errors import RecordFormatError

ONE, TWO = (np.round(np.sin(np.arange(600) / first) + np.sin(np.arange(600) / 3.3), 4).tolist() for first in (9, 7))
MILLISECONDS = [4 * n for n in range(600)]
TIMED = list(zip(MILLISECONDS, ONE, strict=True))
FACTS = {"fs": 250, "unit": "mV"}


def lines(rows: list[Any]) -> str:
    return "\n".join(json.dumps(row) for row in rows)


@pytest.mark.parametrize(
    ("document", "leads"),
    [
        (FACTS | {"ecg": ONE}, ("ecg",)),
        ({"samplingRate": 250, "units": "uV", "samples": [1000 * value for value in ONE], "lead": "I"}, ("I",)),
        ({"meta": {"sampling_frequency": "250 Hz", "unit": "mV"}, "data": {"I": ONE, "II": TWO}}, ("I", "II")),
        (FACTS | {"leads": ["I", "II"], "signal": [ONE, TWO]}, ("I", "II")),
        (FACTS | {"leads": ["I", "II"], "signal": list(zip(ONE, TWO, strict=True))}, ("I", "II")),
        (FACTS | {"leads": [{"name": "I", "data": ONE}, {"name": "II", "data": TWO}]}, ("I", "II")),
        ({"fs": 250, "leads": [{"name": "I", "unit": "V", "data": [v / 1000 for v in ONE]}]}, ("I",)),
        ([FACTS | {"ecg": ONE}], ("ecg",)),
        ({"time_ms": MILLISECONDS, "I_mV": ONE}, ("I",)),
        ([{"time_ms": t, "I_mV": value} for t, value in TIMED], ("I",)),
        (
            {"data": [{"t": t / 1000, "I": i, "II": ii} for t, i, ii in zip(MILLISECONDS, ONE, TWO, strict=True)]},
            ("I", "II"),
        ),
        (
            {"columns": ["time [s]", "I [mV]"], "data": [[t / 1000, v] for t, v in TIMED]},
            ("I",),
        ),
        ({"time_ms": dict(enumerate(MILLISECONDS)), "I_mV": dict(enumerate(ONE))}, ("I",)),
        (FACTS | {"ecg": " ".join(map(str, ONE))}, ("ecg",)),
        (FACTS | {"ecg": list(map(str, ONE)), "heart_rate": 72, "filter_frequency": 50}, ("ecg",)),
        ({"ecg": FACTS | {"data": ONE}, "acc": {"fs": 50, "data": ONE[:100]}, "hr": [72] * 20}, ("ecg",)),
    ],
)
def test_layouts(document: Any, leads: tuple[str, ...]) -> None:
    for content in (json.dumps(document), json.dumps(document, indent=1), "\ufeff" + json.dumps(document)):
        record = read(content.encode(), unit=None if "mV" in content or "V" in content else "mV")
        assert (record.source, record.sampling_frequency, record.leads) == ("JSON", 250.0, leads)
        np.testing.assert_allclose(record.signal, np.transpose([ONE, TWO][: len(leads)]), atol=1e-6)


def test_json_lines() -> None:
    rows = [{"time_ms": t, "I_mV": value} for t, value in TIMED]
    for content in (lines(rows), lines(rows) + "\n", lines(rows).replace("\n", "\r\n\r\n")):
        np.testing.assert_allclose(read(content.encode()).signal[:, 0], ONE, atol=1e-6)
    kept = read(lines([row for n, row in enumerate(rows) if not 100 <= n < 120]).encode())
    assert np.flatnonzero(np.isnan(kept.signal[:, 0])).tolist() == list(range(100, 120))
    with pytest.raises(RecordFormatError, match="damaged"):
        read((lines(rows)[:-3]).encode())


def test_what_is_not_stated_is_not_guessed() -> None:
    with pytest.raises(RecordFormatError, match=r"unit.*--unit"):
        read(json.dumps({"ecg": ONE, "fs": 250}).encode())
    with pytest.raises(RecordFormatError, match="--sampling-frequency"):
        read(json.dumps(ONE).encode(), unit="mV")
    with pytest.raises(RecordFormatError, match="--lead"):
        read(json.dumps(FACTS | {"data": [ONE, TWO]}).encode())
    record = read(json.dumps([ONE, TWO]).encode(), sampling_frequency=250, unit="mV", lead="I+II")
    np.testing.assert_allclose(record.signal, np.transpose([ONE, TWO]), atol=1e-6)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (FACTS | {"sampling_rate": 500, "ecg": ONE}, "250 and 500 Hz"),
        ({"fs": 500, "time_ms": MILLISECONDS, "ecg_mV": ONE}, "states 500 Hz"),
        (FACTS | {"scale": 4.88, "ecg": [round(1000 * v) for v in ONE]}, "scale: 4.88"),
        ([FACTS | {"ecg": ONE[:300]}, FACTS | {"ecg": ONE[300:]}], "several recordings"),
        (FACTS | {"one": ONE, "two": ONE[:400]}, "several lengths"),
        (FACTS | {"heart_rate": [72] * 300}, "no column of an ECG|no ECG lead"),
        ({"a": 1, "b": dict.fromkeys("abcdefghi", 5)}, "no list of samples"),
    ],
)
def test_what_is_refused(document: Any, words: str) -> None:
    with pytest.raises(RecordFormatError, match=words):
        read(json.dumps(document).encode())


@pytest.mark.parametrize("scale", [1, 1000, 10**9])
@pytest.mark.parametrize("lost", [(), (4, 5), (9,)])
def test_packages(scale: int, lost: tuple[int, ...]) -> None:
    packages = [
        {"timestamp": 1_714_557_600 * scale + round(n * scale * 50 / 250), "samples": ONE[50 * n : 50 * n + 50]}
        for n in range(12)
        if n not in lost
    ]
    packages = packages if scale > 1 else [{**package, "timestamp": 5 + 0.2 * n} for n, package in enumerate(packages)]
    record = read(json.dumps(FACTS | {"ecg": packages}).encode())
    expected = np.array(ONE)
    for package in lost if scale > 1 else ():
        expected[50 * package : 50 * package + 50] = np.nan
    expected = expected if scale > 1 else np.concatenate([package["samples"] for package in packages])
    np.testing.assert_allclose(record.signal[:, 0], expected, atol=1e-6)
    assert any("gaps" in note for note in record.notes) == (scale > 1 and bool(lost))
    assert read(lines(packages).encode(), sampling_frequency=250, unit="mV").sampling_frequency == 250
    with pytest.raises(RecordFormatError, match="do not fit 400 Hz"):
        read(json.dumps({"fs": 400, "unit": "mV", "ecg": packages}).encode())


def test_missing_samples_and_facts() -> None:
    document = {"patient": {"age": 57, "sex": "F"}, "startTime": "2024-05-01T10:00:00", **FACTS, "II": [None, *ONE]}
    record = read(json.dumps(document).encode())
    assert (record.age, record.sex, str(record.start_time)) == (57, "female", "2024-05-01 10:00:00")
    assert np.flatnonzero(np.isnan(record.signal[:, 0])).tolist() == [0]


@pytest.mark.parametrize(
    ("text", "is_json"),
    [
        ('{"ecg":[1,2,3,4,5,6,7,8,9]}', True),
        ("[1,2,3,4,5,6,7,8,9]", True),
        ('{"a": 1}', False),
        ("[0.1, 0.2]", False),
        ("[10:00:00.000 01/05/2024]\t0.1\n" * 20, False),
        ("{" + "1" * 60_000, False),
        ('{"a":"' + "1," * 4, False),
    ],
)
def test_what_begins_as_json(text: str, is_json: bool) -> None:
    assert json_table.recognises(RecordingFile.open(text.encode())) is is_json


def test_names_are_those_of_columns_whatever_is_in_them() -> None:
    document = FACTS | {"1": ONE, 'ecg\t"x\n2:': TWO}
    assert read(json.dumps(document).encode()).leads == ("Channel 1", "ecg x 2")


@pytest.mark.parametrize("key", ["seq", "packet"])
def test_counts_of_packages(key: str) -> None:
    samples = [round(np.sin(n / 9) + n % 7 / 100, 3) for n in range(2500)]
    packages = [{key: n % 256, "values": samples[10 * n : 10 * n + 10]} for n in range(250) if not 100 <= n < 110]
    record = read(json.dumps({"fs": 250, "unit": "mV", "packets": packages}).encode())
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(record.signal[:, 0])), np.arange(1000, 1100))


def test_lists_of_other_signals_beside_samples_without_a_name() -> None:
    samples = [round(np.sin(n / 9), 3) for n in range(2500)]
    document = {"fs": 250, "unit": "mV", "lead": "I", "data": samples, "acc": [1, 2, 3] * 300, "rr": [800] * 11}
    record = read(json.dumps(document).encode())
    assert (record.leads, len(record.signal)) == (("I",), 2500)


def test_a_given_frequency_that_times_of_packages_do_not_fit() -> None:
    samples = [round(np.sin(n / 9), 3) for n in range(2500)]
    packages = [{"time": 37 * n, "values": samples[10 * n : 10 * n + 10]} for n in range(250)]
    content = json.dumps({"unit": "mV", "lead": "I", "packets": packages}).encode()
    with pytest.raises(RecordFormatError, match="sampling frequency"):
        read(content)
    record = read(content, sampling_frequency=250)
    assert len(record.signal) == 2500
    assert any("do not fit 250 Hz" in note for note in record.notes)


@pytest.mark.parametrize("missing", [None, "NaN", "NA", ""])
@pytest.mark.parametrize("packed", [True, False])
def test_missing_samples_in_any_form(missing: str | None, packed: bool) -> None:
    samples = [missing if 40 <= n < 80 else round(np.sin(n / 9), 3) for n in range(1000)]
    packages = [{"samples": samples[n : n + 20]} for n in range(0, 1000, 20)]
    beside = {"annotations": [{"t": n, "label": "N"} for n in range(12)], "acc": [[0, 0, 1]] * 30}
    document = {
        "fs": 250,
        "unit": "mV",
        "lead": "I",
        **({"packets": packages} if packed else {"data": samples}),
        **beside,
    }
    record = read(json.dumps(document).encode())
    assert (record.leads, len(record.signal)) == (("I",), 1000)
    assert np.flatnonzero(np.isnan(record.signal[:, 0])).tolist() == list(range(40, 80))


def test_lists_of_one_name_are_no_leads() -> None:
    recordings = [{"ecg": ONE[:300]}, {"note": "x"}, {"ecg": ONE[300:]}]
    with pytest.raises(RecordFormatError, match="several recordings"):
        read(json.dumps(FACTS | {"list": recordings}).encode())
