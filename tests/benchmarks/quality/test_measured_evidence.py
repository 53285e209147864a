"""What supports a finding, counted."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.quality.measured_evidence import measurements, share
from benchmarks.quality.measured_verdicts import rows_of, statements_of


@pytest.mark.parametrize(
    ("codes", "statements"),
    [
        ("{'NORM': 100.0}", {"NORM"}),
        ("{'LAFB': 0.0, 'SR': 0.0}", {"LAFB", "SR", "CD"}),
        ("{}", set()),
    ],
)
def test_a_block_is_a_conduction_disturbance(codes: str, statements: set[str]) -> None:
    assert statements_of({"scp_codes": codes}) == statements


def test_share() -> None:
    assert (share([True, False, False]), share([])) == ("33.3%", "")


def test_one_lead_alone_has_no_axis(shared_data: Path) -> None:
    folder = shared_data / "ptb-xl-subset"
    path = folder / rows_of(folder)[0]["filename_lr"]
    whole, single = measurements(path, "12-lead"), measurements(path, "I")
    assert whole.axis.value is not None
    assert single.axis.value is None
    assert single.rr.value == pytest.approx(whole.rr.value, rel=0.02)
