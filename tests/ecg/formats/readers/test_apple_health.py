from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest

from mvkt.ecg.formats import read
from mvkt.errors import RecordError, RecordFormatError

VALUES = [-180.596, 0.5, 12.0, 1021.25, -3.0]
EXPECTED = np.array(VALUES) / 1000

ENGLISH = """Name,Jane Doe
Date of Birth,"Jan 31, 1980"
Recorded Date,2020-01-30 10:00:00 +0100
Classification,Sinus Rhythm
Symptoms,
Software Version,1.90
Device,"Watch5,3"
Sample Rate,512 hertz


Lead,Lead I
Unit,µV

-180.596
0.5
12
1021.25
-3
"""
GERMAN = """Name,Max Mustermann
Geburtstag,31.01.1980
Aufzeichnungsdatum,2020-01-30 10:00:00 +0100
Klassifizierung,Sinusrhythmus
Symptome,Ohne
Softwareversion,2.0
Gerät,"Watch6,7"
Messrate,511,562\u00a0Hertz


Ableitung,Ableitung I
Einheit,µV

"-180,596"
"0,5"
12
"1021,25"
-3
"""
FRENCH = """Nom,Jeanne Dupont
Date de naissance,31 janv. 1980
Date d’enregistrement,2020-01-30 10:00:00 +0100
Classification,Rythme sinusal
Fréquence d’échantillonnage,512\u202fHz
Dérivation,Dérivation I
Unité,mV
-0,180596
0,0005
0,012
1,02125
-0,003
"""


@pytest.mark.parametrize(
    ("text", "frequency"), [(ENGLISH, 512), (GERMAN, 511.562), (FRENCH, 512)], ids=["English", "German", "French"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_languages(text: str, frequency: float, encoding: str, newline: str) -> None:
    record = read(text.replace("\n", newline).encode(encoding))
    assert record.leads == ("I",)
    assert record.sampling_frequency == frequency
    assert record.age == 39
    assert record.source == "Apple Health"
    assert record.start_time == datetime(2020, 1, 30, 10, tzinfo=timezone(timedelta(hours=1)))
    assert record.notes == ()
    np.testing.assert_allclose(record.signal[:, 0], EXPECTED, atol=1e-7)


def test_old_encoding() -> None:
    assert read(GERMAN.encode("cp1252")).sampling_frequency == 511.562


@pytest.mark.parametrize(
    "born",
    ["31.01.1980", "1980-01-31", "31 Jan 1980", "January 31, 1980", "31. Januar 1980", "1/31/1980", "31/01/1980"],
)
@pytest.mark.parametrize(("recorded", "age"), [("2020-01-30", 39), ("2020-01-31", 40), ("2021-12-31", 41)])
def test_age_from_two_dates(born: str, recorded: str, age: int) -> None:
    text = ENGLISH.replace('"Jan 31, 1980"', f'"{born}"').replace("2020-01-30", recorded)
    assert read(text.encode()).age == age


@pytest.mark.parametrize(
    "born", ["", "unknown", "1/2/1980", "31.02.1980", "99.99.1980", "1980", "31.01.2090", "99999999999.1.1"]
)
def test_no_age_without_a_clear_date(born: str) -> None:
    record = read(ENGLISH.replace("Jan 31, 1980", born).encode())
    assert record.age is None
    assert len(record.signal) == 5


def test_nothing_of_the_person_is_kept() -> None:
    for text in (ENGLISH, GERMAN, FRENCH):
        record = repr(read(text.encode(), name="Jane Doe.csv"))
        assert not any(word in record for word in ("Doe", "Muster", "Dupont", "1980", "Sinus"))


def without(key: str) -> str:
    return "\n".join(line for line in ENGLISH.split("\n") if not line.startswith(key))


def test_rows_that_are_not_needed() -> None:
    for key in ("Name", "Date of Birth", "Recorded Date", "Classification", "Symptoms", "Device"):
        assert len(read(without(key).encode()).signal) == 5, key
    assert read(without("Recorded Date").encode()).start_time is None
    assert read(ENGLISH.replace("2020-01-30 10:00:00 +0100", "yesterday").encode()).start_time is None


def test_a_lead_that_is_not_named() -> None:
    record = read(without("Lead").encode())
    assert record.leads == ("I",)
    assert "taken as I" in record.notes[0]


def test_blank_lines_and_trailing_commas_are_nothing() -> None:
    broken = ENGLISH.replace("0.5\n", "\n0.5,\n  \n\n").replace("-3\n", "-3\n,\n\n")
    np.testing.assert_allclose(read(broken.encode()).signal[:, 0], EXPECTED, atol=1e-7)
    np.testing.assert_allclose(read(ENGLISH.replace("\n\n", "\n").encode()).signal[:, 0], EXPECTED, atol=1e-7)


@pytest.mark.parametrize(("unit", "factor"), [("mV", 1.0), ("V", 1e3), ("uV", 1e-3), ("\u03bcV", 1e-3)])
def test_units(unit: str, factor: float) -> None:
    small = [f"{value / 1e5:.8f}" for value in VALUES]
    text = ENGLISH[: ENGLISH.index("-180.596")] + "\n".join(small)
    record = read(text.replace("µV", unit).encode())
    np.testing.assert_allclose(record.signal[:, 0], np.array(VALUES) / 1e5 * factor, rtol=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("-180.596", "1.234,5"), "line 14 .*one decimal mark"),
        (("-180.596", "1,234.5"), "line 14"),
        (("-180.596", "-180.596.1"), "line 14"),
        (("\n0.5\n", "\nabc\n"), "line 15"),
        (("\n0.5\n", "\n1_0\n"), "line 15"),
        (("\n0.5\n", "\nnan\n"), "line 15"),
        (("\n0.5\n", "\n0x10\n"), "line 15"),
        (("\n0.5\n", "\n0,5\n"), "decimal points and decimal commas"),
        (("Unit,µV", "Unit,"), "does not state its unit"),
        (("Unit,µV", "Unit,parsec"), "parsec"),
        (("Unit,µV\n", ""), "does not state its unit"),
        (("Unit,µV", "Unit,V"), "samples reach 1,021,250 mV"),
        (("512 hertz", "0 hertz"), "sampling frequency"),
        (("512 hertz", "fast"), "sampling frequency"),
        (("512 hertz", "1.234,5 hertz"), "sampling frequency"),
        (("512 hertz", "9999999 hertz"), "sampling frequency"),
    ],
)
def test_what_is_refused(change: tuple[str, str], message: str) -> None:
    with pytest.raises(RecordFormatError, match=message):
        read(ENGLISH.replace(*change).encode())


