"""The prepared form: opens at once, gives what the recordings give, and notices when it is damaged."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet
import pytest
from tests.slowness import slowness

from mvkt.corpora import Corpus, Source, prepare
from mvkt.corpora.sources.cpsc2018 import Cpsc2018
from mvkt.corpora.sources.ptbxl import PtbXl
from mvkt.ecg.formats import read
from mvkt.ecg.signal import SignalSpec, standardise, windows
from mvkt.errors import CorpusError, LeadError

Make = Callable[..., Any]


@pytest.fixture
def corpus(tmp_path: Path, listed: type[Source], make_entries: Make) -> Corpus:
    return prepare(listed(make_entries(30)), tmp_path / "c")


def change_manifest(corpus: Corpus, **changes: Any) -> None:
    file = corpus.path / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


@pytest.mark.data
@pytest.mark.parametrize("view", ["I", "12-lead", "V5+aVR"])
@pytest.mark.parametrize("resolution", [100, 500])
def test_a_batch_is_what_the_recordings_give_to_the_last_bit(
    shared_data: Path, tmp_path: Path, view: str, resolution: Any
) -> None:
    root = shared_data / "ptb-xl-subset"
    source = PtbXl(root, resolution=resolution)
    chosen = [entry for entry in source.entries()[0] if (root / entry.path).is_file()][:16]
    few = type("Few", (PtbXl,), {"entries": lambda self: (chosen, [])})(root, resolution)
    corpus = prepare(few, tmp_path / "c")
    rows = np.random.default_rng(0).permutation(len(chosen))
    batch = corpus.batch(rows, view)
    for row, window in zip(rows, batch, strict=True):
        expected = windows(read(root / chosen[row].path), corpus.signal, view).signal
        assert expected.shape[0] == 1
        np.testing.assert_array_equal(window, expected[0])


@pytest.mark.data
def test_a_batch_of_long_recordings_is_what_they_give(shared_data: Path, tmp_path: Path) -> None:
    root = shared_data / "cpsc2018-sample"
    spec = SignalSpec(sampling_frequency=250, band=(0.5, 45), window_seconds=5, hop_seconds=5)
    corpus = prepare(Cpsc2018(root), tmp_path / "c", signal=spec)
    for name in np.unique(corpus.record_id):
        rows = np.flatnonzero(corpus.record_id == name)
        expected = windows(read(root / f"{name}.mat"), spec, "I")
        np.testing.assert_array_equal(corpus.batch(rows, "I"), expected.signal)
        np.testing.assert_allclose(corpus.valid_share[rows], expected.valid_share, rtol=1e-6)


def test_select_in_any_order_and_view(corpus: Corpus) -> None:
    rows = np.array([7, 2, 2, 29])
    assert corpus.select(rows, "V1+I").shape == (4, 2, 1_000)
    np.testing.assert_array_equal(corpus.select(rows, "V1+I"), corpus.microvolts[[7, 2, 2, 29]][:, [6, 0]])
    np.testing.assert_array_equal(corpus.select(rows, "12-lead"), corpus.microvolts[[7, 2, 2, 29]])
    assert corpus.select([], "I").shape == (0, 1, 1_000)
    assert corpus.select(rows, "I").dtype == np.int16
    np.testing.assert_array_equal(corpus.batch(rows, "I"), standardise(corpus.select(rows, "I"), corpus.signal))


def test_a_selection_is_no_window_into_the_file(corpus: Corpus) -> None:
    for view in ("12-lead", "II"):
        selected = corpus.select([0], view)
        selected[:] = 0
        assert corpus.microvolts[0].any()
        assert type(selected) is np.ndarray


def test_a_lead_that_is_not_there_is_named(tmp_path: Path, listed: type[Source], make_entries: Make) -> None:
    corpus = prepare(listed(make_entries(3)), tmp_path / "few", view="I+II")
    with pytest.raises(LeadError, match="needs lead V1; this corpus holds I, II"):
        corpus.select([0], "I+V1")
    with pytest.raises(LeadError, match="needs lead III"):  # rounded leads do not give others to the last bit
        corpus.batch([0], "III")


def test_rows_of_folds(corpus: Corpus) -> None:
    assert corpus.rows([9]).tolist() == [8, 18, 28]
    assert corpus.rows({9, 1}).tolist() == [0, 8, 10, 18, 20, 28]
    assert corpus.rows(()).tolist() == []


def test_targets(corpus: Corpus) -> None:
    targets = corpus.targets("ab")
    assert targets.classes == ("A", "B")
    assert targets.matrix[:2].tolist() == [[False, True], [True, False]]
    with pytest.raises(CorpusError, match="no task 'abc'; did you mean 'ab'"):
        corpus.targets("abc")


def test_it_opens_at_once_even_with_a_million_records(corpus: Corpus) -> None:
    rows = 1_000_000
    with (corpus.path / "signals.npy").open("r+b") as file:
        header = {"descr": "<i2", "fortran_order": False, "shape": (rows, 12, 1_000)}
        np.lib.format.write_array_header_1_0(file, header)
        file.truncate(file.tell() + rows * 12 * 1_000 * 2)  # a sparse file
    change_manifest(corpus, rows=rows)
    begin = time.perf_counter()
    opened = Corpus.open(corpus.path)
    took = time.perf_counter() - begin
    assert took < 0.1 * slowness(time.perf_counter)
    assert opened.select([rows - 1, 0], "I").shape == (2, 1, 1_000)


def test_opening_imports_neither_pyarrow_nor_torch(corpus: Corpus) -> None:
    script = (
        "import sys; from pathlib import Path; from mvkt.corpora import Corpus; Corpus.open(Path(sys.argv[1]));"
        "print(sorted({'torch', 'pyarrow', 'scipy.signal', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script, corpus.path], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_workers_import_neither_pyarrow_nor_torch() -> None:
    script = (
        "import sys; import mvkt.corpora.conditioning, mvkt.corpora.sources.ptbxl, mvkt.corpora.sources.simulated;"
        "print(sorted({'torch', 'pyarrow', 'lightning'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_index_reads_well_without_mvkt(corpus: Corpus) -> None:
    table = pyarrow.parquet.read_table(corpus.path / "index.parquet")
    assert table.column_names == [
        "record_id", "patient_id", "window", "fold", "age", "sex", "valid_share", "labels", "labelled", "path",
    ]  # fmt: skip
    frame = table.to_pandas(maps_as_pydicts="strict")
    assert frame.labels[0] == {"B": 80.0, "other": 0.0}
    assert frame.fold.tolist() == corpus.fold.tolist()


def test_another_process_gets_the_path_and_not_the_signals(corpus: Corpus) -> None:
    pickled = pickle.dumps(corpus)
    assert len(pickled) < 1_000
    np.testing.assert_array_equal(pickle.loads(pickled).microvolts, corpus.microvolts)  # noqa: S301


def test_signals_are_mapped_read_only(corpus: Corpus) -> None:
    assert isinstance(corpus.microvolts, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        corpus.microvolts[0] = 0


def test_verify_finds_a_changed_byte(corpus: Corpus) -> None:
    corpus.verify()
    with (corpus.path / "signals.npy").open("r+b") as file:
        file.seek(5_000)
        file.write(b"\x2a\x2b\x2c")
    with pytest.raises(CorpusError, match=r"signals.npy has changed"):
        Corpus.open(corpus.path).verify()


def test_no_corpus(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no prepared corpus; make one with 'mvkt corpus prepare'"):
        Corpus.open(tmp_path / "nowhere")
    (tmp_path / "file").write_text("x")
    with pytest.raises(CorpusError, match="no prepared corpus"):
        Corpus.open(tmp_path / "file")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("signals.npy", b""),
        ("signals.npy", b"\x93NUMPY\x01\x00nonsense"),
        ("signals.npy", None),
        ("index.parquet", None),
        ("manifest.json", b"{"),
        ("manifest.json", b"[]"),
        ("manifest.json", b'{"format_version": 1}'),
        ("manifest.json", b"\xff\xfe"),
    ],
)
def test_a_damaged_corpus_is_refused(corpus: Corpus, name: str, content: bytes | None) -> None:
    (corpus.path / name).unlink()
    if content is not None:
        (corpus.path / name).write_bytes(content)
    with pytest.raises(CorpusError, match=r"prepare the corpus again|no index.parquet"):
        Corpus.open(corpus.path)


def test_truncated_signals_are_refused(corpus: Corpus) -> None:
    with (corpus.path / "signals.npy").open("r+b") as file:
        file.truncate(100_000)
    with pytest.raises(CorpusError, match="prepare the corpus again"):
        Corpus.open(corpus.path)


def test_signals_of_another_shape_or_with_objects_are_refused(corpus: Corpus) -> None:
    for array in (np.zeros((30, 12, 999), np.int16), np.zeros((30, 12, 1_000)), np.array([{}, 1], dtype=object)):
        np.save(corpus.path / "signals.npy", array, allow_pickle=True)
        with pytest.raises(CorpusError, match="prepare the corpus again"):
            Corpus.open(corpus.path)


def test_another_format_version_is_refused(corpus: Corpus) -> None:
    change_manifest(corpus, format_version=2)
    with pytest.raises(CorpusError, match="format version 2; this mvkt reads 1: upgrade mvkt"):
        Corpus.open(corpus.path)


def test_a_damaged_index_is_noticed_when_it_is_read(corpus: Corpus) -> None:
    (corpus.path / "index.parquet").write_bytes(b"PAR1 but no more")
    with pytest.raises(CorpusError, match="cannot be read"):
        _ = Corpus.open(corpus.path).fold
    table = pyarrow.table({"fold": [1, 2]})
    pyarrow.parquet.write_table(table, corpus.path / "index.parquet")
    with pytest.raises(CorpusError, match="2 rows of 'fold' where the manifest has 30"):
        _ = Corpus.open(corpus.path).fold
    with pytest.raises(CorpusError):
        _ = Corpus.open(corpus.path).record_id
