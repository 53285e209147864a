"""``mvkt serve`` as it runs: who may come in, what it writes, and how it bears many clients at once."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2 as httpx
import pytest
from tests.slowness import slowness

from mvkt.web.patient_protocol import STALL_SECONDS
from mvkt.web.server import ServeError, address, is_loopback, token_for

EVERYWHERE = "0.0.0.0"  # noqa: S104
CLIENTS = 50
HEALTH_SECONDS = 0.1


def test_it_listens_on_this_machine_alone(link: str) -> None:
    assert urlsplit(link).hostname == "127.0.0.1"
    assert "token" not in link
    port = urlsplit(link).port or 0
    for own in {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), port)} - {"127.0.0.1", "::1"}:
        with pytest.raises(OSError, match=r"refused|unreachable|timed out"):
            socket.create_connection((str(own), port), timeout=2).close()


def test_for_others_it_demands_a_token(run_server: Callable[..., Any]) -> None:
    with run_server("--host", EVERYWHERE, "--workers", "1") as link:
        token = parse_qs(urlsplit(link).query)["token"][0]
        base = link.partition("?")[0]
        assert len(token) >= 32
        assert httpx.get(base).status_code == 401
        assert httpx.get(base + "api/health").status_code == 401
        assert httpx.get(base + "api/health", headers={"authorization": f"Bearer {token}"}).status_code == 200
        with httpx.Client(base_url=base, follow_redirects=True) as browser:
            assert browser.get(f"/?token={token}").status_code == 200
            assert browser.get("/api/health").status_code == 200


def test_a_token_of_ones_own(run_server: Callable[..., Any]) -> None:
    with run_server("--workers", "1", environment={"MVKT_TOKEN": "a-token-of-my-own"}) as link:
        assert link.endswith("?token=a-token-of-my-own")
    with pytest.raises(ServeError, match="expected 16 or more"):
        token_for("127.0.0.1", "short")
    assert token_for("127.0.0.1", "") == ""
    assert token_for(EVERYWHERE, "") != token_for(EVERYWHERE, "")


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.1.2.3", True), ("::1", True), ("localhost", True), (EVERYWHERE, False), ("::", False),
     ("192.168.1.5", False), ("example.org", False)],
)  # fmt: skip
def test_which_addresses_are_this_machine_alone(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_the_address_for_a_browser() -> None:
    assert address(EVERYWHERE, 80) == "http://127.0.0.1:80/"
    assert address("::1", 8765) == "http://[::1]:8765/"


def test_a_port_in_use_is_one_line(link: str) -> None:
    port = str(urlsplit(link).port)
    done = subprocess.run(
        [sys.executable, "-m", "mvkt", "serve", "--port", port], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "choose another with --port" in done.stderr


def test_nothing_of_a_file_is_in_what_it_writes(make_watch_file: Callable[..., bytes]) -> None:
    """Names, contents and broken files leave no trace in the output."""
    command = [sys.executable, "-m", "mvkt", "serve", "--port", "0", "--workers", "1", "--max-seconds", "20"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stderr is not None
    link = process.stderr.readline().split()[-1]
    secret = b"Geheim"
    files = [
        ("Geheim.csv", make_watch_file()),
        ("Geheim.xml", b'<?xml version="1.0"?><Geheim><!-- Geheim --></Geheim>'),
        ("Geheim.hea", b"Geheim 1 250 10\nGeheim.dat 16 Geheim"),
        ("Geheim.json", b'{"Geheim": [1, 2'),
    ]
    with httpx.Client(base_url=link, timeout=60) as client:
        for file in files:
            for path in ("/api/diagnose", "/api/recordings"):
                assert client.post(path, files={"file": file}).status_code == 200
        broken = {"content-type": "multipart/form-data; boundary=Geheim"}
        assert client.post("/api/diagnose", content=b"--GeheimGeheim", headers=broken).status_code == 400
        client.get("/Geheim", headers={"host": "Geheim"})
    with socket.create_connection(("127.0.0.1", urlsplit(link).port or 0)) as raw:
        raw.sendall(b"GET /Geheim\x00 HTTP/9\r\nGeheim\r\n\r\n")
        raw.recv(1000)
    process.terminate()
    written = "".join(process.communicate(timeout=30))
    assert secret.decode() not in written
    assert "Traceback" not in written


def stall(link: str, sent: bytes) -> socket.socket:
    """A client that sends a part of a request and then nothing."""
    parts = urlsplit(link)
    connection = socket.create_connection((parts.hostname or "", parts.port or 0))
    connection.sendall(sent)
    return connection


UPLOAD = (
    b"POST /api/diagnose HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n"
    b"Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n"
)


def test_clients_that_stall_are_cut_off_and_hold_nobody(link: str, watch_file: bytes) -> None:
    stalled = [stall(link, sent) for sent in (b"", b"GET / HTTP/1.1\r\nHost: loc", UPLOAD) for _ in range(20)]
    begun = time.monotonic()
    found = httpx.post(link + "api/diagnose", files={"file": ("a.csv", watch_file)}, timeout=60)
    assert found.status_code == 200
    assert time.monotonic() - begun < STALL_SECONDS
    for connection in stalled:
        connection.settimeout(25)
        answer = connection.recv(1000)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 408")
        connection.close()
    assert time.monotonic() - begun < 2 * STALL_SECONDS


PROBE = """
import http.client, sys, time
waits = []
while not sys.stdin.readable() or not __import__("select").select([sys.stdin], [], [], 0.02)[0]:
    begun = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=30)
    connection.request("GET", "/api/health")
    assert connection.getresponse().read()
    connection.close()
    waits.append(time.monotonic() - begun)
print(*waits)
"""


@pytest.mark.slow
def test_fifty_clients_at_once(run_server: Callable[..., Any], make_watch_file: Callable[..., bytes]) -> None:
    """Everyone gets their own answer, health is answered at once, and memory stays bounded."""
    files = {seed: make_watch_file(seed=seed) for seed in range(5)}
    with run_server("--workers", "2", "--keep", "16") as link, httpx.Client(base_url=link, timeout=120) as client:
        expected = {seed: rate(client.post("/api/recordings", files={"file": body})) for seed, body in files.items()}
        assert len(set(expected.values())) > 2

        def upload(number: int) -> bool:
            with httpx.Client(base_url=link, timeout=120) as own:
                name, seed = f"{number}.csv", number % len(files)
                answer = own.post("/api/recordings", files={"file": (name, files[seed])})
                events = [json.loads(line) for line in answer.text.splitlines()]
                assert {event["file"] for event in events if "file" in event} == {name}
                return rate(answer) == expected[seed]

        command = [sys.executable, "-c", PROBE, str(urlsplit(link).port)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as probe:
            with ThreadPoolExecutor(CLIENTS) as threads:
                assert all(threads.map(upload, range(4 * CLIENTS)))
            waits = sorted(float(wait) for wait in probe.communicate("stop")[0].split())
        assert client.get("/api/health").json()["kept_bytes"] <= 16 * 1024**2
    assert len(waits) > 20
    assert waits[round(0.95 * len(waits)) - 1] < HEALTH_SECONDS * slowness(time.monotonic), waits[-10:]


def rate(answer: httpx.Response) -> float:
    """The heart rate in an answer."""
    events = [json.loads(line) for line in answer.text.splitlines()]
    found: float = next(e for e in events if e["event"] == "diagnosis")["recording"]["diagnoses"][0]["heart_rate"]
    return found
