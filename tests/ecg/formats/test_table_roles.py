"""Which columns of a table are leads, times and counts."""

from __future__ import annotations

import numpy as np
import pytest

from mvkt.ecg.formats import read
from mvkt.errors import RecordFormatError

ROWS = 1000
ECG = np.sin(np.arange(ROWS) / 9) + np.sin(np.arange(ROWS) / 3.3)
LOST = np.r_[100:120, 700:703]


@pytest.mark.parametrize("turn", [10**9, 256, 100])
@pytest.mark.parametrize("names", ["counter,I [mV]", "n,I [mV]", ",I [mV]", "t,I [mV]", ""])
def test_samples_that_were_lost_are_known_by_their_counts(names: str, turn: int) -> None:
    rows = "".join(f"{n % turn},{value:.4f}\n" for n, value in enumerate(ECG.tolist()) if n not in LOST)
    facts = {} if names else {"lead": "I", "unit": "mV"}
    record = read((f"{names}\n" * bool(names) + rows).encode(), sampling_frequency=250, **facts)  # type: ignore[arg-type]
    assert record.sampling_frequency == 250
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(record.signal[:, 0])), LOST)
    np.testing.assert_allclose(np.delete(record.signal[:, 0], LOST), np.delete(ECG, LOST), atol=1e-4)
    assert record.notes == ("2 gaps (0.09 s in all) are marked as missing",)


def test_counts_that_begin_anew_once_are_those_of_another_recording() -> None:
    rows = "".join(f"{n},{value:.4f}\n" for part in (ECG[:600], ECG[600:]) for n, value in enumerate(part.tolist()))
    record = read(f"n,I [mV]\n{rows}".encode(), sampling_frequency=250)
    assert len(record.signal) == ROWS
    assert "begin anew" in record.notes[0]


@pytest.mark.parametrize(
    ("name", "time"), [("epoch", "{:.3f}"), ("zaman", "{:.3f}"), ("ts", "{:.6f}"), ("時刻", "{:.3f}")]
)
def test_times_with_a_gap_are_known_whatever_they_are_called(name: str, time: str) -> None:
    rows = "".join(
        f"{time.format(1717149600 + n * 0.004)},{value:.4f}\n" for n, value in enumerate(ECG.tolist()) if n not in LOST
    )
    record = read(f"{name},I [mV]\n{rows}".encode())
    assert (record.sampling_frequency, str(record.start_time)) == (250, "2024-05-31 10:00:00+00:00")
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(record.signal[:, 0])), LOST)


def test_of_several_clocks_that_which_rises_evenly() -> None:
    rows = "".join(f"{n // 36 * 144},{n * 4_000_000},{value:.4f}\n" for n, value in enumerate(ECG.tolist()))
    assert read(f"phone_time,sensor_time,I [mV]\n{rows}".encode()).sampling_frequency == 250


def test_axes_of_motion_beside_an_ecg_are_none_of_frank() -> None:
    rows = "".join(f"{n * 0.004:.3f},{value:.4f},0.1,0.2,9.8\n" for n, value in enumerate(ECG.tolist()))
    record = read(f"time [s],ecg,x,y,z\n{rows}".encode(), unit="mV")
    assert (record.leads, record.notes) == (("ecg",), ("left out columns that are no ECG: x, y, z",))
    assert read(f"time [s],I [mV],X [mV],Y [mV],Z [mV]\n{rows}".encode()).leads == ("I", "X", "Y", "Z")
    assert read(f"time [s],t,X,Y,Z\n{rows}".encode(), unit="mV").leads == ("X", "Y", "Z")


