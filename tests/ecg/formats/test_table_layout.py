"""Tables as scripts, programs and spreadsheets write them: what separates, precedes and accompanies the samples."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mvkt.ecg.formats import read
from mvkt.ecg.formats.table_layout import layout_of
from mvkt.errors import RecordFormatError

ROWS = 600
ECG = np.sin(np.arange(ROWS) / 9) + np.sin(np.arange(ROWS) / 3.3)


def s(row: int) -> str:
    return f"{row * 0.004:.3f}"


TABLES: dict[str, tuple[str, Callable[[int, float], str]]] = {
    "white space": ("time [s]   I [mV]", lambda n, v: f"  {s(n)}   {v:.4f}"),
    "white space and decimal comma": ("Zeit[s] I[mV]", lambda n, v: f"{s(n)} {v:.4f}".replace(".", ",")),
    "semicolon and decimal comma": ("Zeit [s];I [mV]", lambda n, v: f"{s(n)};{v:.4f}".replace(".", ",")),
    "bars": ("time [s]|I [mV]", lambda n, v: f"{s(n)}|{v:.4f}"),
    "comma and space": ("time [s], I [mV]", lambda n, v: f"{s(n)}, {v:.4f}"),
    "rows that end with a separator": ("time [s];I [mV]", lambda n, v: f"{s(n)};{v:.4f};"),
    "lines that end with a separator": ("time [s];I [mV];", lambda n, v: f"{s(n)};{v:.4f};"),
    "numpy.savetxt with a header": ("# time [s],I [mV]", lambda n, v: f"{n * 0.004:.18e},{v:.18e}"),
    "dates with times": ("datetime,I [mV]", lambda n, v: f"2024-05-01 10:00:0{s(n)},{v:.4f}"),
    "times and decimal comma": (
        "Zeit;I [mV]", lambda n, v: f"2024-05-01T10:00:0{s(n)};" + f"{v:.4f}".replace(".", ",")
    ),
    "date and time": ("Date,Time,I [mV]", lambda n, v: f"2024-05-01,10:00:0{s(n)},{v:.4f}"),
    "seconds since 1970": ("timestamp,I [mV]", lambda n, v: f"{1714557600 + n * 0.004:.3f},{v:.4f}"),
    "milliseconds since 1970": ("timestamp,I [mV]", lambda n, v: f"{1714557600000 + n * 4},{v:.4f}"),
    "nanoseconds since 1970": ("timestamp,I [mV]", lambda n, v: f"{(1714557600000 + n * 4) * 10**6},{v:.4f}"),
    "a clock without a name of one": ("when,I [mV]", lambda n, v: f"{s(n)},{v:.4f}"),
    "a row of units": ("time;I\nhh:mm:ss.fff;mV", lambda n, v: f"10:00:0{s(n)};{v:.4f}"),
    "NeuroKit": (
        ",time [s],I [mV],ECG_Rate,ECG_R_Peaks,ECG_Quality", lambda n, v: f"{n},{s(n)},{v:.4f},72.1,0,0.9"
    ),
    "a damaged mark": ("time [s],I [mV],rpeak", lambda n, v: f"{s(n)},{v:.4f},{'x' if n == 500 else 0}"),
    "labels": ("label,time [s],I [mV]", lambda n, v: f"N,{s(n)},{v:.4f}"),
    "labels with separators": ("time [s],I [mV],note", lambda n, v: f'{s(n)},{v:.4f},"N, sinus"'),
    "labels that are rare": ("time [s],I [mV],label", lambda n, v: f"{s(n)},{v:.4f},{'V' if n % 100 == 50 else ''}"),
    "facts before it": ("Device=Foo\nfs=250\nunit=mV\n\nI", lambda n, v: f"{v:.4f}"),
    "facts in cells before it": (
        "Device,Foo\nSampling Rate,250\nStart,2024-05-01\n\nsample,I [mV]", lambda n, v: f"{n},{v:.4f}"
    ),
    "facts with units before it": (
        "Sample rate: 250 Hz\nFilter: 50 Hz\n\nI [mV]\tV1 [mV]", lambda n, v: f"{v:.4f}\t{v:.4f}"
    ),
    "facts in German before it": ("Abtastrate: 0,25 kHz\nEinheit: mV\n\nI;V1", lambda n, v: f"{v:.4f};{v:.4f}"),
    "facts as of a watch before it": (
        "Sample Rate,250\nUnit,millivolts\n\nI,V1", lambda n, v: f"{v:.4f},{v:.4f}"
    ),
    "the time between two samples before it": ("Sample interval: 4 ms\nI [mV]", lambda n, v: f"{v:.4f}"),
    "quantities and units": ("t/s,I / mV", lambda n, v: f"{s(n)},{v:.4f}"),
    "names in Japanese": ("時間(秒),I誘導(mV)", lambda n, v: f"{s(n)},{v:.4f}"),
    "names with spaces between wide columns": (
        "  Time (s)    Lead I (mV)   Lead II (mV)", lambda n, v: f"{s(n):>10} {v:9.4f} {v / 2:9.4f}"
    ),
    "minutes": ("time (min),I [mV]", lambda n, v: f"{n / 15000:.8f},{v:.4f}"),
    "hours": ("time [h],I [mV]", lambda n, v: f"{10 + n / 900000:.9f},{v:.4f}"),
    "basic ISO 8601": ("time,I [mV]", lambda n, v: f"20240531T10000{s(n)}Z,{v:.4f}"),
    "time differences of pandas": ("time,I [mV]", lambda n, v: f"0 days 00:00:0{s(n)},{v:.4f}"),
    "a serial monitor": ("", lambda n, v: f"10:00:0{s(n)} -> {v:.4f}"),
    "a time of the ECG": ("ECG_Time,ECG_I [mV]", lambda n, v: f"{s(n)},{v:.4f}"),
    "counts that begin anew": (
        "Sample Index, I [mV], Other, Time [s]", lambda n, v: f"{n % 200:.1f}, {v:.4f}, 0.0, {s(n)}"
    ),
    "numbers without a zero": ("time [s],I [mV]", lambda n, v: f"{s(n)},{v:.4f}".replace("0.", ".")),
    "numbers that end with a point": ("time [ms],I [uV]", lambda n, v: f"{4 * n}.,{1000 * v:.0f}."),
    "names with a separator too many": ("time [s],I [mV],", lambda n, v: f"{s(n)},{v:.4f}"),
    "the name of an index by pandas": (",I,II\n,mV,mV\ntime,,", lambda n, v: f"{s(n)},{v:.4f},{v:.4f}"),
    "coarse times beside a stated rate": ("# fs: 250\ntime [s],I [mV]", lambda n, v: f"{n * 0.004:.1f},{v:.4f}"),
    "times of day in whole seconds": ("# fs: 250\ntime,I [mV]", lambda n, v: f"10:00:{n // 250:02},{v:.4f}"),
    "a rule below the names": ("| time [s] | I [mV] |\n|---|:---:|", lambda n, v: f"| {s(n)} | {v:.4f} |"),
    "words in the first row": ("time [s],I [mV],event", lambda n, v: f"{s(n)},{v:.4f},{'start; now' * (not n)}"),
    "dates with names of months": ("time,I [mV]", lambda n, v: f"31-May-2024 10:00:0{s(n)},{v:.4f}"),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_tables(name: str) -> None:
    header, row = TABLES[name]
    text = header + "\n" + "\n".join(row(number, value) for number, value in enumerate(ECG.tolist())) + "\n"
    for content in (text, text.replace("\n", "\r\n")):
        record = read(content.encode(), **({} if header else {"lead": "I", "unit": "mV"}))
        assert record.leads[0] == "I"
        assert record.sampling_frequency == 250.0
        np.testing.assert_allclose(record.signal[:, 0], ECG, atol=5e-4 if "a point" in name else 1e-4)


def test_columns_without_names_beside_a_clock() -> None:
    content = "".join(f"{n * 0.004:.18e} {value:.18e}\n" for n, value in enumerate(ECG.tolist())).encode()
    np.testing.assert_allclose(read(content, lead="I", unit="mV").signal[:, 0], ECG, atol=1e-6)
    assert read(content, lead="I", unit="mV").sampling_frequency == 250.0


@pytest.mark.parametrize(
    "times",
    [lambda n: n * 4 // 1000, lambda n: n % 50, lambda n: n * (1 + n % 3), lambda n: "" if n == 5 else n * 0.004],
)
def test_times_that_are_of_no_use_are_passed_over_at_a_given_frequency(times: Callable[[int], object]) -> None:
    rows = "\n".join(f"{times(n)},{value:.4f}" for n, value in enumerate(ECG.tolist()))
    record = read(f"time [s],I [mV]\n{rows}\n".encode(), sampling_frequency=250)
    assert record.sampling_frequency == 250.0
    np.testing.assert_allclose(record.signal[:, 0], ECG, atol=1e-4)
    assert any("250 Hz" in note for note in record.notes)


@pytest.mark.parametrize("end", ["\x1a", "\0" * 512, "\n\n", "#1 end of the recording\n"])
def test_what_stands_after_the_rows(end: str) -> None:
    rows = "".join(f"{s(n)},{value:.4f}\n" for n, value in enumerate(ECG.tolist()))
    np.testing.assert_allclose(read(f"time [s],I [mV]\n{rows}{end}".encode()).signal[:, 0], ECG, atol=1e-4)


@pytest.mark.parametrize(
    ("end", "note"),
    [
        ("Mean,0.01\nMost,1.9\n", "lines left out after the last row: 2"),
        ("Exported by X\n", "lines left out after the last row: 1"),
        ("2.4\n", "lines left out after the last row: 1"),
        ("2.4", "truncated: the file ends within a row, which is left out"),
        ("2.400,", "truncated: the file ends within a row, which is left out"),
    ],
)
def test_lines_after_the_rows_are_left_out_with_a_note(end: str, note: str) -> None:
    rows = "".join(f"{s(n)},{value:.4f},0\n" for n, value in enumerate(ECG.tolist()))
    record = read(f"time [s],I [mV],mark\n{rows}{end}".encode())
    np.testing.assert_allclose(record.signal[:, 0], ECG, atol=1e-4)
    assert note in record.notes


def test_facts_of_a_person_in_rows_before_the_names() -> None:
    head = "Age,57\nSex,F\nSampling rate,250\n\ntime [s],I [mV]\n"
    record = read((head + "".join(f"{s(n)},{value:.4f}\n" for n, value in enumerate(ECG.tolist()))).encode())
    assert (record.age, record.sex, record.sampling_frequency) == (57, "female", 250.0)


def test_a_column_of_dates_beside_one_of_milliseconds_is_the_start() -> None:
    rows = "".join(f"2024-05-31 10:00:0{n // 250},{4 * n},{value:.4f}\n" for n, value in enumerate(ECG.tolist()))
    record = read(f"datetime,time_ms,I [mV]\n{rows}".encode())
    assert (str(record.start_time), record.sampling_frequency) == ("2024-05-31 10:00:00", 250.0)


@pytest.mark.parametrize("line", ["fs: 250", "fs = 250 Hz, lead = II", "Sampling rate (Hz): 250"])
def test_a_fact_above_the_only_column_is_no_name(line: str) -> None:
    record = read((f"{line}\n" + "".join(f"{value:.4f}\n" for value in ECG.tolist())).encode(), unit="mV")
    assert (record.sampling_frequency, record.leads) == (250.0, ("II",) if "II" in line else ("Channel 1",))
    np.testing.assert_allclose(record.signal[:, 0], ECG, atol=1e-4)


def test_the_second_column_of_a_name_by_pandas() -> None:
    rows = "".join(f"{n},{s(n)},{value:.4f},{2 * value:.4f}\n" for n, value in enumerate(ECG.tolist()))
    record = read(f",time [s],II,II.1\n{rows}".encode(), unit="mV")
    assert record.leads == ("II", "II (2)")
    np.testing.assert_allclose(record.signal[:, 1], 2 * ECG, atol=1e-4)


@pytest.mark.parametrize("word", ["NaN", "#N/A", "--", "missing"])
def test_a_column_that_begins_with_missing_samples(word: str) -> None:
    rows = "".join(f"{word if n < 30 else round(value, 4)}\n" for n, value in enumerate(ECG.tolist()))
    signal = read(f"I [mV]\n{rows}".encode(), sampling_frequency=250).signal[:, 0]
    assert np.isnan(signal[:30]).all()
    np.testing.assert_allclose(signal[30:], ECG[30:], atol=1e-4)


def test_thousands_separators_are_refused() -> None:
    rows = "".join(f"{4 * n:,};{1000 * value:,.0f}\n" for n, value in enumerate(ECG.tolist()))
    with pytest.raises(RecordFormatError, match="thousands separators"):
        read(f"time [ms];I [uV]\n{rows}".encode())


def test_one_column_beside_times_of_day_needs_no_name() -> None:
    rows = "".join(f"10:00:0{s(n)},{value:.4f}\n" for n, value in enumerate(ECG.tolist()))
    record = read(rows.encode(), unit="mV")
    assert (len(record.leads), record.sampling_frequency) == (1, 250.0)
    np.testing.assert_allclose(record.signal[:, 0], ECG, atol=1e-4)


@pytest.mark.parametrize(
    ("header", "row", "start"),
    [
        ("timestamp,I [mV]", "{ms},{x}", "2024-05-31 10:00:00+00:00"),
        ("unix time [s],I [mV]", "{s:.3f},{x}", "2024-05-31 10:00:00+00:00"),
        ("Date,Time,I [mV]", "05/31/2024,01:00:0{part} PM,{x}", "2024-05-31 13:00:00"),
        ("Time;Datum;I [mV]", "13:00:0{part};31.05.2024;{x}", "2024-05-31 13:00:00"),
        ("time [s],I [mV]", "{part},{x}", "None"),
    ],
)
def test_the_first_time_is_the_start(header: str, row: str, start: str) -> None:
    rows = "\n".join(
        row.format(ms=1717149600000 + 4 * n, s=1717149600 + n / 250, part=s(n), x=round(value, 4))
        for n, value in enumerate(ECG.tolist())
    )
    record = read(f"{header}\n{rows}\n".encode())
    assert str(record.start_time) == start
    assert record.sampling_frequency == 250.0


def test_the_least_and_the_most_are_no_times() -> None:
    rows = "".join(f"{s(n)},{value:.4f},{value + 1:.4f}\n" for n, value in enumerate(ECG.tolist()))
    record = read(f"time_s,ecg_min,ecg_max\n{rows}".encode(), unit="mV")
    assert (record.leads, record.notes) == (("ecg_min", "ecg_max"), ())


def test_prose_is_no_table() -> None:
    assert layout_of("---\n" * 50, whole=True) is None
    assert layout_of("-\nnone\n", whole=True) is None
    assert layout_of("chapter 1\nof 2 books\nand 3 more\n", whole=True) is None
    assert layout_of("", whole=True) is None
    assert layout_of("a,b\nc,d\n", whole=True) is None


@pytest.mark.parametrize("start", ["<?xml version='1.0'?><digits>", '{"samples": ['])
def test_rows_of_numbers_in_xml_and_json_are_no_table(start: str) -> None:
    rows = "".join(f"{n}\n" for n in range(500))
    with pytest.raises(RecordFormatError, match="not a recording of a known format"):
        read(f"{start}\n{rows}".encode(), sampling_frequency=250, unit="mV")


R_NAMES = (
    ('"time" "I" "II"', '"{n}" {t:g} {x:.5f} {y:.5f}'),
    ("time\tI\tII", "{n}\t{t:g}\t{x:.5f}\t{y:.5f}"),
    ("time,I,II", "row{n},{t:g},{x:.5f},{y:.5f}"),
    ("   time [s]  I [mV]  II [mV]", "{n:5d}  {t:8.3f}  {x:7.5f}  {y:7.5f}"),  # DataFrame.to_string of pandas
    ('"","time","X","II"', '"{n}",{t:g},{x:.5f},{y:.5f}'),
)


@pytest.mark.parametrize(("names", "row"), R_NAMES)
def test_rows_with_a_count_that_has_no_name(names: str, row: str) -> None:
    rows = "".join(row.format(n=n, t=n / 250, x=value, y=-value) + "\n" for n, value in enumerate(ECG.tolist()))
    record = read(f"{names}\n{rows}".encode(), unit="mV")
    assert (record.leads[1], record.sampling_frequency) == ("II", 250.0)
    np.testing.assert_allclose(record.signal, np.stack([ECG, -ECG], axis=1), atol=1e-4)


@pytest.mark.parametrize("names", ["0,1", "1,2", ",0,1"])
def test_numbers_of_columns_are_no_samples(names: str) -> None:
    counts = [f"{n}," * names.startswith(",") for n in range(len(ECG))]
    rows = "".join(f"{count}{value:.5f},{-value:.5f}\n" for count, value in zip(counts, ECG, strict=True))
    record = read(f"{names}\n{rows}".encode(), lead="I+II", unit="mV", sampling_frequency=250)
    np.testing.assert_allclose(record.signal, np.stack([ECG, -ECG], axis=1), atol=1e-4)


def test_the_number_of_the_only_column() -> None:
    rows = "".join(f"{value:.5f}\n" for value in ECG)
    assert len(read(f"0\n{rows}".encode(), unit="mV", sampling_frequency=250).signal) == len(ECG)
    counts = "".join(f"{1000 * value:.0f}\n" for value in ECG)  # 0 may be the first of these
    assert len(read(f"0\n{counts}".encode(), unit="uV", sampling_frequency=250).signal) == len(ECG) + 1


@pytest.mark.parametrize("names", ["ecg_id,I", "X,I", "Sample Index,I"])
def test_columns_that_count_are_no_leads(names: str) -> None:
    rows = "".join(f"{17 if 'id' in names else n + 1},{value:.5f}\n" for n, value in enumerate(ECG))
    assert read(f"{names}\n{rows}".encode(), unit="mV", sampling_frequency=250).leads == ("I",)


@pytest.mark.parametrize("cell", ["∞", "-∞", "!"])
def test_samples_beyond_the_range_or_without_a_lead(cell: str) -> None:
    rows = "".join(f"{n * 4},{cell if 100 <= n < 150 else f'{value:.5f}'}\n" for n, value in enumerate(ECG))
    record = read(f"Time,Channel A\n(ms),(mV)\n\n{rows}".encode(), lead="I")
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(record.signal[:, 0])), np.arange(100, 150))


def test_cells_in_apostrophes() -> None:
    rows = "".join(f"'{n / 250:.3f},'{value:.5f}\n" for n, value in enumerate(ECG))
    np.testing.assert_allclose(read(f"time [s],I [mV]\n{rows}".encode()).signal[:, 0], ECG, atol=1e-4)


def test_an_oscilloscope_with_facts_before_its_rows() -> None:
    facts = "Model,TBS1052B\nSample Interval,4e-3\nVertical Units,V\n\nTIME,CH1\n"
    rows = "".join(f"{n / 250:.6e},{value / 1000:.6e}\n" for n, value in enumerate(ECG))
    np.testing.assert_allclose(read((facts + rows).encode(), unit="V", lead="I").signal[:, 0], ECG, atol=1e-4)
