"""WFDB records, against the wfdb library and against what a hostile or damaged file may hold."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mvkt.ecg.formats import read
from mvkt.ecg.formats.readers.wfdb import read_wfdb
from mvkt.ecg.formats.readers.wfdb_header import parse_header, read_header
from mvkt.errors import RecordError, RecordFormatError

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # wfdb is behind on the deprecations of pandas
    import wfdb

pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword")  # wfdb again

LEADS = ("I", "II", "V2")
COUNTS = np.random.default_rng(7).integers(-2_000, 2_000, (500, len(LEADS))).astype("<i2")


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a format-16 record and return its header; keywords change the header."""

    def make(
        counts: np.ndarray = COUNTS,
        record_line: str | None = None,
        scale: str = "1000(0)/mV",
        storage: str = "16",
        file: str = "a.dat",
        zero: int = 0,
        leads: tuple[str, ...] = LEADS,
        checksums: list[int] | None = None,
        prefix: bytes = b"",
        comments: str = "",
    ) -> Path:
        if checksums is None:
            checksums = [int(column.sum(dtype=np.int64)) & 0xFFFF for column in counts.T]
        lines = [record_line or f"a {counts.shape[1]} 250 {len(counts)}"]
        lines += [
            f"{file} {storage} {scale} 16 {zero} {column[0]} {checksum} 0 {lead}"
            for column, checksum, lead in zip(counts.T, checksums, leads, strict=True)
        ]
        (tmp_path / "a.dat").write_bytes(prefix + counts.astype("<i2").tobytes())
        header = tmp_path / "a.hea"
        header.write_text("\n".join(lines) + "\n" + comments)
        return header

    return make


@pytest.mark.data
@pytest.mark.parametrize(("folder", "number"), [("records100", 40), ("records500", 16)])
def test_ptb_xl_equals_the_wfdb_library(shared_data: Path, folder: str, number: int) -> None:
    headers = sorted((shared_data / "ptb-xl-subset" / folder).rglob("*.hea"))[:number]
    assert len(headers) == number
    for header in headers:
        record, expected = read_wfdb(header), wfdb.rdrecord(str(header.with_suffix("")))
        assert record.sampling_frequency == expected.fs
        assert [lead.upper() for lead in record.leads] == expected.sig_name
        np.testing.assert_array_equal(record.signal, expected.p_signal.astype(np.float32))


@pytest.mark.data
def test_mit_bih_equals_the_wfdb_library(shared_data: Path) -> None:
    header = shared_data / "holter-sample" / "100.hea"
    record, expected = read_wfdb(header), wfdb.rdrecord(str(header.with_suffix("")))
    assert (record.leads, record.sampling_frequency, record.source) == (("II", "V5"), 360.0, "WFDB")
    np.testing.assert_array_equal(record.signal, expected.p_signal.astype(np.float32))


def test_scale_baseline_and_units(write: Callable[..., Path]) -> None:
    signal = read_wfdb(write(scale="4880(12)/mV")).signal
    np.testing.assert_array_equal(signal, ((COUNTS.astype(float) - 12) / 4880).astype(np.float32))
    assert np.array_equal(read_wfdb(write(scale="2/uV")).signal, (COUNTS / 2 * 1e-3).astype(np.float32))
    assert np.array_equal(read_wfdb(write(scale="200", zero=5)).signal, ((COUNTS - 5) / 200).astype(np.float32))
    assert np.array_equal(read_wfdb(write(scale="0")).signal, (COUNTS / 200).astype(np.float32))


def test_missing_samples_are_nan(write: Callable[..., Path]) -> None:
    counts = COUNTS.copy()
    counts[10:20, 1] = -32_768
    signal = read_wfdb(write(counts)).signal
    assert np.isnan(signal[10:20, 1]).all()
    assert np.isnan(signal).sum() == 10


def test_challenge_matrix_with_its_odd_record_line(write: Callable[..., Path]) -> None:
    header = write(
        record_line="E07835.mat 3 500 500 05-May-2020 09:49:17",
        storage="16+24",
        prefix=bytes(24),
        comments="#Age: 71\n#Sex: Female\n#Dx: 270492004,39732003\n",
    )
    record = read_wfdb(header)
    np.testing.assert_array_equal(record.signal, (COUNTS / 1000).astype(np.float32))
    assert (record.age, record.sex, record.start_time, record.sampling_frequency) == (
        71.0,
        "female",
        None,
        500.0,
    )
    assert read_header(header).comment("dx") == "270492004,39732003"


