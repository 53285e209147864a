"""Files in folders or in stores far away, listed and fetched with patience.

Whatever fsspec opens is a store: ``https://``, ``file://``, ``memory://`` … ``s3://`` and ``gs://`` go through the
clients that pyarrow brings, so that no further library is needed.
"""

from __future__ import annotations

import os
import posixpath
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar
from urllib.parse import urlsplit

from mvkt.ecg.formats.readers.wfdb_header import WfdbHeader, parse_header
from mvkt.ecg.formats.readers.wfdb_parts import is_header_name, records_among, stem_of
from mvkt.ecg.formats.text import decode
from mvkt.errors import MissingExtraError, RecordFormatError, StoreError
from mvkt.files import atomic_write

Result = TypeVar("Result")

_TRIES = 6
_FIRST_PAUSE_SECONDS = 0.2
_TEXT = (".md", ".html")
_NO_SIGNALS = ("", ".txt", ".csv", ".json", ".xml", ".pdf")
"""Endings of what is beside the files of WFDB records and belongs to none."""

_LARGEST_HEADER_BYTES = 1_000_000


@dataclass(frozen=True)
class StoredRecording:
    """A recording in a store.

    Attributes:
        url: Of its file.
        beside: URLs of the files that belong to it: signals of a WFDB header.
    """

    url: str
    beside: tuple[str, ...] = ()


def is_url(place: str) -> bool:
    """Whether a place is in a store, and no path of this machine."""
    return len(urlsplit(place).scheme) > 1 and "://" in place


def open_store(url: str) -> tuple[Any, str]:
    """Return the file system of fsspec for a URL, and the path in it.

    Raises:
        MissingExtraError: fsspec is not installed.
        StoreError: There is no client for this kind of URL.
    """
    try:
        from fsspec.core import url_to_fs
        from fsspec.implementations.arrow import ArrowFSWrapper
    except ImportError as error:
        raise MissingExtraError("stores need fsspec, which is not installed: pip install 'mvkt[scale]'") from error
    parts = urlsplit(url)
    try:
        if parts.scheme in ("s3", "gs"):
            return ArrowFSWrapper(_client(parts.scheme)), parts.netloc + parts.path
        system, path = url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise StoreError(f"{parts.scheme}:// cannot be opened: {error}") from error
    return system, str(path)


def _client(scheme: str) -> Any:
    """The client of pyarrow; credentials and region are found as by the tools of the store."""
    from pyarrow import fs

    if scheme == "gs":
        return fs.GcsFileSystem()
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    return fs.S3FileSystem(endpoint_override=endpoint)


def recordings_in(url: str) -> list[StoredRecording]:
    """List the recordings below a URL, in order; a WFDB record is its header with the files beside it.

    Raises:
        MissingExtraError: fsspec is not installed.
        StoreError: The store cannot be read, or there is nothing.
    """
    system, path = open_store(url)
    scheme = urlsplit(url).scheme
    found = sorted(_with_patience(lambda: _files_below(system, path, url), url))
    urls = [name if is_url(name) else f"{scheme}://{name}" for name in found]
    named = {PurePosixPath(name.partition("://")[2]): name for name in urls if _may_be_recording(name)}
    needed = _headers_to_read(named)
    records = records_among(named, lambda path: _header(named[path]) if path in needed else None)
    if not records:
        raise StoreError(f"there is no recording at {url}")
    return [
        StoredRecording(named[path], tuple(named[part] for part in parts)) for path, parts in sorted(records.items())
    ]


def _headers_to_read(paths: Iterable[PurePosixPath]) -> set[PurePosixPath]:
    """Return the headers without a file of their name, and those beside files that are of no header's name.

    Of the others the names show what belongs to them: to read the headers of a large collection takes hours.
    """
    every = list(paths)
    headers = {stem_of(path): path for path in every if is_header_name(path)}
    others = [path for path in every if not is_header_name(path)]
    alone = headers.keys() - {stem_of(path) for path in others}
    folders = {
        path.parent for path in others if stem_of(path) not in headers and path.suffix.lower() not in _NO_SIGNALS
    }
    return {path for stem, path in headers.items() if stem in alone or path.parent in folders}


def _header(url: str) -> WfdbHeader | None:
    """Return what is in a header; None where it is damaged, which is named when it is read."""

    def content() -> bytes:
        system, path = open_store(url)
        with system.open(path, "rb") as source:
            return bytes(source.read(_LARGEST_HEADER_BYTES))

    try:
        return parse_header(decode(_with_patience(content, url)))
    except (RecordFormatError, ValueError, IndexError, OverflowError):
        return None


def _files_below(system: Any, path: str, url: str) -> list[str]:
    if not url.endswith("/") and system.isfile(path):
        return [path]
    return list(system.find(path, on_error="raise"))  # by default, folders that cannot be listed count as empty


def _may_be_recording(name: str) -> bool:
    hidden = any(part.startswith(".") for part in urlsplit(name).path.split("/"))
    return not hidden and not name.lower().endswith(_TEXT)


@contextmanager
def fetched(recording: StoredRecording) -> Iterator[Path]:
    """Yield the local path of a recording for as long as the block lasts.

    Raises:
        StoreError: It cannot be fetched.
    """
    if not is_url(recording.url):
        yield Path(recording.url)
        return
    with tempfile.TemporaryDirectory(prefix="mvkt-") as folder:
        for url in (recording.url, *recording.beside):
            fetch(url, Path(folder) / posixpath.basename(urlsplit(url).path))
        yield Path(folder) / posixpath.basename(urlsplit(recording.url).path)


def fetch(url: str, target: Path) -> None:
    """Copy a file out of a store; ``target`` is there whole or not at all.

    Raises:
        StoreError: It cannot be fetched, after several tries.
    """

    def copy() -> None:
        system, path = open_store(url)
        with system.open(path, "rb") as source, atomic_write(target) as file:
            shutil.copyfileobj(source, file, 1 << 20)

    _with_patience(copy, url)


def size_of(url: str) -> int:
    """Return the bytes of a file in a store.

    Raises:
        StoreError: It cannot be looked up, after several tries.
    """

    def look() -> int:
        system, path = open_store(url)
        return int(system.size(path) or 0)

    return _with_patience(look, url)


def _with_patience(action: Callable[[], Result], url: str) -> Result:
    """Try again where a store fails, after longer and longer pauses; what is not there is not tried again."""
    for attempt in range(_TRIES):
        try:
            return action()
        except FileNotFoundError as error:
            raise StoreError(f"{url} is not there") from error
        except (MissingExtraError, StoreError):
            raise
        except Exception as error:
            # Clients of stores raise whatever their libraries raise.
            if attempt == _TRIES - 1:
                raise StoreError(f"{url} cannot be read after {_TRIES} tries: {error}") from error
            time.sleep(_FIRST_PAUSE_SECONDS * 2**attempt)
    raise AssertionError
