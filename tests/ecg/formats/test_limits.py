"""Hostile and broken files: one clear error, in under a second, and within 500 MB over the size of the file.

Each file is read in a process of its own, which is given that much memory and no more.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.slowness import slowness

from mvkt.ecg.formats.recording_file import MAX_BYTES

EXTRA_BYTES = 500 * 1024**2
LONGEST_SECONDS = 2.0
ATTEMPTS = 3
"""A busy machine can take three times as long as an idle one: the limit has to hold once in so many attempts."""
MEGABYTE = 1024**2

READER = """
import json, os, resource, sys, time
import ecgdatakit, numpy, pydicom, scipy.io  # what a reader imports is not what a file costs
from mvkt.ecg.formats import read
from mvkt.errors import RecordFormatError

extra, given = int(sys.argv[1]), json.loads(sys.argv[3])
try:
    read(bytes(300))  # imports the rest
except RecordFormatError:
    pass
for path in sys.argv[2].split("|"):
    if os.fork() == 0:
        held = int(open("/proc/self/statm").read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        limit = held + extra + min(os.path.getsize(path), 2**31)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        began = time.process_time()
        try:
            record = read(path, **given)
            answer = {"record": [record.source, list(record.signal.shape), record.sampling_frequency]}
            answer["notes"] = record.notes
        except RecordFormatError as error:
            answer = {"error": str(error)}
        answer["seconds"] = time.process_time() - began
        print(json.dumps(answer), flush=True)
        os._exit(0)
    os.wait()
"""


@pytest.fixture
def attempt() -> Callable[..., dict[str, object]]:
    """Read a file under the limits; returns the error, or what the record is."""

    def run(path: Path, **given: object) -> dict[str, object]:
        command = [sys.executable, "-c", READER, str(EXTRA_BYTES), str(path), json.dumps(given)]
        for _ in range(ATTEMPTS):
            done = subprocess.run(command, capture_output=True, text=True, timeout=120)
            assert done.stdout, done.stderr[-2000:]
            answer: dict[str, object] = json.loads(done.stdout)
            assert isinstance(answer["seconds"], float)
            if answer["seconds"] < LONGEST_SECONDS * slowness():
                break
        assert answer["seconds"] < LONGEST_SECONDS * slowness()
        assert "not enough memory" not in str(answer.get("error"))
        assert "broke its reader" not in str(answer.get("error"))
        return answer

    return run


def sparse(path: Path, size: int, head: bytes = b"") -> Path:
    """Make a file that takes no room: all but its beginning is one hole."""
    with path.open("wb") as stream:
        stream.write(head)
        stream.truncate(size)
    return path


def written(path: Path, pieces: Iterator[bytes] | list[bytes]) -> Path:
    with path.open("wb") as stream:
        for piece in pieces:
            stream.write(piece)
    return path


def deflated(size: int, content: bytes = b"1\n") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("ecg.csv", "w") as member:
        member.write(b"Sample Rate,512 hertz\nUnit,mV\n")
        for _ in range(size // MEGABYTE):
            member.write(content * (MEGABYTE // len(content)))
    return stream.getvalue()


APPLE = b"Name,Jane Doe\nSample Rate,512 hertz\nLead,Lead I\nUnit,\xc2\xb5V\n\n"


def test_files_of_ten_gigabytes_are_refused_unread(tmp_path: Path, attempt: Callable[..., dict[str, object]]) -> None:
    answer = attempt(sparse(tmp_path / "ecg.csv", 10 * 1024**3, APPLE))
    assert "10,737,418,240 bytes; recordings of up to 2,147,483,648" in str(answer["error"])


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"", "binary data"),
        (APPLE + b"1\n" * 3000, "too many for a short recording"),
        (b"1\n" * 3000, "longer than"),
        (b'{"ecgReadings": [{"waveformSamples": [' + b"1," * 3000, "bytes of JSON"),
        (
            b"Phone timestamp;sensor timestamp [ns];timestamp [ms];ecg [uV]\n" + b"a;1;1;1\n" * 999,
            "more than a recording",
        ),
        (b"<CardiologyXML>" + b" " * 9000, "more than a recording has"),
        (b"<sapphire>" + b" " * 9000, "more than a recording has"),
        (b"<x.SchillerEDI>" + b" " * 9000, "more than a recording has"),
        (b'{"resourceType": "Bundle", ' + b" " * 9000, "bytes of JSON"),
        (b'{"data": {"ecg": [' + b" " * 9000, "bytes of JSON"),
        (b'{"Meas": {"ECG": [' + b" " * 9000, "bytes of JSON"),
        (b"ALIVE\0\0\0" + b" " * 9000, "more than a recording"),
        (b"# OpenSignals Text File Format" + b" " * 9000, "longer than"),
        (b"'Elapsed time','I'\n'hh:mm:ss.mmm','mV'\n" + b" " * 9000, "longer than"),
        (b"# HealthyPi Studio" + b" " * 9000, "longer than"),
        (b"1580724672000;1.0;1\n" * 999, "longer than"),
        (b"\xffBIOSEMI" + b" " * 9000, "more than is read of BDF"),
        (b"PK\x03\x04" + b" " * 9000, "archive is damaged"),
    ],
    ids=[
        "zeros",
        "Apple",
        "table",
        "JSON",
        "Polar",
        "CardioSoft",
        "sapphire",
        "Schiller",
        "FHIR",
        "Auto Export",
        "Movesense",
        "ATC",
        "OpenSignals",
        "ATM",
        "HealthyPi",
        "uECG",
        "BDF",
        "zip",
    ],
)
def test_the_largest_files(tmp_path: Path, attempt: Callable[..., dict[str, object]], head: bytes, reason: str) -> None:
    assert reason in str(attempt(sparse(tmp_path / "ecg.csv", MAX_BYTES, head))["error"])


@pytest.mark.parametrize(
    "head", [b"", APPLE[:-1], b"time,ecg\n0,1\n", b"1\n" * 100], ids=["alone", "Apple", "table", "column"]
)
def test_a_line_of_a_hundred_megabytes(tmp_path: Path, attempt: Callable[..., dict[str, object]], head: bytes) -> None:
    path = written(tmp_path / "ecg.csv", [head, *[b"1" * MEGABYTE] * 100])
    error = str(attempt(path, sampling_frequency=500, unit="mV")["error"])
    assert "a line of over 65,536 bytes" in error or "too many for a short recording" in error


@pytest.mark.parametrize(
    ("row", "reason"),
    [(b"1\n", "of rows|rows; up to"), (b"1,2,3,4,5,6,7,8\n", "rows; up to|line")],
    ids=["column", "eight"],
)
def test_a_table_with_more_rows_than_any_recording(
    tmp_path: Path, attempt: Callable[..., dict[str, object]], row: bytes, reason: str
) -> None:
    block = row * (MEGABYTE // len(row))
    path = written(tmp_path / "ecg.csv", [block] * 100)
    error = str(
        attempt(
            path, sampling_frequency=500, unit="mV", lead="+".join(f"V{n}" for n in range(1, 9)) if b"," in row else "I"
        )["error"]
    )
    assert any(part in error for part in reason.split("|"))


@pytest.mark.parametrize("content", [b"1\n", b"\x00\x00", b"-180.5\n"], ids=["numbers", "zeros", "samples"])
def test_zip_bombs(tmp_path: Path, attempt: Callable[..., dict[str, object]], content: bytes) -> None:
    path = written(tmp_path / "export.zip", [deflated(1024 * MEGABYTE // 4, content)])
    assert path.stat().st_size < 2 * MEGABYTE
    assert "unpacks to over" in str(attempt(path)["error"])


def test_a_zip_with_too_many_members(
    tmp_path: Path, attempt: Callable[..., dict[str, object]], make: SimpleNamespace
) -> None:
    path = written(tmp_path / "export.zip", [make.zip({f"{n}.csv": b"" for n in range(60_000)})])
    assert "60,000 members" in str(attempt(path)["error"])


def test_an_npz_bomb(tmp_path: Path, attempt: Callable[..., dict[str, object]], make: SimpleNamespace) -> None:
    stream = io.BytesIO()
    np.save(stream, np.zeros(60_000_000, dtype=np.float32))
    path = written(tmp_path / "ecg.npz", [make.zip({"signal.npy": stream.getvalue()})])
    assert path.stat().st_size < MEGABYTE
    assert "unpacks to over" in str(attempt(path, sampling_frequency=500, unit="mV")["error"])


@pytest.mark.parametrize("shape", ["(1000000000,)", "(1000000000000000,)", "(0,)", "(-1,)", "(3,)"])
def test_an_array_that_promises_what_it_has_not(
    tmp_path: Path, attempt: Callable[..., dict[str, object]], shape: str
) -> None:
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117).encode() + b"\n"
    path = written(tmp_path / "ecg.npy", [b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(40)])
    assert "NumPy file is damaged" in str(attempt(path, sampling_frequency=500, unit="mV")["error"])


def test_headers_that_promise_a_thousand_million_samples(
    tmp_path: Path, attempt: Callable[..., dict[str, object]], make: SimpleNamespace, counts: NDArray[np.int16]
) -> None:
    (tmp_path / "a.dat").write_bytes(bytes(4000))
    (tmp_path / "a.hea").write_text("a 2 500 1000000000\na.dat 16 200 16 0 0 0 0 I\na.dat 16 200 16 0 0 0 0 II\n")
    assert "truncated file" in str(attempt(tmp_path / "a.hea")["error"])
    promised = {"numberOfWaveformSamples": 10**9}
    path = written(tmp_path / "fitbit.json", [make.fitbit(counts, **promised)])
    answer = attempt(path)
    assert answer["record"] == ["Fitbit", [1000, 1], 500.0]
    assert "truncated: 1,000 of 1,000,000,000 samples are there" in str(answer["notes"])
    ishne = bytearray(make.ishne(counts))
    struct.pack_into("<i", ishne, 10 + 4, 10**9)
    answer = attempt(written(tmp_path / "a.ecg", [bytes(ishne)]))
    assert answer["record"] == ["ISHNE Holter", [1000, 2], 500.0]
    assert "checksum mismatch" in str(answer["notes"]), (
        "what is there is read, and a note states that the header is not right"
    )


@pytest.mark.parametrize("text", ["[" * 3_000_000, "[{}" + ",{}" * 3_000_000 + "]", '{"a":' * 100_000])
def test_json_that_takes_much_memory(tmp_path: Path, attempt: Callable[..., dict[str, object]], text: str) -> None:
    path = tmp_path / "ecg.json"
    path.write_text('{"ecgReadings": ' + text + "}")
    assert re.search("damaged|far more objects", str(attempt(path)["error"]))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"data": {"ecg": [{"voltageMeasurements": [' + '{"voltage":1},' * 400_000 + "{}]}]}}", "sampling|unit"),
        ('{"data": {"ecg": [{"voltageMeasurements": [' + "{}," * 3_000_000 + "{}]}]}}", "far more objects"),
        ('{"Meas": {"ECG": [{"Timestamp": 1, "Samples": [' + "1," * 6_000_000 + "1]}]}}", "sampling frequency"),
        ('{"Meas": {"ECG": [' + '{"Timestamp":1,"Samples":[1]},' * 140_000 + "{}]}}", "do not rise|sampling"),
        ('{"resourceType": "Observation", "valueSampledData": {"data": "' + "1 " * 5_000_000 + '"}}', "sampling"),
    ],
    ids=["Auto Export", "Auto Export, more", "Movesense", "Movesense, packages", "FHIR"],
)
def test_json_as_long_as_is_read(
    tmp_path: Path, attempt: Callable[..., dict[str, object]], text: str, reason: str
) -> None:
    path = tmp_path / "ecg.json"
    path.write_text(text)
    assert re.search(reason, str(attempt(path)["error"]))


@pytest.mark.parametrize(
    "source",
    ["CardioSoft XML", "GE sapphire XML", "Schiller XML", "HL7 aECG", "GE MUSE XML", "Philips Sierra XML"],
)
@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE x [<!ENTITY a "' + "a" * 60_000 + '"><!ENTITY b "' + "&a;" * 10_000 + '">]>',
        '<!DOCTYPE x [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x SYSTEM "http://localhost:9/x.dtd">',
    ],
    ids=["bomb", "file", "network"],
)
def test_entities_are_refused(
    tmp_path: Path,
    attempt: Callable[..., dict[str, object]],
    examples: dict[str, bytes],
    source: str,
    doctype: str,
) -> None:
    start, end, rest = examples[source].partition(b"?>")
    content = start + end + doctype.encode() + rest.replace(b"</", b"&b;</", 1)
    answer = attempt(written(tmp_path / "ecg.xml", [content]))
    harmless = "localhost" in doctype and source == "Philips Sierra XML"  # whose parser passes over what it has not
    assert ("record" in answer) == harmless


@pytest.mark.parametrize("name", ["photo.csv", "random.csv", "zeros.csv", "packed.csv", "empty.csv", "blank.csv"])
def test_what_is_no_text_called_csv(tmp_path: Path, attempt: Callable[..., dict[str, object]], name: str) -> None:
    contents = {
        "photo.csv": b"\xff\xd8\xff\xe0" + bytes(range(256)) * 100,
        "random.csv": np.random.default_rng(0).bytes(100_000),
        "zeros.csv": bytes(100_000),
        "packed.csv": gzip.compress(APPLE),
        "empty.csv": b"",
        "blank.csv": b"\n" * 100_000,
    }
    error = str(attempt(written(tmp_path / name, [contents[name]]), sampling_frequency=500, unit="mV")["error"])
    assert error.startswith("this is "), error


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-7", "cp037", "shift_jis"])
def test_encodings_are_read_or_refused(
    tmp_path: Path, attempt: Callable[..., dict[str, object]], encoding: str
) -> None:
    text = "名前,x\nSample Rate,512 hertz\nLead,Lead I\nUnit,mV\n\n" + "0.125\n-0.5\n" * 20
    path = written(tmp_path / "ecg.csv", [text.encode(encoding, errors="replace")])
    answer = attempt(path)
    assert "error" in answer or answer["record"] == ["Apple Health", [40, 1], 512.0]


@pytest.mark.parametrize("rate", ["0", "1e9", "-500", "nan", "inf", "1000000000"])
def test_impossible_frequencies(
    tmp_path: Path,
    attempt: Callable[..., dict[str, object]],
    make: SimpleNamespace,
    counts: NDArray[np.int16],
    rate: str,
) -> None:
    files = [
        make.samsung(counts, rate=f"{rate} Hz"),
        make.withings(counts, frequency=rate),
        make.cardiosoft(counts, rate=rate),
        make.fitbit(counts, samplingFrequencyHz=rate),
        make.sapphire(counts, rate=rate),
        make.schiller(counts, rate=rate),
        make.health_auto_export(counts, samplingFrequency=rate),
        make.opensignals(counts, **{"sampling rate": rate}),
    ]
    for number, content in enumerate(files):
        answer = attempt(written(tmp_path / str(number), [content]))
        if "error" not in answer:  # what is no number is a rate left out: the times of the samples give it
            assert (number, rate) in ((6, "nan"), (6, "inf"))
            assert answer["record"] == ["Health Auto Export", [1000, 1], 500.0]
            continue
        error = str(answer["error"])
        assert "frequency" in error or "Hz" in error or "samples" in error
