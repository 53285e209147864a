"""``manifest.json``."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from mvkt.corpora import prepare
from mvkt.corpora.corpus_manifest import TEN_FOLDS, Manifest, Split
from mvkt.corpora.sources.simulated import Simulated
from mvkt.errors import CorpusError


def test_a_fold_is_in_one_part_only() -> None:
    with pytest.raises(ValidationError, match="a fold is in one part only"):
        Split(training=(1, 2), validation=(2,), test=(3,))
    assert sorted(TEN_FOLDS.training + TEN_FOLDS.validation + TEN_FOLDS.test) == list(range(1, 11))


def test_a_number_of_shards_that_cannot_be_is_refused(tmp_path: Path) -> None:
    manifest = prepare(Simulated(records=20), tmp_path / "c", workers=1, shard_rows=8).manifest
    assert manifest.signal_files == ("signals-00000.npy", "signals-00001.npy", "signals-00002.npy")
    path = tmp_path / "c" / "manifest.json"
    path.write_text(path.read_text().replace('"rows": 20', '"rows": 20000000'))
    with pytest.raises(CorpusError, match="20000000 rows in shards of 8 are more than 100000 files"):
        Manifest.load(path)


def test_summary_and_storage(tmp_path: Path) -> None:
    manifest = prepare(Simulated(records=20), tmp_path / "c", workers=1).manifest
    summary = manifest.summary
    assert (summary.source, summary.records, summary.rows) == ("simulated", 20, manifest.rows)
    assert summary.checksum == manifest.checksums["signals.npy"]
    assert Manifest.load(tmp_path / "c" / "manifest.json") == manifest
    with pytest.raises(CorpusError, match="this is no prepared corpus"):
        Manifest.load(tmp_path / "manifest.json")
