"""Texts of tables as programs write them around their rows."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from mvkt.ecg.formats import read
from mvkt.errors import RecordFormatError

ECG = np.array([0.0, 0.1, 0.5, 1.0, -0.2, 0.05, 0.02, 0.1] * 20)


def rows_of(row: str, separator: str = "\n") -> str:
    return separator.join(row.format(n=n, t=n / 250, x=value, u=1000 * value) for n, value in enumerate(ECG.tolist()))


@pytest.mark.parametrize(
    ("names", "row"),
    [
        ("time [s],I [mV]", '"=""{t:.3f}""","=""{x:.3f}"""'),
        ("time [s],I [mV]", '="{t:.3f}",="{x:.3f}"'),
        ("time,I", "{t:.3f} s,{x:.3f} mV"),
        ("time,I", "{t:.3f}s,{u:.1f}µV"),
        ("time [s],I [mV]", "{t:.3f},{u:.1f} µV"),
        ("time [s],I,pulse", "{t:.3f},{x:.3f} mV,72 bpm"),
    ],
)
def test_cells_with_more_than_a_number(names: str, row: str) -> None:
    record = read(f"{names}\n{rows_of(row)}\n".encode())
    assert (record.leads, record.sampling_frequency) == (("I",), 250)
    np.testing.assert_allclose(record.signal[:, 0], ECG, atol=1e-6)


def test_cells_of_which_some_have_a_unit() -> None:
    with pytest.raises(RecordFormatError, match="some cells of a column have a unit"):
        read(f"time [s],I\n0,0.1\n0.004,0.2 mV\n{rows_of('{t:.3f},{x:.3f} mV')}\n".encode())
    later = f"time [s],I\n{rows_of('{t:.3f},{x:.3f} mV')}\n0.640,0.1\n0.644,0.2 mV\n"
    with pytest.raises(RecordFormatError, match=r"some cells|no number with a unit"):
        read(later.encode())


LABVIEW = (
    "LabVIEW Measurement\t\nSeparator\tTab\nDate\t2024/05/01\nTime\t10:11:12.1234567890123456789\n"
    "***End_of_Header***\t\n\t\nChannels\t2\t\nY_Unit_Label\t{unit}\t{unit}\nX0\t0.0E+0\t0.0E+0\n"
    "Delta_X\t0.004000\t0.004000\n***End_of_Header***\t\t\n{names}\tComment\n"
)


@pytest.mark.parametrize(
    ("names", "unit", "row"),
    [
        ("X_Value\tI\tII", "mV", "{t:.6f}\t{x:.6f}\t{x:.6f}"),
        ("X_Value\tI\tII", "mV", "\t{x:.6f}\t{x:.6f}"),
        ("X_Value\tI\tX_Value\tII", "Volts", "{t:.6f}\t{x:.6f}E-3\t{t:.6f}\t{x:.6f}E-3"),
    ],
)
def test_labview(names: str, unit: str, row: str) -> None:
    content = LABVIEW.format(names=names, unit=unit) + rows_of(row) + "\n"
    record = read(content.encode())
    assert (record.leads, record.sampling_frequency) == (("I", "II"), 250)
    assert record.start_time == datetime(2024, 5, 1, 10, 11, 12, 123456)
    np.testing.assert_allclose(record.signal[:, 1], ECG, atol=1e-6)


@pytest.mark.parametrize(("code", "unit", "scale"), [("9999", "mV", 1), ("-32767", "uV", 1000), ("65535", "mV", 1)])
def test_a_single_number_that_no_electrode_sees_is_missing(code: str, unit: str, scale: int) -> None:
    lines = [f"{scale * value}" for value in ECG.tolist()]
    lines[50] = code
    record = read("\n".join([f"I [{unit}]", *lines, ""]).encode(), sampling_frequency=250)
    assert np.flatnonzero(np.isnan(record.signal[:, 0])).tolist() == [50]
    assert record.notes == (f"samples of {float(code):g} in lead I are taken for missing ones",)


def test_samples_are_no_counts_where_they_do_not_count() -> None:
    record = read(f"timestamp,sample\n{rows_of('{t:.3f},{x}')}\n".encode(), unit="mV")
    np.testing.assert_allclose(record.signal[:, 0], ECG, atol=1e-6)


