"""The body of an upload, ``multipart/form-data``: parsed as it comes, kept in memory, never on disk."""

from __future__ import annotations

import asyncio
import time
import weakref
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import PurePath

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from mvkt.web.limits import MEGABYTE, Limits
from mvkt.web.problem import RequestError
from mvkt.web.workers.uploaded_files import UploadedFile, plain_name

FILE_FIELD = "file"
_LARGEST_FIELD_BYTES = 1024
_MOST_FIELDS = 32
_SPEED_AFTER_SECONDS = 15.0


@dataclass(eq=False)
class Upload:
    """What was uploaded.

    Attributes:
        files: In the order in which they came; no two of the same name.
        fields: Name -> values of the other fields.
    """

    files: list[UploadedFile] = field(default_factory=list)
    fields: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


class UploadMemory:
    """How much all uploads together hold."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.held = 0

    def take(self, count: int) -> None:
        """Take memory for what has come.

        Raises:
            RequestError: There is none left.
        """
        if self.held + count > self._limit:
            detail = "the server holds as many uploads as it may; try again in a moment"
            raise RequestError(HTTPStatus.SERVICE_UNAVAILABLE, detail, retry_seconds=5)
        self.held += count

    def give(self, count: int) -> None:
        """Give it back."""
        self.held -= count


async def receive_upload(request: Request, limits: Limits, memory: UploadMemory) -> Upload:
    """Receive an upload; its memory is accounted for as long as it exists.

    Raises:
        RequestError: It is no form, larger than may be, or slower.
    """
    form = _Form(_boundary(request, limits), limits)
    taken = 0
    try:
        async for chunk in _chunks(request, limits):
            memory.take(len(chunk))
            taken += len(chunk)
            form.write(chunk)
        upload = form.finish()
    except BaseException:
        memory.give(taken)
        raise
    weakref.finalize(upload, memory.give, taken)
    return upload


def _boundary(request: Request, limits: Limits) -> bytes:
    kind, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary:
        detail = f"expected multipart/form-data with the recording in the field {FILE_FIELD!r}"
        raise RequestError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail)
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > limits.upload_bytes:
        raise _too_large(limits)
    return boundary


async def _chunks(request: Request, limits: Limits) -> AsyncIterator[bytes]:
    """Yield the body; a client that stalls, or creeps, is cut off."""
    begun, received = time.monotonic(), 0
    while True:
        try:
            message = await asyncio.wait_for(request.receive(), limits.stall_seconds)
        except TimeoutError:
            detail = f"nothing came for {limits.stall_seconds:g} s"
            raise RequestError(HTTPStatus.REQUEST_TIMEOUT, detail) from None
        if message["type"] == "http.disconnect":
            raise RequestError(HTTPStatus.BAD_REQUEST, "the upload was broken off")
        chunk = message.get("body", b"")
        received += len(chunk)
        seconds = time.monotonic() - begun
        if seconds > _SPEED_AFTER_SECONDS and received < seconds * limits.least_bytes_per_second:
            raise RequestError(HTTPStatus.REQUEST_TIMEOUT, "the upload is too slow")
        if received > limits.upload_bytes:
            raise _too_large(limits)
        if chunk:
            yield chunk
        if not message.get("more_body", False):
            return


def _too_large(limits: Limits) -> RequestError:
    allowed = f"{limits.upload_bytes / MEGABYTE:,.0f} MB"
    return RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"uploads of up to {allowed} are read; split it up")


class _Form:
    """The callbacks of the parser."""

    def __init__(self, boundary: bytes, limits: Limits) -> None:
        self._limits, self._upload, self._names = limits, Upload(), set[str]()
        self._header = (bytearray(), bytearray())
        self._field, self._data = "", bytearray()
        self._file_name: str | None = None
        self._ended = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin_part,
                    "on_header_begin": self._begin_header,
                    "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
                    "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
                    "on_header_end": self._end_header,
                    "on_part_data": self._take_data,
                    "on_part_end": self._end_part,
                    "on_end": self._end,
                },
            )
        except FormParserError as error:
            raise RequestError(HTTPStatus.BAD_REQUEST, "the boundary of the form is too long") from error

    def write(self, chunk: bytes) -> None:
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise RequestError(HTTPStatus.BAD_REQUEST, "the body is no multipart/form-data") from error

    def finish(self) -> Upload:
        if not self._ended:
            raise RequestError(HTTPStatus.BAD_REQUEST, "the form is not complete")
        if not self._upload.files:
            detail = f"there is no file in the field {FILE_FIELD!r}"
            raise RequestError(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
        return self._upload

    def _begin_part(self) -> None:
        self._field, self._file_name, self._data = "", None, bytearray()

    def _begin_header(self) -> None:
        self._header = (bytearray(), bytearray())

    def _end_header(self) -> None:
        if bytes(self._header[0]).lower() != b"content-disposition":
            return
        _, options = parse_options_header(bytes(self._header[1]))
        self._field = options.get(b"name", b"").decode("utf-8", "replace")
        name = options.get(b"filename")
        self._file_name = None if name is None else name.decode("utf-8", "replace")

    def _take_data(self, data: bytes, start: int, end: int) -> None:
        self._data += memoryview(data)[start:end]
        if self._file_name is None and len(self._data) > _LARGEST_FIELD_BYTES:
            raise RequestError(HTTPStatus.UNPROCESSABLE_ENTITY, "a field of the form is too long")

    def _end_part(self) -> None:
        if self._file_name is None:
            self._upload.fields[self._field].append(self._data.decode("utf-8", "replace"))
            if sum(map(len, self._upload.fields.values())) > _MOST_FIELDS:
                raise RequestError(HTTPStatus.UNPROCESSABLE_ENTITY, "the form has too many fields")
        elif self._field != FILE_FIELD:
            detail = f"a file is in the field {self._field[:50]!r}; expected {FILE_FIELD!r}"
            raise RequestError(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
        elif self._file_name or self._data:  # an empty file input sends neither
            self._add(plain_name(self._file_name))
        self._data = bytearray()

    def _add(self, name: str) -> None:
        if len(self._upload.files) >= self._limits.files:
            detail = f"up to {self._limits.files} files are read at once; send the others on their own"
            raise RequestError(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
        path, number = PurePath(name), 1
        while name in self._names:
            number += 1
            name = f"{path.stem}-{number}{path.suffix}"
        self._names.add(name)
        self._upload.files.append(UploadedFile(name, self._data))

    def _end(self) -> None:
        self._ended = True
