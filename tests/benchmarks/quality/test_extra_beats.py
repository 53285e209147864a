"""Short recordings with and without extra beats."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from benchmarks.quality.extra_beats import EXTRA_BEATS, ExtraBeats, has_beat_of
from tests.ecg.drawn_ecg import EXTRA, NORMAL, drawn, microvolts_of


class Records:
    """As :class:`RealRecords`: five records, the second to last of a fold that trains."""

    fold = np.array([9, 10, 9, 8, 9])
    statements: ClassVar[dict[str, list[int]]] = {"PAC": [0, 1, 3], "AFIB": [1]}

    def having(self, statement: str) -> np.ndarray:
        return np.isin(np.arange(5), self.statements.get(statement, []))

    def lead_of(self, row: int, lead: str) -> np.ndarray:
        beats = [(float(second), NORMAL, 1.0) for second in np.arange(0.5, 29.0, 0.8)]
        beats[12] = (beats[11][0] + 0.5, EXTRA if row else NORMAL, 1.3 if row else 1.0)
        return microvolts_of(drawn(beats, 30.0))[0]


def test_groups_leave_out_what_may_hide_an_extra_beat_and_folds_that_train() -> None:
    groups = ExtraBeats("supraventricular", ("PAC",), ("AFIB",)).groups(Records())  # type: ignore[arg-type]
    assert {name: rows.tolist() for name, rows in groups.items()} == {"with": [0], "without": [2, 4]}


def test_beats_of_a_kind() -> None:
    records = Records()
    for extra, row in zip(EXTRA_BEATS, (1, 0), strict=True):
        assert has_beat_of(extra.kind, records.lead_of(row, "I")[np.newaxis])
        assert not has_beat_of(extra.kind, records.lead_of(1 - row, "I")[np.newaxis])