@pytest.mark.parametrize(
    ("comments", "age", "sex"),
    [
        ("# Age: 57\n# Sex: M\n", 57.0, "male"),
        ("#Age: NaN\n#Sex: Unknown\n", None, None),
        ("#Age: 300\n", None, None),
        ("#Age: about 40\n#SEX: f\n", None, "female"),
        ("", None, None),
    ],
)
def test_age_and_sex(write: Callable[..., Path], comments: str, age: float | None, sex: str | None) -> None:
    record = read_wfdb(write(comments=comments))
    assert (record.age, record.sex) == (age, sex)


def test_start_time_in_the_standard_form(write: Callable[..., Path]) -> None:
    header = write(record_line="a 3 250 500 12:30:01.5 24/12/2019")
    assert read_wfdb(header).start_time == datetime(2019, 12, 24, 12, 30, 1, 500_000)


@pytest.mark.parametrize("negative", [False, True])
def test_checksums_with_and_without_sign(write: Callable[..., Path], negative: bool) -> None:
    sums = [int(column.sum(dtype=np.int64)) & 0xFFFF for column in COUNTS.T]
    header = write(checksums=[total - 65_536 if negative else total for total in sums])
    assert read_wfdb(header).signal.shape == COUNTS.shape


def test_a_wrong_checksum_names_the_lead(write: Callable[..., Path]) -> None:
    sums = [int(column.sum(dtype=np.int64)) & 0xFFFF for column in COUNTS.T]
    header = write(checksums=[sums[0], sums[1] + 1, sums[2]])
    with pytest.raises(RecordFormatError, match="header disagrees with its data: the checksum of II "):
        read_wfdb(header)


def test_checksums_that_are_all_zero_are_none(write: Callable[..., Path]) -> None:
    assert read_wfdb(write(checksums=[0, 0, 0])).signal.shape == COUNTS.shape


def test_a_file_with_more_than_promised_has_another_sum(write: Callable[..., Path]) -> None:
    with pytest.raises(RecordFormatError, match="header disagrees with its data: the checksum"):
        read_wfdb(write(record_line="a 3 250 499"))


def test_without_a_number_of_samples_the_size_of_the_file_counts(write: Callable[..., Path]) -> None:
    assert len(read_wfdb(write(record_line="a 3 250")).signal) == 500
    assert len(read_wfdb(write(record_line="a 3 250 0")).signal) == 500


def test_a_file_that_ends_within_a_sample_of_all_signals(write: Callable[..., Path]) -> None:
    for record_line, samples in (("a 3 250", 499), ("a 3 250 499", 499)):
        header = write(record_line=record_line, checksums=[0, 0, 0])
        header.with_suffix(".dat").write_bytes(COUNTS.tobytes()[:-1])
        np.testing.assert_array_equal(read_wfdb(header).signal, (COUNTS[:samples] / 1000).astype(np.float32))


def test_an_empty_signal_file(write: Callable[..., Path]) -> None:
    header = write(record_line="a 3 250")
    header.with_suffix(".dat").write_bytes(b"")
    with pytest.raises(RecordFormatError, match="truncated file"):
        read_wfdb(header)


