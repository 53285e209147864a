"""Whatever a file holds, reading it ends in a sound record or in a RecordFormatError, soon.

Mutations of a file of every format, seeded: the same inputs on every machine. ``make fuzz`` looks for longer, guided by
which branches an input reaches.
"""

from __future__ import annotations

import gc
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.slowness import slowness

from mvkt.ecg.formats import read_all
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

pytestmark = pytest.mark.slow

INPUTS_OF_A_FORMAT = 750
INPUTS_OF_A_REAL_FILE = 100
FEWEST_INPUTS = 20_000
LONGEST_SECONDS = 1.0
GIVEN = (
    {},
    {"sampling_frequency": 500.0, "unit": "mV"},
    {"sampling_frequency": 500.0, "unit": "mV", "lead": "I"},
    {"unit": "uV"},
    {"sampling_frequency": 1e5},
)
SEEDS = [
    "AliveCor Kardia ATC",
    "AliveCor Kardia JSON",
    "Apple Health",
    "Apple Health, export.zip",
    "Apple Health, other language",
    "BDF",
    "BDF+D",
    "CPSC2018",
    "CardioSoft XML",
    "DICOM Waveform",
    "EDF/EDF+",
    "FHIR",
    "FHIR, several",
    "Fitbit",
    "Fitbit, several",
    "GE MUSE XML",
    "GE sapphire XML",
    "Google Health",
    "HL7 aECG",
    "Health Auto Export",
    "HealthyPi",
    "HealthyPi Move",
    "ISHNE Holter",
    "JSON",
    "MFER",
    "Mortara ELI (EL250/ELI280)",
    "Movesense",
    "Movesense, steps of the converter",
    "NumPy",
    "NumPy, one array",
    "OpenSignals",
    "Philips Sierra XML",
    "PhysioBank ATM",
    "Polar",
    "Polar, ECG Recorder",
    "SCP-ECG",
    "Samsung Health Monitor",
    "Schiller XML",
    "Withings",
    "Withings, API",
    "table",
    "table with semicolons",
    "uECG",
    "watch export",
]
REAL = [
    "dicom_ecg_plot_anonymous_ecg.dcm",
    "ecgprocess_example-XML1.xml",
    "hl7_aecg_fda_subject1_0.xml",
    "philips_sierra_129DYPRG.xml",
]
TOKENS = [
    b"NaN", b"inf", b"-inf", b"1e999", b"-1", b"0", b"99999999999", b"-32768", b"1e9", b"1e-9", b"1.234,5", b",,,",
    b";", b"\t", b"\n", b"\r", b"\n\n", b'"', b"'", b"<", b">", b"&a;", b"</", b"<!DOCTYPE a>", b"null", b"true", b"{",
    b"}", b"[", b"]", b"[[[[", b"#", b"_", b"Hz", b"mV", b"V", b"I", b"\x00", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff",
    b"\x80\x00", b"\xef\xbb\xbf", b"\xff\xfe", b"\xe2\x88\x92", b"PK\x03\x04", b" " * 300,
]  # fmt: skip


@pytest.fixture(scope="module")
def seeds(examples: dict[str, bytes], make: SimpleNamespace, counts: NDArray[np.int16]) -> dict[str, tuple[bytes, str]]:
    """Files and their names."""
    apple = make.apple(counts)
    other = apple.replace(b"Sample Rate", b"Gwir").replace(b"Unit", b"Unnedau").replace(b"500 hertz", b"500,25 Hz")
    more = {
        "Apple Health, export.zip": make.apple_export({"ecg_1.csv": apple, "ecg_2.csv": make.watch_export(counts)}),
        "Apple Health, other language": other,
        "Fitbit, several": make.fitbit(counts[:300], readings=3, numberOfWaveformSamples=300),
        "Google Health": make.google_health(counts),
        "NumPy, one array": make.numpy(counts),
        "Polar, ECG Recorder": make.polar_column(counts),
        "Withings, API": make.withings_answer(counts),
        "table with semicolons": make.table(counts, separator=";", comma=True),
        "FHIR, several": make.fhir(counts[:300], observations=3),
        "HealthyPi Move": make.healthypi_move(counts),
        "Movesense, steps of the converter": make.movesense(counts, stream="ecg"),
        "BDF+D": make.bdf([("ECG", "uV", counts[:, 0].astype(np.int32) * 1000)], kind="BDF+D", onsets=(0, 3)),
    }
    made = {**examples, **more}
    return {name: (content, "Polar_H10.txt" if name == "Polar, ECG Recorder" else "") for name, content in made.items()}


