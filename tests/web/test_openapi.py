"""The server does what its description states: schemathesis tries it."""

from __future__ import annotations

import httpx2 as httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from mvkt.web.openapi import description
from mvkt.web.reading_options import ReadingOptions

schema = schemathesis.openapi.from_dict(description())


def test_every_field_of_the_form_is_described() -> None:
    upload = description()["components"]["schemas"]["Upload"]
    assert set(upload["properties"]) == {*ReadingOptions.model_fields, "file"}
    assert all(part.get("description") for part in upload["properties"].values())


def test_it_is_served(client: httpx.Client) -> None:
    assert client.get("/api/openapi.json").json()["openapi"] == "3.1.0"


@pytest.mark.filterwarnings("default")
@schema.parametrize()
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_the_server_does_what_its_description_states(case: schemathesis.Case, link: str) -> None:
    # Only some names of leads, units and students exist, which the schema cannot state.
    case.call_and_validate(base_url=link, excluded_checks=[positive_data_acceptance])
