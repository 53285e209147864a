"""``mvkt sign`` and ``mvkt verify``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from mvkt.cli import main


def mvkt(*args: object, **environment: str) -> Result:
    return CliRunner(env={"COLUMNS": "300", **environment}).invoke(main, list(map(str, args)))


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    """A private key under the password "secret words", and its public key."""
    key, pem = ec.generate_private_key(ec.SECP256R1()), serialization.Encoding.PEM
    form, locked = serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"secret words")
    private, public = tmp_path / "private.pem", tmp_path / "public.pem"
    private.write_bytes(key.private_bytes(pem, form, locked))
    public.write_bytes(key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo))
    return private, public


def test_sign_and_verify(make_bundle: Callable[..., Path], keys: tuple[Path, Path]) -> None:
    folder = make_bundle()
    signed = mvkt("sign", folder, "--key", keys[0], MVKT_KEY_PASSWORD="secret words")  # noqa: S106 - made here
    assert (signed.exit_code, signed.stdout) == (0, f"{folder / 'model.sig'}\n")
    verified = mvkt("verify", folder, "--key", keys[1], "--json")
    assert json.loads(verified.stdout) == {"bundle": str(folder), "verified": True}
    (folder / "README.md").write_text("added")
    wrong = mvkt("verify", folder, "--key", keys[1])
    assert (wrong.exit_code, "README.md" in wrong.stderr) == (1, True)


def test_what_cannot_be_signed(make_bundle: Callable[..., Path], keys: tuple[Path, Path]) -> None:
    folder = make_bundle()
    assert mvkt("sign", folder).exit_code == 2
    wrong = mvkt("sign", folder, "--key", keys[0], "--password", "other words")
    assert (wrong.exit_code, "words" in wrong.output) == (1, False)
    assert mvkt("verify", folder, "--key", keys[1]).exit_code == 1
