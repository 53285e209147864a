"""Writing a corpus."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mvkt.corpora.corpus_manifest import MANIFEST_FILE
from mvkt.corpora.parquet_index import Index
from mvkt.corpora.writing import IndexWriter, ShardWriter, SignalWriter, staged_folder
from mvkt.errors import CorpusError


def test_signals_of_unknown_length(tmp_path: Path) -> None:
    windows = np.random.default_rng(0).integers(-1000, 1000, (7, 2, 50)).astype(np.int16)
    with SignalWriter(tmp_path / "s.npy", 2, 50) as writer:
        for start in range(0, 7, 3):
            writer.append(windows[start : start + 3])
    assert writer.rows == 7
    np.testing.assert_array_equal(np.load(tmp_path / "s.npy", mmap_mode="r", allow_pickle=False), windows)


@pytest.mark.parametrize(("rows", "files"), [(0, ["signals.npy"]), (4, ["signals.npy"]), (9, None)])
def test_shards_of_unknown_number(tmp_path: Path, rows: int, files: list[str] | None) -> None:
    windows = np.random.default_rng(0).integers(-1000, 1000, (rows, 2, 50)).astype(np.int16)
    with ShardWriter(tmp_path, 2, 50, shard_rows=4) as writer:
        for start in range(0, rows, 3):
            writer.append(windows[start : start + 3])
    found = sorted(path.name for path in tmp_path.iterdir())
    assert found == (files or [f"signals-0000{number}.npy" for number in range(3)])
    assert (writer.rows, writer.shard_rows) == (rows, 0 if files else 4)
    read = [np.load(tmp_path / name, mmap_mode="r", allow_pickle=False) for name in found]
    assert [len(part) for part in read] == ([rows] if files else [4, 4, 1])
    np.testing.assert_array_equal(np.concatenate(read), windows)


def row(number: int, **changes: object) -> dict[str, object]:
    usual = {
        "record_id": f"r{number}", "patient_id": f"p{number}", "window": 0, "fold": 1, "age": 50.0, "sex": "female",
        "valid_share": 1.0, "labels": [("AF", 100.0)], "labelled": True, "path": "",
    }  # fmt: skip
    return usual | changes


def test_an_index_and_its_reader(tmp_path: Path) -> None:
    with IndexWriter(tmp_path / "i.parquet") as writer:
        for each in (row(0), row(1, age=None, sex=None, labels=[], labelled=None), row(2, labelled=False)):
            writer.append(each)
    reader = Index(tmp_path / "i.parquet", 3)
    assert reader.strings("record_id").tolist() == ["r0", "r1", "r2"]
    assert reader.strings("sex").tolist() == ["female", "", "female"]
    assert reader.labels() == [{"AF": 100.0}, {}, {"AF": 100.0}]
    assert reader.flags("labelled").tolist() == [True, False, False]
    np.testing.assert_array_equal(reader.numbers("age", np.float32), [50, np.nan, 50])


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "corpus"

    def write_half() -> None:
        with staged_folder(target, overwrite=False) as folder:
            (folder / "a").write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_half()
    assert list(tmp_path.iterdir()) == []
    with staged_folder(target, overwrite=False) as folder:
        assert not target.exists()
        (folder / MANIFEST_FILE).write_text("{}")
    assert [path.name for path in tmp_path.iterdir()] == ["corpus"]
    assert [path.name for path in target.iterdir()] == [MANIFEST_FILE]


def test_folders_above_it_stay_only_if_all_goes_well(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match="unreadable"),
        staged_folder(tmp_path / "new" / "run" / "corpus", overwrite=False),
    ):
        raise RuntimeError("unreadable")
    assert not (tmp_path / "new").exists()
    (tmp_path / "old").mkdir()
    with pytest.raises(RuntimeError, match="unreadable"), staged_folder(tmp_path / "old" / "corpus", overwrite=False):
        raise RuntimeError("unreadable")
    assert (tmp_path / "old").is_dir()


def test_only_a_corpus_is_overwritten_and_only_on_request(tmp_path: Path) -> None:
    target = tmp_path / "corpus"
    target.mkdir()
    (target / "thesis.tex").write_text("years of work")
    with pytest.raises(CorpusError, match="exists and is no corpus"), staged_folder(target, overwrite=True):
        pass
    (target / MANIFEST_FILE).write_text("{}")
    with pytest.raises(CorpusError, match="a prepared corpus already"), staged_folder(target, overwrite=False):
        pass
    with staged_folder(target, overwrite=True) as folder:
        (folder / MANIFEST_FILE).write_text("new")
    assert (target / MANIFEST_FILE).read_text() == "new"
    assert not (target / "thesis.tex").exists()
