"""Signed bundles, with keys made here."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.hub import HubServer

from mvkt.bundle import hub as hubs
from mvkt.bundle.signature import sign, verify
from mvkt.errors import BundleError, MissingExtraError, SignatureError

Make = Callable[..., Path]


def key_pair(folder: Path, password: bytes | None = None) -> tuple[Path, Path]:
    folder.mkdir(exist_ok=True)
    private = ec.generate_private_key(ec.SECP256R1())
    locked = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "private.pem").write_bytes(private.private_bytes(pem, form, locked))
    public = private.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    (folder / "public.pem").write_bytes(public)
    return folder / "private.pem", folder / "public.pem"


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    return key_pair(tmp_path / "keys")


@pytest.fixture
def signed(make_bundle: Make, keys: tuple[Path, Path]) -> Path:
    folder = make_bundle()
    (folder / "README.md").write_text("# tiny\n")
    assert sign(folder, keys[0]) == folder / "model.sig"
    return folder


def test_a_signed_bundle_is_verified(signed: Path, keys: tuple[Path, Path], tmp_path: Path) -> None:
    verify(signed, keys[1])
    elsewhere = tmp_path / "elsewhere" / "another-name"
    elsewhere.parent.mkdir()
    signed.rename(elsewhere)
    verify(elsewhere, keys[1])
    assert {path.name for path in elsewhere.iterdir()} == {"README.md", "bundle.json", "model.onnx", "model.sig"}


def test_a_bundle_by_a_relative_path(signed: Path, keys: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(signed.parent)
    relative = Path(signed.name)
    assert sign(relative, keys[0]) == relative / "model.sig"
    verify(relative, keys[1])


def test_signing_again_replaces_the_signature(signed: Path, keys: tuple[Path, Path], tmp_path: Path) -> None:
    private, public = key_pair(tmp_path / "other")
    sign(signed, private)
    verify(signed, public)
    with pytest.raises(SignatureError, match="does not have a signature by"):
        verify(signed, keys[1])


@pytest.mark.parametrize("file", ["README.md", "bundle.json", "model.onnx"])
def test_a_changed_or_missing_file_is_found(signed: Path, keys: tuple[Path, Path], file: str) -> None:
    content = (signed / file).read_bytes()
    (signed / file).write_bytes(content + b" ")
    with pytest.raises(SignatureError, match=file):
        verify(signed, keys[1])
    (signed / file).unlink()
    with pytest.raises(SignatureError, match=file):
        verify(signed, keys[1])
    (signed / file).write_bytes(content)
    verify(signed, keys[1])


@pytest.mark.parametrize("file", ["model.safetensors", "sub/model.onnx", ".gitignore"])
def test_a_file_that_was_added_is_found(signed: Path, keys: tuple[Path, Path], file: str) -> None:
    (signed / file).parent.mkdir(exist_ok=True)
    (signed / file).write_bytes(b"added")
    with pytest.raises(SignatureError, match=file):
        verify(signed, keys[1])


@pytest.mark.parametrize("content", [b"", b"{}", b"not JSON", b'{"mediaType": "x"}', b"\xff\xfe"])
def test_a_damaged_signature(signed: Path, keys: tuple[Path, Path], content: bytes) -> None:
    (signed / "model.sig").write_bytes(content)
    with pytest.raises(SignatureError):
        verify(signed, keys[1])


def test_a_signature_of_other_content(signed: Path, keys: tuple[Path, Path]) -> None:
    """The payload is covered by the signature: with another one in its place it is refused."""
    import base64

    path = signed / "model.sig"
    envelope = json.loads(path.read_text())
    payload = base64.b64decode(envelope["dsseEnvelope"]["payload"]).replace(b"model.onnx", b"other.onnx")
    envelope["dsseEnvelope"]["payload"] = base64.b64encode(payload).decode()
    path.write_text(json.dumps(envelope))
    (signed / "model.onnx").rename(signed / "other.onnx")
    with pytest.raises(SignatureError):
        verify(signed, keys[1])


def test_bad_keys_and_no_signature(make_bundle: Make, keys: tuple[Path, Path], tmp_path: Path) -> None:
    folder = make_bundle()
    with pytest.raises(SignatureError, match="has no signature"):
        verify(folder, keys[1])
    for key in (tmp_path / "nowhere.pem", folder / "bundle.json", keys[1]):
        with pytest.raises(SignatureError, match="cannot sign"):
            sign(folder, key)
    assert not (folder / "model.sig").exists()
    with pytest.raises(BundleError, match="no bundle"):
        sign(tmp_path, keys[0])


def test_a_key_with_a_password(make_bundle: Make, tmp_path: Path) -> None:
    private, public = key_pair(tmp_path / "locked", b"secret words")
    folder = make_bundle()
    for password in (None, "wrong words"):
        with pytest.raises(SignatureError) as caught:
            sign(folder, private, password)
        assert "words" not in str(caught.value)
    sign(folder, private, "secret words")
    verify(folder, public)


def test_a_signature_travels_with_the_bundle(hub: HubServer, signed: Path, keys: tuple[Path, Path]) -> None:
    files = {path.name: path.read_bytes() for path in signed.iterdir()}
    hub.hub.commit("someone/signed", files)
    verify(hubs.fetch("hf://someone/signed"), keys[1])
    hub.hub.commit("someone/signed", files | {"README.md": b"# another licence\n"})
    with pytest.raises(SignatureError, match=r"README\.md"):
        verify(hubs.fetch("hf://someone/signed"), keys[1])


def test_without_the_library(signed: Path, keys: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "model_signing.signing", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'mvkt\[sign\]'"):
        verify(signed, keys[1])
    with pytest.raises(MissingExtraError, match=r"pip install 'mvkt\[sign\]'"):
        sign(signed, keys[0])
