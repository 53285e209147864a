"""What there is: the same as on the command line."""

from __future__ import annotations

import json

import httpx2 as httpx
import pytest
from click.testing import CliRunner

from mvkt.bundle.packaged import names
from mvkt.cli import main


def by_command(name: str) -> dict[str, object]:
    answer: dict[str, object] = json.loads(CliRunner().invoke(main, [name, "--json"], catch_exceptions=False).stdout)
    return answer


def test_health(client: httpx.Client) -> None:
    found = client.get("/api/health").json()
    assert found["status"] == "ok"
    assert found["workers"] == 2


def test_formats_are_those_of_the_command(client: httpx.Client) -> None:
    assert client.get("/api/formats").json() == by_command("formats")


def test_students_are_those_of_the_command(client: httpx.Client) -> None:
    found = client.get("/api/models").json()["students"]
    for student, expected in zip(found, by_command("models")["students"], strict=True):  # type: ignore[call-overload]
        assert {key: student[key] for key in expected} == expected
        assert student["leads"]


@pytest.mark.parametrize("name", names())
def test_cards_are_pages_without_foreign_markup(client: httpx.Client, name: str) -> None:
    found = client.get(f"/api/models/{name}/card")
    assert found.headers["content-type"] == "text/html; charset=utf-8"
    assert "<table>" in found.text
    assert "<script" not in found.text
    assert "not a medical device" in found.text.lower()


@pytest.mark.parametrize("path", ["/api/models/none/card", "/api/none", "/static/none.js", "/static/../application.py"])
def test_unknown_paths_and_methods_are_problems(client: httpx.Client, path: str) -> None:
    found = client.get(path)
    assert found.status_code == 404
    assert found.headers["content-type"] == "application/problem+json"
    assert client.post("/api/health").status_code == 405


def test_the_page_and_its_files_come_with_the_package(client: httpx.Client) -> None:
    page = client.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache"
