"""A server on this machine that misbehaves on demand, with a collection like PTB-XL."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from mvkt.corpora.download import Downloader
from mvkt.corpora.fetch import Fetched, fetch_ptbxl

Fault = Callable[["Handler", bytes], bool]


class Server(ThreadingHTTPServer):
    """Serves ``files``; ``faults[path]`` are used up one a request, and return whether they answered it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.faults: dict[str, list[Fault]] = {}
        self.requests: list[tuple[str, str | None]] = []
        self.ignores_ranges = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent about connections that the test drops."""


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        name = self.path.lstrip("/")
        ranges = self.headers.get("Range")
        self.server.requests.append((name, ranges))
        content = self.server.files.get(name)
        faults = self.server.faults.get(name, [])
        if faults and faults.pop(0)(self, content or b""):
            return
        if content is None:
            self.answer(404, b"not here")
        elif ranges and not self.server.ignores_ranges:
            begin = int(ranges.removeprefix("bytes=").rstrip("-"))
            if begin >= len(content):
                self.answer(416, b"")
            else:
                extent = f"bytes {begin}-{len(content) - 1}/{len(content)}"
                self.answer(206, content[begin:], {"Content-Range": extent})
        else:
            self.answer(200, content)

    def answer(
        self, status: int, content: bytes, headers: dict[str, str] | None = None, length: int | None = None
    ) -> None:
        self.send_response(status)
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)
        self.close_connection = True

    def log_message(self, *args: Any) -> None:  # type: ignore[override]
        """Stay silent."""


def drop_after(number: int) -> Fault:
    """Promise all of the rest and drop the connection after some bytes of it."""

    def fault(handler: Handler, content: bytes) -> bool:
        begin = int((handler.headers.get("Range") or "bytes=0-").removeprefix("bytes=").rstrip("-"))
        rest = content[begin:]
        extent = {"Content-Range": f"bytes {begin}-{len(content) - 1}/{len(content)}"} if begin else {}
        handler.answer(206 if begin else 200, rest[:number], extent, length=len(rest))
        return True

    return fault


def status(code: int, **headers: str) -> Fault:
    def fault(handler: Handler, content: bytes) -> bool:
        handler.answer(code, b"", {key.replace("_", "-"): value for key, value in headers.items()})
        return True

    return fault


def wrong_byte(handler: Handler, content: bytes) -> bool:
    handler.answer(200, bytes([content[0] ^ 1]) + content[1:])
    return True


def running() -> Iterator[Server]:
    with Server() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        for name, size in (
            ("ptbxl_database.csv", 300_000), ("scp_statements.csv", 5_000), ("LICENSE.txt", 10), ("RECORDS", 10),
            ("records100/00000/00001_lr.dat", 24_000), ("records100/00000/00001_lr.hea", 700),
            ("records500/00000/00001_hr.dat", 120_000), ("records500/00000/00001_hr.hea", 700),
            ("example_physionet.py", 100),
        ):  # fmt: skip
            server.files[name] = hashlib.shake_256(name.encode()).digest(size)
        publish(server)
        yield server
        server.shutdown()


def publish(server: Server) -> None:
    """Write the list of checksums."""
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in server.files.items()}
    sums.pop("SHA256SUMS.txt", None)
    server.files["SHA256SUMS.txt"] = "".join(f"{digest} {name}\n" for name, digest in sums.items()).encode()


def fetch(server: Server, out: Path, resolution: Any = "100", **settings: Any) -> Fetched:
    downloader = Downloader(server.url, **{"jobs": 2, "wait": 0.001, "timeout": 5.0, **settings})
    return fetch_ptbxl(out, resolution, downloader)


def assert_whole(server: Server, out: Path, *left_out: str) -> None:
    for name, content in server.files.items():
        if name.startswith(left_out) if left_out else False:
            assert not (out / name).exists()
        else:
            assert (out / name).read_bytes() == content
    assert not list(out.rglob("*.part"))
