"""Rows made by processes of this machine; the death of one of them costs no row and doubles none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mvkt.bulk.result_rows import Row, RowMaker, failed_row
from mvkt.corpora.store import StoredRecording
from mvkt.errors import WorkerError
from mvkt.processes import in_processes

_MOST_DEATHS_IN_A_ROW = 3


def rows_in_processes(
    recordings: Sequence[StoredRecording], maker: RowMaker, workers: int
) -> Iterator[tuple[StoredRecording, list[Row]]]:
    """Yield the rows of every recording, in order.

    Where a process dies, the others are started again after the last recording that came back. A recording that kills
    the process that reads it alone gets a row with an error.

    Raises:
        WorkerError: Several recordings in a row did so: then it is not the recordings.

    Args:
        recordings: What to diagnose.
        maker: Makes the rows.
        workers: Processes; 1 takes this one.
    """
    if workers == 1:
        yield from ((recording, maker.rows(recording)) for recording in recordings)
        return
    position = deaths = 0
    while position < len(recordings):
        before = position
        try:
            for rows in in_processes(maker.rows, recordings[position:], min(workers, len(recordings) - position)):
                yield recordings[position], rows
                position += 1
                deaths = 0
        except WorkerError:
            if position > before:
                continue
            try:
                (rows,) = in_processes(maker.rows, [recordings[position]], 1)
                deaths = 0
            except WorkerError:
                deaths += 1
                if deaths == _MOST_DEATHS_IN_A_ROW:
                    raise
                rows = [failed_row(recordings[position], "the process that read it died")]
            yield recordings[position], rows
            position += 1
