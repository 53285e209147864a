"""Signals in shards are read like the single array that they are the parts of."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mvkt.corpora import Corpus, Source, prepare
from mvkt.corpora.signal_shards import ShardedSignals
from mvkt.errors import CorpusError

Make = Callable[..., Any]


@pytest.fixture
def whole(tmp_path: Path, listed: type[Source], make_entries: Make) -> Corpus:
    return prepare(listed(make_entries(30)), tmp_path / "whole", workers=1)


@pytest.fixture
def shards(tmp_path: Path, listed: type[Source], make_entries: Make) -> Corpus:
    return prepare(listed(make_entries(30)), tmp_path / "shards", workers=1, shard_rows=8)


def test_files_and_manifest(shards: Corpus, whole: Corpus) -> None:
    names = [f"signals-0000{number}.npy" for number in range(4)]
    assert sorted(path.name for path in shards.path.iterdir()) == ["index.parquet", "manifest.json", *names]
    assert [len(np.load(shards.path / name, allow_pickle=False)) for name in names] == [8, 8, 8, 6]
    assert list(shards.manifest.checksums) == [*names, "index.parquet"]
    assert (shards.manifest.shard_rows, whole.manifest.shard_rows) == (8, 0)
    assert whole.manifest.signal_files == ("signals.npy",)
    assert shards.manifest.summary.checksum != whole.manifest.summary.checksum
    assert shards.manifest.checksums["index.parquet"] == whole.manifest.checksums["index.parquet"]
    shards.verify()


def test_they_are_the_single_array(shards: Corpus, whole: Corpus) -> None:
    array = np.array(whole.microvolts)
    assert isinstance(shards.microvolts, ShardedSignals)
    assert isinstance(whole.microvolts, np.memmap)
    assert (shards.microvolts.shape, shards.microvolts.dtype, len(shards.microvolts)) == (array.shape, np.int16, 30)
    np.testing.assert_array_equal(shards.microvolts, array)
    random = np.random.default_rng(0).integers(0, 30, 50)
    for rows in (random, [3], [7, 8], [29, 0, 0], slice(5, 20), slice(None, None, 7), 9, np.array([], dtype=np.int64)):
        np.testing.assert_array_equal(shards.microvolts[rows], array[rows])
    columns = np.array([6, 0])
    for rows in (random, np.array([1, 2])):
        np.testing.assert_array_equal(shards.microvolts[rows[:, None], columns], array[rows[:, None], columns])
    for view in ("12-lead", "V1+I"):
        np.testing.assert_array_equal(shards.batch(random, view), whole.batch(random, view))
        assert shards.select([], view).shape == whole.select([], view).shape
        selected = shards.select([3, 4], view)
        selected[:] = 0
        assert shards.select([3], view).any(), "a copy"
    for row in (30, -1):
        with pytest.raises(IndexError, match="rows are 0 to 29"):
            shards.microvolts[row]


def test_another_process_opens_them_itself(shards: Corpus) -> None:
    pickled = pickle.dumps(shards)
    assert len(pickled) < 1_000
    np.testing.assert_array_equal(pickle.loads(pickled).microvolts, shards.microvolts)  # noqa: S301


def test_a_missing_or_damaged_shard_is_refused_at_once(shards: Corpus) -> None:
    third = shards.path / "signals-00002.npy"
    content = third.read_bytes()
    for damaged in (content[:-100], (shards.path / "signals-00003.npy").read_bytes(), None):
        if damaged is None:
            third.unlink()
        else:
            third.write_bytes(damaged)
        with pytest.raises(CorpusError, match=r"signals-00002.npy .*prepare the corpus again"):
            Corpus.open(shards.path)
    third.write_bytes(content[:-2] + b"ab")
    with pytest.raises(CorpusError, match=r"signals-00002.npy has changed"):
        Corpus.open(shards.path).verify()
