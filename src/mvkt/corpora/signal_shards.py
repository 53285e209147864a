"""The signals of a prepared corpus on the disk: a file, or shards of so many rows each, read like a single array."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.corpora.corpus_manifest import Manifest
from mvkt.errors import CorpusError


class ShardedSignals:
    """Signals in several files, indexed like an array by rows, or by rows and leads; nothing is kept in memory.

    Args:
        shape: ``(rows, leads, samples)``.
        shard_rows: Rows of each file but the last.
        names: Of the files.
        file: Returns the path of a file by its name.
    """

    dtype = np.dtype(np.int16)
    ndim = 3

    def __init__(
        self, shape: tuple[int, int, int], shard_rows: int, names: tuple[str, ...], file: Callable[[str], Path]
    ) -> None:
        self.shape = shape
        self._shard_rows, self._names, self._file = shard_rows, names, file
        self._mapped: dict[int, NDArray[np.int16]] = {}

    def __len__(self) -> int:
        return self.shape[0]

    def shard(self, number: int) -> NDArray[np.int16]:
        """Return the mapped rows of a file.

        Raises:
            CorpusError: It is missing, damaged or of another shape.
        """
        if number not in self._mapped:
            rows = min(self._shard_rows, len(self) - number * self._shard_rows)
            self._mapped[number] = _mapped(self._file(self._names[number]), (rows, *self.shape[1:]))
        return self._mapped[number]

    def __getitem__(self, key: Any) -> NDArray[np.int16]:
        """Return a copy of what numpy would return for rows, or for ``(rows, leads, ...)``.

        Raises:
            IndexError: There is no such row.
        """
        rows, *others = key if isinstance(key, tuple) else (key,)
        if isinstance(rows, slice):
            rows = range(*rows.indices(len(self)))
        rows = np.asarray(rows, dtype=np.int64)
        if rows.size and not 0 <= rows.min() <= rows.max() < len(self):
            raise IndexError(f"rows are 0 to {len(self) - 1}; here are {rows.min()} to {rows.max()}")
        shards, within = np.divmod(rows, self._shard_rows)
        numbers = np.unique(shards)
        if len(numbers) <= 1:
            return np.array(self.shard(int(numbers[0]) if len(numbers) else 0)[(within, *others)])
        of_row = shards.reshape(len(rows), -1)[:, 0]
        parts = [(of_row == number, int(number)) for number in numbers]
        read = [self.shard(number)[(within[here], *others)] for here, number in parts]
        made = np.empty((len(rows), *read[0].shape[1:]), dtype=np.int16)
        for (here, _), part in zip(parts, read, strict=True):
            made[here] = part
        return made

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self[:].astype(dtype or self.dtype, copy=False)


MappedSignals = np.memmap[Any, np.dtype[np.int16]] | ShardedSignals


def open_signals(manifest: Manifest, file: Callable[[str], Path], *, at_once: bool) -> MappedSignals:
    """Map the signals of a corpus.

    Args:
        manifest: Of the corpus.
        file: Returns the path of a file of the corpus by its name.
        at_once: Whether all shards are mapped and checked now, and not when they are first read.

    Returns:
        A mapped array, or :class:`ShardedSignals`; both ``(rows, leads, samples)`` int16.

    Raises:
        CorpusError: A file is missing, damaged or of another shape.
    """
    shape = (manifest.rows, len(manifest.leads), manifest.signal.window_samples)
    if not manifest.shard_rows:
        return _mapped(file(manifest.signal_files[0]), shape)
    signals = ShardedSignals(shape, manifest.shard_rows, manifest.signal_files, file)
    if at_once:
        for number in range(len(manifest.signal_files)):
            signals.shard(number)
    return signals


def _mapped(file: Path, shape: tuple[int, ...]) -> np.memmap[Any, np.dtype[np.int16]]:
    try:
        signals = np.load(file, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise CorpusError(f"{file} is missing or damaged ({error}); prepare the corpus again") from error
    if not isinstance(signals, np.memmap) or signals.dtype != "<i2" or signals.shape != shape:
        raise CorpusError(f"{file} does not hold the int16 array {shape} of the manifest; prepare the corpus again")
    return signals