def test_a_header_without_samples() -> None:
    with pytest.raises(RecordFormatError, match="no samples"):
        read(ENGLISH[: ENGLISH.index("-180.596")].encode())


@pytest.mark.parametrize(
    "text", ["Lead,I\nUnit,mV\nRate,500 Hz\n0.1\n0.2\n", "Sampling rate,500.000 Hz\nLead,I\nUnit,mV\n1\n"]
)
def test_other_exports_are_not_taken_for_it(text: str) -> None:
    assert read(text.encode()).source == "watch export"


def test_a_table_far_too_large() -> None:
    with pytest.raises(RecordError, match="too many for a short recording"):
        read(ENGLISH.encode() + b"1\n" * (33 * 1024**2))


@pytest.mark.slow
def test_half_a_minute_is_read_in_a_few_times_of_what_its_numbers_take() -> None:
    samples = np.random.default_rng(0).normal(0, 200, 15_360)
    numbers = "\n".join(f"{sample:.3f}" for sample in samples)
    content = (ENGLISH[: ENGLISH.index("-180.596")] + numbers).encode()
    took: dict[str, list[float]] = {"recording": [], "numbers": []}
    for _ in range(20):
        began = time.process_time()
        record = read(content)
        took["recording"].append(time.process_time() - began)
        began = time.process_time()
        parsed = [float(line.strip()) for line in numbers.split("\n")]
        took["numbers"].append(time.process_time() - began)
    assert len(record.signal) == len(parsed) == 15_360
    assert min(took["recording"]) < 6 * min(took["numbers"]), "three times on a quiet machine"
