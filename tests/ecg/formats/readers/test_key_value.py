"""Exports in languages of which no key is known are read by the values of their rows."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import numpy as np
import pytest

from mvkt.ecg.formats import read
from mvkt.errors import RecordFormatError

# Apple's rows (name, born, recorded, classification, symptoms, version, device, rate, lead, unit) translated; the
# Japanese and the Chinese keys are those of real exports.
LANGUAGES = {
    "Japanese": (
        "名前,x|生年月日,1980/01/31|記録日,2020-01-30 10:00:00 +0100|分類,洞調律|症状,|ソフトウェアバージョン,1.90|"
        'デバイス,"Watch5,3"|サンプルレート,511.562ヘルツ|リード,リードI|単位,µV'
    ),
    "Chinese": (
        "姓名,x|出生日期,1980年1月31日|记录日期,2020-01-30 10:00:00 +0100|分类,窦性心律|设备,Watch5|"
        "采样速率,511.562赫兹|导联,导联I|单位,µV"
    ),
    "Spanish": (
        "Nombre,x|Fecha de nacimiento,31 de enero de 1980|Fecha de registro,2020-01-30 10:00:00 +0100|"
        'Clasificación,Ritmo sinusal|Dispositivo,"Watch5,3"|Frecuencia de muestreo,"511,562 hercios"|'
        "Derivación,Derivación I|Unidad,µV"
    ),
    "Italian": (
        "Nome,x|Data di nascita,31 gen 1980|Data registrazione,2020-01-30 10:00:00 +0100|"
        "Frequenza di campionamento,511,562\u00a0hertz|Derivazione,Derivazione I|Unità,µV"
    ),
    "Dutch": (
        "Naam,x|Geboortedatum,31 jan. 1980|Opnamedatum,2020-01-30 10:00:00 +0100|"
        "Samplefrequentie,511,562 hertz|Afleiding,Afleiding I|Eenheid,µV"
    ),
    "Portuguese": (
        "Nome,x|Data de nascimento,31/01/1980|Data da gravação,2020-01-30 10:00:00 +0100|"
        "Taxa de amostragem,511,562 Hz|Derivação,Derivação I|Unidade,µV"
    ),
    "Swedish": (
        "Namn,x|Födelsedatum,31 januari 1980|Inspelat,2020-01-30 10:00:00 +0100|Samplingsfrekvens,511,562 hertz|"
        "Avledning,Avledning I|Enhet,µV"
    ),
    "Danish": (
        "Navn,x|Fødselsdato,31. jan. 1980|Optaget,2020-01-30 10:00:00 +0100|Samplingsfrekvens,511,562 hertz|"
        "Afledning,Afledning I|Enhed,µV"
    ),
    "Norwegian": (
        "Navn,x|Fødselsdato,31. januar 1980|Tatt opp,2020-01-30 10:00:00 +0100|Samplingsfrekvens,511,562 hertz|"
        "Avledning,Avledning I|Enhet,µV"
    ),
    "Polish": (
        "Nazwisko,x|Data urodzenia,1980-01-31|Data nagrania,2020-01-30 10:00:00 +0100|"
        "Częstotliwość próbkowania,511,562 herca|Odprowadzenie,Odprowadzenie I|Jednostka,µV"
    ),
    "Russian": (
        "Имя,x|Дата рождения,31.01.1980|Дата записи,2020-01-30 10:00:00 +0100|Частота,511,562 герца|"
        "Отведение,Отведение I|Единица,µV"
    ),
    "Korean": (
        "이름,x|생년월일,1980년 1월 31일|기록일,2020-01-30 10:00:00 +0100|샘플링 속도,511.562헤르츠|유도,유도 I|단위,µV"
    ),
}
VALUES = ["-180.596", "0.5", "12", "101.25", "-3"]


def export(rows: str, values: list[str] | None = None) -> bytes:
    return "\n".join([*rows.split("|"), "", *(values or VALUES)]).encode()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("comma", [False, True])
def test_languages(language: str, comma: bool) -> None:
    values = [value.replace(".", ",") for value in VALUES] if comma else VALUES
    record = read(export(LANGUAGES[language], values))
    assert record.leads == ("I",)
    assert record.sampling_frequency == 511.562
    assert record.age == 39
    assert record.start_time == datetime(2020, 1, 30, 10, tzinfo=timezone(timedelta(hours=1)))
    assert record.notes == ()
    assert record.source == ("watch export" if language not in ("Japanese", "Chinese", "Spanish") else "Apple Health")
    np.testing.assert_allclose(record.signal[:, 0] * 1000, [float(value) for value in VALUES], rtol=1e-6)
    assert "1980" not in repr(record)


@pytest.mark.parametrize(
    ("unit", "factor"), [("µV", 1e-3), ("uV", 1e-3), ("μV", 1e-3), ("mV", 1.0), ("V", 1e3), ("nV", 1e-6)]
)
def test_units(unit: str, factor: float) -> None:
    record = read(export(f"a,b|c,250 Hz|d,{unit}", ["0.25", "-0.5"]))
    np.testing.assert_allclose(record.signal[:, 0], np.array([0.25, -0.5]) * factor, rtol=1e-6)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ("a,500 Hz|b,250 Hz|c,mV", r"'500 Hz' and '250 Hz'; expected one"),
        ("a,500 Hz|b,mV|c,µV", "two rows of the file could be its unit: mV and µV"),
        ("a,500 Hz|b,x", "does not state its unit"),
        ("a,mV|b,x", "does not state its sampling frequency"),
        ("a,0 Hz|b,mV", "'0 Hz'"),
    ],
)
def test_what_is_ambiguous_is_refused(rows: str, reason: str) -> None:
    with pytest.raises(RecordFormatError, match=reason):
        read(export(rows))


def test_a_thousand_hertz() -> None:
    assert read(export("a,1,000 Hz|b,mV")).sampling_frequency == 1000
    assert read(export("a,500 Hz|c,250 Hz|b,mV"), sampling_frequency=250).sampling_frequency == 250


def test_what_is_missing_can_be_given() -> None:
    assert read(export("a,500 Hz|b,x"), unit="uV").signal[1, 0] == pytest.approx(0.0005)
    assert read(export("a,mV|b,x"), sampling_frequency=130).sampling_frequency == 130
    record = read(export("a,500 Hz|b,uV"), lead="II")
    assert (record.leads, record.notes) == (("II",), ())
    record = read(export("a,500 Hz|b,uV|lead,Lead I"), lead="II")
    assert (record.leads, record.notes) == (("II",), ("lead II was given and is taken; the file names I",))


@pytest.mark.parametrize(
    "rows", ["a,500 Hz|b,uV", "Nome,Jane Doe III|a,500 Hz|b,uV", "Name,Jane V2|Sample Rate,500 Hz|Unit,uV"]
)
def test_a_lead_that_is_not_named_is_a_note(rows: str) -> None:
    record = read(export(rows))
    assert record.leads == ("I",)
    assert "taken as I" in record.notes[0]


def test_missing_samples() -> None:
    record = read(export("a,500 Hz|b,uV", ["1", "-32768", "3"]))
    np.testing.assert_array_equal(np.isnan(record.signal[:, 0]), [False, True, False])


def test_cut_at_the_end_of_a_line_the_beginning_stays() -> None:
    content = export(LANGUAGES["Dutch"], [f"{n * 0.25:.2f}" for n in range(500)])
    whole = read(content).signal[:, 0]
    lines = content.split(b"\n")
    for kept in range(8, len(lines), 37):
        record = read(b"\n".join(lines[:kept]))
        np.testing.assert_array_equal(record.signal[:, 0], whole[: len(record.signal)])
        assert len(record.signal) == kept - 7


def test_no_other_line_end_cuts_a_number() -> None:
    with pytest.raises(RecordFormatError, match="line 5 of the ECG is no number"):
        read(export("a,500 Hz|b,uV", ["1", "2\x0c3"]))


@pytest.mark.parametrize(
    ("rate", "unit"),
    [
        ("512 герців", "мкВ"), ("512 герца", "мкВ"), ("512 Гц", "микровольт"), ("512 χερτζ", "μV"),
        ("512 ヘルツ", "マイクロボルト"), ("512 हर्ट्ज़", "माइक्रोवोल्ट"), ("512 هرتز", "ميكروفولت"),
        ("512 הרץ", "מיקרו-וולט"), ("512 เฮิรตซ์", "ไมโครโวลต์"), ("512 赫茲", "微伏"), ("512 hertsiä", "µV"),
        ("512 herců", "mikrovolty"),
    ],
)  # fmt: skip
def test_rates_and_units_in_other_scripts(rate: str, unit: str) -> None:
    record = read(export(f"a,x|b,{rate}|c,{unit}|d,Watch lead I"))
    assert record.sampling_frequency == 512
    assert record.signal[1, 0] == pytest.approx(0.0005)


def test_a_rate_in_an_unknown_language_is_known_by_its_size_with_a_note() -> None:
    record = read(export("a,x|b,512 ჰერცი|c,µV"))
    assert record.sampling_frequency == 512
    assert record.notes[0] == "512, in a row of its own, is taken for the sampling frequency in Hz"
    with pytest.raises(RecordFormatError, match="does not state its sampling frequency"):
        read(export("a,512 ჰერცი|b,150 სხვა|c,µV"))


def test_a_key_that_is_there_twice() -> None:
    """Swedish has one word for a device and a unit."""
    record = read(export("Namn,x|Enhet,Watch6|Samplingsfrekvens,512 hertz|Avledning,Avledning I|Enhet,µV"))
    assert (record.leads, record.sampling_frequency, record.notes) == (("I",), 512.0, ())
    assert record.signal[1, 0] == pytest.approx(0.0005)


@pytest.mark.parametrize(
    ("rate", "unit"), [("۵۱۲ هرتز", "µV"), ("512 ჰერცი", "მკვ"), ("512 հերց", "մկՎ"), ("５１２ヘルツ", "µV")]
)
def test_digits_and_words_of_other_scripts(rate: str, unit: str) -> None:
    rows = [f"{100 + n % 7}" for n in range(600)]
    record = read("\n".join(["x,Jane", f"y,{rate}", "z,Lead I", f"q,{unit}", "", *rows, ""]).encode())
    assert record.sampling_frequency == 512
    assert record.signal.max() == pytest.approx(0.106)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_rate_is_known_by_its_key_and_a_lead_by_a_line_of_its_own(separator: str) -> None:
    rows = ["Recording", "Date,2024-05-31 10:00:00", "Sampling rate,300", "Units,uV", "", "Lead II"]
    lines = [*(row.replace(",", separator) for row in rows), *(f"{n % 50 - 20}" for n in range(600))]
    record = read("\n".join(lines).encode())
    assert (record.leads, record.sampling_frequency) == (("II",), 300.0)
    assert record.start_time == datetime(2024, 5, 31, 10)
    np.testing.assert_allclose(record.signal[:50, 0], np.arange(-20, 30) / 1000, atol=1e-7)


@pytest.mark.parametrize(
    ("rows", "lead"),
    [("Kanava,II\n", "II"), ("Ableitung,V5\n", "V5"), ("Name,John Doe III\nVersion,V2\n", "I"), ("A,I\nB,II\n", "I")],
)
def test_a_row_that_is_a_lead(rows: str, lead: str) -> None:
    record = read(f"Name,x\nNäytteenotto,500 hertsiä\nYksikkö,mV\n{rows}\n0.1\n0.2\n0.3\n".encode())
    assert (record.source, record.leads) == ("watch export", (lead,))
    assert bool(record.notes) == (len(rows.split(",")) > 2)


@pytest.mark.parametrize(
    "rows", ["Sampling rate;250;Hz|Unit;mV", "Sampling period,4,ms|Unit,mV", "Abtastrate: 250,00 Hz|Einheit: mV|I"]
)
def test_facts_in_cells_of_their_own_and_none_of_cells(rows: str) -> None:
    record = read(export(rows, [f"{n % 50 / 100:.2f}" for n in range(600)]))
    assert (record.leads, record.sampling_frequency) == (("I",), 250)


def test_marks_of_direction_are_no_part_of_a_value() -> None:
    rows = "שם,x|תאריך,2020-01-30 10:00:00 +0200|קצב דגימה,\u200f512 הרץ|מוליך,מוליך I|יחידה,מק״ו"
    record = read(export(rows))
    assert (record.leads, record.sampling_frequency) == (("I",), 512)
    np.testing.assert_allclose(record.signal[:, 0] * 1000, [float(value) for value in VALUES], rtol=1e-6)


def test_a_table_with_marks_here_and_there_is_no_watch_export() -> None:
    lines = [f"{n % 50 / 100:.2f},{'R' if n % 50 == 7 else ''}" for n in range(600)]
    record = read("\n".join(["Sampling rate,250", "Unit,mV", "II,event", *lines]).encode())
    assert (record.source, record.leads, record.sampling_frequency) == ("table", ("II",), 250)
    lines = [f'"{n}","{n % 50 / 100:.2f}"' for n in range(600)]
    record = read("\n".join(["Sampling rate,250 Hz", "Unit,mV", "", '"sample","II"', *lines]).encode())
    assert (record.source, record.leads, record.sampling_frequency) == ("table", ("II",), 250)


def test_the_name_of_the_column_has_the_unit() -> None:
    rows = "".join(f"{value:.4f}\n" for value in (0.1, 0.25, -0.3))
    record = read(f"Device:,X\nHeart Rate:,72 bpm\nSampling Rate:,250 Hz\nLead I (mV)\n{rows}".encode())
    assert (record.leads, record.sampling_frequency) == (("I",), 250.0)
    np.testing.assert_allclose(record.signal[:, 0], [0.1, 0.25, -0.3], atol=1e-6)


def test_lines_of_facts_above_a_column_with_its_unit() -> None:
    text = "샘플링 주파수: 256 Hz; 나이: 63세; 성별: 여성\n유도 aVR, mV\n" + "0.121\n0.118\nNaN\n0.124\n" * 100
    record = read(text.encode())
    assert (record.leads, record.sampling_frequency, record.age, record.sex) == (("aVR",), 256.0, 63, "female")
    assert np.isnan(record.signal[:, 0]).sum() == 100


@pytest.mark.parametrize("heart", ["HR,72", "HR,72 bpm", "Puls,72", "Min,60"])
@pytest.mark.parametrize(
    "lead", ["Derivație,Derivația II", "Afleiding,Afleiding II", "Sadapan,Sadapan II", "导联,导联II"]
)
def test_rows_of_a_heart_rate_and_leads_in_many_languages(heart: str, lead: str) -> None:
    text = f"Naam,x\nGeboortedatum,1960-02-01\nDatum,2020-02-03 10:11:12\nRate,250 hertz\n{heart}\n\n{lead}\nUnit,mV\n"
    record = read((text + "0.1\n0.2\n" * 200).encode())
    assert (record.source, record.leads, record.sampling_frequency, record.age) == ("watch export", ("II",), 250.0, 60)