@pytest.mark.parametrize("name", ["s{}", "ecg{}", "sample_{}"])
def test_packages_of_samples_in_a_row_are_no_leads(name: str) -> None:
    names = ",".join(name.format(n) for n in range(10))
    rows = "".join(f"{n * 40},{','.join(f'{value:.4f}' for value in ECG[10 * n : 10 * n + 10])}\n" for n in range(100))
    with pytest.raises(RecordFormatError, match=r"25 rows a second.*write a sample a line"):
        read(f"time_ms,{names}\n{rows}".encode(), unit="mV")
    quick = "".join(f"{n * 4},{row.partition(',')[2]}\n" for n, row in enumerate(rows.splitlines()))
    assert read(f"time_ms,{names}\n{quick}".encode(), unit="mV").signal.shape == (100, 10)


def test_an_ecg_among_the_words_of_a_name() -> None:
    rows = "".join(f"{n * 4},{value:.4f},{value / 2:.4f},0.1\n" for n, value in enumerate(ECG.tolist()))
    record = read(f"ms,AB_ECG_LL-RA_CAL [mV],AB_ECG_Vx-RL_CAL [mV],AB_Accel_X [g]\n{rows}".encode())
    assert record.leads == ("II", "AB_ECG_Vx-RL_CAL")


@pytest.mark.parametrize("name", ["n", "sample", "index"])
def test_counts_that_fall_are_those_of_rows_from_the_last_to_the_first(name: str) -> None:
    rows = "".join(f"{ROWS - n},{value:.4f}\n" for n, value in enumerate(ECG.tolist()))
    record = read(f"{name},I [mV]\n{rows}".encode(), sampling_frequency=250)
    np.testing.assert_allclose(record.signal[:, 0], ECG[::-1], atol=1e-4)
    assert record.notes == ("the times of the samples fall: rows are read from the last one to the first",)


def test_a_count_that_comes_twice_is_no_full_turn() -> None:
    numbers = [*range(500), 499, *range(500, ROWS)]
    rows = "".join(f"{n},{ECG[n]:.4f}\n" for n in numbers)
    assert len(read(f"n,I [mV]\n{rows}".encode(), sampling_frequency=250).signal) == ROWS + 1


@pytest.mark.parametrize(
    "names",
    ["PPG time [s],PPG,ECG time [s],ECG I [mV]", "acc_ms,acc_x,timeMs,I_mV", "Time [s],Resp [Ohm],Time [s],I [mV]"],
)
def test_each_signal_has_its_times(names: str) -> None:
    scale = 1000 if "ms" in names else 1
    times = [(f"{n * 0.01 * scale:.3f}", f"{n * 0.004 * scale:.3f}") for n in range(ROWS)]
    rows = "".join(f"{other},{np.sin(n):.3f},{own},{ECG[n]:.4f}\n" for n, (other, own) in enumerate(times))
    assert read(f"{names}\n{rows}".encode()).sampling_frequency == 250.0


def test_times_of_other_signals_are_none_of_the_ecg() -> None:
    def table(names: str, other: float) -> bytes:
        rows = (f"{n * 0.004:.3f},{72 + n % 3},{n * other:.3f},{ECG[n]:.4f}\n" for n in range(ROWS))
        return f"{names}\n{''.join(rows)}".encode()

    assert read(table("time_s,HR,hr_time_s,I_mV", 1.5)).sampling_frequency == 250.0
    assert read(table("I time [s],I [mV],II time [s],II [mV]", 0.004)).leads == ("I", "II")
    with pytest.raises(RecordFormatError, match="a column of times for each lead, of different sampling frequencies"):
        read(table("I time [s],I [mV],II time [s],II [mV]", 0.008))


def test_names_of_channels_in_a_line_and_columns_that_stand_still() -> None:
    rows = "".join(f"{value:.4f},{value / 2:.4f}\n" for value in ECG)
    record = read(f"CH1 = I, CH2 = II\nFs = 250 Hz; Unit = mV\nCH1,CH2\n{rows}".encode())
    assert record.leads == ("I", "II")
    rows = "".join(f"0,{n * 0.004:.3f},{value:.4f}\n" for n, value in enumerate(ECG))
    assert read(f"table,time_s,value\n{rows}".encode(), lead="I", unit="mV").leads == ("I",)
