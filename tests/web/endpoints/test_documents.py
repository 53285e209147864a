"""Documents that can be downloaded from the page, by the requests of the page."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx2 as httpx
import numpy as np
import pytest
from fhir.resources.R4B.bundle import Bundle

from mvkt.diagnosis.answer import Answer
from mvkt.ecg.simulate import simulate

REVIEW = {
    "reviewer": "Dr. Ärztin",
    "note": "",
    "time": "2024-05-01T12:00:00Z",
    "decisions": [{"code": "SR", "title": "sinus rhythm", "judgement": "rejected", "instead": "", "note": "irregular"}],
    "added": [],
}


@pytest.fixture
def path(client: httpx.Client, watch_file: bytes) -> str:
    """Where documents of a recording are made."""
    answer = client.post("/api/recordings", files={"file": ("ecg.csv", watch_file)})
    events = [json.loads(line) for line in answer.text.splitlines()]
    return f"/api/recordings/{events[1]['id']}/document"


def made(client: httpx.Client, path: str, **wanted: Any) -> httpx.Response:
    answer = client.post(path, json=wanted)
    assert answer.status_code == 200, answer.text
    return answer


def test_json_is_the_documented_answer_with_the_review(client: httpx.Client, path: str) -> None:
    answer = made(client, path, format="json", review=REVIEW)
    assert answer.headers["content-type"] == "application/json"
    (recording,) = Answer.model_validate_json(answer.content).recordings
    assert recording.review is not None
    assert recording.review.decisions[0].note == "irregular"
    assert made(client, path, format="json").json()["recordings"][0]["review"] is None


def test_csv_has_a_row_a_window(client: httpx.Client, path: str) -> None:
    answer = made(client, path, format="csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    heading, window = answer.text.splitlines()  # the network for strips sees all 30 seconds at once
    assert heading.startswith("file,part,start_seconds,end_seconds,")
    assert ",0.000,30.000," in window


def test_fhir_is_valid_and_holds_trace_and_review(client: httpx.Client, path: str) -> None:
    answer = made(client, path, format="fhir", review=REVIEW, start=20)
    assert answer.headers["content-type"] == "application/fhir+json"
    Bundle.model_validate(answer.json())
    assert "rejected: irregular" in answer.text
    observations = [entry["resource"] for entry in answer.json()["entry"]]
    trace = next(
        resource
        for resource in observations
        if resource["code" if "code" in resource else "type"] and "component" in resource
    )
    assert len(trace["component"][0]["valueSampledData"]["data"].split()) == 15360


def test_limb_leads_that_follow_are_shown_and_left_out_of_the_data(client: httpx.Client) -> None:
    """A machine's eight leads: the page has twelve, FHIR the eight that were recorded."""
    signal = simulate(1, seed=8, conditions=("NORM",), duration=10, sampling_frequency=250).signal[0]
    names = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")
    columns = signal[:, [0, 1, 6, 7, 8, 9, 10, 11]]
    head = "time [s]," + ",".join(f"{name} [mV]" for name in names)
    rows = [f"{at / 250:.3f}," + ",".join(f"{value:.4f}" for value in row) for at, row in enumerate(columns)]
    answer = client.post("/api/recordings", files={"file": ("eight.csv", "\n".join([head, *rows]).encode())})
    trace = json.loads(answer.text.splitlines()[1])
    assert trace["leads"] == ["I", "II", "III", "aVR", "aVL", "aVF", *names[2:]]
    assert trace["computed"] == ["III", "aVR", "aVL", "aVF"]
    tile = client.get(f"/api/recordings/{trace['id']}/raw/0/0").content
    values = np.frombuffer(tile, dtype="<i2").reshape(12, -1) + np.array(trace["offset_microvolts"])[:, np.newaxis]
    np.testing.assert_allclose(values[2], values[1] - values[0], atol=2)
    fhir = made(client, f"/api/recordings/{trace['id']}/document", format="fhir").json()
    resources = [entry["resource"] for entry in fhir["entry"]]
    (data,) = [resource for resource in resources if "valueSampledData" in json.dumps(resource)]
    assert json.dumps(data).count('"valueSampledData"') == len(names)


@pytest.mark.parametrize("language", ["en", "de"])
def test_pdf(client: httpx.Client, path: str, language: str) -> None:
    answer = made(client, path, format="pdf", review=REVIEW, language=language, paper="Letter", filter=False)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{}", 422),
        (b"not json", 422),
        (b'{"format": "exe"}', 422),
        (b'{"format": "pdf", "start": -1}', 422),
        (b'{"format": "pdf", "more": 1}', 422),
        (b'{"format": "pdf", "review": {"note": "' + b"x" * 3000 + b'"}}', 422),
        (b" " * 600_000, 413),
    ],
)
def test_impossible_documents_are_problems(client: httpx.Client, path: str, content: bytes, status: int) -> None:
    answer = client.post(path, content=content, headers={"content-type": "application/json"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_of_what_was_not_judged_nothing_is_made(
    client: httpx.Client, make_array_file: Callable[[np.ndarray], bytes]
) -> None:
    file = make_array_file(np.sin(np.arange(3000) / 20).astype(np.float32))
    facts = {"sampling_frequency": "100", "unit": "mV", "lead": "V3"}
    answer = client.post("/api/recordings", files={"file": ("v3.npy", file)}, data=facts)
    name = json.loads(answer.text.splitlines()[1])["id"]
    refused = client.post(f"/api/recordings/{name}/document", json={"format": "pdf"})
    assert refused.status_code == 409
    assert client.post("/api/recordings/none/document", json={"format": "pdf"}).status_code == 404
