"""Signal files that are longer than their header promises."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from mvkt.ecg.formats import read

ECG = (np.sin(np.arange(120) / 9) * 50).astype("<i2")


@pytest.mark.parametrize(("storage_format", "kind"), [(16, "<i2"), (61, ">i2"), (32, "<i4"), (80, "u1")])
def test_what_is_left_out_is_a_note(tmp_path: Path, storage_format: int, kind: str) -> None:
    (tmp_path / "a.dat").write_bytes((ECG + 128 * (storage_format == 80)).astype(kind).tobytes())
    (tmp_path / "a.hea").write_text(f"a 1 125 100\na.dat {storage_format} 100/mV 16 0 0 0 0 I\n")
    record = read(tmp_path / "a.hea")
    np.testing.assert_allclose(record.signal[:, 0], ECG[:100] / 100, atol=1e-6)
    assert record.notes == ("a.dat has 20 samples a signal more than its header promises: left out",)


def test_the_skew_of_flac_is_read_beyond_what_the_header_promises(tmp_path: Path) -> None:
    with (tmp_path / "a.dat").open("wb") as stream:
        soundfile.write(stream, np.stack([ECG, -ECG], axis=1), 8000, subtype="PCM_16", format="FLAC")
    lines = ["a 2 125 100", "a.dat 516 100/mV 16 0 0 0 0 I", "a.dat 516:20 100/mV 16 0 0 0 0 II"]
    (tmp_path / "a.hea").write_text("\n".join(lines))
    record = read(tmp_path / "a.hea")
    np.testing.assert_allclose(record.signal, np.stack([ECG[:100], -ECG[20:]], axis=1) / 100, atol=1e-6)
    assert record.notes == ()
