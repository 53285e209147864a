"""``POST /api/diagnose`` gives the answer of ``mvkt diagnose``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2 as httpx
import numpy as np
import pytest
from click.testing import CliRunner

from mvkt.cli import main
from mvkt.diagnosis.answer import Answer


def upload(client: httpx.Client, *files: tuple[str, bytes], query: str = "", **fields: str) -> httpx.Response:
    return client.post(f"/api/diagnose{query}", files=[("file", file) for file in files], data=fields)


def test_the_answer_is_that_of_the_command(client: httpx.Client, watch_file: bytes, tmp_path: Path) -> None:
    path = tmp_path / "ecg.csv"
    path.write_bytes(watch_file)
    expected = json.loads(CliRunner().invoke(main, ["diagnose", str(path), "--json"]).stdout)
    found = upload(client, ("ecg.csv", watch_file))
    Answer.model_validate_json(found.content)
    (recording,) = found.json()["recordings"]
    assert recording["diagnoses"] == expected["recordings"][0]["diagnoses"]
    assert recording["file"] == "ecg.csv"


def test_as_a_table(client: httpx.Client, watch_file: bytes, tmp_path: Path) -> None:
    path = tmp_path / "ecg.csv"
    path.write_bytes(watch_file)
    expected = CliRunner().invoke(main, ["diagnose", str(path), "--csv"]).stdout.replace(str(path), "ecg.csv")
    found = upload(client, ("ecg.csv", watch_file), query="?format=csv")
    assert found.headers["content-type"] == "text/csv; charset=utf-8"
    assert found.text == expected


def test_a_bad_file_does_not_stop_the_others(client: httpx.Client, watch_file: bytes) -> None:
    found = upload(client, ("a.csv", watch_file), ("b.txt", b"hello"), ("c.csv", watch_file))
    recordings = found.json()["recordings"]
    assert [bool(recording["diagnoses"]) for recording in recordings] == [True, False, True]
    assert "not a recording of a known format" in recordings[1]["error"]


def test_a_wfdb_pair_is_one_recording(client: httpx.Client, shared_data: Path) -> None:
    folder = shared_data / "cpsc2018-sample"
    header = next(iter(sorted(shared_data.glob("cinc2011-part/*.hea"))), None) or next(folder.glob("*.hea"))
    data = header.with_suffix(".dat")
    found = upload(client, (data.name, data.read_bytes()), (header.name, header.read_bytes()))
    (recording,) = found.json()["recordings"]
    assert recording["file"] == header.name
    assert recording["diagnoses"]
    alone = upload(client, (header.name, header.read_bytes())).json()["recordings"][0]
    assert "missing file" in alone["error"]
    assert "/shm" not in alone["error"]


def test_facts_that_a_file_lacks_can_be_given(
    client: httpx.Client, make_array_file: Callable[[np.ndarray], bytes]
) -> None:
    wave = np.sin(np.arange(3000) / 40).astype(np.float32)
    bare = make_array_file(wave)
    assert "does not state its unit" in upload(client, ("a.npy", bare)).json()["recordings"][0]["error"]
    stated = upload(client, ("a.npy", bare), sampling_frequency="250", unit="mV", lead="I", age="50", sex="male")
    (recording,) = stated.json()["recordings"]
    signal = recording["diagnoses"][0]["signal"]
    assert (signal["sampling_frequency"], signal["leads"], signal["age"], signal["sex"]) == (250, ["I"], 50, "male")


def test_students_can_be_chosen(client: httpx.Client, shared_data: Path) -> None:
    path = shared_data / "device-samples" / "philips_sierra_129DYPRG.xml"
    files = {"file": (path.name, path.read_bytes())}
    found = client.post("/api/diagnose", files=files, data={"student": ["lead-II", "lead-I"]}).json()
    assert [diagnosis["bundle"]["name"] for diagnosis in found["recordings"][0]["diagnoses"]] == ["lead-II", "lead-I"]


@pytest.mark.parametrize(
    ("query", "fields", "status", "words"),
    [
        ("?format=xml", {}, 422, "json, csv"),
        ("", {"sex": "f"}, 422, "sex"),
        ("", {"student": "lead-1"}, 422, "did you mean"),
    ],
)
def test_impossible_requests_are_problems(
    client: httpx.Client, watch_file: bytes, query: str, fields: dict[str, str], status: int, words: str
) -> None:
    found = upload(client, ("a.csv", watch_file), query=query, **fields)
    assert found.status_code == status
    assert found.headers["content-type"] == "application/problem+json"
    assert words in found.json()["detail"]


def test_too_large(client: httpx.Client) -> None:
    def chunks() -> Iterator[bytes]:  # without a length in advance
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        for _ in range(65 * 16):
            yield b"0" * 65536

    found = client.post("/api/diagnose", content=chunks(), headers={"content-type": "multipart/form-data; boundary=x"})
    assert found.status_code == 413
    assert "64 MB" in found.json()["detail"]


def test_an_archive_that_unpacks_to_too_much_is_refused(client: httpx.Client) -> None:
    import io
    import zipfile

    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("electrocardiograms/ecg.csv", b"Name,X\nSample Rate,512 hertz\n" + b"0" * 200_000_000)
    (recording,) = upload(client, ("export.zip", stream.getvalue())).json()["recordings"]
    assert "unpacks to over" in recording["error"]
