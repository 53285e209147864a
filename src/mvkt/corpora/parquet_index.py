"""``index.parquet``: one row a window, readable without mvkt (pandas, DuckDB, polars, Spark)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.errors import CorpusError, MissingExtraError


def require_pyarrow() -> tuple[Any, Any]:
    """Import ``pyarrow`` and ``pyarrow.parquet``.

    Raises:
        MissingExtraError: pyarrow is not installed.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtraError("corpora need pyarrow, which is not installed: pip install 'mvkt[train]'") from error
    return pyarrow, parquet


@cache
def index_schema() -> Any:
    """Return the columns of the index.

    ``labels`` maps each statement to its likelihood, 0 to 100: ``labels['AFIB']`` in DuckDB,
    ``to_pandas(maps_as_pydicts="strict")`` for dictionaries in pandas. -1 marks a statement that nobody looked for.
    ``labelled`` is true where every other statement was looked for and not found; null where
    the source does not state it.
    """
    arrow, _ = require_pyarrow()
    return arrow.schema(
        [
            ("record_id", arrow.string()),
            ("patient_id", arrow.string()),
            ("window", arrow.int32()),
            ("fold", arrow.int16()),
            ("age", arrow.float32()),
            ("sex", arrow.string()),
            ("valid_share", arrow.float32()),
            ("labels", arrow.map_(arrow.string(), arrow.float32())),
            ("labelled", arrow.bool_()),
            ("path", arrow.string()),
        ]
    )


class Index:
    """The columns of an index file, each read when it is needed.

    Raises:
        CorpusError: The file is damaged or of another length.
    """

    def __init__(self, path: Path, rows: int) -> None:
        self._path = path
        self._rows = rows

    def _read(self, column: str) -> Any:
        arrow, parquet = require_pyarrow()
        try:
            table = parquet.read_table(self._path, columns=[column])
        except (arrow.ArrowException, OSError, KeyError) as error:
            raise CorpusError(f"{self._path} cannot be read ({error}); prepare the corpus again") from error
        if table.num_rows != self._rows or table.num_columns != 1:
            raise CorpusError(
                f"{self._path} has {table.num_rows} rows of {column!r} where the manifest has {self._rows}; "
                "prepare the corpus again"
            )
        return table.column(0)

    def strings(self, column: str) -> NDArray[np.str_]:
        """Return a text column; what is absent is empty."""
        return np.array(self._read(column).fill_null("").to_pylist(), dtype=np.str_)

    def numbers(self, column: str, dtype: Any) -> NDArray[Any]:
        """Return a numeric column; what is absent is NaN."""
        return np.asarray(self._read(column).to_numpy(), dtype=dtype)

    def flags(self, column: str) -> NDArray[np.bool_]:
        """Return a column of truth values; what is absent, or the whole column, is false."""
        _, parquet = require_pyarrow()
        if column not in parquet.read_schema(self._path).names:
            return np.zeros(self._rows, dtype=np.bool_)
        return np.asarray(self._read(column).fill_null(False).to_numpy(zero_copy_only=False), dtype=np.bool_)

    def labels(self) -> list[dict[str, float]]:
        """Return the statements of each row with their likelihoods."""
        return [dict(row or ()) for row in self._read("labels").to_pylist()]