@pytest.mark.parametrize(
    ("content", "rate"),
    [
        ("timestamp,I [mV]\n" + rows_of("{x}"), None),
        ("fs = 250\nEinheit: V\nI\n" + rows_of("{x:.3f}E-3"), 250),
        ("fs = 250\nunit: mV\nAbl. I\n" + rows_of("{x:.3f}").replace(".", ","), 250),
        ("fs = 250\nI\tmarker\nmV\t\n" + rows_of("{x}\t0"), 250),
        ("fs: 250\nI;\n" + rows_of("{x} mV;"), 250),
        ("fs: 250\n" + '"I (mV)";\n' + rows_of('"{x}";'), 250),
        ("fs: 250\nunit: mV\nI|label\n" + rows_of("{x:.3f}|N").replace(".", ","), 250),
    ],
)
def test_features_of_tables_together(content: str, rate: float | None) -> None:
    if rate is None:
        content = "timestamp,I [mV]\n" + "\n".join(f"{1714557600000 + n},{x}" for n, x in enumerate(ECG.tolist()))
    record = read(f"{content}\n".encode())
    assert (record.leads, record.sampling_frequency) == (("I",), rate or 1000)
    np.testing.assert_allclose(record.signal[:, 0], ECG, atol=1e-6)


def test_empty_cells_in_quotes_are_rows() -> None:
    rows = "".join(f'"{n / 250:.3f}"; "{"" if 40 <= n < 50 else x}"\n' for n, x in enumerate(ECG.tolist()))
    record = read(f'"time [s]"; "I [mV]"\n{rows}'.encode())
    assert np.flatnonzero(np.isnan(record.signal[:, 0])).tolist() == [*range(40, 50)]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_names_that_are_there_again_begin_another_recording(newline: str) -> None:
    for names, row in (("time [s],I [mV]", "{t:.3f},{x}"), ("I [mV]", "{x}")):
        table = f"{names}\n{rows_of(row)}\n"
        with pytest.raises(RecordFormatError, match=rf"again in line {len(ECG) + 2:,}: the table holds several"):
            read((2 * table).replace("\n", newline).encode(), sampling_frequency=250)


def test_a_last_number_that_was_cut_off_is_left_out() -> None:
    rows = "".join(f"{n / 250:.3f},{value:.4f}\n" for n, value in enumerate(ECG.tolist()))
    record = read(f"time [s],I [mV]\n{rows[:-3]}".encode())
    assert len(record.signal) == len(ECG) - 1
    assert record.notes == ("truncated: the file ends within a number, which is left out",)


@pytest.mark.parametrize(("rate", "scale", "unit"), [(250, 1.0, "mV"), (128, 1000.0, "uV"), (500, 1e-3, "V")])
def test_a_first_line_that_is_the_rate(rate: int, scale: float, unit: str) -> None:
    content = f"{rate}\n" + "".join(f"{scale * value:.6f}\n" for value in (ECG / 10).tolist())
    record = read(content.encode(), unit=unit)
    assert (record.sampling_frequency, len(record.signal)) == (rate, len(ECG))
    assert record.notes == (f"{rate}, the first line, is taken for the sampling frequency in Hz",)
    assert len(read(content.encode(), unit=unit, sampling_frequency=rate).signal) == len(ECG)


def test_decimal_commas_beside_commas() -> None:
    single = "".join(f"{value:.4f}\n".replace(".", ",") for value in (ECG / 10).tolist())
    np.testing.assert_allclose(
        read(single.encode(), sampling_frequency=250, unit="mV").signal[:, 0], ECG / 10, atol=1e-4
    )
    several = "".join(f"{n / 250:.3f},{value:.4f}\n".replace(".", ",") for n, value in enumerate(ECG.tolist()))
    with pytest.raises(RecordFormatError, match="write semicolons there"):
        read(several.encode(), lead="I+II+V1+V2")


