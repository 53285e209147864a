"""The layout of the sheet."""

from __future__ import annotations

import pytest

from mvkt.ecg.leads import STANDARD_LEADS
from mvkt.web.report.document_request import DocumentRequest
from mvkt.web.report.sheet import PAPER_WIDTH, PULSE_WIDTH, paper_for


def wanted(layout: str) -> DocumentRequest:
    return DocumentRequest.model_validate({"format": "pdf", "layout": layout})


@pytest.mark.parametrize("layout", ["rows", "stack", "limb", "6x2", "3x4"])
def test_everything_is_on_the_paper(layout: str) -> None:
    request = wanted(layout)
    paper = paper_for(request, STANDARD_LEADS, 30.0)
    assert paper.height % 5 == 0
    for place in paper.places:
        right = place.left + place.seconds * request.millimetres_per_second
        assert PULSE_WIDTH <= place.left < right <= PAPER_WIDTH + 1e-6
        assert 0 < place.baseline < paper.height
        assert place.start + place.seconds <= paper.seconds + 1e-9


def test_leads_of_each_layout() -> None:
    names = {layout: [place.lead for place in paper_for(wanted(layout), STANDARD_LEADS, 30.0).places]
             for layout in ("limb", "6x2", "3x4", "stack")}  # fmt: skip
    assert names["limb"] == list(STANDARD_LEADS[:6])
    assert sorted(names["6x2"]) == sorted(STANDARD_LEADS)
    assert sorted(names["3x4"]) == sorted([*STANDARD_LEADS, "II"]), "with a rhythm strip"
    assert names["stack"] == list(STANDARD_LEADS)


def test_a_layout_that_the_leads_do_not_allow_is_rows() -> None:
    paper = paper_for(wanted("3x4"), ("I",), 100.0)
    assert [place.lead for place in paper.places] == ["I"] * 3
    assert [place.start for place in paper.places] == [0.0, paper.places[0].seconds, 2 * paper.places[0].seconds]
    assert len(paper_for(wanted("rows"), ("I",), 5.0).places) == 1