def test_missing_files(write: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(RecordFormatError, match=r"missing file: absent.hea"):
        read_wfdb(tmp_path / "absent.hea")
    header = write()
    header.with_suffix(".dat").unlink()
    with pytest.raises(RecordFormatError, match=r"missing file: a.dat, named by a.hea"):
        read_wfdb(header)


@pytest.mark.parametrize("name", ["../a.dat", "/etc/passwd", "..", "sub/a.dat", "..\\a.dat", "C:a.dat", "-"])
@pytest.mark.parametrize("storage", ["16", "212"])
def test_a_header_names_no_file_outside_its_folder(write: Callable[..., Path], name: str, storage: str) -> None:
    with pytest.raises(RecordFormatError, match="unsafe header"):
        read_wfdb(write(file=name, storage=storage))


def test_a_segment_outside_the_folder_is_refused(tmp_path: Path) -> None:
    header = tmp_path / "m.hea"
    header.write_text("m/1 1 250 10\n../a 10\n")
    with pytest.raises(RecordFormatError, match="unsafe header"):
        read_wfdb(header)


def test_a_segment_whose_header_leaves_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.hea").write_text("m/1 1 250 10\ns 10\n")
    (tmp_path / "s.hea").write_text("s 1 250 10\n../s.dat 16 200 16 0 0 0 0 I\n")
    with pytest.raises(RecordFormatError, match="unsafe header"):
        read_wfdb(tmp_path / "m.hea")


def test_segments_are_joined_as_the_wfdb_library_joins_them(tmp_path: Path) -> None:
    for name, part in (("s1", COUNTS[:200]), ("s2", COUNTS[200:])):
        wfdb.wrsamp(
            name, fs=250, units=["mV"] * 3, sig_name=list(LEADS), d_signal=part.astype(int), fmt=["16"] * 3,
            adc_gain=[1000] * 3, baseline=[7] * 3, write_dir=str(tmp_path),
        )  # fmt: skip
    (tmp_path / "m.hea").write_text("m/2 3 250 500\ns1 200\ns2 300\n")
    record, expected = read_wfdb(tmp_path / "m.hea"), wfdb.rdrecord(str(tmp_path / "m"))
    np.testing.assert_array_equal(record.signal, expected.p_signal.astype(np.float32))


@pytest.mark.parametrize("storage", ["212", "24", "32", "80"])
def test_other_storage_formats_and_their_missing_samples(tmp_path: Path, storage: str) -> None:
    counts = (COUNTS // 32).astype(int)
    signal = (counts.astype(float) - 3) / 500
    signal[5:9, 0] = np.nan
    wfdb.wrsamp(
        "b", fs=250, units=["mV"] * 3, sig_name=list(LEADS), p_signal=signal, fmt=[storage] * 3,
        adc_gain=[500] * 3, baseline=[3] * 3, write_dir=str(tmp_path),
    )  # fmt: skip
    record, expected = read_wfdb(tmp_path / "b.hea"), wfdb.rdrecord(str(tmp_path / "b"))
    assert np.isnan(record.signal).sum() == 4
    np.testing.assert_array_equal(record.signal, expected.p_signal.astype(np.float32))


def test_a_damaged_file_of_another_format(tmp_path: Path) -> None:
    wfdb.wrsamp("b", 250, ["mV"], ["I"], d_signal=COUNTS[:, :1].astype(int), fmt=["32"], adc_gain=[1000],
                baseline=[0], write_dir=str(tmp_path))  # fmt: skip
    content = (tmp_path / "b.dat").read_bytes()
    (tmp_path / "b.dat").write_bytes(content[:-40])
    record = read_wfdb(tmp_path / "b.hea")
    np.testing.assert_array_equal(record.signal, (COUNTS[:490, :1] / 1000).astype(np.float32))
    assert record.notes == ("truncated: 490 of 500 samples are there",)
    (tmp_path / "b.dat").write_bytes(b"\x01" + content[1:])
    with pytest.raises(RecordFormatError, match="header disagrees with its data"):
        read_wfdb(tmp_path / "b.hea")


def test_several_samples_a_frame_raise_the_sampling_frequency(tmp_path: Path) -> None:
    (tmp_path / "a.dat").write_bytes(COUNTS.tobytes())
    (tmp_path / "a.hea").write_text("a 3 250 250\n" + "".join("a.dat 16x2 1000 16 0 0\n" for _ in LEADS))
    record = read_wfdb(tmp_path / "a.hea")
    assert (record.sampling_frequency, len(record.signal)) == (500.0, 500)
    np.testing.assert_array_equal(record.signal[:2, 0], (COUNTS.ravel()[:2] / 1000).astype(np.float32))


def test_what_is_no_ecg_is_left_out_with_a_note(write: Callable[..., Path]) -> None:
    header = write(leads=("I", "RESP", "V2"))
    record = read_wfdb(header)
    assert record.leads == ("I", "V2")
    np.testing.assert_array_equal(record.signal, (COUNTS[:, [0, 2]] / 1000).astype(np.float32))
    assert any("RESP" in note for note in record.notes)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment\n",
        "a\n",
        "a 2 100 10\na.dat 16\n",
        "a 1 100 ten\na.dat 16\n",
        "a 1 100 10\na.dat sixteen\n",
        "a 1 100 10\na.dat 16 1.2.3\n",
        f"a 1 100 10\na.dat 16 200({10**30})\n",
    ],
)
def test_what_is_no_header(tmp_path: Path, text: str) -> None:
    header = tmp_path / "a.hea"
    header.write_text(text)
    with pytest.raises(RecordFormatError, match=r"unreadable header: a.hea is no WFDB header"):
        read_wfdb(header)


