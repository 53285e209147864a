from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from mvkt.ecg.formats import read
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.errors import RecordFormatError

Counts = NDArray[np.int16]
SUBTYPES = {508: "PCM_S8", 516: "PCM_16", 524: "PCM_24"}
BITS = {508: 8, 516: 16, 524: 24}


def written(path: Path, stored: NDArray[Any], storage_format: int) -> None:
    """Write numbers ``(samples, signals)`` as FLAC."""
    shift = 32 - BITS[storage_format]
    with path.open("wb") as stream:
        upper = stored.astype(np.int32) << shift
        soundfile.write(stream, upper, 96000, subtype=SUBTYPES[storage_format], format="FLAC")


def record(
    folder: Path,
    stored: NDArray[Any],
    storage_format: int = 516,
    *,
    gain: str = "200(0)/mV",
    width: int = 1,
    leads: Sequence[str] = ("I", "II"),
) -> Path:
    """Write a record of one FLAC file; returns its header."""
    written(folder / "a.dat", stored, storage_format)
    lines = [f"a {stored.shape[1]} {500 / width:g} {len(stored) // width}"]
    for column, lead in zip(stored.T, leads, strict=False):
        checksum = int(column.sum(dtype=np.int64)) & 0xFFFF
        lines.append(f"a.dat {storage_format}x{width} {gain} {BITS[storage_format]} 0 0 {checksum} 0 {lead}")
    header = folder / "a.hea"
    header.write_text("\n".join([*lines, "#Age: 60", "#Sex: F", ""]))
    return header


@pytest.mark.parametrize("storage_format", [516, 524])
def test_it_is_what_was_stored(tmp_path: Path, counts: Counts, storage_format: int) -> None:
    found = read(record(tmp_path, counts, storage_format))
    assert (found.source, found.leads, found.sampling_frequency) == ("WFDB", ("I", "II"), 500.0)
    assert (found.age, found.sex) == (60, "female")
    np.testing.assert_allclose(found.signal, counts * 0.005, atol=1e-6)
    np.testing.assert_array_equal(read(tmp_path / "a.dat").signal, found.signal)


