"""The description of the interface, OpenAPI 3.1; made of the models that check requests and answers."""

from __future__ import annotations

from functools import cache
from typing import Any

from mvkt import __version__
from mvkt.bundle.worth import DISCLAIMER
from mvkt.diagnosis.answer import Answer
from mvkt.web.problem import MEDIA_TYPE
from mvkt.web.reading_options import ReadingOptions
from mvkt.web.upload import FILE_FIELD

_SCHEMAS = "#/components/schemas/"


@cache
def description() -> dict[str, Any]:
    """Return the description."""
    answer = Answer.model_json_schema(mode="serialization", ref_template=_SCHEMAS + "{model}")
    schemas = answer.pop("$defs")
    for schema in (answer, *schemas.values()):
        schema.pop("additionalProperties", None)  # a later mvkt may write more
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "mvkt serve",
            "version": __version__,
            "description": f"Recordings in, diagnoses out. {DISCLAIMER}",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": _paths(),
        "components": {
            "schemas": {**schemas, "Answer": answer, "Upload": _upload(), "Problem": _PROBLEM},
            "responses": {"Problem": _response("What is wrong with the request.", "Problem", MEDIA_TYPE)},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


_PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}


def _upload() -> dict[str, Any]:
    options = ReadingOptions.model_json_schema()
    properties = {name: _without_null(schema) for name, schema in options["properties"].items()}
    properties[FILE_FIELD] = {
        "type": "array",
        "minItems": 1,
        "items": {"type": "string", "format": "binary"},
        "description": "Recordings of any format of /api/formats; the files of a WFDB record together.",
    }
    return {"type": "object", "required": [FILE_FIELD], "properties": properties, "additionalProperties": False}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A field of a form is there or not; it is never null."""
    given = [schema_part for schema_part in schema.get("anyOf", ()) if schema_part.get("type") != "null"]
    kept = {key: value for key, value in schema.items() if key not in ("anyOf", "default", "title")}
    return {**kept, **(given[0] if given else {})}


def _paths() -> dict[str, Any]:
    listed = {
        "/api/health": ("health", "Whether the server lives, and how much it has to do."),
        "/api/models": ("models", "The students, as by `mvkt models --json`."),
        "/api/formats": ("formats", "The formats, as by `mvkt formats --json`."),
        "/api/openapi.json": ("openapi", "This description."),
    }
    paths: dict[str, Any] = {
        path: {"get": {"operationId": name, "summary": text, "responses": {"200": _json("The list.")}}}
        for path, (name, text) in listed.items()
    }
    paths["/api/models/{name}/card"] = {"get": _CARD}
    paths["/api/diagnose"] = {"post": _diagnose()}
    return paths


_CARD: dict[str, Any] = {
    "operationId": "card",
    "summary": "What a student learned from, is worth, and cannot do.",
    "parameters": [{"name": "name", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}],
    "responses": {
        "200": {"description": "A page.", "content": {"text/html": {"schema": {"type": "string"}}}},
        "404": {"$ref": "#/components/responses/Problem"},
    },
}


def _diagnose() -> dict[str, Any]:
    answer = _response(
        "As by `mvkt diagnose --json` or `--csv`; an unreadable file is a recording with an error.", "Answer"
    )
    answer["content"]["text/csv"] = {"schema": {"type": "string"}}
    problems = ("400", "403", "408", "413", "415", "422", "503")
    return {
        "operationId": "diagnose",
        "summary": "Reads and judges recordings; keeps nothing.",
        "parameters": [
            {
                "name": "format",
                "in": "query",
                "schema": {"type": "string", "enum": ["json", "csv"], "default": "json"},
            }
        ],
        "requestBody": {
            "required": True,
            "content": {"multipart/form-data": {"schema": {"$ref": f"{_SCHEMAS}Upload"}}},
        },
        "responses": {"200": answer, **{code: {"$ref": "#/components/responses/Problem"} for code in problems}},
    }


def _response(text: str, schema: str, media_type: str = "application/json") -> dict[str, Any]:
    return {"description": text, "content": {media_type: {"schema": {"$ref": f"{_SCHEMAS}{schema}"}}}}


def _json(text: str) -> dict[str, Any]:
    return {"description": text, "content": {"application/json": {"schema": {"type": "object"}}}}
