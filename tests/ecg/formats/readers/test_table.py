from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.formats import columns, read
from mvkt.errors import RecordFormatError

Counts = NDArray[np.int16]


@pytest.mark.parametrize(("separator", "comma"), [(",", False), (";", False), (";", True), ("\t", False), ("\t", True)])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_tables_that_state_everything(
    make: SimpleNamespace, counts: Counts, separator: str, comma: bool, newline: str, encoding: str
) -> None:
    text = make.table(counts, separator, comma).decode().replace("\n", newline)
    record = read(text.encode(encoding))
    assert (record.source, record.leads, record.sampling_frequency) == ("table", ("I", "II"), 500.0)
    assert record.notes == ()
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)


@pytest.mark.parametrize(
    ("header", "leads", "frequency", "factor"),
    [
        ("time (ms),ecg_uV", ("ecg",), 250.0, 1e-3),
        ("timestamp [ms],Lead II [mV]", ("II",), 250.0, 1.0),
        ("Time,MLII (mV)", ("II",), 250.0, 1.0),
        ("'Elapsed time','MLII'\n'ms','mV'", ("II",), 250.0, 1.0),
    ],
)
def test_names_of_columns(header: str, leads: tuple[str, ...], frequency: float, factor: float) -> None:
    rows = "".join(f"{n * 4},{n / 100}\n" for n in range(50))
    record = read(f"{header}\n{rows}".encode())
    assert (record.leads, record.sampling_frequency) == (leads, frequency)
    np.testing.assert_allclose(record.signal[:, 0], np.arange(50) / 100 * factor, rtol=1e-6)


def test_times_without_a_unit_are_seconds_or_milliseconds() -> None:
    for step, unit in ((0.002, 1), (2, 1000)):
        rows = "".join(f"{n * step:.3f},0.1\n" for n in range(50))
        assert read(f"time,I [mV]\n{rows}".encode()).sampling_frequency == 500.0, unit


def test_whole_numbers_may_be_samples_or_milliseconds() -> None:
    content = ("time,I [mV]\n" + "".join(f"{n},0.1\n" for n in range(50))).encode()
    with pytest.raises(RecordFormatError, match="does not state its sampling frequency"):
        read(content)
    assert read(content, sampling_frequency=1000).sampling_frequency == 1000
    with pytest.raises(RecordFormatError, match="unit of the column of times is unknown"):
        read(("time,I [mV]\n" + "".join(f"{n * 30},0.1\n" for n in range(50))).encode())


def test_a_bare_column_needs_facts(make: SimpleNamespace, counts: Counts) -> None:
    content = make.polar_column(counts)
    with pytest.raises(RecordFormatError, match="does not state its sampling frequency"):
        read(content)
    with pytest.raises(RecordFormatError, match="does not state its unit"):
        read(content, sampling_frequency=500)
    record = read(content, sampling_frequency=500, unit="uV")
    assert record.leads == ("Channel 1",)
    assert read(content, sampling_frequency=500, unit="uV", lead="II").leads == ("II",)
    np.testing.assert_allclose(record.signal[:, 0], counts[:, 0] * 0.005, atol=1e-6)


def test_columns_without_names_need_all_of_them(make: SimpleNamespace, counts: Counts) -> None:
    content = make.table(counts, clock=False).partition(b"\n")[2]
    with pytest.raises(RecordFormatError, match="2 columns without names"):
        read(content, sampling_frequency=500, unit="mV")
    with pytest.raises(RecordFormatError, match="2 columns without names"):
        read(content, sampling_frequency=500, unit="mV", lead="I")
    assert read(content, sampling_frequency=500, unit="mV", lead="II+V1").leads == ("II", "V1")


