"""The diagnoses of several recordings: the form of ``mvkt diagnose --json``, docs/reference/diagnosis.schema.json."""

from __future__ import annotations

from typing import Any, Literal

from pydantic_core import to_json

from mvkt import __version__
from mvkt.bundle.worth import DISCLAIMER
from mvkt.diagnosis.diagnosis import Diagnosis
from mvkt.diagnosis.review import Review
from mvkt.stored import Part

FORMAT_VERSION: Literal[1] = 1


class DiagnosedRecording(Part):
    """One recording.

    Attributes:
        file: As it was called on the command line, or its path in the folder.
        part: Which recording of the file, where a file has several; else empty.
        error: Why there is no diagnosis; empty if there is one.
        diagnoses: One by each student; empty if there is an error.
        page: The HTML page about it; empty if none was requested.
        review: What a person makes of it; None without a review.
    """

    file: str
    part: str = ""
    error: str = ""
    diagnoses: tuple[Diagnosis, ...] = ()
    page: str = ""
    review: Review | None = None

    @property
    def name(self) -> str:
        """File and part."""
        return f"{self.file} ({self.part})" if self.part else self.file


class Answer(Part):
    """All recordings, in the order in which they were given.

    Attributes:
        format_version: Of this form. It grows when something is taken away or changes its meaning; a reader should
            accept more keys than it knows.
        tool_version: The mvkt that made it.
        recordings: What was read.
        disclaimer: Goes with every answer.
    """

    format_version: Literal[1] = FORMAT_VERSION
    tool_version: str = __version__
    recordings: tuple[DiagnosedRecording, ...]
    disclaimer: str = DISCLAIMER

    def to_json(self) -> str:
        """Return it as JSON."""
        return self.model_dump_json(indent=2)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of an answer."""
    made = Answer.model_json_schema(mode="serialization")
    for part in (made, *made["$defs"].values()):
        part.pop("additionalProperties")  # what is read here has no more; what a later mvkt writes may
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made, "title": "mvkt diagnose --json"}


def schema_text() -> str:
    """Return docs/reference/diagnosis.schema.json."""
    return to_json(schema(), indent=2).decode() + "\n"
