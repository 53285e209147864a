from __future__ import annotations

import os
import pickle
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from mvkt.corpora import store as stores
from mvkt.corpora.corpus import Corpus
from mvkt.corpora.prepare import prepare
from mvkt.corpora.sources.simulated import Simulated
from mvkt.errors import CorpusError, StoreError

FILES = ("manifest.json", "index.parquet", "signals.npy")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(stores, "_FIRST_PAUSE_SECONDS", 0.001)
    monkeypatch.setenv("MVKT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Corpus:
    return prepare(Simulated(records=12, seed=3), tmp_path_factory.mktemp("corpora") / "made", workers=1)


def _put(store, corpus: Corpus, name: str = "corpus") -> str:
    store.objects |= {f"bucket/{name}/{file}": (corpus.path / file).read_bytes() for file in FILES}
    return f"s3://bucket/{name}"


def test_a_corpus_of_a_store_that_fails_now_and_then_is_fetched_once(made, store, cache):
    url = _put(store, made)
    store.failing = 0.1
    corpus = Corpus.open(url)
    assert isinstance(corpus.microvolts, np.memmap)
    np.testing.assert_array_equal(corpus.microvolts, made.microvolts)
    assert corpus.record_id.tolist() == made.record_id.tolist()
    assert corpus.path.parent == cache
    del store.objects["bucket/corpus/signals.npy"]
    assert Corpus.open(url + "/").path == corpus.path


def test_a_corpus_by_file_url(made):
    assert len(Corpus.open(made.path.as_uri())) == len(made)


def test_shards_are_fetched_when_they_are_first_read(store, cache, tmp_path):
    made = prepare(Simulated(records=12, seed=3), tmp_path / "shards", workers=1, shard_rows=5)
    store.objects |= {f"bucket/shards/{path.name}": path.read_bytes() for path in made.path.iterdir()}
    store.failing = 0.1
    corpus = Corpus.open("s3://bucket/shards")
    assert len(corpus.record_id) == 12
    assert not list(corpus.path.glob("signals*")), "nobody has read any"
    np.testing.assert_array_equal(corpus.select([5, 9], "I"), made.select([5, 9], "I"))
    assert [path.name for path in corpus.path.glob("signals*")] == ["signals-00001.npy"]
    del store.objects["bucket/shards/signals-00001.npy"]
    again = pickle.loads(pickle.dumps(corpus))  # noqa: S301
    assert again.place == "s3://bucket/shards"
    np.testing.assert_array_equal(again.microvolts, made.microvolts)
    again.verify()


def test_a_damaged_shard_is_not_kept(store, tmp_path):
    made = prepare(Simulated(records=12, seed=3), tmp_path / "shards", workers=1, shard_rows=5)
    store.objects |= {f"bucket/shards/{path.name}": path.read_bytes() for path in made.path.iterdir()}
    whole = store.objects["bucket/shards/signals-00002.npy"]
    store.objects["bucket/shards/signals-00002.npy"] = whole[:-2] + b"xx"
    corpus = Corpus.open("s3://bucket/shards")
    for _ in range(2):
        with pytest.raises(CorpusError, match=r"signals-00002.npy is not what its manifest lists"):
            corpus.select([11], "I")
    with pytest.raises(CorpusError, match="not what its manifest lists"):
        corpus.verify()
    assert sorted(path.name for path in corpus.path.glob("signals*")) == ["signals-00000.npy", "signals-00001.npy"]
    store.objects["bucket/shards/signals-00002.npy"] = whole
    np.testing.assert_array_equal(corpus.select([11], "I"), made.select([11], "I"))


def test_a_corpus_of_a_web_server(made, cache):
    """The client of https:// without the certificate."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(made.path.parent)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    try:
        corpus = Corpus.open(f"{base}/{made.path.name}")
        with pytest.raises(StoreError, match="is not there"):
            Corpus.open(f"{base}/nothing")
    finally:
        server.shutdown()
        server.server_close()
    assert corpus.place == f"{base}/{made.path.name}"
    assert corpus.path.parent == cache
    np.testing.assert_array_equal(corpus.microvolts, made.microvolts)


def test_a_corpus_of_a_bucket_of_google(made, monkeypatch):
    """The client of pyarrow, replaced by a folder whose folders are buckets."""
    from pyarrow import fs

    schemes = []

    def client(scheme):
        schemes.append(scheme)
        return fs.SubTreeFileSystem(str(made.path.parent.parent), fs.LocalFileSystem())

    monkeypatch.setattr(stores, "_client", client)
    corpus = Corpus.open(f"gs://{made.path.parent.name}/{made.path.name}")
    assert set(schemes) == {"gs"}
    np.testing.assert_array_equal(corpus.microvolts, made.microvolts)


def test_a_damaged_corpus_is_not_kept(made, store, cache):
    url = _put(store, made)
    whole = store.objects["bucket/corpus/signals.npy"]
    store.objects["bucket/corpus/signals.npy"] = whole[:-2] + b"xx"
    with pytest.raises(CorpusError, match="not what its manifest lists"):
        Corpus.open(url)
    assert not list(cache.glob("*/manifest.json"))
    store.objects["bucket/corpus/signals.npy"] = whole
    assert len(Corpus.open(url)) == len(made)
    with pytest.raises(StoreError, match="is not there"):
        Corpus.open("s3://bucket/nothing")


def test_the_cache_has_a_limit_and_forgets_the_oldest(made, store, monkeypatch):
    size = sum((made.path / file).stat().st_size for file in FILES)
    first, second, third = (Corpus.open(_put(store, made, name)).path for name in "abc")
    os.utime(first, (2, 2))
    os.utime(second, (1, 1))
    monkeypatch.setenv("MVKT_CACHE_GB", str(3.5 * size / 1e9))
    fourth = Corpus.open(_put(store, made, "d")).path
    assert [path.exists() for path in (first, second, third, fourth)] == [True, False, True, True]
    monkeypatch.setenv("MVKT_CACHE_GB", str(0.5 * size / 1e9))
    with pytest.raises(CorpusError, match="raise MVKT_CACHE_GB"):
        Corpus.open(_put(store, made, "e"))
    assert isinstance(first, Path)