def test_an_endless_header(tmp_path: Path) -> None:
    header = tmp_path / "a.hea"
    header.write_bytes(b"#" * 1_000_001)
    with pytest.raises(RecordFormatError, match="over 1,000,000 bytes"):
        read_wfdb(header)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([*"a16+x:()/ \n#.-", "a.dat", "212", "1000", "mV", "\x00", "é", "~"]), max_size=60))
def test_any_header_is_read_or_refused(tmp_path: Path, parts: list[str]) -> None:
    header = tmp_path / "a.hea"
    header.write_text("a 1 250 4\n" + "".join(parts))
    (tmp_path / "a.dat").write_bytes(bytes(8))
    with contextlib.suppress(RecordError):
        assert read_wfdb(header).signal.size > 0


def test_a_header_is_parsed() -> None:
    header = parse_header("a 1 360/720(3) 99\nx.dat 16+8 2.5e2(-7)/uV 12 3 4 -5 6 the lead\n# Key: a: b\n")
    assert (header.sampling_frequency, header.samples, header.comment("key")) == (360.0, 99, "a: b")
    (signal,) = header.signals
    assert (signal.file, signal.storage_format, signal.byte_offset) == ("x.dat", 16, 8)
    assert (signal.gain, signal.baseline, signal.units, signal.checksum) == (250.0, -7, "uV", -5)
    assert signal.lead == "the lead"


@pytest.mark.parametrize("scale", ["0(0)/mV", "0/mV", "0"])
def test_a_gain_that_is_not_stated_is_a_note(write: Callable[..., Path], scale: str) -> None:
    record = read_wfdb(write(scale=scale))
    assert len(record.notes) == 1
    assert "no gain of " in record.notes[0]
    assert "200 a mV" in record.notes[0]
    np.testing.assert_allclose(record.signal, COUNTS / 200, rtol=1e-6)
    assert read_wfdb(write()).notes == ()


def test_a_record_of_missing_samples_only(write: Callable[..., Path]) -> None:
    with pytest.raises(RecordFormatError, match="all samples of the file are marked as missing"):
        read_wfdb(write(counts=np.full_like(COUNTS, -32768)))


def test_a_gain_that_makes_volts_of_it(write: Callable[..., Path]) -> None:
    with pytest.raises(RecordFormatError, match="which no ECG does"):
        read_wfdb(write(scale="0.01(0)/mV"))


def test_what_the_user_gives_wins(write: Callable[..., Path]) -> None:
    header = write()
    assert read(header, sampling_frequency=250, unit="mV", lead=LEADS[0]).leads == LEADS
    record = read(header, sampling_frequency=500, unit="uV")
    assert record.sampling_frequency == 500
    np.testing.assert_allclose(record.signal, COUNTS * 1e-6, rtol=1e-6)
    assert record.notes == (
        "the unit uV was given and is taken; the file states mV",
        "500 Hz was given and is taken; the file states 250 Hz",
    )
    with pytest.raises(RecordFormatError, match="name 3 leads"):
        read(header, lead="V5")


@pytest.mark.parametrize("code", [32767, 30000, -9999])
def test_numbers_that_stand_for_missing_samples(tmp_path: Path, code: int) -> None:
    counts = np.rint(200 * np.sin(np.arange(1000) / 9)).astype("<i2")
    counts[100:150] = code
    (tmp_path / "r.hea").write_text("r 1 250 1000\nr.dat 16 200.0(0.0)/mV 16 0 0 0 0 I\n")
    (tmp_path / "r.dat").write_bytes(counts.tobytes())
    record = read(tmp_path / "r.hea")
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(record.signal[:, 0])), np.arange(100, 150))
    assert "taken for missing ones" in record.notes[0]
