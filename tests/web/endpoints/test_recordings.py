"""What the page needs: events as they come, tiles, beats, and what findings rest on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx2 as httpx
import numpy as np
import pytest

from mvkt import read


def events(client: httpx.Client, *files: tuple[str, bytes], **fields: str) -> list[dict[str, Any]]:
    answer = client.post("/api/recordings", files=[("file", file) for file in files], data=fields)
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


@pytest.fixture
def kept(client: httpx.Client, watch_file: bytes) -> dict[str, dict[str, Any]]:
    """The events about one recording, by their kinds."""
    return {event["event"]: event for event in events(client, ("ecg.csv", watch_file), student="lead-I")}


def test_events_come_in_order(client: httpx.Client, watch_file: bytes) -> None:
    found = events(client, ("ecg.csv", watch_file))
    assert [event["event"] for event in found] == ["waiting", "trace", "envelope", "diagnosis", "done"]
    names = {event["id"] for event in found if "id" in event}
    assert len(names) == 1
    assert found[1]["leads"] == ["I"]
    assert found[1]["samples"] == 15360
    assert found[3]["read_by"] == [{"student": "device", "leads": ["I"], "turned": False}]
    assert found[3]["recording"]["diagnoses"][0]["bundle"]["name"] == "device"


def test_a_long_recording_shows_its_trace_first(
    client: httpx.Client, make_array_file: Callable[[np.ndarray], bytes]
) -> None:
    values = np.tile(np.sin(np.arange(1000) / 20), 70).astype(np.float32)
    facts = {"sampling_frequency": "100", "unit": "mV", "lead": "I"}
    found = events(client, ("day.npy", make_array_file(values)), **facts)
    assert [event["event"] for event in found] == ["waiting", "trace", "diagnosis", "envelope", "done"]
    assert found[1]["tiles"]["levels"] == 3


def test_tiles_are_the_recording(client: httpx.Client, kept: dict[str, dict[str, Any]], watch_file: bytes) -> None:
    about = kept["trace"]
    parts = [client.get(f"/api/recordings/{about['id']}/raw/0/{index}").content for index in (0, 1)]
    values = np.frombuffer(b"".join(parts), "<i2") * about["microvolts_per_unit"][0] + about["offset_microvolts"][0]
    np.testing.assert_allclose(values, read(watch_file, "ecg.csv").signal[:, 0] * 1000, atol=0.51)
    assert client.get(f"/api/recordings/{about['id']}/raw/0/2").status_code == 404
    assert len(client.get(f"/api/recordings/{about['id']}/filtered/1/0").content) == 15360 // 16 * 4
    assert client.get(f"/api/recordings/{about['id']}/other/0/0").status_code == 404


def test_beats_are_where_the_heart_beats(kept: dict[str, dict[str, Any]]) -> None:
    diagnosis = kept["diagnosis"]["recording"]["diagnoses"][0]
    seconds, kinds = diagnosis["beats"]["seconds"], diagnosis["beats"]["kinds"]
    assert len(seconds) == len(kinds) == diagnosis["measurements"]["beats"]["value"] > 20
    assert 60 / np.diff(seconds).mean() == pytest.approx(diagnosis["heart_rate"], rel=0.03)


def test_what_findings_rest_on(client: httpx.Client, kept: dict[str, dict[str, Any]]) -> None:
    path = f"/api/recordings/{kept['trace']['id']}/support"
    query = {"student": "lead-I", "window": 1, "code": ["SR", "NORM", "unknown"]}
    found = client.get(path, params=query).json()
    assert set(found["findings"]) == {"SR", "NORM"}
    rhythm = found["findings"]["SR"]
    assert len(rhythm["strengths"]) == 100
    assert 0 <= min(rhythm["strengths"]) <= max(rhythm["strengths"]) <= 1
    timeline = kept["diagnosis"]["recording"]["diagnoses"][0]["timeline"]
    assert rhythm["probability"] == pytest.approx(timeline["probabilities"]["SR"][1], abs=2e-3)


@pytest.mark.parametrize(
    "query", [{}, {"student": "lead-II", "window": 0}, {"student": "lead-I", "window": 99}, {"student": "lead-I"}]
)
def test_windows_that_there_are_not(
    client: httpx.Client, kept: dict[str, dict[str, Any]], query: dict[str, Any]
) -> None:
    assert client.get(f"/api/recordings/{kept['trace']['id']}/support", params=query).status_code == 404


def test_a_recording_can_be_forgotten(client: httpx.Client, kept: dict[str, dict[str, Any]]) -> None:
    path = f"/api/recordings/{kept['trace']['id']}"
    assert client.delete(path).status_code == 204
    for rest in ("/raw/0/0", "/support"):
        found = client.get(path + rest)
        assert found.status_code == 404
        assert "upload it again" in found.json()["detail"]


def test_what_cannot_be_read_is_an_event(client: httpx.Client) -> None:
    found = events(client, ("a.txt", b"hello"))
    assert [event["event"] for event in found] == ["waiting", "error", "done"]
    assert "known format" in found[1]["detail"]


def test_what_cannot_be_judged_can_be_looked_at(
    client: httpx.Client, make_array_file: Callable[[np.ndarray], bytes]
) -> None:
    values = np.sin(np.arange(3000) / 20).astype(np.float32)
    facts = {"sampling_frequency": "100", "unit": "mV", "lead": "V3"}
    found = events(client, ("v3.npy", make_array_file(values)), **facts)
    assert [event["event"] for event in found] == ["waiting", "trace", "envelope", "error", "done"]
    assert "V3" in found[3]["detail"]
    assert client.get(f"/api/recordings/{found[1]['id']}/raw/0/0").status_code == 200


def test_an_export_of_many_recordings(client: httpx.Client, make_watch_file: Callable[..., bytes]) -> None:
    import io
    import zipfile

    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for day in (1, 2):
            archive.writestr(f"apple_health_export/electrocardiograms/ecg_{day}.csv", make_watch_file(seed=day))
        archive.writestr("apple_health_export/electrocardiograms/ecg_3.csv", make_watch_file().partition(b"Unit")[0])
    found = events(client, ("export.zip", stream.getvalue()))
    assert [event["event"] for event in found if event.get("index") == 1] == ["trace", "envelope", "diagnosis"]
    assert [event["event"] for event in found if event.get("index") == 2] == ["error"]
    assert len({event["id"] for event in found if event["event"] == "trace"}) == 2
