"""Requests from elsewhere are refused: names that lead here, pages of other sites, people without the token."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from mvkt.web.guard import CONTENT_SECURITY_POLICY, COOKIE, Guard

TOKEN = "a-token-that-nobody-guesses"  # noqa: S105


async def answer(request: Request) -> PlainTextResponse:
    return PlainTextResponse(request.url.path)


def client(token: str = "", hosts: tuple[str, ...] = (), base: str = "http://localhost:8765") -> TestClient:
    app = Starlette(
        routes=[Route("/", answer, methods=["GET", "POST"]), Route("/api/x", answer, methods=["GET", "POST"])]
    )
    return TestClient(Guard(app, hosts, token), base_url=base, follow_redirects=False)


@pytest.mark.parametrize("host", ["localhost:8765", "127.0.0.1", "[::1]:1", "LOCALHOST:80", "localhost:9000"])
def test_names_of_the_loopback_interface_are_known(host: str) -> None:
    assert client().get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example:8765",
        "evil.example@localhost",
        "localhost/evil",
        "localhost:port",
        "169.254.169.254",
        "",
        "[::1",
    ],
)
def test_other_names_are_refused(host: str) -> None:
    found = client().get("/", headers={"host": host})
    assert found.status_code == 421
    assert found.headers["content-type"] == "application/problem+json"


def test_a_name_can_be_allowed() -> None:
    assert client(hosts=("ecg.example.org",)).get("/", headers={"host": "ECG.example.org:443"}).status_code == 200


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost:8765", 200),
        ("https://localhost:8765", 200),  # behind a proxy that adds TLS
        ("http://localhost:3000", 403),
        ("http://evil.example", 403),
        ("null", 403),
        ("", 403),
    ],
)
def test_a_form_of_another_site_is_refused(origin: str, status: int) -> None:
    assert client().post("/api/x", headers={"origin": origin}).status_code == status


@pytest.mark.parametrize(
    ("site", "mode", "path", "status"),
    [
        ("same-origin", "cors", "/api/x", 200),
        ("none", "navigate", "/api/x", 200),
        ("cross-site", "navigate", "/", 200),  # a link to the page
        ("cross-site", "navigate", "/api/x", 403),
        ("cross-site", "no-cors", "/", 403),
        ("same-site", "cors", "/api/x", 403),
    ],
)
def test_the_headers_of_the_browser_count(site: str, mode: str, path: str, status: int) -> None:
    headers = {"sec-fetch-site": site, "sec-fetch-mode": mode}
    assert client().get(path, headers=headers).status_code == status


def test_every_answer_has_the_headers() -> None:
    for found in (client().get("/"), client().get("/none"), client().get("/", headers={"host": "evil.example"})):
        assert found.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert found.headers["x-content-type-options"] == "nosniff"
        assert found.headers["cache-control"] == "no-store"
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none'")


def test_without_the_token_nothing_is_answered() -> None:
    guarded = client(TOKEN)
    for path in ("/", "/api/x", "/?token=wrong"):
        found = guarded.get(path)
        assert (found.status_code, found.headers["www-authenticate"]) == (401, "Bearer")
    assert guarded.get("/api/x", headers={"authorization": "Bearer wrong"}).status_code == 401
    assert guarded.get("/api/x", headers={"cookie": f"{COOKIE}=wrong"}).status_code == 401
    assert guarded.get("/api/x", headers={"authorization": "Basic " + TOKEN}).status_code == 401


def test_the_token_opens_the_page_and_does_not_stay_in_the_address() -> None:
    guarded = client(TOKEN)
    found = guarded.get(f"/?token={TOKEN}&lang=de")
    assert (found.status_code, found.headers["location"]) == (303, "/?lang=de")
    assert {"HttpOnly", "SameSite=strict"} <= set(found.headers["set-cookie"].split("; "))
    assert guarded.get("/").status_code == 200  # by the cookie
    assert client(TOKEN).get("/api/x", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_a_link_with_the_token_opens_nothing_but_the_page() -> None:
    assert client(TOKEN).get(f"/api/x?token={TOKEN}").status_code == 401