def test_what_is_given_wins_with_a_note(make: SimpleNamespace, counts: Counts) -> None:
    content = make.table(counts)
    assert read(content, sampling_frequency=500, unit="mV", lead="I").notes == ()
    record = read(content, sampling_frequency=250, unit="uV", lead="V1+V2")
    assert (record.leads, record.sampling_frequency) == (("V1", "V2"), 250.0)
    np.testing.assert_allclose(record.signal, counts * 0.005e-3, atol=1e-9)
    assert record.notes == (
        "250 Hz was given and is taken; the times of the samples mean 500 Hz",
        "the unit uV was given and is taken; the file states mV",
        "lead V1+V2 was given and is taken; the file names I, II",
    )
    with pytest.raises(RecordFormatError, match="I, II, not V1"):
        read(content, lead="V1")


def test_facts_in_comments() -> None:
    text = (
        "# sampling_frequency: 511.4\n# unit: uV\n# start_time: 2024-01-31T10:00:00\n# age: 57\n# sex: female\n"
        "# patient: Jane Doe\nI\n1\n2\n3\n"
    )
    record = read(text.encode())
    assert (record.sampling_frequency, record.age, record.sex) == (511.4, 57, "female")
    assert record.start_time == datetime(2024, 1, 31, 10)
    assert record.signal[2, 0] == pytest.approx(0.003)
    assert "Doe" not in repr(record)
    with pytest.raises(RecordFormatError, match="states 250 Hz, and the times of its samples mean 511"):
        read(
            b"# sampling_frequency: 250\n"
            + b"time [s],I [mV]\n"
            + b"".join(b"%.6f,1\n" % (n / 511.4) for n in range(99))
        )


@pytest.mark.parametrize("empty", ["", "nan", "NaN", "NA", "null", "-32768", "inf"])
def test_missing_samples(empty: str) -> None:
    content = f"# sampling_frequency: 250\nI [mV],II [mV]\n0.1,0.2\n{empty},0.3\n0.4,0.5\n".encode()
    signal = read(content).signal
    np.testing.assert_array_equal(np.isnan(signal), [[False, False], [True, False], [False, False]])
    np.testing.assert_allclose(signal[:, 1], [0.2, 0.3, 0.5], rtol=1e-6)


def test_gaps_in_the_times() -> None:
    kept = np.r_[0:100, 150:250]
    rows = "".join(f"{n / 250:.3f},{n / 1000}\n" for n in kept)
    record = read(f"time [s],I [mV]\n{rows}".encode())
    assert len(record.signal) == 250
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(record.signal[:, 0])), np.arange(100, 150))
    assert record.notes == ("1 gaps (0.20 s in all) are marked as missing",)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("I [mV]\n1.234,5\n", "not a recording of a known format"),
        ("I [mV]\n0,5\n1.5\n", "decimal points and decimal commas"),
        ("I [mV]\n1_0\n2\n", "not a recording of a known format"),
        ("I [mV]\n1\n1_0\n", "is no number"),
        ("I [mV]\n1\nabc\n", "is no number"),
        ("I [mV];II [mV]\n1;2\n3\n", "a row has 1 cells where others have 2"),
        ("I [mV];II [mV]\n1;2\n3;4;5\n", "a row has 3 cells where others have 2"),
        ("index,time [s]\n1,2\n", "no column of an ECG"),
        ("I [mV]\n5000\n", "samples reach 5,000 mV"),
        ("I [mV]\nnan\n0x10\n", "not a recording of a known format"),
    ],
)
def test_what_is_refused(text: str, reason: str) -> None:
    with pytest.raises(RecordFormatError, match=reason):
        read(text.encode(), sampling_frequency=250)


def test_long_tables_are_read_in_blocks(make: SimpleNamespace, counts: Counts, monkeypatch: pytest.MonkeyPatch) -> None:
    content = make.table(counts)
    whole = read(content)
    for size in (1, 100, 5_000):
        monkeypatch.setattr(columns, "_BLOCK_BYTES", size)
        np.testing.assert_array_equal(read(content).signal, whole.signal)
        np.testing.assert_array_equal(read(content.replace(b"\n", b"\r\n")).signal, whole.signal)


def test_a_table_of_too_many_numbers(make: SimpleNamespace, counts: Counts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "MOST_CELLS", 1000)
    with pytest.raises(RecordFormatError, match="up to 1,000 numbers are read: use EDF or WFDB"):
        read(make.table(counts))


