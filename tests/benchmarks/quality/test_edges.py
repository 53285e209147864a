"""The ends of a recording."""

from __future__ import annotations

import numpy as np
from benchmarks.quality.edges import errors
from benchmarks.reference.annotated import Annotated

_MIRRORED, _TURNED = "its mirror image (mvkt)", "itself turned about its last sample"


def test_a_piece_that_begins_in_a_complex_is_wrong_where_it_is_turned_about_its_first_sample() -> None:
    beats = np.arange(0.0, 60.5, 0.8)  # at 0, 20, 40 and 60 s, where every second piece begins or ends
    seconds = np.arange(round(60 * 360.0)) / 360.0
    trace = np.exp(-np.square((seconds[:, np.newaxis] - beats) / 0.02) / 2).sum(axis=1)
    record = Annotated(
        name="drawn",
        signal=trace[:, np.newaxis].astype(np.float32),
        sampling_frequency=360.0,
        beats=beats,
        kinds=np.full(len(beats), "N"),
        flutter=(),
        fibrillation=(),
    )
    found, within = errors(record, 0)
    assert within.tolist() == [[True, False], [False, True], [True, False], [False, True], [True, False], [False, True]]
    assert (found[_TURNED][within] > 500.0).all()
    assert (found[_MIRRORED][within] < 150.0).all()
    assert (found[_MIRRORED][~within] < 50.0).all()
