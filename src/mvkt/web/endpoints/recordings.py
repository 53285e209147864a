"""``/api/recordings``: files are read, judged and kept in memory for a while, so that the page can show them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from http import HTTPStatus
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from mvkt.ecg.signal import MISSING
from mvkt.processes import Message
from mvkt.web.endpoints.diagnose import reading_task
from mvkt.web.endpoints.lists import json_response
from mvkt.web.problem import RequestError
from mvkt.web.reading_options import options_of
from mvkt.web.services import Services, services_of
from mvkt.web.shelf import KeptRecording, ReadBy
from mvkt.web.traces.envelope import Envelope
from mvkt.web.traces.stored_trace import StoredTrace
from mvkt.web.traces.tiles import tile
from mvkt.web.upload import receive_upload
from mvkt.web.workers.buffers import buffer_of

EVENTS = "application/x-ndjson"
_TILE = "application/octet-stream"


async def add(request: Request) -> Response:
    """Read the files of a form that belong together; the answer is one line of JSON for each step.

    ``{"event": "trace"}`` when a recording can be looked at, ``"diagnosis"`` when it is judged, ``"envelope"`` when its
    filtered trace can be looked at from afar, ``"error"`` when it cannot be read, and ``"done"``.
    """
    services = services_of(request)
    upload = await receive_upload(request, services.limits, services.uploads)
    options = options_of(upload.fields, services.bundles)
    task = reading_task(upload.files, options, trace=True)
    return StreamingResponse(_events(services, task), media_type=EVENTS)


async def _events(services: Services, task: Message) -> AsyncIterator[bytes]:
    named: dict[int, str] = {}
    yield _line({"event": "waiting"})
    try:
        async with aclosing(services.pool.messages(task)) as messages:
            async for message in messages:
                yield _kept(services, named, message)
    except RequestError as error:
        yield _line({"event": "error", "detail": error.detail, "retry": error.retry_seconds})
    yield _line({"event": "done"})


def _kept(services: Services, named: dict[int, str], message: Message) -> bytes:
    """Keep what a worker found, and return the line about it."""
    index, buffers = message.about["index"], message.buffers
    if message.kind == "trace":
        made = _recording(message)
        name = services.shelf.put(made)
        if name is None:
            detail = "the recording is longer than this server keeps for viewing; `mvkt diagnose` reads it"
            return _line({"event": "error", **message.about, "detail": detail})
        named[index] = name
        return _line({"event": "trace", "id": name, **message.about})
    name = named.get(index, "")
    found = services.shelf.get(name)
    about = {"event": message.kind, "id": name, **message.about}
    if message.kind == "error":
        return _line(about)
    if message.kind == "diagnosis":
        read_by = about.pop("read_by")
        if found is not None:
            found.recording = bytes(buffers[0])
            found.read_by = tuple(_read_by(*reading) for reading in zip(read_by, buffers[1:], strict=True))
            services.shelf.weigh(name)
        shown = [{key: reading[key] for key in ("student", "leads", "turned")} for reading in read_by]
        about |= {"read_by": shown}
        return _line(about)[:-2] + b',"recording":' + bytes(buffers[0]) + b"}\n"
    if found is not None:
        found.filtered = _envelope(buffers, len(found.trace.leads))
        services.shelf.weigh(name)
    return _line(about)


def _recording(message: Message) -> KeptRecording:
    about = message.about
    leads = len(about["leads"])
    values = np.frombuffer(bytes(message.buffers[0]), dtype=np.int16).reshape(leads, -1)
    trace = StoredTrace(
        values,
        tuple(about["microvolts_per_unit"]),
        tuple(about["offset_microvolts"]),
        tuple(about["leads"]),
        about["sampling_frequency"],
    )
    return KeptRecording(about, trace, _envelope(message.buffers[1:], leads))


def _envelope(buffers: tuple[Any, ...], leads: int) -> Envelope:
    return Envelope(tuple(np.frombuffer(bytes(buffer), dtype=np.int16).reshape(leads, -1, 2) for buffer in buffers))


def _read_by(about: dict[str, Any], buffer: Any) -> ReadBy:
    microvolts = np.frombuffer(bytes(buffer), dtype=np.int16).reshape(len(about["leads"]), -1)
    return ReadBy(
        about["student"],
        tuple(about["leads"]),
        about["turned"],
        microvolts,
        tuple(about["starts"]),
        about["window_samples"],
        tuple(about["codes"]),
    )


async def forget(request: Request) -> Response:
    """Forget a recording."""
    services_of(request).shelf.forget(request.path_params["id"])
    return Response(status_code=204)


async def trace_tile(request: Request) -> Response:
    """Return a piece of the trace; see :mod:`mvkt.web.traces.tiles`."""
    found, at = kept_recording(request), request.path_params
    envelope = found.raw if at["kind"] == "raw" else found.filtered
    cut = await asyncio.to_thread(tile, found.trace, envelope, at["kind"], at["level"], at["index"])
    if cut is None:
        raise RequestError(HTTPStatus.NOT_FOUND, "the recording has no such tile (yet)")
    return Response(cut, media_type=_TILE, headers={"Cache-Control": "private, max-age=3600"})


async def support(request: Request) -> Response:
    """Return what findings rest on in one window; see :mod:`mvkt.diagnosis.occlusion`."""
    found, query = kept_recording(request), request.query_params
    read_by = next((reading for reading in found.read_by if reading.student == query.get("student")), None)
    number = query.get("window", "")
    window = read_by.window(int(number)) if read_by and number.isascii() and number.isdigit() else None
    if read_by is None or window is None:
        raise RequestError(HTTPStatus.NOT_FOUND, "there is no such window that this student has read")
    codes = [code for code in dict.fromkeys(query.getlist("code")) if code in read_by.codes]
    if not codes or (window == MISSING).all():
        return json_response({"step_seconds": 0.1, "findings": {}})
    task = Message("support", {"student": read_by.student, "codes": codes, "shape": window.shape}, (buffer_of(window),))
    answer = await services_of(request).pool.only(task)
    return Response(bytes(answer.buffers[0]), media_type="application/json")


def kept_recording(request: Request) -> KeptRecording:
    """Return the recording that the path of a request names.

    Raises:
        RequestError: It is not kept.
    """
    found = services_of(request).shelf.get(request.path_params["id"])
    if found is None:
        raise RequestError(HTTPStatus.NOT_FOUND, "the recording is not kept (any more); upload it again")
    return found


def _line(content: dict[str, Any]) -> bytes:
    return json.dumps(content, allow_nan=False).encode() + b"\n"