def test_cut_at_the_end_of_a_line_the_beginning_stays(make: SimpleNamespace, counts: Counts) -> None:
    content = make.table(counts)
    whole = read(content).signal
    lines = content.split(b"\n")
    for kept in range(5, len(lines), 83):
        np.testing.assert_array_equal(read(b"\n".join(lines[:kept])).signal, whole[: kept - 1])


def test_twice_the_numbers_are_twice_the_amplitudes(make: SimpleNamespace, counts: Counts) -> None:
    np.testing.assert_allclose(read(make.table(2 * counts)).signal, 2 * read(make.table(counts)).signal, atol=1e-6)
    renamed = make.table(counts).replace(b"[mV]", b"[uV]")
    np.testing.assert_allclose(read(renamed).signal * 1000, read(make.table(counts)).signal, atol=1e-6)


def test_other_line_ends_of_unicode_are_none() -> None:
    content = "# a\x0cb\u2028c: d\nI [mV]\n1\n2\n3\n".encode()
    np.testing.assert_array_equal(read(content, sampling_frequency=250).signal[:, 0], [1, 2, 3])


def rows_of(counts: Counts, row: str, **cells: list[str]) -> str:
    """``{n}`` is the number of a row, ``{t}`` its seconds, ``{x}`` lead I in mV."""
    lead = (counts[:, 0] * 0.005).tolist()
    return "".join(
        row.format(n=n, t=f"{n / 500:.3f}", x=f"{value:.3f}", **{name: part[n] for name, part in cells.items()}) + "\n"
        for n, value in enumerate(lead)
    )


@pytest.mark.parametrize("mark", ["R", "beat", "normal"])
@pytest.mark.parametrize("order", ["{t},{mark},{x}", "{t},{x},{mark}"])
def test_marks_here_and_there_are_left_out(counts: Counts, mark: str, order: str) -> None:
    marks = [mark if n % 100 == 0 else "" for n in range(len(counts))]
    names = order.format(t="time [s]", mark="event", x="I [mV]")
    record = read((names + "\n" + rows_of(counts, order, mark=marks)).encode())
    np.testing.assert_allclose(record.signal[:, 0], counts[:, 0] * 0.005, atol=1e-3)
    assert record.leads == ("I",)


@pytest.mark.parametrize("units", ["s,mV", "(s),(mV)", "[s],[mV]"])
def test_a_row_of_units(counts: Counts, units: str) -> None:
    record = read(f"Time,I\n{units}\n{rows_of(counts, '{t},{x}')}".encode())
    assert (record.leads, record.sampling_frequency) == (("I",), 500)


@pytest.mark.parametrize("names", ["Время, с;ЭКГ, мВ", "time, s;ECG, mV", "时间(秒);心电(mV)", "Zeit_s;EKG_mV"])
def test_names_in_other_scripts(counts: Counts, names: str) -> None:
    record = read(f"{names}\n{rows_of(counts, '{t};{x}')}".encode(), lead="I")
    assert (record.leads, record.sampling_frequency) == (("I",), 500)
    np.testing.assert_allclose(record.signal[:, 0], counts[:, 0] * 0.005, atol=1e-3)


def test_a_lead_called_v_is_no_volt(counts: Counts) -> None:
    record = read(f"time [s],ECG V\n{rows_of(counts, '{t},{x}')}".encode(), unit="mV")
    np.testing.assert_allclose(record.signal[:, 0], counts[:, 0] * 0.005, atol=1e-3)


@pytest.mark.parametrize("code", ["-999", "9999", "-9999", "32767", "99999"])
def test_numbers_that_stand_for_missing_samples(counts: Counts, code: str) -> None:
    cells = [code if 100 <= n < 160 else f"{5 * value}" for n, value in enumerate(counts[:, 0].tolist())]
    record = read(f"time [s],I [uV]\n{rows_of(counts, '{t},{cell}', cell=cells)}".encode())
    assert np.isnan(record.signal[:, 0]).sum() == 60
    assert record.notes == (f"samples of {float(code):g} in lead I are taken for missing ones",)


