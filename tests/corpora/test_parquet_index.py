"""``index.parquet``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mvkt.corpora.parquet_index import Index, index_schema, require_pyarrow
from mvkt.errors import CorpusError, MissingExtraError


def write(path: Path, columns: dict[str, list[Any]]) -> None:
    arrow, parquet = require_pyarrow()
    parquet.write_table(arrow.table(columns), path)


def test_an_index_without_the_column_labelled(tmp_path: Path) -> None:
    write(tmp_path / "i.parquet", {"record_id": ["a", "b"]})
    reader = Index(tmp_path / "i.parquet", 2)
    assert reader.flags("labelled").tolist() == [False, False]
    with pytest.raises(CorpusError):
        reader.numbers("age", np.float32)


def test_rows_must_be_those_of_the_manifest(tmp_path: Path) -> None:
    write(tmp_path / "i.parquet", {"record_id": ["a", "b"]})
    with pytest.raises(CorpusError, match="has 2 rows of 'record_id' where the manifest has 3"):
        Index(tmp_path / "i.parquet", 3).strings("record_id")


def test_a_damaged_file(tmp_path: Path) -> None:
    (tmp_path / "i.parquet").write_bytes(b"PAR1 nothing PAR1")
    with pytest.raises(CorpusError, match="cannot be read"):
        Index(tmp_path / "i.parquet", 3).strings("record_id")


def test_columns() -> None:
    assert index_schema().names == [
        "record_id", "patient_id", "window", "fold", "age", "sex", "valid_share", "labels", "labelled", "path",
    ]  # fmt: skip


def test_without_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match="corpora need pyarrow"):
        require_pyarrow()
