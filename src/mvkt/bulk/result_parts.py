"""A table that is written in parts and put together at the end, so that a killed process goes on where it was."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from mvkt.bulk.result_rows import Row, row_schema
from mvkt.errors import ResultError
from mvkt.files import atomic_write, write_text

_IDENTITY = "settings.json"


class ResultParts:
    """The folder of parts beside a table that is not complete yet.

    All rows of a file are in the same part, and a part is there whole or not at all: a file is done, or it is not.

    Args:
        out: The table.
        identity: What the rows depend on.

    Raises:
        ResultError: The table is there already, or was begun with something else.
    """

    def __init__(self, out: Path, identity: dict[str, object]) -> None:
        self.out, self.folder = out, out.with_name(f"{out.name}.parts")
        if out.exists():
            raise ResultError(f"{out} is there already; choose another place, or remove it first")
        self.folder.mkdir(parents=True, exist_ok=True)
        text, path = json.dumps(identity, sort_keys=True), self.folder / _IDENTITY
        if path.exists() and path.read_text(encoding="utf-8") != text:
            raise ResultError(
                f"{self.folder} was begun with another network or other options; give the same, or remove it"
            )
        write_text(path, text)

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
        from pyarrow import parquet

        table = arrow.Table.from_pylist(list(rows), schema=row_schema())
        with atomic_write(self.folder / f"{secrets.token_hex(8)}.parquet") as file:
            parquet.write_table(table, file, compression="zstd")

    def complete(self) -> tuple[int, int]:
        """Put the table in place and remove the parts; return how many rows it has, and how many have an error."""
        from pyarrow import compute, parquet

        rows = failed = 0
        with atomic_write(self.out) as file, parquet.ParquetWriter(file, row_schema(), compression="zstd") as writer:
            for part in self._parts():
                table = parquet.read_table(part, schema=row_schema())
                writer.write_table(table)
                rows += table.num_rows
                failed += compute.sum(compute.not_equal(table.column("error"), "")).as_py() or 0
        shutil.rmtree(self.folder)
        return rows, failed

    def _parts(self) -> Iterator[Path]:
        return iter(sorted(path for path in self.folder.glob("*.parquet") if not path.name.startswith(".")))