@pytest.mark.parametrize("cell", ["NA", "--", "#N/A", "<NA>", "None", "", "LOFF", "(null)", "n/d", "нет"])
def test_cells_without_a_number(counts: Counts, cell: str) -> None:
    cells = [cell if 300 <= n < 360 else f"{value}" for n, value in enumerate(counts[:, 0].tolist())]
    record = read(f"time [s],I [uV]\n{rows_of(counts, '{t},{cell}', cell=cells)}".encode())
    assert np.isnan(record.signal[:, 0]).sum() == 60


def test_words_that_come_once_are_damage(counts: Counts) -> None:
    for words in ({300: "O.1"}, {300: "abc"}, dict.fromkeys(range(300, 309), "a") | {310: "bcd"}):
        cells = [words.get(n, f"{value}") for n, value in enumerate(counts[:, 0].tolist())]
        with pytest.raises(RecordFormatError, match="is no number"):
            read(f"time [s],I [uV]\n{rows_of(counts, '{t},{cell}', cell=cells)}".encode())


def test_separators_within_a_remark_are_none(counts: Counts) -> None:
    remarks = ['"moved, coughed"' if n == 700 else "" for n in range(len(counts))]
    record = read(f"time [s],I [mV],remark\n{rows_of(counts, '{t},{x},{mark}', mark=remarks)}".encode())
    np.testing.assert_allclose(record.signal[:, 0], counts[:, 0] * 0.005, atol=1e-3)


@pytest.mark.parametrize("end", ["0.512,0.1", "0.512", "0.5"])
def test_a_row_that_was_cut_off(counts: Counts, end: str) -> None:
    rows = rows_of(counts[:250], "{t},{x},0.25")
    record = read(f"time [s],I [mV],II [mV]\n{rows}{end}".encode())
    assert len(record.signal) == 250
    assert "truncated" in record.notes[0]


def test_letters_are_no_leads_beside_others_of_their_kind(counts: Counts) -> None:
    content = ("a,b\n" + "".join(f"{first / 200},{second / 200}\n" for first, second in counts.tolist())).encode()
    with pytest.raises(RecordFormatError, match=r"ECG a, ECG b, not I: .* name 2 leads"):
        read(content, sampling_frequency=500, unit="mV", lead="I")
    assert read(content, sampling_frequency=500, unit="mV", lead="I+II").leads == ("I", "II")
    named = content.replace(b"a,b", b"d,j")
    assert read(named, sampling_frequency=500, unit="mV").leads == ("d", "j")


def test_a_narrow_column_of_excel_is_none_of_comments(counts: Counts) -> None:
    content = f"time [s];I [mV]\n{rows_of(counts, '########;{x}')}".encode()
    with pytest.raises(RecordFormatError, match="--sampling-frequency"):
        read(content)
    np.testing.assert_allclose(read(content, sampling_frequency=500).signal[:, 0], counts[:, 0] * 0.005, atol=1e-3)


@pytest.mark.parametrize("names", ["x,y", "x,ecg", "time,ecg,y"])
def test_axes_of_a_plot(counts: Counts, names: str) -> None:
    row = "{t},{x},0" if names.count(",") > 1 else "{t},{x}"
    record = read(f"{names}\n{rows_of(counts, row)}".encode(), unit="mV", lead="I")
    assert (record.leads, record.sampling_frequency) == (("I",), 500.0)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_rows_of_empty_cells_are_samples_where_there_are_no_times(counts: Counts, separator: str) -> None:
    rows = [separator.join(f"{value / 200:.3f}" for value in row) for row in counts.tolist()]
    rows[300:360] = [separator] * 60
    content = f"# fs: 500\n{separator.join(('I [mV]', 'II [mV]'))}\n" + "\n".join([*rows, *[separator] * 90])
    signal = read(content.encode()).signal
    assert signal.shape == counts.shape
    assert np.flatnonzero(np.isnan(signal).all(axis=1)).tolist() == list(range(300, 360))


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_quoted_cells_with_any_end_of_a_line(counts: Counts, newline: str) -> None:
    text = '"time [s]","I [mV]"\n' + rows_of(counts, '"{t}","{x}"')
    record = read(text.replace("\n", newline).encode())
    np.testing.assert_allclose(record.signal[:, 0], counts[:, 0] * 0.005, atol=1e-3)


