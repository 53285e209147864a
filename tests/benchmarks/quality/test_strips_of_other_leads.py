"""What the network of strips finds in other leads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from benchmarks.quality.strips_of_other_leads import as_strip, groups

from mvkt.ecg.record import Record


def test_a_lead_becomes_the_only_channel_of_a_file_that_does_not_name_it(beating: Callable[..., Record]) -> None:
    record = beating(("I", "II"))
    strip = as_strip(record, "II")
    assert strip.leads == ("ECG",)
    assert (strip.signal[:, 0] == record.signal[:, 1]).all()


@pytest.mark.data
def test_groups_are_of_the_held_out_folds_and_apart(shared_data: Path) -> None:
    found = groups(shared_data / "ptb-xl-subset")
    assert len(found["AFIB"]) > 20
    assert not set(found["AFIB"]) & set(found["SR"])
