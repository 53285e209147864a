"""Downloads, from a server on this machine that misbehaves on demand. Nothing here needs the network."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

import pytest
from tests.corpora.download_server import Handler, Server, assert_whole, drop_after, fetch, status, wrong_byte

from mvkt.corpora.download import Downloader, parse_checksums
from mvkt.corpora.fetch import fetch_ptbxl
from mvkt.errors import DownloadError


def test_dropped_connections_are_resumed_where_they_ended(server: Server, tmp_path: Path) -> None:
    server.faults["ptbxl_database.csv"] = [drop_after(100_000), drop_after(50_000), drop_after(1)]
    server.faults["records100/00000/00001_lr.dat"] = [drop_after(0), drop_after(20_000)]
    fetch(server, tmp_path)
    assert_whole(server, tmp_path, "records500", "example")
    requested = [range_ for name, range_ in server.requests if name == "ptbxl_database.csv"]
    assert requested == [None, "bytes=100000-", "bytes=150000-", "bytes=150001-"]


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
def test_a_busy_server_gets_the_request_again(server: Server, tmp_path: Path, code: int) -> None:
    server.faults["RECORDS"] = [status(code), status(code, Retry_After="0"), status(code)]
    fetch(server, tmp_path)
    assert_whole(server, tmp_path, "records500", "example")
    assert Counter(name for name, _ in server.requests)["RECORDS"] == 4


@pytest.mark.parametrize("code", [401, 403, 404])
def test_after_a_final_answer_no_request_is_repeated(server: Server, tmp_path: Path, code: int) -> None:
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
    assert [range_ for name, range_ in server.requests if name == "RECORDS"] == ["bytes=10-"]
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


def test_a_disk_that_cannot_be_written_is_not_tried_again(server: Server, tmp_path: Path) -> None:
    (tmp_path / "RECORDS.part").mkdir()
    with pytest.raises(IsADirectoryError):
        fetch(server, tmp_path, jobs=1)
