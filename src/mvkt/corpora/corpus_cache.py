"""Prepared corpora in stores far away, kept on the disk of this machine.

The folder is ``MVKT_CACHE``, or ``mvkt`` in the user's cache; ``MVKT_CACHE_GB`` limits it (200). A corpus is fetched
once and compared with the checksums of its manifest; whoever maps it reads files of this machine. Shards are fetched
when they are first read.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from mvkt.corpora.corpus_manifest import INDEX_FILE, MANIFEST_FILE, Manifest
from mvkt.corpora.store import fetch, size_of
from mvkt.errors import CorpusError
from mvkt.files import sha256

_GIGABYTES = 200.0


def local_corpus(url: str) -> Path:
    """Return the folder of a corpus on this machine, fetched where it is not there as the store has it.

    Raises:
        StoreError: It cannot be fetched.
        CorpusError: There is no corpus, it came damaged, or it is larger than the cache may be.
    """
    base = url.rstrip("/")
    cache = _folder()
    folder = cache / hashlib.sha256(base.encode()).hexdigest()[:24]
    cache.mkdir(parents=True, exist_ok=True)
    with _alone(cache), tempfile.TemporaryDirectory(dir=cache, prefix=".manifest-") as new:
        fetch(f"{base}/{MANIFEST_FILE}", Path(new) / MANIFEST_FILE)
        manifest = Manifest.load(Path(new) / MANIFEST_FILE)
        if not _has(folder, manifest.checksums):
            _make_room(cache, folder, size_of(f"{base}/{INDEX_FILE}") + manifest.signal_bytes)
            shutil.rmtree(folder, ignore_errors=True)
            for name in (INDEX_FILE, *(() if manifest.shard_rows else manifest.signal_files)):
                _fetch(base, folder, name, manifest.checksums)
            (Path(new) / MANIFEST_FILE).replace(folder / MANIFEST_FILE)  # last: with it the corpus is complete
        os.utime(folder)
    return folder


def local_file(url: str, folder: Path, checksums: Mapping[str, str], name: str) -> Path:
    """Return a file of a corpus that :func:`local_corpus` has opened, fetched where it is not there yet.

    Args:
        url: Of the corpus.
        folder: Of the corpus on this machine.
        checksums: Of its manifest.
        name: Of the file.

    Raises:
        StoreError: It cannot be fetched.
        CorpusError: It came damaged.
    """
    if not (folder / name).is_file():
        with _alone(_folder()):
            if not (folder / name).is_file():  # another process may have been faster
                _fetch(url.rstrip("/"), folder, name, checksums)
    return folder / name


def _fetch(base: str, folder: Path, name: str, checksums: Mapping[str, str]) -> None:
    """Fetch a file; it is at its place only when it is what the manifest lists."""
    coming = folder / f"{name}.part"
    try:
        fetch(f"{base}/{name}", coming)
        if sha256(coming) != checksums.get(name):
            raise CorpusError(f"{base}/{name} is not what its manifest lists; copy the corpus there again")
        coming.replace(folder / name)
    finally:
        coming.unlink(missing_ok=True)


def _folder() -> Path:
    given = os.environ.get("MVKT_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(given) if given else Path(base) / "mvkt" / "corpora"


def _has(folder: Path, checksums: dict[str, str]) -> bool:
    if not (folder / MANIFEST_FILE).is_file():
        return False
    with suppress(CorpusError):
        return Manifest.load(folder / MANIFEST_FILE).checksums == checksums
    return False


def _make_room(cache: Path, folder: Path, needed: int) -> None:
    """Remove the corpora that were used the longest ago until a new one fits."""
    limit = float(os.environ.get("MVKT_CACHE_GB") or _GIGABYTES) * 1e9
    if needed > limit:
        raise CorpusError(
            f"the corpus has {needed / 1e9:,.1f} GB and the cache {cache} may hold {limit / 1e9:,.1f}: "
            "raise MVKT_CACHE_GB"
        )
    others = sorted(
        (each for each in cache.iterdir() if each.is_dir() and each != folder and not each.name.startswith(".")),
        key=lambda each: each.stat().st_mtime,
    )
    sizes = {each: sum(file.stat().st_size for file in each.iterdir()) for each in others}
    for each in others:
        if sum(sizes.values()) + needed <= limit:
            return
        shutil.rmtree(each)  # who has mapped its files keeps them
        del sizes[each]


@contextmanager
def _alone(cache: Path) -> Iterator[None]:
    """Let the processes of this machine fetch after each other."""
    with (cache / ".lock").open("w") as lock:
        with suppress(ImportError):  # no flock on Windows
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
