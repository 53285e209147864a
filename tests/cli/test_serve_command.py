"""``mvkt serve``: what it prints, and what it refuses before it serves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mvkt.cli import main
from mvkt.web import server
from mvkt.web.limits import MEGABYTE
from mvkt.web.server import ServerSettings

SECRET = "0123456789" + "abcdef"


def call(*options: str, environment: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(main, ["serve", *options], env=environment)


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> list[ServerSettings]:
    """What a server would be run with; it is announced as ready, and ends."""
    taken: list[ServerSettings] = []

    def serve(wanted: ServerSettings, announce: Any) -> None:
        taken.append(wanted)
        announce("http://127.0.0.1:8765/", wanted.token)

    monkeypatch.setattr(server, "serve", serve)
    return taken


def test_by_default_this_machine_alone(settings: list[ServerSettings]) -> None:
    done = call()
    assert done.exit_code == 0, done.output
    assert (settings[0].host, settings[0].token) == ("127.0.0.1", "")
    assert "the page: http://127.0.0.1:8765/\n" in done.stderr
    assert "warning" not in done.stderr
    assert done.stdout == ""


def test_others_are_warned_of(settings: list[ServerSettings], tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{SECRET}\n")
    done = call("--host", "10.0.0.1", "--token-file", str(file), "--allow-host", "ecg.example.org")
    assert settings[0].token == SECRET
    assert settings[0].hosts == ("ecg.example.org",)
    assert f"?token={SECRET}" in done.stderr
    assert "TLS" in done.stderr
    assert SECRET not in repr(settings[0])


def test_limits_are_in_megabytes(settings: list[ServerSettings]) -> None:
    call("--max-upload", "8", "--max-memory", "100", "--max-seconds", "3", "--keep", "20", "--workers", "3")
    limits = settings[0].limits
    assert (limits.upload_bytes, limits.memory_bytes) == (8 * MEGABYTE, 100 * MEGABYTE)
    assert (limits.seconds, limits.kept_bytes, limits.workers) == (3.0, 20 * MEGABYTE, 3)
    assert limits.uploads_bytes >= 2 * limits.upload_bytes


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--port", "99999"), 2, "99999"),
        (("--bundle", "/nowhere"), 2, "does not exist"),
        (("--host", "no-such-host.invalid"), 1, "cannot listen"),
    ],
)
def test_what_cannot_be_served(options: tuple[str, ...], code: int, words: str) -> None:
    done = call(*options)
    assert done.exit_code == code
    assert words in done.stderr


def test_a_folder_that_is_no_bundle(tmp_path: Path) -> None:
    done = call("--bundle", str(tmp_path))
    assert done.exit_code == 1
    assert "is no bundle" in done.stderr


def test_a_token_that_is_too_short() -> None:
    done = call(environment={"MVKT_TOKEN": "short"})
    assert done.exit_code == 1
    assert "expected 16 or more" in done.stderr
