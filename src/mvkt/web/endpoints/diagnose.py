"""``POST /api/diagnose``: the answer of ``mvkt diagnose``, over HTTP. Nothing is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from mvkt.diagnosis.answer import Answer, DiagnosedRecording
from mvkt.processes import Message
from mvkt.web.problem import RequestError
from mvkt.web.reading_options import ReadingOptions, options_of
from mvkt.web.services import Services, services_of
from mvkt.web.upload import receive_upload
from mvkt.web.workers.uploaded_files import UploadedFile
from mvkt.web.workers.worker_pool import TaskError

_FORMATS = ("json", "csv")
_EMPTY = b'"recordings":[]'


async def diagnose(request: Request) -> Response:
    """Diagnose the files of a form.

    Every file has its own limits of time and memory; what cannot be read is a recording with an error.
    """
    services = services_of(request)
    wanted = request.query_params.get("format", "json")
    if wanted not in _FORMATS:
        raise RequestError(HTTPStatus.UNPROCESSABLE_ENTITY, f"the format is one of {', '.join(_FORMATS)}")
    upload = await receive_upload(request, services.limits, services.uploads)
    options = options_of(upload.fields, services.bundles)
    groups = await asyncio.gather(*(_judged(services, group, options) for group in together(upload.files)))
    recordings = [recording for group in groups for recording in group]
    if wanted == "csv":
        table = await services.pool.only(Message("csv", buffers=tuple(recordings)))
        return Response(bytes(table.buffers[0]), media_type="text/csv; charset=utf-8")
    return Response(answer_of(recordings), media_type="application/json")


def answer_of(recordings: Sequence[bytes]) -> bytes:
    """Return an :class:`~mvkt.diagnosis.answer.Answer` of recordings that are JSON already."""
    before, _, after = Answer(recordings=()).model_dump_json().encode().partition(_EMPTY)
    return before + b'"recordings":[' + b",".join(recordings) + b"]" + after


def together(files: Sequence[UploadedFile]) -> list[list[UploadedFile]]:
    """Group files: WFDB headers with all that may belong to them, every other file by itself."""
    if any(file.name.lower().endswith(".hea") for file in files):
        return [list(files)]
    return [[file] for file in files]


def reading_task(files: Sequence[UploadedFile], options: ReadingOptions, *, trace: bool) -> Message:
    """Return the task of reading and judging files."""
    about = {"files": [file.name for file in files], "options": options.model_dump(), "trace": trace}
    return Message("read", about, tuple(file.content for file in files))


async def _judged(services: Services, files: Sequence[UploadedFile], options: ReadingOptions) -> list[bytes]:
    """Return the recordings of files that belong together, as JSON."""
    found: list[bytes] = []
    try:
        async with aclosing(services.pool.messages(reading_task(files, options, trace=False))) as messages:
            async for message in messages:
                found.append(bytes(message.buffers[0]))
    except TaskError as error:
        found.append(DiagnosedRecording(file=files[0].name, error=error.detail).model_dump_json().encode())
    return found
