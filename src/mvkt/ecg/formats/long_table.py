"""Tables with a row for each sample of each lead, a column of which names the lead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.leads import normalise_lead
from mvkt.errors import RecordFormatError


def rows_of_leads(cells: Iterable[str]) -> Mapping[str, NDArray[np.int64]]:
    """Return the rows of each lead, in the order of the file.

    Args:
        cells: Of the column that names the leads.

    Raises:
        RecordFormatError: Not all leads have as many rows.
    """
    numbers: dict[str, int] = {}
    of_rows = np.fromiter((numbers.setdefault(cell, len(numbers)) for cell in cells), dtype=np.int16)
    rows = {normalise_lead(name): np.flatnonzero(of_rows == number) for name, number in numbers.items()}
    if len({len(found) for found in rows.values()}) > 1 or len(rows) < len(numbers):
        counts = ", ".join(f"{name or 'none'} {len(found):,}" for name, found in list(rows.items())[:12])
        raise RecordFormatError(
            f"the table names the lead of each row, and not all have as many rows ({counts}): write a column for each"
        )
    return rows


def same_times(times: NDArray[Any], rows: Mapping[str, NDArray[np.int64]]) -> bool:
    """Whether the rows of all leads have the same times; false where a column counts the rows of all leads.

    Raises:
        RecordFormatError: They are times, and others for each lead.
    """
    of_leads = [times[found] for found in rows.values()]
    is_same = all(np.array_equal(of_leads[0], other) for other in of_leads[1:])
    if not is_same and not (np.diff(times) == 1).all():
        raise RecordFormatError(
            "the table names the lead of each row, and their times differ: write a column for each lead"
        )
    return is_same