def test_8_bits(tmp_path: Path, counts: Counts) -> None:
    found = read(record(tmp_path, counts // 2, 508, gain="100(0)/mV"))
    np.testing.assert_allclose(found.signal, counts // 2 * 0.01, atol=1e-6)


@pytest.mark.parametrize("storage_format", [508, 516, 524])
def test_the_lowest_number_is_a_missing_sample(tmp_path: Path, counts: Counts, storage_format: int) -> None:
    stored = (counts // 2).astype(np.int32)
    stored[10:20, 1] = -(2 ** (BITS[storage_format] - 1))
    found = read(record(tmp_path, stored, storage_format))
    assert np.isnan(found.signal).sum(axis=0).tolist() == [0, 10]


def test_several_samples_a_frame_and_files_of_other_rates(tmp_path: Path, counts: Counts) -> None:
    """As in MIMIC-IV's waveforms: ECG, pressure and breath in one record, each with a rate and a file of its own."""
    header = record(tmp_path, counts, width=4)
    written(tmp_path / "p.dat", counts[::4, :1], 516)
    text = (
        header.read_text().replace("a 2 125", "a 3 125").replace("#Age", "p.dat 516x1 16(0)/mmHg 12 0 0 0 0 ABP\n#Age")
    )
    header.write_text(text)
    found = read(header)
    assert (found.leads, found.sampling_frequency, len(found.signal)) == (("I", "II"), 500.0, 1000)
    np.testing.assert_allclose(found.signal, counts * 0.005, atol=1e-6)
    assert found.notes == ("left out what is no ECG: ABP (mmHg)",)
    (tmp_path / "p.dat").write_bytes(b"damaged")
    assert len(read(header).signal) == 1000, "a file that nobody wants need not be sound"


def test_without_the_library(tmp_path: Path, counts: Counts, monkeypatch: pytest.MonkeyPatch) -> None:
    header = record(tmp_path, counts)
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(RecordFormatError, match=r"516 \(FLAC\) needs soundfile: pip install 'mvkt\[convert\]'"):
        read(header)


def change_header(header: Path, *change: str) -> None:
    text = header.read_text()
    assert change[0] in text
    header.write_text(text.replace(*change))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("516x1", "524x1"), "no FLAC stream of 2 signals of 24 bits"),
        (("a 2 500", "a 1 500"), "no FLAC stream of 1 signals"),
        (("500 1000", "500 100000000"), "truncated file"),
        (("0 I\n", "1 I\n"), ""),
        (("/mV", "/mmHg"), "2 leads has no known unit"),
        (("a.dat 516x1", "a.dat 516x2", 1), "different numbers of samples a frame"),
        (("a.dat 516x1", "a.dat 16x1", 1), "different storage formats"),
    ],
)
def test_headers_that_disagree(tmp_path: Path, counts: Counts, change: tuple[Any, ...], reason: str) -> None:
    header = record(tmp_path, counts)
    text = header.read_text()
    header.write_text(text.replace(*change))
    if reason:
        with pytest.raises(RecordFormatError, match=reason):
            read(header)
    else:
        assert len(read(header).signal) == 1000


@pytest.mark.parametrize("samples", ["", " 40000"])
def test_a_file_that_was_cut_off_is_read_as_far_as_it_goes(tmp_path: Path, counts: Counts, samples: str) -> None:
    header = record(tmp_path, np.tile(counts, (40, 1)))
    header.write_text(header.read_text().replace(" 40000\n", f"{samples}\n", 1))
    content = (tmp_path / "a.dat").read_bytes()
    (tmp_path / "a.dat").write_bytes(content[: len(content) // 2])
    found = read(header)
    assert 10_000 < len(found.signal) < 30_000
    np.testing.assert_allclose(found.signal, np.tile(counts, (40, 1))[: len(found.signal)] * 0.005, rtol=1e-5)
    assert found.notes == (f"truncated: {len(found.signal):,} of 40,000 samples are there",)


def test_damage(tmp_path: Path, counts: Counts) -> None:
    header = record(tmp_path, counts)
    content = (tmp_path / "a.dat").read_bytes()
    change_header(header, f"0 {int(counts[:, 0].sum()) & 0xFFFF} 0 I", f"0 {int(counts[:, 0].sum() + 1) & 0xFFFF} 0 I")
    with pytest.raises(RecordFormatError, match="the checksum of I"):
        read(header)
    (tmp_path / "a.dat").write_bytes(content[: len(content) // 2])
    with pytest.raises(RecordFormatError, match=r"truncated file: a.dat has 0 samples a signal"):
        read(header)
    (tmp_path / "a.dat").write_bytes(bytes(len(content)))
    with pytest.raises(RecordFormatError, match="cannot be decoded as FLAC"):
        read(header)
    (tmp_path / "a.dat").unlink()
    with pytest.raises(RecordFormatError, match="missing file"):
        read(header)


def test_another_sound_format(tmp_path: Path, counts: Counts) -> None:
    header = record(tmp_path, counts)
    stream = io.BytesIO()
    soundfile.write(stream, counts, 96000, subtype="PCM_16", format="WAV")
    (tmp_path / "a.dat").write_bytes(stream.getvalue())
    with pytest.raises(RecordFormatError, match="no FLAC stream"):
        read(header)


def test_a_bomb_is_refused_undecoded(tmp_path: Path) -> None:
    """A constant takes a few bytes a block of 4,096 samples."""
    silence = np.zeros((20_000_000, 1), dtype=np.int16)
    with (tmp_path / "a.dat").open("wb") as stream:
        soundfile.write(stream, silence, 96000, subtype="PCM_16", format="FLAC")
    header = tmp_path / "a.hea"
    header.write_text("a 1 500\na.dat 516 200 16 0 0 0 0 I\n")
    assert (tmp_path / "a.dat").stat().st_size < 200_000
    with pytest.raises(RecordFormatError, match="far too short for 20,000,000 samples"):
        read(header)


def test_mutated_streams(tmp_path: Path, counts: Counts) -> None:
    header = record(tmp_path, counts)
    content = (tmp_path / "a.dat").read_bytes()
    random = np.random.default_rng(0)
    refused = 0
    for _ in range(200):
        changed = bytearray(content)
        for _ in range(int(random.integers(1, 5))):
            at = int(random.random() ** 3 * len(changed))
            changed[at : at + int(random.integers(1, 12))] = random.bytes(int(random.integers(0, 12)))
        (tmp_path / "a.dat").write_bytes(changed)
        try:
            assert read(header).signal.shape == (1000, 2)
        except RecordFormatError as error:
            refused += 1
            assert "broke its reader" not in str(error), repr(error.__cause__)  # noqa: PT017
    assert refused > 150, "its own checksums and those of the header find nearly every change"


def test_segments(tmp_path: Path, counts: Counts) -> None:
    record(tmp_path, counts)
    header = tmp_path / "whole.hea"
    header.write_text("whole/1 2 500 1000\na 1000\n")
    np.testing.assert_allclose(read(header).signal, counts * 0.005, atol=1e-6)


def test_skew(tmp_path: Path, counts: Counts) -> None:
    header = record(tmp_path, counts)
    change_header(header, "516x1", "516x1:10")
    signal = read(header).signal
    np.testing.assert_allclose(signal[:-10, 0], counts[10:, 0] * 0.005, atol=1e-6)
    assert np.isnan(signal[-10:, 0]).all()


@pytest.mark.data
def test_a_real_record(shared_data: Path) -> None:
    """A piece of a waveform of MIMIC-IV, which the WFDB library has among its tests."""
    wfdb = pytest.importorskip("wfdb")
    path = shared_data.parent / "cases" / "mixedsignals.hea"
    found = read(path)
    assert (found.leads, found.sampling_frequency, len(found.signal)) == (("II", "III", "V"), 249.89, 57_600)
    expected = wfdb.rdrecord(str(path.with_suffix("")), smooth_frames=False).e_p_signal
    for column in range(3):
        np.testing.assert_allclose(found.signal[:, column], expected[column], atol=1e-6)
    assert RecordingFile.open(path).name == "mixedsignals.hea"
