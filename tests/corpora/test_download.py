"""Downloads, from a server on this machine that misbehaves on demand. Nothing here needs the network."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from mvkt.corpora.download import Downloader, parse_checksums
from mvkt.corpora.fetch import Fetched, fetch_ptbxl
from mvkt.errors import DownloadError

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
        asked = self.headers.get("Range")
        self.server.requests.append((name, asked))
        content = self.server.files.get(name)
        faults = self.server.faults.get(name, [])
        if faults and faults.pop(0)(self, content or b""):
            return
        if content is None:
            self.answer(404, b"not here")
        elif asked and not self.server.ignores_ranges:
            begin = int(asked.removeprefix("bytes=").rstrip("-"))
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


@pytest.fixture
def server() -> Iterator[Server]:
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


@pytest.mark.parametrize(
    ("resolution", "files", "left_out"),
    [("100", 6, ("records500", "example")), ("500", 6, ("records100", "example")), ("both", 8, ("example",))],
)
def test_what_was_asked_for_arrives(
    server: Server, tmp_path: Path, resolution: str, files: int, left_out: tuple[str, ...]
) -> None:
    fetched = fetch(server, tmp_path, resolution)
    assert fetched == Fetched(folder=str(tmp_path), files=files, fetched=files)
    assert_whole(server, tmp_path, *left_out)


def test_dropped_connections_are_resumed_where_they_ended(server: Server, tmp_path: Path) -> None:
    server.faults["ptbxl_database.csv"] = [drop_after(100_000), drop_after(50_000), drop_after(1)]
    server.faults["records100/00000/00001_lr.dat"] = [drop_after(0), drop_after(20_000)]
    fetch(server, tmp_path)
    assert_whole(server, tmp_path, "records500", "example")
    asked = [ranges for name, ranges in server.requests if name == "ptbxl_database.csv"]
    assert asked == [None, "bytes=100000-", "bytes=150000-", "bytes=150001-"]


def test_an_interrupted_download_goes_on_the_next_time(server: Server, tmp_path: Path) -> None:
    server.faults["ptbxl_database.csv"] = [drop_after(100_000), *[status(503)] * 3]
    with pytest.raises(DownloadError, match=r"503.* 3 times without progress.*run the same command again"):
        fetch(server, tmp_path, attempts=3)
    assert (tmp_path / "ptbxl_database.csv.part").stat().st_size == 100_000
    assert not (tmp_path / "ptbxl_database.csv").exists()
    fetch(server, tmp_path)
    assert ("ptbxl_database.csv", "bytes=100000-") in server.requests
    assert_whole(server, tmp_path, "records500", "example")


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again(server: Server, tmp_path: Path, code: int) -> None:
    server.faults["RECORDS"] = [status(code), status(code, Retry_After="0"), status(code)]
    fetch(server, tmp_path)
    assert_whole(server, tmp_path, "records500", "example")
    assert Counter(name for name, _ in server.requests)["RECORDS"] == 4


@pytest.mark.parametrize("code", [401, 403, 404])
def test_a_final_answer_is_not_asked_again(server: Server, tmp_path: Path, code: int) -> None:
    server.faults["RECORDS"] = [status(code)] * 9
    with pytest.raises(DownloadError, match=f"RECORDS cannot be fetched: the server answered {code}"):
        fetch(server, tmp_path, jobs=1)
    assert Counter(name for name, _ in server.requests)["RECORDS"] == 1


def test_a_wrong_byte_is_noticed_and_fetched_again(server: Server, tmp_path: Path) -> None:
    server.faults["scp_statements.csv"] = [wrong_byte]
    fetch(server, tmp_path)
    assert_whole(server, tmp_path, "records500", "example")


def test_a_file_that_stays_wrong_is_an_error(server: Server, tmp_path: Path) -> None:
    server.faults["scp_statements.csv"] = [wrong_byte] * 9
    with pytest.raises(DownloadError, match=r"scp_statements.csv could not be fetched: its checksum is wrong"):
        fetch(server, tmp_path, attempts=2)
    assert not (tmp_path / "scp_statements.csv").exists()


def test_a_server_that_ignores_ranges(server: Server, tmp_path: Path) -> None:
    server.faults["ptbxl_database.csv"] = [drop_after(100_000)]
    server.ignores_ranges = True
    fetch(server, tmp_path)
    assert_whole(server, tmp_path, "records500", "example")


def test_a_rest_that_is_longer_than_the_file_is_thrown_away(server: Server, tmp_path: Path) -> None:
    (tmp_path / "RECORDS.part").write_bytes(bytes(50))
    fetch(server, tmp_path)
    assert ("RECORDS", "bytes=50-") in server.requests
    assert_whole(server, tmp_path, "records500", "example")


def test_a_rest_that_was_whole_is_used(server: Server, tmp_path: Path) -> None:
    (tmp_path / "RECORDS.part").write_bytes(server.files["RECORDS"])
    fetch(server, tmp_path)
    assert [asked for name, asked in server.requests if name == "RECORDS"] == ["bytes=10-"]
    assert_whole(server, tmp_path, "records500", "example")


def test_the_second_time_fetches_only_what_is_missing_or_wrong(server: Server, tmp_path: Path) -> None:
    fetch(server, tmp_path)
    (tmp_path / "LICENSE.txt").unlink()
    spoiled = tmp_path / "records100" / "00000" / "00001_lr.dat"
    spoiled.write_bytes(b"x" + spoiled.read_bytes()[1:])
    server.requests.clear()
    assert fetch(server, tmp_path).fetched == 2
    assert sorted(name for name, _ in server.requests) == [
        "LICENSE.txt",
        "SHA256SUMS.txt",
        "records100/00000/00001_lr.dat",
    ]
    assert_whole(server, tmp_path, "records500", "example")
    assert fetch(server, tmp_path).fetched == 0


@pytest.mark.parametrize(
    "name",
    ["../evil", "/etc/evil", "a/../../evil", "..\\evil", "C:evil", "a\x07b", "records100/x.part", "x" * 501],
)
def test_names_that_leave_the_folder_are_refused(server: Server, tmp_path: Path, name: str) -> None:
    server.files["SHA256SUMS.txt"] += f"{'0' * 64} {name}\n".encode()
    with pytest.raises(DownloadError, match=r"SHA256SUMS.txt line 10 is no checksum of a file in the folder"):
        fetch(server, tmp_path / "out")
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "SHA256SUMS.txt"]


def test_a_list_that_is_none(server: Server, tmp_path: Path) -> None:
    server.files["SHA256SUMS.txt"] = b"<html>welcome to this network</html>"
    with pytest.raises(DownloadError, match="line 1 is no checksum"):
        fetch(server, tmp_path)
    with pytest.raises(DownloadError, match="is empty"):
        parse_checksums("")
    server.files["SHA256SUMS.txt"] = b"0" * 64 + b"  other.txt\n"
    with pytest.raises(DownloadError, match=r"does not list ptbxl_database.csv, scp_statements.csv; is it PTB-XL"):
        fetch(server, tmp_path)


def test_an_endless_file_is_cut_off(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mvkt.corpora.download._LARGEST_FILE", 200_000)
    with pytest.raises(DownloadError, match=r"ptbxl_database.csv is larger than 200,000 bytes"):
        fetch(server, tmp_path, jobs=1)


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://x"])
def test_redirects_to_other_schemes_are_refused(server: Server, tmp_path: Path, target: str) -> None:
    server.faults["RECORDS"] = [status(302, Location=target)] * 9
    with pytest.raises(DownloadError, match="RECORDS"):
        fetch(server, tmp_path, jobs=1)
    assert Counter(name for name, _ in server.requests)["RECORDS"] == 1
    assert not (tmp_path / "RECORDS").exists()


def test_redirects_to_http_are_followed(server: Server, tmp_path: Path) -> None:
    server.faults["RECORDS"] = [status(302, Location=f"{server.url}elsewhere")]
    server.files["elsewhere"] = server.files["RECORDS"]
    fetch(server, tmp_path)
    assert (tmp_path / "RECORDS").read_bytes() == server.files["RECORDS"]


@pytest.mark.parametrize("url", ["file:///etc/", "ftp://example.org/", "ptb-xl", ""])
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(DownloadError, match="expected http:// or https://"):
        Downloader(url)


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with Server() as gone:
        url = gone.url
    with pytest.raises(DownloadError, match=r"the connection failed.* 2 times without progress"):
        fetch_ptbxl(tmp_path, downloader=Downloader(url, attempts=2, wait=0.001, timeout=2.0))


def test_a_silent_server_counts_as_dropped(server: Server, tmp_path: Path) -> None:
    silence = threading.Event()

    def stay_silent(handler: Handler, content: bytes) -> bool:
        silence.wait(3)
        handler.close_connection = True
        return True

    server.faults["RECORDS"] = [stay_silent]
    fetch(server, tmp_path, timeout=0.3)
    silence.set()
    assert_whole(server, tmp_path, "records500", "example")


def test_progress_counts_files(server: Server, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    fetch_ptbxl(tmp_path, "100", Downloader(server.url, jobs=3), lambda done, total: seen.append((done, total)))
    assert seen == [(done, 6) for done in range(1, 7)]


def test_a_disk_that_cannot_be_written_is_not_tried_again(server: Server, tmp_path: Path) -> None:
    (tmp_path / "RECORDS.part").mkdir()
    with pytest.raises(IsADirectoryError):
        fetch(server, tmp_path, jobs=1)