@pytest.fixture(scope="module", autouse=True)
def _no_garbage_of_other_tests() -> Iterator[None]:
    """In a process that has run thousands of tests a look through all objects takes a second by itself."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


class Attempts:
    """Reads inputs and checks what comes out."""

    def __init__(self) -> None:
        self.read = self.refused = 0
        self.longest = 0.0

    def attempt(self, content: bytes, name: str, given: dict[str, object]) -> None:
        began = time.process_time()
        try:
            outcomes = [outcome for _, outcome in read_all(content, name, **given)]  # type: ignore[arg-type]
        except RecordFormatError as error:
            outcomes = [error]
        for outcome in outcomes:
            if isinstance(outcome, Record):
                assert_sound(outcome)
            else:
                self._check_error(outcome)
        self.read += isinstance(outcomes[0], Record)
        self.refused += not isinstance(outcomes[0], Record)
        self.longest = max(self.longest, time.process_time() - began)

    @staticmethod
    def _check_error(error: RecordFormatError) -> None:
        message = str(error)
        assert 10 < len(message) < 2000
        assert "broke its reader" not in message, repr(error.__cause__)
        assert "Doe" not in message


def assert_sound(record: Record) -> None:
    assert isinstance(record, Record)
    assert record.signal.size
    assert not np.isinf(record.signal).any()
    assert np.isfinite(record.signal).any()
    assert float(np.nanmax(np.abs(record.signal))) < 1000
    assert 1 <= record.sampling_frequency <= 100_000
    assert len(record.leads) == record.signal.shape[1] == len(set(record.leads))


def mutate(content: bytes, random: np.random.Generator) -> bytes:
    """Change a file in one to four places, most often near its beginning, where its header is."""
    made = bytearray(content)
    for _ in range(int(random.integers(1, 5))):
        if made:
            at = int(random.random() ** (3 if random.random() < 0.5 else 1) * len(made))
            CHANGES[int(random.integers(len(CHANGES)))](made, at, random)
    return bytes(made)


def _flip_bit(made: bytearray, at: int, random: np.random.Generator) -> None:
    made[at] ^= 1 << int(random.integers(8))


def _overwrite(made: bytearray, at: int, random: np.random.Generator) -> None:
    length = int(random.integers(1, 12))
    made[at : at + length] = random.bytes(length)


def _insert_token(made: bytearray, at: int, random: np.random.Generator) -> None:
    made[at:at] = TOKENS[int(random.integers(len(TOKENS)))]


def _overwrite_with_token(made: bytearray, at: int, random: np.random.Generator) -> None:
    token = TOKENS[int(random.integers(len(TOKENS)))]
    made[at : at + len(token)] = token


def _delete(made: bytearray, at: int, random: np.random.Generator) -> None:
    del made[at : at + int(random.integers(1, 400))]


def _repeat(made: bytearray, at: int, random: np.random.Generator) -> None:
    made[at:at] = made[at : at + int(random.integers(1, 400))]


def _truncate(made: bytearray, at: int, random: np.random.Generator) -> None:
    del made[at:]


def _change_number(made: bytearray, at: int, random: np.random.Generator) -> None:
    """Replace the next number that is written in digits."""
    while at < len(made) and not 48 <= made[at] <= 57:
        at += 1
    end = at
    while end < len(made) and 48 <= made[end] <= 57:
        end += 1
    made[at:end] = [b"0", b"1", b"-7", b"999999999", b"1e30", b"", b"0.0001", b"4294967295"][int(random.integers(8))]


def _change_line(made: bytearray, at: int, random: np.random.Generator) -> None:
    """Leave a line out, or write it twice."""
    start, end = made.rfind(b"\n", 0, at) + 1, made.find(b"\n", at) + 1
    line = made[start:end]
    made[start:end] = line * 2 if random.random() < 0.5 else b""


CHANGES = (
    _flip_bit,
    _overwrite,
    _insert_token,
    _overwrite_with_token,
    _delete,
    _repeat,
    _truncate,
    _change_number,
    _change_line,
)


def test_enough_is_tried() -> None:
    assert len(SEEDS) * INPUTS_OF_A_FORMAT >= FEWEST_INPUTS


def test_every_format_is_tried(seeds: dict[str, tuple[bytes, str]]) -> None:
    assert set(seeds) - set(SEEDS) == {"XLE ECG"}, "whose files are so large that it is tried elsewhere"
    assert set(SEEDS) <= set(seeds)


@pytest.mark.parametrize("name", SEEDS)
def test_mutated_files(seeds: dict[str, tuple[bytes, str]], name: str) -> None:
    content, called = seeds[name]
    random = np.random.default_rng(zlib.crc32(name.encode()))
    attempts = Attempts()
    for number in range(INPUTS_OF_A_FORMAT):
        attempts.attempt(mutate(content, random), called, GIVEN[0 if number % 2 else number // 2 % len(GIVEN)])
    assert attempts.read + attempts.refused == INPUTS_OF_A_FORMAT
    assert min(attempts.read, attempts.refused) > 0, "mutations that change nothing, or everything, test nothing"
    assert attempts.longest < LONGEST_SECONDS * slowness()


def test_mutated_xle(examples: dict[str, bytes]) -> None:
    random = np.random.default_rng(0)
    attempts = Attempts()
    for _ in range(50):
        attempts.attempt(mutate(examples["XLE ECG"], random), "", {})
    assert attempts.read + attempts.refused == 50


@pytest.mark.data
@pytest.mark.parametrize("name", REAL)
def test_mutated_real_files(shared_data: Path, name: str) -> None:
    content = (shared_data / "device-samples" / name).read_bytes()
    random = np.random.default_rng(zlib.crc32(name.encode()))
    attempts = Attempts()
    for _ in range(INPUTS_OF_A_REAL_FILE):
        attempts.attempt(mutate(content, random), "", {})
    assert attempts.read + attempts.refused == INPUTS_OF_A_REAL_FILE
    assert attempts.longest < LONGEST_SECONDS * slowness()
