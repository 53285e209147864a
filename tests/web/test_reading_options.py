"""The fields of a form, checked all at once."""

from __future__ import annotations

import pytest

from mvkt.web.problem import RequestError
from mvkt.web.reading_options import ReadingOptions, options_of

STUDENTS = ("lead-I", "lead-II")


def test_empty_fields_are_absent() -> None:
    assert options_of({"lead": [""], "student": ["", ""], "age": []}, STUDENTS) == ReadingOptions()


def test_fields_become_options() -> None:
    fields = {"lead": ["II"], "student": ["lead-I", "lead-II"], "sampling_frequency": ["512"], "unit": ["uV"]}
    found = options_of({**fields, "age": ["50.5"], "sex": ["female"]}, STUDENTS)
    assert found == ReadingOptions(
        lead="II", student=("lead-I", "lead-II"), sampling_frequency=512.0, unit="uV", age=50.5, sex="female"
    )


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"leed": ["I"]}, "leed"),
        ({"lead": ["I", "II"]}, "more than once: lead"),
        ({"lead": ["I+I"]}, "not a view"),
        ({"sampling_frequency": ["0"]}, "sampling_frequency"),
        ({"sampling_frequency": ["nan"]}, "sampling_frequency"),
        ({"sampling_frequency": ["inf"]}, "sampling_frequency"),
        ({"unit": ["mmHg"]}, "nV, uV, mV or V"),
        ({"age": ["-1"]}, "age"),
        ({"sex": ["f"]}, "sex"),
        ({"age": ["x"], "sex": ["y"]}, "age.*sex"),
        ({"student": ["lead-1"]}, "did you mean 'lead-I'"),
        ({"student": ["../../etc"]}, "there is no student"),
        ({"student": ["lead-I"] * 9}, "student"),
    ],
)
def test_impossible_options_are_refused(fields: dict[str, list[str]], words: str) -> None:
    with pytest.raises(RequestError, match=words) as caught:
        options_of(fields, STUDENTS)
    assert caught.value.status == 422
