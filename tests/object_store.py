"""An S3-compatible store on this machine, as little of it as clients need, that fails as often as a test wants."""

from __future__ import annotations

import random
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape


class ObjectStore:
    """Buckets in memory.

    Attributes:
        objects: ``bucket/key`` -> content.
        failing: Share of requests that are answered with an error.
        failed: How many were.
        address: Of the server.
    """

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.failing, self.failed = 0.0, 0
        self.random = random.Random(0)
        store = self

        class Handler(_Handler):
            objects = store

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class _Handler(BaseHTTPRequestHandler):
    objects: ObjectStore
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - of the base class
        """Write no log."""

    def do_GET(self) -> None:
        store = self.objects
        if store.random.random() < store.failing:
            store.failed += 1
            self._send(503, b"<Error><Code>SlowDown</Code><Message>later</Message></Error>")
            return
        url = urlsplit(self.path)
        query, name = parse_qs(url.query), unquote(url.path).strip("/")
        if "list-type" in query or ("/" not in name and self.command == "GET"):
            self._send(200, self._listing(name, query))
        elif "/" not in name:
            self._send(200, b"")
        elif name not in store.objects:
            self._send(404, b"<Error><Code>NoSuchKey</Code></Error>")
        else:
            self._object(store.objects[name])

    do_HEAD = do_GET  # noqa: N815

    def _object(self, content: bytes) -> None:
        wanted = self.headers.get("Range")
        if not wanted:
            self._send(200, content)
            return
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        end = min(int(last or len(content) - 1), len(content) - 1)
        self._send(206, content[int(first) : end + 1], {"Content-Range": f"bytes {first}-{end}/{len(content)}"})

    def _listing(self, bucket: str, query: dict[str, list[str]]) -> bytes:
        prefix, delimiter = (query.get(key, [""])[0] for key in ("prefix", "delimiter"))
        keys, folders = [], set()
        for name in sorted(self.objects.objects):
            key = name.removeprefix(f"{bucket}/")
            if not name.startswith(f"{bucket}/") or not key.startswith(prefix):
                continue
            rest = key[len(prefix) :]
            if delimiter and delimiter in rest:
                folders.add(prefix + rest.split(delimiter)[0] + delimiter)
            else:
                keys.append((key, len(self.objects.objects[name])))
        body = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{size}</Size><ETag>x</ETag>"
            "<LastModified>2024-05-01T10:00:00.000Z</LastModified></Contents>"
            for key, size in keys
        ) + "".join(f"<CommonPrefixes><Prefix>{escape(each)}</Prefix></CommonPrefixes>" for each in sorted(folders))
        head = f"<Name>{bucket}</Name><Prefix>{escape(prefix)}</Prefix><IsTruncated>false</IsTruncated>"
        return f"<ListBucketResult><KeyCount>{len(keys)}</KeyCount>{head}{body}</ListBucketResult>".encode()

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), "ETag": '"x"', **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Last-Modified", "Wed, 01 May 2024 10:00:00 GMT")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
