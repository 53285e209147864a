"""``POST /api/recordings/ID/document``: what can be taken away from the page."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

import numpy as np
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from mvkt.ecg.signal import MISSING
from mvkt.processes import Message
from mvkt.stored import listed_faults
from mvkt.web.endpoints.recordings import kept_recording
from mvkt.web.problem import RequestError
from mvkt.web.report.document_content import MEDIA_TYPES, stretch_wanted
from mvkt.web.report.document_request import DocumentRequest
from mvkt.web.services import services_of
from mvkt.web.shelf import KeptRecording
from mvkt.web.traces.display_filter import filtered
from mvkt.web.workers.buffers import buffer_of

_LARGEST_BODY_BYTES = 512 * 1024


async def make_document(request: Request) -> Response:
    """Make a document of a recording that was judged."""
    services, found = services_of(request), kept_recording(request)
    wanted = await _wanted(request, services.limits.stall_seconds)
    if not found.read_by:
        raise RequestError(HTTPStatus.CONFLICT, "the recording was not judged (yet)")
    task = await asyncio.to_thread(_task, found, wanted)
    answer = await services.pool.only(task)
    return Response(bytes(answer.buffers[0]), media_type=MEDIA_TYPES[wanted.format])


async def _wanted(request: Request, seconds: float) -> DocumentRequest:
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > _LARGEST_BODY_BYTES:
                    raise RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the review is too long")
    except TimeoutError:
        raise RequestError(HTTPStatus.REQUEST_TIMEOUT, f"the request took longer than {seconds:g} s") from None
    try:
        return DocumentRequest.model_validate_json(bytes(body))
    except ValidationError as error:
        raise RequestError(HTTPStatus.UNPROCESSABLE_ENTITY, listed_faults(error)) from error


def _task(found: KeptRecording, wanted: DocumentRequest) -> Message:
    trace = found.trace
    start, end, filter_it = stretch_wanted(wanted, trace.leads, trace.samples / trace.sampling_frequency)
    first, last = round(start * trace.sampling_frequency), round(end * trace.sampling_frequency) + 1
    last = min(last, trace.samples) if end > start else first
    if filter_it:
        microvolts = filtered(trace, first, last)
        values = np.where(microvolts == MISSING, np.nan, microvolts / 1000.0)
        turned = {lead for reading in found.read_by if reading.turned for lead in reading.leads}
        values *= np.array([[-1.0 if lead in turned else 1.0] for lead in trace.leads])
    else:
        values = trace.millivolts(first, last)
    computed = found.about["computed"] if wanted.format == "fhir" else ()  # others may compute them as well
    leads = [lead for lead in trace.leads if lead not in computed]
    values = values[[trace.leads.index(lead) for lead in leads]]
    about = {
        "wanted": wanted.model_dump(mode="json"),
        "leads": leads,
        "sampling_frequency": trace.sampling_frequency,
        "start": first / trace.sampling_frequency,
    }
    return Message("document", about, (found.recording, buffer_of(values.astype("<f4"))))