def test_words_in_the_first_row_beside_a_single_lead(counts: Counts) -> None:
    marks = ["beat" if n % 200 == 0 else "" for n in range(len(counts))]
    cells = ["-32768" if 300 <= n < 360 else f"{5 * value}" for n, value in enumerate(counts[:, 0].tolist())]
    text = rows_of(counts, "{cell};{mark}", mark=marks, cell=cells)
    record = read(f"# fs: 500\nI [uV];Event\n{text}".encode())
    assert record.leads == ("I",)
    assert np.isnan(record.signal[:, 0]).sum() == 60


def test_names_with_spaces_above_rows_with_decimal_commas(counts: Counts) -> None:
    rows = rows_of(counts, "{t}|{x}|{x}|{mark}", mark=["beat" if n % 200 == 0 else "" for n in range(len(counts))])
    record = read(f"Time|I [mV]|Lead II [mV]|Event\n{rows.replace('.', ',')}".encode())
    assert (record.leads, record.sampling_frequency) == (("I", "II"), 500.0)


def test_a_date_or_a_time_that_was_cut_off(counts: Counts) -> None:
    stamps = [f"2024-05-01,{10 + n // 250:02}:00:{n % 250 * 0.004:06.3f}" for n in range(200)]
    rows = "\n".join(
        f"{stamp},{value / 200:.3f}" for stamp, value in zip(stamps, counts[:200, 0].tolist(), strict=True)
    )
    for end in ("2024-05-01,10:0", "2024-0", "2024-05-01,10:00:00.800,"):
        record = read(f"date,time,I [mV]\n{rows}\n{end}".encode())
        assert len(record.signal) == 200
        assert "truncated" in record.notes[0]


@pytest.mark.parametrize("units", ["ミリ秒|mV|", "밀리초|mV|", "мс|мВ|"])
def test_units_of_times_in_other_scripts(counts: Counts, units: str) -> None:
    rows = "".join(f"{2 * n}|{value / 200:.3f}|{n % 3}\n" for n, value in enumerate(counts[:, 0].tolist()))
    record = read(f"t|I|Event\n{units}\n{rows}".encode())
    assert (record.leads, record.sampling_frequency) == (("I",), 500.0)


@pytest.mark.parametrize(("name", "step"), [("millis", 1), ("micros", 1000), ("nanos", 1_000_000)])
def test_clocks_of_microcontrollers(counts: Counts, name: str, step: int) -> None:
    rows = "".join(f"{98_765 + n * step},{value / 200:.3f}\n" for n, value in enumerate(counts[:, 0].tolist()))
    assert read(f"{name},I [mV]\n{rows}".encode()).sampling_frequency == 1000.0


@pytest.mark.parametrize("first", [0, 300])
def test_leads_that_are_off_from_the_first_sample_on(counts: Counts, first: int) -> None:
    lead = [f"{value / 200:.3f}" for value in counts[:, 0].tolist()]
    cells = ["disconnected" if first <= n < first + 90 else cell for n, cell in enumerate(lead)]
    record = read(f"time [s],I [mV],II [mV]\n{rows_of(counts, '{t},{cell},{x}', cell=cells)}".encode())
    assert record.leads == ("I", "II")
    assert np.flatnonzero(np.isnan(record.signal[:, 0])).tolist() == list(range(first, first + 90))


def test_quoted_empty_cells_of_a_column_with_ends_of_lines_of_old_macs(counts: Counts) -> None:
    cells = ['""' if 300 <= n < 360 else f'"{value / 200:.3f}"' for n, value in enumerate(counts[:, 0].tolist())]
    signal = read("\r".join(["# fs: 500", '"I [mV]"', *cells]).encode()).signal
    assert np.flatnonzero(np.isnan(signal[:, 0])).tolist() == list(range(300, 360))
