"""The loop of the usual kind does the same work: its signals are those of the corpus."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from benchmarks.speed.recordings import FirstOfPtbXl

from mvkt.corpora import prepare

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of pandas, about wfdb
    import wfdb
    from benchmarks.speed.preparing import SECTIONS, files_of, forget, measure, read_bytes, the_usual_loop

pytestmark = [pytest.mark.data, pytest.mark.filterwarnings("ignore:The inplace keyword")]


def test_the_loop_and_the_corpus_have_the_same_signals(shared_data: Path, tmp_path: Path) -> None:
    from scipy.signal import sosfiltfilt

    chosen = FirstOfPtbXl(shared_data / "ptb-xl-subset", limit=4)
    corpus = prepare(chosen, tmp_path / "corpus", workers=1)
    entries = chosen.entries()[0]
    assert the_usual_loop(chosen.root, entries) == len(corpus) == 4
    record = wfdb.rdrecord(str(chosen.root / entries[2].path).removesuffix(".hea"))
    filtered = sosfiltfilt(SECTIONS, record.p_signal, axis=0, padtype="even", padlen=200).T
    np.testing.assert_allclose(1000 * filtered, corpus.microvolts[2], atol=0.51)


def test_bytes_are_read_whole(shared_data: Path) -> None:
    chosen = FirstOfPtbXl(shared_data / "ptb-xl-subset", limit=2)
    files = files_of(chosen.root, chosen.entries()[0])
    forget(files)
    assert read_bytes(files) == sum(path.stat().st_size for path in files)


def test_without_files_only_our_own_speed_is_measured() -> None:
    (row,) = measure(None, 8, 1)
    assert (row.peer, row.ratio) == ("", None)
