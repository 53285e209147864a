"""A corpus as large as MIMIC-IV-ECG: 800,000 recordings, of which the signals take no place on the disk."""

from __future__ import annotations

import time
import tracemalloc
from pathlib import Path

import numpy as np
import pyarrow as arrow
import pytest
from numpy.lib import format as npy
from pyarrow import parquet
from tests.slowness import slowness

from mvkt.corpora.corpus import Corpus
from mvkt.corpora.corpus_manifest import INDEX_FILE, MANIFEST_FILE, SIGNALS_FILE, TEN_FOLDS, Manifest, shard_file
from mvkt.corpora.parquet_index import index_schema
from mvkt.ecg.leads import STANDARD_LEADS
from mvkt.ecg.signal import SignalSpec
from mvkt.training.batches import draw_batches

ROWS, LEADS, SAMPLES = 800_000, 12, 1000


@pytest.fixture(scope="module", params=[0, 50_000], ids=["one file", "shards"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("large")
    shard_rows: int = request.param
    rows = shard_rows or ROWS
    names = [shard_file(number) for number in range(ROWS // rows)] if shard_rows else [SIGNALS_FILE]
    for name in names:
        with (made / name).open("wb") as file:
            npy.write_array_header_1_0(file, {"descr": "<i2", "fortran_order": False, "shape": (rows, LEADS, SAMPLES)})
            file.truncate(file.tell() + 2 * rows * LEADS * SAMPLES)
    number = np.arange(ROWS)
    identities = arrow.array(number).cast(arrow.string())
    offsets = arrow.array(np.append(number, ROWS).astype(np.int32))
    labels = arrow.MapArray.from_arrays(
        offsets, arrow.array(np.where(number % 5, "NORM", "AFIB")), arrow.array(np.full(ROWS, 100, dtype=np.float32))
    )
    columns = [
        identities,
        arrow.array(number // 5).cast(arrow.string()),
        arrow.array(np.zeros(ROWS, dtype=np.int32)),
        arrow.array((number // 5 % 10 + 1).astype(np.int16)),
        arrow.array(np.full(ROWS, 60, dtype=np.float32)),
        arrow.array(np.full(ROWS, "female")),
        arrow.array(np.ones(ROWS, dtype=np.float32)),
        labels,
        arrow.array(np.ones(ROWS, dtype=np.bool_)),
        identities,
    ]
    parquet.write_table(arrow.Table.from_arrays(columns, schema=index_schema()), made / INDEX_FILE)
    Manifest(
        source="sparse",
        signal=SignalSpec(),
        leads=STANDARD_LEADS,
        millivolts_per_unit=0.001,
        rows=ROWS,
        shard_rows=shard_rows,
        records=ROWS,
        patients=ROWS // 5,
        folds=dict.fromkeys(range(1, 11), ROWS // 10),
        recommended_split=TEN_FOLDS,
        tasks={},
        licence="none",
        citation="",
        warnings=(),
        skipped=(),
        checksums=dict.fromkeys((*names, INDEX_FILE), ""),
        tool_version="0",
        created="2026-01-01T00:00:00+00:00",
    ).save(made / MANIFEST_FILE)
    return made


def _seconds(action, clock=time.process_time, times: int = 5) -> float:
    """The least of some runs: of the processor, or of another clock."""
    taken = []
    for _ in range(times):
        begun = clock()
        action()
        taken.append(clock() - begun)
    return min(taken)


def test_opening_shuffling_and_sampling_stay_fast_and_memory_flat(folder, record_property):
    Corpus.open(folder)  # imports
    opening = _seconds(lambda: Corpus.open(folder), time.perf_counter)
    assert opening < 0.5 * slowness(time.perf_counter), "0.2 s on an idle machine"
    corpus = Corpus.open(folder)
    tracemalloc.start()
    rows = corpus.rows(TEN_FOLDS.training)
    assert len(rows) == 640_000
    generator = np.random.default_rng(0)
    labelled = np.ones(len(rows), dtype=np.bool_)
    shuffling = _seconds(lambda: draw_batches(labelled, 64, len(rows) // 64, None, generator))
    batches = draw_batches(labelled, 64, len(rows) // 64, None, generator)
    sampling = _seconds(lambda: [corpus.select(rows[batch], "I") for batch in batches[:100]]) / 100
    grown = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    figures = {"opening": opening, "shuffling": shuffling, "sampling": sampling, "megabytes": grown / 1e6}
    for name, figure in figures.items():
        record_property(name, figure)
    assert shuffling < 2 * slowness()
    assert sampling < 0.2 * slowness()
    assert grown < 200e6  # the positions of 640,000 records, twice, and the folds; of 19 GB of signals nothing
