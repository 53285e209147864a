"""In how many short recordings with and without ventricular extra beats is a beat taken for one?

    python -m benchmarks.quality.extra_beats PTB_XL

reads lead I of folds 9 and 10, from which the network of kinds has not learned: all recordings with the statement PVC,
BIGU or TRIGU, and 350 without.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from benchmarks.fit.real_records import RealRecords

from mvkt.ecg.beat_kinds import kinds_of
from mvkt.ecg.heartbeat import beats_of

_STATEMENTS = ("PVC", "BIGU", "TRIGU")
_WITHOUT = 350


def has_ventricular_beat(records: RealRecords, row: int) -> bool:
    """Whether a beat in lead I of a recording is taken for a ventricular one."""
    lead = records.lead_of(row, "I")[np.newaxis]
    return bool((kinds_of(lead, beats_of(lead, 100.0), 100.0) == "ventricular").any())


def main(folder: Path) -> None:
    """Print both shares."""
    records = RealRecords.read(folder)
    extra = np.any([records.having(statement) for statement in _STATEMENTS], axis=0)
    held_out = records.fold > 8
    groups = {"with": np.flatnonzero(held_out & extra), "without": np.flatnonzero(held_out & ~extra)[:_WITHOUT]}
    for name, rows in groups.items():
        found = sum(has_ventricular_beat(records, int(row)) for row in rows)
        print(f"{name} extra beats: one was found in {found} of {len(rows)} recordings ({found / len(rows):.0%})")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
