"""Which document of a recording is wanted, and how; as the page sends it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mvkt.diagnosis.review import Review
from mvkt.stored import Part

DocumentFormat = Literal["pdf", "json", "csv", "fhir"]
Layout = Literal["rows", "stack", "limb", "6x2", "3x4"]
PaperSize = Literal["A4", "Letter"]
Language = Literal["en", "de"]
Code = Annotated[str, Field(max_length=100)]
Name = Annotated[str, Field(max_length=200)]
Sentence = Annotated[str, Field(max_length=4000)]


class DocumentRequest(Part):
    """What is wanted.

    Attributes:
        format: Of the document.
        language: Of the report; ``titles`` and ``phrases`` hold what mvkt has in English alone.
        titles: Code of a finding -> its name in that language.
        phrases: English sentence of a note -> the same in that language.
        paper: Of the report.
        layout: Of its trace.
        lead: Of the layout of one lead.
        start: Seconds at which its trace begins.
        filter: Whether its trace is filtered as the page shows it.
        millimetres_per_second: Of its trace.
        millimetres_per_millivolt: Of its trace.
        review: Of a person.
    """

    format: DocumentFormat
    language: Language = "en"
    titles: dict[Code, Name] = Field(default={}, max_length=500)
    phrases: dict[Sentence, Sentence] = Field(default={}, max_length=200)
    paper: PaperSize = "A4"
    layout: Layout = "rows"
    lead: Annotated[str, Field(max_length=100)] = ""
    start: Annotated[float, Field(ge=0, le=10_000_000)] = 0.0
    filter: bool = True
    millimetres_per_second: Literal[25, 50] = 25
    millimetres_per_millivolt: Literal[5, 10, 20] = 10
    review: Review | None = None
