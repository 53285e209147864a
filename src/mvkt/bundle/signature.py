"""Signatures of bundles, in the format of OpenSSF Model Signing: who has the public key knows who made the bundle.

The signature covers every file of the folder and stands beside them in ``model.sig``. Keys are of elliptic curves
(NIST P-256, P-384 or P-521), in PEM files; nothing is sent anywhere, no service takes part. The library is the extra
``sign``.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from mvkt.bundle.bundle import Bundle
from mvkt.bundle.manifest import SIGNATURE_FILE
from mvkt.errors import MissingExtraError, SignatureError

_FAILURES = (ValueError, TypeError, OSError, LookupError, AttributeError)
"""The library has no errors of its own: a bad key or signature comes as one of these."""


def sign(folder: Path, key: Path, password: str | None = None) -> Path:
    """Sign a bundle; an older signature is replaced.

    Args:
        folder: Of the bundle.
        key: PEM file of the private key.
        password: Of the key, where it has one.

    Returns:
        The file of the signature.

    Raises:
        MissingExtraError: The library is not installed.
        BundleError: The folder is no bundle, or damaged.
        SignatureError: The key cannot be used.
    """
    Bundle.open(folder)
    _check_library()
    signing = import_module("model_signing.signing")

    signature = folder / SIGNATURE_FILE
    secret = None if password is None else password.encode()  # its types name text, it reads bytes
    temporary = folder / f".{SIGNATURE_FILE}"
    try:
        config = signing.Config().use_elliptic_key_signer(private_key=key, password=secret)
        config.set_hashing_config(_hashing(signature, temporary)).sign(folder.absolute(), temporary)
        temporary.replace(signature)
    except _FAILURES as error:
        raise SignatureError(f"{key} cannot sign: {_reason(error)}") from error
    finally:
        temporary.unlink(missing_ok=True)
    return signature


def verify(folder: Path, key: Path) -> None:
    """Check that a bundle is the one that was signed: no file changed, added or taken away.

    Args:
        folder: Of the bundle.
        key: PEM file of the public key.

    Raises:
        MissingExtraError: The library is not installed.
        SignatureError: There is no signature, it is not by this key, or the files are not the signed ones.
        BundleError: The folder is no bundle, or damaged.
    """
    _check_library()
    verifying = import_module("model_signing.verifying")

    from cryptography import exceptions

    signature = folder / SIGNATURE_FILE
    if not signature.is_file():
        raise SignatureError(f"{folder} has no signature ({SIGNATURE_FILE})")
    try:
        config = verifying.Config().use_elliptic_key_verifier(public_key=key)
        config.set_hashing_config(_hashing(signature)).verify(folder.absolute(), signature)
    except (*_FAILURES, exceptions.InvalidSignature) as error:
        raise SignatureError(f"{folder} does not have a signature by {key}: {_reason(error)}") from error
    Bundle.open(folder)


def _hashing(*ignored: Path) -> Any:
    """Every file of the folder but these; links count as files, since the cache of a hub is made of them.

    The library takes a relative path as one below the folder, so all paths are made absolute.
    """
    hashing = import_module("model_signing.hashing")
    return (
        hashing.Config()
        .set_ignored_paths(paths=[path.absolute() for path in ignored], ignore_git_paths=False)
        .set_allow_symlinks(True)
    )


def _check_library() -> None:
    try:
        import_module("model_signing.signing")
    except ModuleNotFoundError as error:
        raise MissingExtraError(f"signatures need {error.name}: pip install 'mvkt[sign]'") from error


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
