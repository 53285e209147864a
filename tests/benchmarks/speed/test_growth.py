from __future__ import annotations

import mmap
from pathlib import Path

import numpy as np
import pytest
from benchmarks.speed.growing import POINTS, Repeated
from benchmarks.speed.growth import Series
from benchmarks.speed.memory import Anonymous

from mvkt.corpora import prepare
from mvkt.corpora.sources.simulated import Simulated


@pytest.mark.parametrize(("power", "straight"), [(0.0, True), (1.0, True), (2.0, False)])
def test_a_power_law_has_its_exponent(power: float, straight: bool) -> None:
    sizes = (1.0, 4.0, 16.0, 64.0)
    made = Series("what", "s", sizes, tuple((3 * size**power, 3 * size**power, 99.0) for size in sizes))
    assert made.exponent == pytest.approx(power, abs=1e-6)
    assert (made.straightness > 0.999) is straight
    assert made.row(1.1).met is (power <= 1)
    assert made.row().met is None


def test_a_source_repeats_another() -> None:
    base = Simulated(records=3)
    repeated = Repeated(base, 2)
    entries, _ = repeated.entries()
    assert [entry.record_id for entry in entries] == [f"S000000{n}-{copy}" for copy in (0, 1) for n in range(3)]
    signals = [record.signal for record in repeated.read_many(entries)]
    np.testing.assert_array_equal(signals[0], signals[3])
    np.testing.assert_array_equal(repeated.read(entries[4]).signal, signals[1])
    assert repeated.tasks == base.tasks


def test_a_repeated_corpus_is_prepared(tmp_path: Path) -> None:
    corpus = prepare(Repeated(Simulated(records=20), 3), tmp_path / "corpus", workers=1)
    assert len(corpus) == 60
    np.testing.assert_array_equal(corpus.microvolts[:20], corpus.microvolts[40:])


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_memory_that_is_taken_is_seen_and_mapped_files_are_not(tmp_path: Path) -> None:
    np.save(tmp_path / "mapped.npy", np.ones(4_000_000))
    with Anonymous() as memory:
        # Not an array: it may be given what the process holds already.
        taken = mmap.mmap(-1, 64 * 2**20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        np.frombuffer(taken, dtype=np.uint8)[:] = 1
    assert memory.megabytes == pytest.approx(64, abs=8)
    mapped = np.load(tmp_path / "mapped.npy", mmap_mode="r")
    with Anonymous() as memory:
        assert mapped.sum() == 4_000_000
    assert memory.megabytes < 8


@pytest.mark.parametrize(("point", "size"), [("corpus", 1), ("classes", 3), ("hours", 0.01), ("leads", 1)])
@pytest.mark.slow
def test_every_point_gives_numbers(point: str, size: float, tmp_path: Path) -> None:
    found = POINTS[point](size, tmp_path, None, 64)
    assert found
    assert all(np.isfinite(value) and value >= 0 for value in found.values())