@pytest.mark.parametrize(
    "table",
    [
        "#;I [mV];II [mV]\n" + rows_of("{n};{x};{x}"),
        "Device = X\n#,I [mV],II [mV]\n" + rows_of("{n},{x},{x}"),
        "\tI [mV]\tII [mV]\tevent\n" + rows_of("{n}\t{x}\t{x}\t"),
        "I [mV], event\n" + rows_of("{x}, ") + "\n0.1, R\n",
        '"lead_off", "I [mV]", "label"\n' + rows_of('"0", "{x}", "N"'),
    ],
)
def test_names_beside_empty_cells_and_words(table: str) -> None:
    record = read(table.encode(), sampling_frequency=250)
    assert record.leads[0] == "I"
    np.testing.assert_allclose(record.signal[: len(ECG), 0], ECG, atol=1e-6)


def test_a_first_line_that_is_the_number_of_samples() -> None:
    for newline in ("\n", "\r\n", "\r"):
        content = newline.join([str(len(ECG)), *(f"{value:.3f}" for value in ECG.tolist()), ""]).encode()
        record = read(content, sampling_frequency=250, unit="mV")
        assert record.notes == (f"{len(ECG)}, the first line, is the number of samples",)
        np.testing.assert_allclose(record.signal[:, 0], ECG, atol=1e-6)


@pytest.mark.parametrize(
    "table",
    [
        "time [s];I [mV]\n" + rows_of("{t:.3f},{x}"),
        "time [s],I [mV]\n" + rows_of("{t:.3f};{x}").replace(".", ","),
        "+---+---+\n| time [s] | I [mV] |\n+---+---+\n" + rows_of("| {t:.3f} | {x} |") + "\n+---+---+\n160 rows in set",
        "0       0.0\n" + rows_of("{n}       {x}"),  # begins as EDF does
    ],
)
def test_names_with_another_separator_and_rules(table: str) -> None:
    facts = {"lead": "I", "unit": "mV"} if table[0] == "0" else {}
    record = read(table.encode(), sampling_frequency=250, **facts)  # type: ignore[arg-type]
    assert record.leads == ("I",)
    np.testing.assert_allclose(record.signal[-len(ECG) :, 0], ECG, atol=1e-6)


@pytest.mark.parametrize("above", ["{n}\n250\n", "250\n{n}\n", "{n} 250\n", "250 {n}\n", "{n}, 250\n", "250\t{n}\n"])
@pytest.mark.parametrize("number", ["{x:.3f}", "{u:.0f}"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_the_number_of_samples_and_the_rate_above_them(above: str, number: str, newline: str) -> None:
    text = above.format(n=len(ECG)) + rows_of(number) + "\n"
    record = read(text.replace("\n", newline).encode(), unit="mV" if "x" in number else "uV")
    np.testing.assert_allclose(record.signal[:, 0], ECG, atol=1e-3)
    assert record.sampling_frequency == 250.0
    assert "are taken for their number and the sampling frequency" in record.notes[0]


def test_numbers_above_the_samples_that_do_not_count_them() -> None:
    record = read(f"77\n250\n{rows_of('{u:.0f}')}\n".encode(), unit="uV", sampling_frequency=250)
    assert (len(record.signal), record.notes) == (len(ECG) + 2, ())


@pytest.mark.parametrize("name", ["id", "patient", "recording", "Subject_ID", "file name"])
def test_rows_of_several_recordings(name: str) -> None:
    rows = "".join(f"{part},{value:.3f}\n" for part in ("100", "200") for value in ECG.tolist() * 2)
    content = f"{name},ECG [mV]\n{rows}".encode()
    with pytest.raises(RecordFormatError, match="another in the last row"):
        read(content, sampling_frequency=250)
    assert len(read(content.replace(b"200,", b"100,"), sampling_frequency=250).signal) == 4 * len(ECG)


def test_a_remark_behind_the_first_row() -> None:
    lines = rows_of("{t:.3f}\t{x:.3f}").split("\n")
    lines[0] += "\t#1 start"
    record = read(("Interval=\t0.004 s\nChannelTitle=\tECG\nRange=\t2 mV\n" + "\n".join(lines)).encode())
    np.testing.assert_allclose(record.signal[:, 0], ECG, atol=1e-6)
