"""Rows made on a Ray cluster, or by Ray on this machine: the same rows as by local processes."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from mvkt.bulk.result_rows import Row, RowMaker, row_schema
from mvkt.corpora.store import StoredRecording
from mvkt.diagnosis.many_files import DiagnosisSettings
from mvkt.errors import WorkerError
from mvkt.ray_cluster import RETRIES, begin_ray

_FILES_A_BATCH = 32


class RayRowMaker:
    """An actor of Ray: opens its networks once and makes the rows of batches of files."""

    def __init__(self, settings: DiagnosisSettings) -> None:
        self._maker = RowMaker(settings)

    def __call__(self, batch: Any) -> Any:
        """Turn a table of files into a table of rows."""
        import pyarrow as arrow

        recordings = [StoredRecording(each["url"], tuple(each["beside"])) for each in batch.to_pylist()]
        rows = [row for recording in recordings for row in self._maker.rows(recording)]
        return arrow.Table.from_pylist(rows, schema=row_schema())


def rows_on_ray(
    recordings: Sequence[StoredRecording],
    settings: DiagnosisSettings,
    workers: int,
    actor: type[RayRowMaker] = RayRowMaker,
) -> Iterator[list[Row]]:
    """Yield the rows of batches of files, whole files at a time, in any order.

    Ray starts actors that die again and repeats their batch. The address of a cluster is in ``RAY_ADDRESS``; without
    it, Ray is started on this machine.

    Args:
        recordings: What to diagnose.
        settings: How.
        workers: Actors.
        actor: Their class.

    Raises:
        MissingExtraError: Ray is not installed.
        WorkerError: A batch killed its actor again and again.
    """
    ray = begin_ray(workers)
    batches = [recordings[start : start + _FILES_A_BATCH] for start in range(0, len(recordings), _FILES_A_BATCH)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Ray's own settings of older names
        ray.data.DataContext.get_current().enable_progress_bars = False
        data = ray.data.from_arrow([_table(batch) for batch in batches]).map_batches(
            actor,
            fn_constructor_args=(settings,),
            batch_format="pyarrow",
            batch_size=None,
            compute=ray.data.ActorPoolStrategy(size=min(workers, len(batches))),
            num_cpus=1,
            max_task_retries=RETRIES,
        )
        try:
            for block in data.iter_batches(batch_size=None, batch_format="pyarrow"):
                yield block.to_pylist()
        except ray.exceptions.RayError as error:
            raise WorkerError(
                f"Ray gave up on a batch: {str(error).splitlines()[0]}; run the same command with --engine processes, "
                "which finds the file that ends its process"
            ) from error


def _table(recordings: Sequence[StoredRecording]) -> Any:
    import pyarrow as arrow

    schema = arrow.schema([("url", arrow.string()), ("beside", arrow.list_(arrow.string()))])
    rows = [{"url": recording.url, "beside": list(recording.beside)} for recording in recordings]
    return arrow.Table.from_pylist(rows, schema=schema)
