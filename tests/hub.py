"""A model hub on this machine: what the hub's library needs of one, in memory."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

TOKEN = "hf_a-secret-of-the-test"  # noqa: S105 - known to nobody else
LFS_ENDINGS = (".onnx", ".safetensors")


@dataclass
class Hub:
    """Repositories, by name the commits of each, and the requests.

    Attributes:
        commits: Repository -> (commit, files) from old to new.
        private: Repositories that need the token.
        objects: Large files that were uploaded, by SHA-256.
        requests: ``(method, path)`` of all requests, in order.
        sizes: Of a file, as the hub states it, where that is not its size.
        status: Answer of every request, where it is not 0.
        address: Of the hub.
    """

    commits: dict[str, list[tuple[str, dict[str, bytes]]]] = field(default_factory=dict)
    private: set[str] = field(default_factory=set)
    objects: dict[str, bytes] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)
    status: int = 0
    address: str = ""

    def commit(self, repository: str, files: dict[str, bytes]) -> str:
        """Add a commit that holds these files."""
        history = self.commits.setdefault(repository, [])
        content = sorted((name, hashlib.sha256(data).hexdigest()) for name, data in files.items())
        oid = hashlib.sha1(json.dumps([len(history), content]).encode(), usedforsecurity=False).hexdigest()
        history.append((oid, dict(files)))
        return oid

    def files(self, repository: str, revision: str = "main") -> tuple[str, dict[str, bytes]] | None:
        """Return commit and files of a revision."""
        history = self.commits.get(repository, [])
        if revision == "main" and history:
            return history[-1]
        return next((commit for commit in history if commit[0] == revision), None)


class Handler(BaseHTTPRequestHandler):
    """Answers as the hub does."""

    hub: ClassVar[Hub]
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - of the base class
        """Write no log."""

    def do_GET(self) -> None:
        self._answer(b"")

    do_HEAD = do_GET  # noqa: N815

    def do_POST(self) -> None:
        if self.headers.get("Transfer-Encoding") == "chunked":
            self._answer(b"".join(iter(self._chunk, b"")))
        else:
            self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    do_PUT = do_POST  # noqa: N815

    def _chunk(self) -> bytes:
        content = self.rfile.read(int(self.rfile.readline(), 16))
        self.rfile.readline()
        return content

    def _answer(self, body: bytes) -> None:
        path = unquote(urlsplit(self.path).path)
        self.hub.requests.append((self.command, path))
        if self.hub.status:
            return self._send(self.hub.status, b"{}")
        writes = self.command != "GET" and self.command != "HEAD" and not path.startswith("/objects/")
        if writes and self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._send(401, b'{"error": "no token"}')
        for pattern, answer in ROUTES:
            found = re.fullmatch(pattern, f"{self.command} {path}")
            if found:
                repository = found.groupdict().get("repository", "")
                if repository in self.hub.private and self.headers.get("Authorization") != f"Bearer {TOKEN}":
                    break
                return answer(self, body, **found.groupdict())
        return self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"})

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _json(self, content: Any, status: int = 200) -> None:
        self._send(status, json.dumps(content).encode(), {"Content-Type": "application/json"})

    def _revision(self, repository: str, revision: str) -> tuple[str, dict[str, bytes]] | None:
        if repository not in self.hub.commits:
            return self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"})
        return self.hub.files(repository, revision) or self._send(404, b"{}", {"X-Error-Code": "RevisionNotFound"})

    def info(self, body: bytes, repository: str, revision: str | None = None) -> None:
        """Of a repository: its commit."""
        found = self._revision(repository, revision or "main")
        if found:
            files = [{"rfilename": name} for name in found[1]]
            self._json({"id": repository, "sha": found[0], "private": False, "tags": [], "siblings": files})

    def tree(self, body: bytes, repository: str, revision: str) -> None:
        """Of a commit: its files with sizes."""
        found = self._revision(repository, revision)
        if found:
            self._json(
                [
                    {
                        "type": "file",
                        "path": name,
                        "size": self.hub.sizes.get(name, len(data)),
                        "oid": hashlib.sha1(data, usedforsecurity=False).hexdigest(),
                    }
                    for name, data in found[1].items()
                ]
            )

    def resolve(self, body: bytes, repository: str, revision: str, file: str) -> None:
        """A file."""
        found = self._revision(repository, revision)
        if found and file in found[1]:
            size = self.hub.sizes.get(file, len(found[1][file]))
            etag = f'"{hashlib.sha256(found[1][file]).hexdigest()}"'
            self._send(200, found[1][file], {"ETag": etag, "X-Repo-Commit": found[0], "X-Linked-Size": str(size)})
        elif found:
            self._send(404, b"{}", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": found[0]})

    def create(self, body: bytes) -> None:
        """Make a repository."""
        content = json.loads(body)
        repository = f"{content['organization']}/{content['name']}"
        if repository in self.hub.commits:
            return self._json({"url": f"{self.hub.address}/{repository}"}, 409)
        self.hub.commit(repository, {".gitattributes": b""})
        if content.get("private") or content.get("visibility") == "private":
            self.hub.private.add(repository)
        return self._json({"url": f"{self.hub.address}/{repository}"})

    def validate(self, body: bytes) -> None:
        """The YAML of a card."""
        self._json({"errors": [], "warnings": []})

    def preupload(self, body: bytes, repository: str, revision: str) -> None:
        """How each file is to be uploaded."""
        modes = [
            {
                "path": file["path"],
                "uploadMode": "lfs" if file["path"].endswith(LFS_ENDINGS) else "regular",
                "shouldIgnore": False,
            }
            for file in json.loads(body)["files"]
        ]
        self._json({"files": modes})

    def batch(self, body: bytes, repository: str) -> None:
        """Where large files go."""
        objects = [
            {**object_, "actions": {"upload": {"href": f"{self.hub.address}/objects/{object_['oid']}"}}}
            for object_ in json.loads(body)["objects"]
        ]
        self._json({"transfer": "basic", "objects": objects})

    def store(self, body: bytes, oid: str) -> None:
        """Receive a large file."""
        matches = hashlib.sha256(body).hexdigest() == oid
        if matches:
            self.hub.objects[oid] = body
        self._send(200 if matches else 400, b"")

    def make_commit(self, body: bytes, repository: str, revision: str) -> None:
        """Receive a commit."""
        files = dict((self.hub.files(repository) or ("", {}))[1])
        for line in map(json.loads, body.splitlines()):
            key, value = line["key"], line["value"]
            if key == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif key == "lfsFile":
                files[value["path"]] = self.hub.objects[value["oid"]]
            elif key == "deletedFile":
                del files[value["path"]]
        oid = self.hub.commit(repository, files)
        self._json({"commitUrl": f"{self.hub.address}/{repository}/commit/{oid}", "commitOid": oid})


REPOSITORY = r"(?P<repository>[\w.-]+/[\w.-]+)"
ROUTES = (
    (rf"GET /api/models/{REPOSITORY}", Handler.info),
    (rf"GET /api/models/{REPOSITORY}/revision/(?P<revision>[\w.-]+)", Handler.info),
    (rf"GET /api/models/{REPOSITORY}/tree/(?P<revision>[\w.-]+)", Handler.tree),
    (rf"(?:GET|HEAD) /{REPOSITORY}/resolve/(?P<revision>[\w.-]+)/(?P<file>.+)", Handler.resolve),
    (r"POST /api/repos/create", Handler.create),
    (r"POST /api/validate-yaml", Handler.validate),
    (rf"POST /api/models/{REPOSITORY}/preupload/(?P<revision>[\w.-]+)", Handler.preupload),
    (rf"POST /{REPOSITORY}\.git/info/lfs/objects/batch", Handler.batch),
    (r"PUT /objects/(?P<oid>[0-9a-f]{64})", Handler.store),
    (rf"POST /api/models/{REPOSITORY}/commit/(?P<revision>[\w.-]+)", Handler.make_commit),
)


class HubServer:
    """A hub that can be stopped: ``with HubServer() as hub``."""

    def __init__(self) -> None:
        self.hub = Hub()
        handler = type("HandlerOfOneHub", (Handler,), {"hub": self.hub})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.hub.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the port."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
