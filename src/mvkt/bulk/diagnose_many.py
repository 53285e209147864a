"""Many recordings to a table: listed, diagnosed by an engine, written in parts, put together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from mvkt import __version__
from mvkt.bulk.local_engine import rows_in_processes
from mvkt.bulk.result_parts import ResultParts
from mvkt.bulk.result_rows import Row, RowMaker
from mvkt.corpora.store import StoredRecording, is_url, recordings_in
from mvkt.diagnosis.many_files import DiagnosisSettings, tasks_of
from mvkt.errors import MissingExtraError, RecordError, ResultError
from mvkt.processes import processors
from mvkt.ray_cluster import Engine
from mvkt.stored import Part

_FILES_A_PART = 256
_SUFFIXES = (".parquet", ".pq")


class BulkResult(Part):
    """What became of many recordings.

    Attributes:
        out: The table, a Parquet file.
        rows: A row for each recording.
        failed: Rows with an error.
        files: That were diagnosed now.
        done_before: Files whose rows an earlier, stopped call had written.
    """

    out: str
    rows: int
    failed: int
    files: int
    done_before: int


def diagnose_many(
    places: Sequence[str],
    out: Path,
    settings: DiagnosisSettings,
    *,
    engine: Engine = "processes",
    workers: int | None = None,
    retry_errors: bool = False,
    update: Callable[[int, int], None] = lambda done, total: None,
) -> BulkResult:
    """Diagnose all recordings at some places and write a table with one row for each.

    What was written before the call was stopped is kept: the same call goes on.

    Args:
        places: Files, folders, or URLs of stores.
        out: The Parquet file to make; ``OUT.parts`` beside it holds what is done meanwhile.
        settings: How recordings are read and judged.
        engine: ``processes`` of this machine, or ``ray``.
        workers: Processes or actors; by default one for each processor.
        retry_errors: Whether files with an error are diagnosed again, of a stopped call or of a finished table.
        update: Receives how many files are done, of how many.

    Raises:
        MissingExtraError: pyarrow, fsspec or Ray is not installed.
        ResultError: The table is there already and is not to be gone on with, was begun with other settings, or has a
            name of another kind of file.
        StoreError: A store cannot be listed.
        RecordError: There is no file at all.
        WorkerError: Ray gave up on a batch.
    """
    try:
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("--out needs pyarrow, which is not installed: pip install 'mvkt[scale]'") from error
    if out.suffix.lower() not in _SUFFIXES:
        raise ResultError(f"the table is a Parquet file; name it {out.with_suffix('.parquet')} instead of {out}")
    everything = list({recording.url: recording for recording in _recordings(places)}.values())
    if not everything:
        raise RecordError(f"there is no file in {', '.join(places)}")
    identity: dict[str, object] = {"mvkt": __version__, **{name: str(each) for name, each in asdict(settings).items()}}
    parts = ResultParts(out, identity, retry_errors=retry_errors)
    done = parts.done()
    left = [recording for recording in everything if recording.url not in done]
    count = len(everything) - len(left)
    update(count, len(everything))
    for files, rows in _batches(left, settings, engine, workers or processors()):
        parts.write(rows)
        count += files
        update(count, len(everything))
    total, failed = parts.complete()
    return BulkResult(out=str(out), rows=total, failed=failed, files=len(left), done_before=len(everything) - len(left))


def _recordings(places: Sequence[str]) -> Iterator[StoredRecording]:
    for place in places:
        if is_url(place):
            yield from recordings_in(place)
        else:
            yield from (StoredRecording(task.shown) for task in tasks_of([Path(place)]))


def _batches(
    recordings: Sequence[StoredRecording], settings: DiagnosisSettings, engine: Engine, workers: int
) -> Iterator[tuple[int, list[Row]]]:
    """Yield how many files a batch is of, and its rows."""
    if not recordings:
        return
    if engine == "ray":
        from mvkt.bulk.ray_engine import rows_on_ray

        for rows in rows_on_ray(recordings, settings, workers):
            yield len({row["file"] for row in rows}), rows
        return
    waiting: list[Row] = []
    files = 0
    for _, rows in rows_in_processes(recordings, RowMaker(settings), workers):
        waiting += rows
        files += 1
        if files == _FILES_A_PART:
            yield files, waiting
            waiting, files = [], 0
    if files:
        yield files, waiting
