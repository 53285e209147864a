"""Uploads are parsed as they come, in memory, and whatever is too large, too slow or broken is refused."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace

import pytest
from starlette.requests import Request

from mvkt.web.limits import Limits
from mvkt.web.problem import RequestError
from mvkt.web.upload import Upload, UploadMemory, receive_upload

LIMITS = Limits(upload_bytes=100_000, uploads_bytes=250_000, files=3, stall_seconds=0.1)


def part(name: str, content: bytes, file: str | None = None) -> bytes:
    filename = "" if file is None else f'; filename="{file}"'
    return f'--edge\r\nContent-Disposition: form-data; name="{name}"{filename}\r\n\r\n'.encode() + content + b"\r\n"


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--edge--\r\n"


def receive(
    body: bytes,
    memory: UploadMemory | None = None,
    limits: Limits = LIMITS,
    kind: str = "multipart/form-data; boundary=edge",
    *,
    size: int = 1000,
    stalls: bool = False,
    leaves: bool = False,
) -> Upload:
    """Send a body in pieces."""
    pieces = [body[start : start + size] for start in range(0, len(body), size)] or [b""]

    async def messages() -> AsyncIterator[dict[str, object]]:
        for number, piece in enumerate(pieces):
            yield {"type": "http.request", "body": piece, "more_body": stalls or leaves or number + 1 < len(pieces)}
        if leaves:
            yield {"type": "http.disconnect"}
        await asyncio.sleep(10)

    source = messages()
    request = Request(
        {"type": "http", "method": "POST", "headers": [(b"content-type", kind.encode())]}, lambda: anext(source)
    )
    return asyncio.run(receive_upload(request, limits, memory or UploadMemory(limits.uploads_bytes)))


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_files_and_fields_arrive_whole_however_they_are_cut(size: int) -> None:
    content = bytes(range(256)) * 5 + b"\r\n--edg is no boundary"
    found = receive(form(part("lead", b"II"), part("file", content, "a.dat"), part("file", b"x", "b.hea")), size=size)
    assert [(file.name, bytes(file.content)) for file in found.files] == [("a.dat", content), ("b.hea", b"x")]
    assert found.fields == {"lead": ["II"]}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\ecg.csv", "ecg.csv"),
        ("/", "recording"),
        ("..", "recording"),
        ("a\x07b.csv", "ab.csv"),
        ("x" * 500 + ".csv", "x" * 196 + ".csv"),
        ("Gerät ♥.csv", "Gerät ♥.csv"),
    ],
)
def test_a_name_is_never_a_path(sent: str, kept: str) -> None:
    assert receive(form(part("file", b"x", sent))).files[0].name == kept


def test_files_of_one_name_get_different_names() -> None:
    found = receive(form(part("file", b"x", "a.csv"), part("file", b"y", "b/a.csv"), part("file", b"z", "a.csv")))
    assert [(file.name, bytes(file.content)) for file in found.files] == [
        ("a.csv", b"x"),
        ("a-2.csv", b"y"),
        ("a-3.csv", b"z"),
    ]


@pytest.mark.parametrize(
    ("make", "status", "words"),
    [
        (lambda: receive(b"x", kind="application/json"), 415, "multipart/form-data"),
        (lambda: receive(b"x", kind="multipart/form-data"), 415, "multipart/form-data"),
        (lambda: receive(b"x", kind="multipart/form-data; boundary=" + "x" * 300), 400, "boundary"),
        (lambda: receive(b"not a form at all"), 400, "no multipart"),
        (lambda: receive(part("file", b"x", "a")), 400, "not complete"),
        (lambda: receive(b""), 400, "not complete"),
        (lambda: receive(form(part("lead", b"I"))), 422, "no file"),
        (lambda: receive(form(part("file", b"", ""))), 422, "no file"),
        (lambda: receive(form(part("other", b"x", "a"))), 422, "expected 'file'"),
        (lambda: receive(form(*(part("file", b"x", str(n)) for n in range(4)))), 422, "up to 3 files"),
        (lambda: receive(form(part("lead", b"x" * 2000), part("file", b"x", "a"))), 422, "too long"),
        (lambda: receive(form(*(part(str(n), b"") for n in range(40)), part("file", b"x", "a"))), 422, "too many"),
        (lambda: receive(form(part("file", b"x" * 100_001, "a"))), 413, "split it up"),
        (lambda: receive(part("file", b"x", "a"), stalls=True), 408, "nothing came"),
        (lambda: receive(part("file", b"x", "a"), leaves=True), 400, "broken off"),
    ],
)
def test_malformed_uploads_are_refused(make: Callable[[], Upload], status: int, words: str) -> None:
    with pytest.raises(RequestError, match=words) as caught:
        make()
    assert caught.value.status == status


def test_a_length_that_is_too_large_is_refused_unread() -> None:
    async def never() -> dict[str, object]:
        raise AssertionError("the body was read")

    headers = [(b"content-type", b"multipart/form-data; boundary=edge"), (b"content-length", b"100001")]
    request = Request({"type": "http", "method": "POST", "headers": headers}, never)
    with pytest.raises(RequestError, match="split it up"):
        asyncio.run(receive_upload(request, LIMITS, UploadMemory(10**9)))


def test_a_client_that_creeps_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks: Iterator[int] = iter(range(0, 10_000, 10))
    monkeypatch.setattr("mvkt.web.upload.time.monotonic", lambda: float(next(ticks)))
    with pytest.raises(RequestError, match="too slow"):
        receive(form(part("file", b"x" * 5000, "a")), size=10)


def test_memory_is_accounted_for_as_long_as_an_upload_exists() -> None:
    memory, body = UploadMemory(250_000), form(part("file", b"x" * 90_000, "a"))
    held = [receive(body, memory), receive(body, memory)]
    assert memory.held == 2 * len(body)
    with pytest.raises(RequestError, match="try again") as caught:
        receive(body, memory)
    assert (caught.value.status, caught.value.retry_seconds) == (503, 5)
    assert memory.held == 2 * len(body)
    held.clear()
    gc.collect()
    assert memory.held == 0
    receive(body, memory, replace(LIMITS, files=1))
