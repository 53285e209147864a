"""What there is: health, students and their cards, formats, the description of the interface."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from html import escape
from http import HTTPStatus
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from mvkt import __version__
from mvkt.bundle.manifest import CARD_FILE, MODEL_FILE, read_manifest
from mvkt.bundle.packaged import describe_student
from mvkt.ecg.formats import WRITERS
from mvkt.ecg.formats.catalogue import formats
from mvkt.web.problem import RequestError
from mvkt.web.services import services_of

_LARGEST_CARD_BYTES = 1024 * 1024


async def health(request: Request) -> Response:
    """Report whether the server lives, and how much it has to do."""
    services = services_of(request)
    return json_response(
        {
            "status": "ok",
            "version": __version__,
            "workers": services.limits.workers,
            "busy": services.pool.busy,
            "waiting": services.pool.waiting,
            "kept_recordings": len(services.shelf),
            "kept_bytes": services.shelf.bytes,
        }
    )


async def models(request: Request) -> Response:
    """List the students, as ``mvkt models --json`` does."""
    bundles = services_of(request).bundles
    return json_response({"students": [_student(name, path) for name, path in bundles.items()]})


async def card(request: Request) -> Response:
    """Return the card of a student: what it learned from, what it is worth, what it cannot do."""
    name = request.path_params["name"]
    path = services_of(request).bundles.get(name)
    if path is None:
        raise RequestError(HTTPStatus.NOT_FOUND, "there is no student of that name")
    return HTMLResponse(_card(name, path))


async def formats_list(_: Request) -> Response:
    """List the formats, as ``mvkt formats --json`` does."""
    written = {name: list(writer.endings) for name, writer in WRITERS.items()}
    return json_response({"read": [asdict(entry) for entry in formats()], "written": written})


def json_response(content: Any) -> Response:
    """Return JSON."""
    return Response(to_json(content, inf_nan_mode="null"), media_type="application/json")


@cache
def _student(name: str, path: Path) -> dict[str, Any]:
    manifest = read_manifest(path)
    student = describe_student(name, manifest, (path / MODEL_FILE).stat().st_size)
    return {**student.model_dump(), "leads": manifest.leads, "normal": manifest.normal}


@cache
def _card(name: str, path: Path) -> str:
    file = path / CARD_FILE
    text = file.read_text(encoding="utf-8", errors="replace")[:_LARGEST_CARD_BYTES] if file.is_file() else "No card."
    if text.startswith("---\n"):  # the front matter is for machines
        text = text.partition("\n---\n")[2]
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(name)}</title>"
        '<link rel="stylesheet" href="/static/styles/base.css"><link rel="stylesheet" href="/static/styles/card.css">'
        f'</head><body><main class="card-text">{body}</main></body></html>'
    )
