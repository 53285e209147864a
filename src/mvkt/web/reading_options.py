"""Facts about uploaded files: the fields of the form, checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from mvkt.ecg.formats.units import millivolts_per
from mvkt.ecg.leads import view_leads
from mvkt.errors import hint
from mvkt.stored import listed_faults
from mvkt.web.problem import RequestError

_MOST_STUDENTS = 8


class ReadingOptions(BaseModel):
    """How files are read and judged, as with the options of ``mvkt diagnose``.

    Attributes:
        student: Names of students that read; none: those that come with mvkt and fit the recording.
        lead: Lead to read, or which lead it is that a file does not name.
        sampling_frequency: In Hz, for files that do not state it.
        unit: For files that do not state it.
        age: Years, instead of what the file states.
        sex: Instead of what the file states.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    student: tuple[Annotated[str, Field(max_length=100)], ...] = Field(
        default=(),
        max_length=_MOST_STUDENTS,
        description="Names of students; without any, those that fit the recording.",
    )
    lead: str | None = Field(None, max_length=100, description="Lead to read, or the lead that the file does not name.")
    sampling_frequency: float | None = Field(None, ge=1, le=100_000, description="In Hz, of files without it.")
    unit: str | None = Field(None, max_length=10, description="nV, uV, mV or V, of files without it.")
    age: float | None = Field(None, ge=0, le=130, description="In years, instead of what the file states.")
    sex: Literal["female", "male"] | None = Field(None, description="Instead of what the file states.")

    @field_validator("unit")
    @classmethod
    def _known_unit(cls, unit: str | None) -> str | None:
        if unit is not None and millivolts_per(unit) is None:
            raise ValueError("expected nV, uV, mV or V")
        return unit

    @field_validator("lead")
    @classmethod
    def _known_lead(cls, lead: str | None) -> str | None:
        if lead is not None:
            view_leads(lead)
        return lead


def options_of(fields: Mapping[str, Sequence[str]], students: Collection[str]) -> ReadingOptions:
    """Check the fields of a form; empty ones count as absent.

    Args:
        fields: Name -> values.
        students: Names that there are.

    Raises:
        RequestError: A field is unknown, given twice, or not possible; all faults at once.
    """
    if len(fields.get("student", ())) > _MOST_STUDENTS:
        raise RequestError(HTTPStatus.UNPROCESSABLE_ENTITY, f"up to {_MOST_STUDENTS} students read at once")
    given = {name: [value for value in values if value] for name, values in fields.items()}
    twice = [name for name, values in given.items() if len(values) > 1 and name != "student"]
    if twice:
        raise RequestError(
            HTTPStatus.UNPROCESSABLE_ENTITY, f"these fields are given more than once: {', '.join(twice)}"
        )
    content = {name: values if name == "student" else values[0] for name, values in given.items() if values}
    try:
        options = ReadingOptions.model_validate(content)
    except ValidationError as error:
        raise RequestError(HTTPStatus.UNPROCESSABLE_ENTITY, listed_faults(error)) from error
    unknown = [name for name in options.student if name not in students]
    if unknown:
        answer = f"there is no student {unknown[0]!r}; {hint(unknown[0], students)}"
        raise RequestError(HTTPStatus.UNPROCESSABLE_ENTITY, answer)
    return options
