"""The form of ``mvkt diagnose --json``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from mvkt.diagnosis.answer import FORMAT_VERSION, Answer, DiagnosedRecording, schema_text
from mvkt.diagnosis.student_panel import Opinion
from mvkt.ecg.record import Record

COMMITTED = Path(__file__).parents[2] / "docs" / "reference" / "diagnosis.schema.json"


def test_committed_schema_is_current() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == schema_text(), (
        "python -c 'from mvkt.diagnosis.answer import schema_text; print(schema_text(), end=\"\")' "
        "> docs/reference/diagnosis.schema.json"
    )


@pytest.mark.parametrize("seconds", [10, 700])
def test_answers_survive_json(seconds: float, opinion: Callable[..., Opinion], beating: Callable[..., Record]) -> None:
    diagnosis = opinion(beating(seconds=seconds)).diagnosis
    recordings = (
        DiagnosedRecording(file="a.csv", diagnoses=(diagnosis,)),
        DiagnosedRecording(file="b.csv", error="no ECG"),
    )
    answer = Answer(recordings=recordings)
    assert Answer.model_validate_json(answer.to_json()) == answer
    content = json.loads(answer.to_json())
    assert (content["format_version"], sorted(content)) == (
        FORMAT_VERSION,
        ["disclaimer", "format_version", "recordings", "tool_version"],
    )


def test_schema_names_every_key_of_an_answer(opinion: Callable[..., Opinion], beating: Callable[..., Record]) -> None:
    schema = json.loads(schema_text())
    content = json.loads(
        Answer(recordings=(DiagnosedRecording(file="a", diagnoses=(opinion(beating()).diagnosis,)),)).to_json()
    )

    def follow(value: object, part: dict[str, object]) -> None:
        while "$ref" in part:
            part = schema["$defs"][str(part["$ref"]).rpartition("/")[2]]
        if isinstance(value, dict) and "properties" in part:
            properties = part["properties"]
            assert isinstance(properties, dict)
            assert set(value) == set(properties) == set(part["required"])  # type: ignore[call-overload]
            for key, inner in value.items():
                follow(inner, properties[key])
        elif isinstance(value, list) and isinstance(part.get("items"), dict):
            for inner in value:
                follow(inner, part["items"])  # type: ignore[arg-type]

    follow(content, schema)


def test_answers_hold_no_nan_and_nothing_unknown() -> None:
    with pytest.raises(ValidationError):
        Answer.model_validate({"recordings": [], "surprise": 1})
    with pytest.raises(ValidationError):
        Answer.model_validate({"recordings": [], "format_version": 2})


def test_names() -> None:
    assert DiagnosedRecording(file="export.zip", part="ecg_1").name == "export.zip (ecg_1)"
    assert DiagnosedRecording(file="a.csv").name == "a.csv"
