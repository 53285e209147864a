"""Bundles on a model hub: ``hf://owner/name`` is a model repository that holds the files of a bundle as they stand.

Nothing is sent but by :func:`push`. Of a repository only the files of a bundle are fetched, within limits of size, and
their checksums are compared with the manifest. The library of the hub (extra ``hub``) keeps what was fetched, takes the
token from ``HF_TOKEN`` or ``hf auth login``, and the address of the hub from ``HF_ENDPOINT``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mvkt import __version__
from mvkt.bundle.bundle import LARGEST_MODEL_BYTES, Bundle
from mvkt.bundle.manifest import (
    CARD_FILE,
    MANIFEST_FILE,
    MODEL_FILE,
    SIGNATURE_FILE,
    WEIGHTS_FILE,
    BundleManifest,
    read_manifest,
)
from mvkt.errors import BundleError, HubError, MissingExtraError
from mvkt.files import sha256

if TYPE_CHECKING:
    from huggingface_hub import HfApi

SCHEME = "hf://"

LARGEST: Mapping[str, int] = {
    MANIFEST_FILE: BundleManifest.storage.largest,
    MODEL_FILE: LARGEST_MODEL_BYTES,
    WEIGHTS_FILE: 4 * LARGEST_MODEL_BYTES,
    CARD_FILE: 4 * 1024 * 1024,
    SIGNATURE_FILE: 1024 * 1024,
}
"""The files of a bundle, and the bytes that are fetched at most."""

_PART = r"[A-Za-z0-9](?:[A-Za-z0-9_]|[.-](?![.-])){0,94}"
_REPOSITORY = re.compile(rf"(?P<repository>{_PART}/{_PART})")
_ADDRESS = re.compile(rf"{SCHEME}{_REPOSITORY.pattern}(?:@(?P<revision>[A-Za-z0-9][\w.-]{{0,100}}))?", re.ASCII)


@dataclass(frozen=True)
class Pushed:
    """What became of a bundle that was sent.

    Attributes:
        address: To be given to :func:`mvkt.load`, with the commit.
        page: Of the commit on the hub.
        files: The files that were sent.
    """

    address: str
    page: str
    files: tuple[str, ...]


def is_address(bundle: str | Path) -> bool:
    """Return whether this is the address of a bundle on a hub."""
    return str(bundle).startswith(SCHEME)


def fetch(address: str, *, cache: Path | None = None) -> Path:
    """Return the folder of a bundle on a hub, which is fetched when it is new.

    It stays in the cache of the hub's library. Without a connection, what was fetched before is used.

    Args:
        address: ``hf://owner/name``, or with a branch, tag or commit ``hf://owner/name@revision``.
        cache: Folder of the cache; None for that of the hub's library (``HF_HUB_CACHE``).

    Raises:
        MissingExtraError: The hub's library is not installed.
        HubError: The hub cannot be reached and nothing was fetched before, or it refuses.
        BundleError: The address is no address, the repository no bundle, or a file too large or changed.
    """
    found = _ADDRESS.fullmatch(address)
    if not found:
        raise BundleError(
            f"{address!r} is no address of a bundle: expected {SCHEME}owner/name or {SCHEME}owner/name@revision"
        )
    repository, files = found["repository"], list(LARGEST)
    api = _api(address)
    with _errors_of_hub(address):
        revision = api.resolve_revision(repository, revision=found["revision"], cache_dir=cache)
        planned = api.snapshot_download(
            repository, revision=revision, cache_dir=cache, allow_patterns=files, dry_run=True
        )
        _check_plan({file.filename: file.file_size for file in planned}, address)
        folder = Path(api.snapshot_download(repository, revision=revision, cache_dir=cache, allow_patterns=files))
    check_files(folder, read_manifest(folder), address)
    return folder


def push(bundle: str | Path, repository: str, *, private: bool = True, message: str = "A bundle of mvkt") -> Pushed:
    """Send a bundle to a model repository on a hub, which is made where there is none.

    The files of the bundle are sent as they stand, and no other file of its folder. What the repository has of an older
    bundle and this one lacks (weights, a signature) is deleted in the same commit.

    Args:
        bundle: Its folder.
        repository: ``owner/name``.
        private: Whether a repository that is made is for its owner only; one that exists stays as it is.
        message: Of the commit.

    Raises:
        MissingExtraError: As :func:`fetch`.
        HubError: The hub cannot be reached, or it refuses.
        BundleError: The folder is no bundle, is damaged or has no card, or the name is none.
    """
    folder = Path(bundle)
    if not _REPOSITORY.fullmatch(repository):
        raise BundleError(f"{repository!r} is no name of a repository: expected owner/name")
    check_files(folder, Bundle.open(folder).manifest, str(folder))
    if not (folder / CARD_FILE).is_file():
        raise BundleError(
            f"{folder} has no card ({CARD_FILE}), which holds licence and limits; export the bundle again"
        )
    files = tuple(name for name in LARGEST if (folder / name).is_file())
    api = _api(repository)
    from huggingface_hub import CommitOperationAdd, CommitOperationCopy, CommitOperationDelete

    with _errors_of_hub(f"{SCHEME}{repository}"):
        api.create_repo(repository, private=private, exist_ok=True)
        outdated = sorted({*api.list_repo_files(repository)} & {*LARGEST} - {*files})
        operations: list[CommitOperationAdd | CommitOperationCopy | CommitOperationDelete] = [
            *(CommitOperationAdd(path_in_repo=name, path_or_fileobj=folder / name) for name in files),
            *(CommitOperationDelete(path_in_repo=name) for name in outdated),
        ]
        commit = api.create_commit(repository, operations, commit_message=message)
    return Pushed(f"{SCHEME}{repository}@{commit.oid}", commit.commit_url, files)


def check_files(folder: Path, manifest: BundleManifest, name: str) -> None:
    """Compare the files of a bundle with the checksums of its manifest.

    Args:
        folder: Of the bundle.
        manifest: Of the bundle.
        name: Of the bundle, for messages.

    Raises:
        BundleError: A file is missing, changed, or has no checksum.
    """
    there = {file for file in (MODEL_FILE, WEIGHTS_FILE) if (folder / file).is_file()}
    for file in sorted({MODEL_FILE, *there, *manifest.checksums}):
        if file not in there:
            raise BundleError(f"{name} has no {file}, which its manifest lists")
        if sha256(folder / file) != manifest.checksums.get(file):
            raise BundleError(
                f"{file} of {name} is not the file that was exported: its SHA-256 is not in {MANIFEST_FILE}"
            )


def _check_plan(sizes: Mapping[str, int | None], address: str) -> None:
    """Refuse what is no bundle, or too large, before anything of it is fetched."""
    missing = {MANIFEST_FILE, MODEL_FILE} - set(sizes)
    if missing:
        raise BundleError(f"{address} is no bundle of mvkt: it has no {' and no '.join(sorted(missing))}")
    for file, size in sizes.items():
        if size is None or size > LARGEST[file]:
            known = "an unknown number of" if size is None else f"{size:,}"
            raise BundleError(f"{file} of {address} has {known} bytes; at most {LARGEST[file]:,} are fetched")


def _api(purpose: str) -> HfApi:
    """Import the hub's library, which then reports nothing of its own; ``HF_ENDPOINT`` is another hub."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        from huggingface_hub import HfApi
    except ModuleNotFoundError as error:
        raise MissingExtraError(f"{purpose} needs {error.name}: pip install 'mvkt[hub]'") from error
    return HfApi(endpoint=os.environ.get("HF_ENDPOINT") or None, library_name="mvkt", library_version=__version__)


@contextmanager
def _errors_of_hub(address: str) -> Iterator[None]:
    """Turn the errors of the hub's library into one line that holds no header of a request."""
    from httpx2 import HTTPError
    from huggingface_hub import errors

    damaged = (ValueError, LookupError, RuntimeError)  # what its library raises where an answer is not that of a hub
    failures = (HTTPError, OSError, *damaged, errors.RevisionResolutionError, errors.XetDownloadError)
    try:
        yield
    except BundleError:
        raise
    except errors.RevisionNotFoundError as error:
        raise HubError(f"{address}: the repository has no such branch, tag or commit") from error
    except errors.RepositoryNotFoundError as error:
        raise HubError(
            f"{address}: the hub has no such repository, or does not show it to you; "
            "for a private one set HF_TOKEN or call `hf auth login`"
        ) from error
    except errors.HfHubHTTPError as error:
        raise HubError(f"{address}: the hub refuses{_status(error.response.status_code)}") from error
    except failures as error:
        raise HubError(f"{address}: the hub cannot be used ({type(error).__name__}); is there a connection?") from error


def _status(status: int) -> str:
    advice = "; set HF_TOKEN or call `hf auth login`" if status in (401, 403) else ""
    return f" with status {status}{advice}"
