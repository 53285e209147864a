from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.formats import read
from mvkt.ecg.formats.calibration_pulse import calibration_start, without_calibration
from mvkt.errors import RecordFormatError

FREQUENCY = 500


def ecg(samples: int = 5300, leads: int = 12) -> NDArray[np.float32]:
    return np.random.default_rng(0).normal(0, 0.3, (samples, leads)).astype(np.float32)


def calibration(lead_in: int = 50, pulse: int = 100, lead_out: int = 50, height: float = 1.0) -> NDArray[np.float32]:
    return np.concatenate([np.zeros(lead_in), np.full(pulse, height), np.zeros(lead_out)]).astype(np.float32)


def with_tail(tail: NDArray[np.float32], leads: int = 12) -> NDArray[np.float32]:
    return np.concatenate([ecg(leads=leads), np.repeat(tail[:, np.newaxis], leads, axis=1)])


@pytest.mark.parametrize("lead_in", [1, 50, 86])
@pytest.mark.parametrize("height", [0.95, 1.0, 1.05])
def test_the_pulse_is_found_where_it_begins(lead_in: int, height: float) -> None:
    assert calibration_start(with_tail(calibration(lead_in, height=height)), FREQUENCY) == 5300


@pytest.mark.parametrize(
    "tail",
    [
        calibration(height=0.5),
        calibration(height=2.0),
        calibration(height=-1.0),
        calibration(pulse=20),
        calibration(pulse=400),
        calibration(lead_out=0),
        np.zeros(200, dtype=np.float32),
        np.linspace(0, 1, 200, dtype=np.float32),
    ],
    ids=["low", "high", "inverted", "short", "long", "unfinished", "flat", "ramp"],
)
def test_other_endings_are_left_alone(tail: NDArray[np.float32]) -> None:
    assert calibration_start(with_tail(tail), FREQUENCY) is None


def test_a_pulse_in_some_leads_only_is_not_one() -> None:
    signal = with_tail(calibration())
    signal[-200:, 3] = 0
    assert calibration_start(signal, FREQUENCY) is None


@pytest.mark.parametrize("factors", [(1, 1, 0), (1, 1, 0, -1, 0.5, 0.5), (1, 1, 0, -1, 0.5, 0.5, 1, 1, 1, 1, 1, 1)])
def test_limb_leads_that_were_computed(factors: tuple[float, ...]) -> None:
    signal = with_tail(calibration(), leads=len(factors))
    signal[-200:] *= np.array(factors, dtype=np.float32)
    assert calibration_start(signal, FREQUENCY) == 5300
    signal[-200:, 1] = 0
    assert calibration_start(signal, FREQUENCY) is None


def test_single_leads_missing_samples_and_short_recordings() -> None:
    assert calibration_start(with_tail(calibration(), leads=1), FREQUENCY) == 5300
    broken = with_tail(calibration())
    broken[-10:] = np.nan
    assert calibration_start(broken, FREQUENCY) is None
    assert calibration_start(np.zeros((1, 12), dtype=np.float32), FREQUENCY) is None
    assert calibration_start(ecg(), FREQUENCY) is None


def test_sierra_files_lose_their_pulse_with_a_note(make: SimpleNamespace, counts: NDArray[np.int16]) -> None:
    pulse = np.repeat((calibration() * 200).astype(np.int16)[:, np.newaxis], 2, axis=1)
    record = read(make.sierra(np.concatenate([counts + np.array([10, 20], dtype=np.int16), pulse])))
    assert record.signal.shape == (1000, 2)
    assert record.notes == ("cut off the 1 mV calibration pulse at the end (0.40 s)",)
    with pytest.raises(RecordFormatError, match="a calibration pulse and nothing else"):
        read(make.sierra(pulse))


def test_pulses_of_every_format_at_either_end(make: SimpleNamespace, counts: NDArray[np.int16]) -> None:
    pulse = np.repeat((calibration() * 200).astype(np.int16)[:, np.newaxis], 2, axis=1)
    ecg = counts + np.array([10, 20], dtype=np.int16)
    for name in ("aecg", "dicom", "muse", "scp", "mfer", "ishne", "table"):
        for end, whole in (("end", [ecg, pulse]), ("beginning", [pulse, ecg])):
            record = read(getattr(make, name)(np.concatenate(whole)))
            np.testing.assert_allclose(record.signal, ecg * 0.005, atol=1e-5, err_msg=name)
            assert f"cut off the 1 mV calibration pulse at the {end} (0.40 s)" in record.notes, name


def test_a_pulse_in_a_wfdb_record(tmp_path: Path) -> None:
    signal = np.rint(with_tail(calibration(), leads=2) * 1000).astype("<i2")
    (tmp_path / "a.dat").write_bytes(signal.tobytes())
    for scale in ("1000/mV", "1/uV"):
        lines = [f"a.dat 16 {scale} 16 0 0 0 0 {lead}\n" for lead in ("I", "II")]
        (tmp_path / "a.hea").write_text("a 2 500 5500\n" + "".join(lines))
        record = read(tmp_path / "a.hea")
        assert (record.signal.shape, record.notes) == (
            (5300, 2),
            ("cut off the 1 mV calibration pulse at the end (0.40 s)",),
        )


def changed(tail: NDArray[np.float32], kind: str) -> NDArray[np.float32]:
    if kind == "smooth edges":
        return np.convolve(tail, np.full(5, 0.2), mode="same").astype(np.float32)
    if kind == "level":
        return tail + np.float32(0.08)
    if kind == "noise":
        return tail + np.random.default_rng(1).uniform(-0.01, 0.01, len(tail)).astype(np.float32)
    if kind == "long":
        return calibration(50, 250, 50)
    return np.concatenate([tail, tail])


@pytest.mark.parametrize("kind", ["smooth edges", "level", "noise", "long", "two"])
def test_other_pulses(kind: str) -> None:
    assert calibration_start(with_tail(changed(calibration(), kind)), FREQUENCY) == 5300


@pytest.mark.parametrize("noise", [0.0, 0.002])
def test_quiet_ecg_before_the_pulse_is_kept(noise: float) -> None:
    rng = np.random.default_rng(0)
    ecg = np.where(np.arange(500)[:, np.newaxis] % 2, 0.01, -0.01) * np.ones(2)
    ecg[240:260] = [0.5, 0.8]
    pulse = np.repeat([0.0, 1.0, 0.0], 100)[:, np.newaxis] + rng.uniform(-noise, noise, (300, 2))
    signal = np.concatenate([ecg, pulse]).astype(np.float32)
    assert len(without_calibration(signal, 500)[0]) == 500
    assert len(without_calibration(signal[::-1].copy(), 500)[0]) == 500
