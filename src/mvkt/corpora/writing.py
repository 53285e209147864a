"""Writing a corpus: streams of any length, in a folder that appears at its place only when it is whole."""

from __future__ import annotations

import glob
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from mvkt.corpora.corpus_manifest import MANIFEST_FILE, SIGNALS_FILE, shard_file
from mvkt.corpora.parquet_index import index_schema, require_pyarrow
from mvkt.errors import CorpusError

_ROWS_A_GROUP = 10_000
_LOCK = ".lock"


class SignalWriter:
    """Streams windows to an ``.npy`` file whose number of rows is known only at the end."""

    def __init__(self, path: Path, leads: int, samples: int) -> None:
        self._shape = (leads, samples)
        self._file: BinaryIO = path.open("wb")
        self._header_length = self._write_header(0)
        self.rows = 0

    def append(self, windows: NDArray[np.int16]) -> None:
        """Write ``(windows, leads, samples)``."""
        self._file.write(np.ascontiguousarray(windows, dtype="<i2").data)
        self.rows += len(windows)

    def _write_header(self, rows: int) -> int:
        self._file.seek(0)
        npy.write_array_header_1_0(self._file, {"descr": "<i2", "fortran_order": False, "shape": (rows, *self._shape)})
        return self._file.tell()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close(whole=error is None)

    def close(self, *, whole: bool = True) -> None:
        """End the file; it can be read only where it is whole.

        Raises:
            CorpusError: This numpy is too old.
        """
        with self._file:
            # numpy pads the header so that the first axis can grow to any length in place.
            if whole and self._write_header(self.rows) != self._header_length:
                raise CorpusError("this numpy writes .npy headers that cannot grow; numpy 1.26 or later is needed")


class ShardWriter:
    """Streams windows to shards of so many rows, ``signals-00000.npy`` …; to ``signals.npy`` where that holds all.

    Args:
        folder: Of the corpus.
        leads: Of each window.
        samples: Of each lead.
        shard_rows: Rows of a shard; a record may lie in two.
    """

    def __init__(self, folder: Path, leads: int, samples: int, shard_rows: int) -> None:
        self._folder, self._shape = folder, (leads, samples)
        self._shard_rows = shard_rows
        self._number = 0
        self._shard = self._begin()

    def append(self, windows: NDArray[np.int16]) -> None:
        """Write ``(windows, leads, samples)``."""
        while len(windows):
            if self._shard.rows == self._shard_rows:
                self._shard.close()
                self._number += 1
                self._shard = self._begin()
            room = self._shard_rows - self._shard.rows
            self._shard.append(windows[:room])
            windows = windows[room:]

    def _begin(self) -> SignalWriter:
        return SignalWriter(self._folder / shard_file(self._number), *self._shape)

    @property
    def rows(self) -> int:
        """Rows so far."""
        return self._number * self._shard_rows + self._shard.rows

    @property
    def shard_rows(self) -> int:
        """For the manifest: rows of a shard, or 0 where all rows are in a single file."""
        return self._shard_rows if self._number else 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._shard.close(whole=error is None)
        if error is None and not self._number:
            (self._folder / shard_file(0)).rename(self._folder / SIGNALS_FILE)


class IndexWriter:
    """Streams rows to a Parquet file in groups, so that memory does not grow with them."""

    def __init__(self, path: Path) -> None:
        _, parquet = require_pyarrow()
        self._writer = parquet.ParquetWriter(path, index_schema(), compression="zstd")
        self._rows: list[dict[str, Any]] = []

    def append(self, row: dict[str, Any]) -> None:
        """Add one row (:func:`mvkt.corpora.parquet_index.index_schema`)."""
        self._rows.append(row)
        if len(self._rows) >= _ROWS_A_GROUP:
            self._flush()

    def _flush(self) -> None:
        arrow, _ = require_pyarrow()
        self._writer.write_table(arrow.Table.from_pylist(self._rows, schema=index_schema()))
        self._rows.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if error is None and self._rows:
            self._flush()
        self._writer.close()


@contextmanager
def staged_folder(target: Path, overwrite: bool) -> Iterator[Path]:
    """Yield an empty folder beside ``target`` that takes its place if all goes well, and vanishes if not.

    What a killed run left beside the target is removed first; what a running one is writing is not. Folders above the
    target that did not exist vanish too if it does not go well.

    Raises:
        CorpusError: There is something at ``target`` that is not to be, or must not be, overwritten.
    """
    _check_target(target, overwrite)
    new = [above for above in target.parents if not above.exists()]
    target.parent.mkdir(parents=True, exist_ok=True)
    for leftover in target.parent.glob(f".{glob.escape(target.name)}.preparing-*"):
        if (lock := _lock(leftover)) is not None:
            shutil.rmtree(leftover, ignore_errors=True)
            os.close(lock)
    folder = target.parent / f".{target.name}.preparing-{secrets.token_hex(4)}"
    folder.mkdir()
    lock = _lock(folder)
    try:
        yield folder
        for file in folder.iterdir():
            _sync(file)
        (folder / _LOCK).unlink()
        _move_into_place(folder, target, overwrite)
    finally:
        if lock is not None:
            os.close(lock)
        shutil.rmtree(folder, ignore_errors=True)
        for above in new:
            with suppress(OSError):  # it is not empty: all went well, or something else is in there by now
                above.rmdir()


def _check_target(target: Path, overwrite: bool) -> None:
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    if not (target / MANIFEST_FILE).is_file():
        raise CorpusError(f"{target} exists and is no corpus; choose another place, nothing was touched")
    if not overwrite:
        raise CorpusError(f"{target} is a prepared corpus already; choose another place or overwrite it")


def _lock(folder: Path) -> int | None:
    """Hold a folder for as long as this process lives; None if another process does."""
    try:
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        return None
    with suppress(ImportError):  # no flock on Windows, where an open file cannot be deleted in the first place
        import fcntl

        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return None
    return descriptor


def _move_into_place(folder: Path, target: Path, overwrite: bool) -> None:
    if not overwrite:
        _check_target(target, overwrite)  # again: another run may have been faster
        if target.exists():
            target.rmdir()
    replaced = folder.with_name(f"{folder.name}-replaced")
    if target.exists():
        target.rename(replaced)
    try:
        folder.rename(target)
    except BaseException:
        if replaced.exists():
            replaced.rename(target)
        raise
    _sync(target)
    _sync(target.parent)
    shutil.rmtree(replaced, ignore_errors=True)


def _sync(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    with suppress(PermissionError):  # folders cannot be opened on Windows
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
