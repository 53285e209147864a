"""A table that is written in parts and put together at the end, so that a killed process goes on where it was."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mvkt.bulk.result_rows import Row, row_schema
from mvkt.errors import ResultError
from mvkt.files import atomic_write, write_text

_IDENTITY = "settings.json"
_KEPT = "kept.parquet"
_IN_TABLE = b"mvkt"


class ResultParts:
    """The folder of parts beside a table that is not complete yet.

    All rows of a file are in the same part, and a part is there whole or not at all: a file is done, or it is not.

    Args:
        out: The table.
        identity: What the rows depend on.
        retry_errors: Whether files with a row that has an error count as not done, also those of a finished table.

    Raises:
        ResultError: The table is there already, or was begun with something else.
    """

    def __init__(self, out: Path, identity: dict[str, object], *, retry_errors: bool = False) -> None:
        self.out, self.folder = out, out.with_name(f"{out.name}.parts")
        self._identity = json.dumps(identity, sort_keys=True)
        path = self.folder / _IDENTITY
        begun = path.exists()
        if out.exists() and not retry_errors:
            raise ResultError(
                f"{out} is there already; choose another place, remove it first, or diagnose what has an error in it "
                "again with --retry-errors"
            )
        if begun:
            self._check(path.read_text(encoding="utf-8"), self.folder)
        elif out.exists():
            self._check(_identity_in(out), out)
        self.folder.mkdir(parents=True, exist_ok=True)
        if out.exists() and not begun:
            self._keep(out, self.folder / _KEPT)
        write_text(path, self._identity)  # last: without it, the next call takes the good rows of the table again
        if retry_errors and begun:
            for part in self._parts():
                self._keep(part, part)

    def _check(self, identity: str, where: Path) -> None:
        if identity != self._identity:
            raise ResultError(f"{where} was begun with another network or other options; give the same, or remove it")

    def done(self) -> set[str]:
        """Return the files whose rows are written."""
        from pyarrow import parquet

        return {
            file
            for part in self._parts()
            for file in parquet.read_table(part, columns=["file"]).column("file").to_pylist()
        }

    def write(self, rows: Sequence[Row]) -> None:
        """Add a part."""
        import pyarrow as arrow

        with self._writer(self.folder / f"{secrets.token_hex(8)}.parquet") as writer:
            writer.write_table(arrow.Table.from_pylist(list(rows), schema=row_schema()))

    def complete(self) -> tuple[int, int]:
        """Put the table in place and remove the parts; return how many rows it has, and how many have an error."""
        from pyarrow import compute, parquet

        rows = failed = 0
        with self._writer(self.out) as writer:
            for part in self._parts():
                table = parquet.read_table(part, schema=row_schema())
                writer.write_table(table)
                rows += table.num_rows
                failed += compute.sum(compute.not_equal(table.column("error"), "")).as_py() or 0
        shutil.rmtree(self.folder)
        return rows, failed

    def _parts(self) -> Iterator[Path]:
        return iter(sorted(path for path in self.folder.glob("*.parquet") if not path.name.startswith(".")))

    @contextmanager
    def _writer(self, path: Path) -> Iterator[Any]:
        from pyarrow import parquet

        schema = row_schema().with_metadata({_IN_TABLE: self._identity.encode()})
        with atomic_write(path) as file, parquet.ParquetWriter(file, schema, compression="zstd") as writer:
            yield writer

    def _keep(self, source: Path, target: Path) -> None:
        """Write the rows of those files that have no error; a part in which there is none stays as it is."""
        import pyarrow as arrow
        from pyarrow import compute, parquet

        table = parquet.read_table(source, columns=["file", "error"])
        failed = table.filter(compute.not_equal(table.column("error"), "")).column("file").unique()
        if source == target and not len(failed):
            return
        with parquet.ParquetFile(source) as read, self._writer(target) as writer:
            for rows in read.iter_batches():
                kept = rows.filter(compute.invert(compute.is_in(rows.column("file"), value_set=failed)))
                writer.write_table(arrow.Table.from_batches([kept]))


def _identity_in(table: Path) -> str:
    """Return what the rows of a finished table depend on; empty where it does not have it.

    Raises:
        ResultError: It is no table.
    """
    import pyarrow as arrow
    from pyarrow import parquet

    try:
        metadata = parquet.read_schema(table).metadata or {}
    except (arrow.ArrowException, OSError) as error:
        raise ResultError(f"{table} is no table of diagnoses: {error}") from error
    return str(metadata.get(_IN_TABLE, b"").decode())
