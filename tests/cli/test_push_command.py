"""``mvkt push``, and bundles by their address on the command line."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result
from tests.hub import TOKEN, HubServer

from mvkt.cli import main

# Of the hub's library, when it uploads a large file.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


def mvkt(*args: object) -> Result:
    return CliRunner(env={"COLUMNS": "300"}).invoke(main, list(map(str, args)))


def test_a_student_is_pushed_and_diagnoses(hub: HubServer) -> None:
    pushed = mvkt("push", "lead-I", "someone/lead-I", "--json")
    assert pushed.exit_code == 0, pushed.output
    content = json.loads(pushed.stdout)
    assert content["files"] == ["bundle.json", "model.onnx", "model.safetensors", "README.md"]
    assert hub.hub.private == {"someone/lead-I"}
    from_hub, from_box = (
        mvkt("diagnose", "--example", "--bundle", bundle, "--json") for bundle in (content["address"], "lead-I")
    )
    assert from_hub.exit_code == 0, from_hub.output
    assert json.loads(from_hub.stdout) == json.loads(from_box.stdout)


def test_a_public_repository(hub: HubServer) -> None:
    assert mvkt("push", "lead-II", "someone/lead-II", "--public").exit_code == 0
    assert (set(hub.hub.commits), hub.hub.private) == ({"someone/lead-II"}, set())


@pytest.mark.parametrize("status", [0, 401, 403, 418])
def test_the_token_is_never_shown(hub: HubServer, status: int, caplog: pytest.LogCaptureFixture) -> None:
    hub.hub.status = status
    done = mvkt("push", "lead-I", "someone/lead-I")
    assert done.exit_code == (1 if status else 0)
    traceback = str(done.exc_info) + str(getattr(done.exception, "__context__", ""))
    assert TOKEN not in done.output + caplog.text + traceback
    assert (f"status {status}" in done.stderr) == bool(status)


def test_without_a_repository_name(hub: HubServer) -> None:
    assert mvkt("push", "lead-I").exit_code == 2
    wrong = mvkt("push", "lead-I", "someone")
    assert (wrong.exit_code, "expected owner/name" in wrong.stderr) == (1, True)
    assert hub.hub.requests == []
