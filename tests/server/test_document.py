"""The OpenAPI document is valid and names everything that is served."""

import dataclasses

from openapi_spec_validator import validate

from limner.core.requests import Request
from limner.server.app import api
from limner.server.schema import RunIn


def test_it_is_valid():
    validate(api().openapi())


def test_it_names_the_bodies_that_routes_read_themselves():
    document = api().openapi()
    schemas = document["components"]["schemas"]
    assert {"RunIn", "QuoteIn", "RunOut", "ProblemOut", "Generation", "Edit", "EditJson"} <= set(schemas)
    assert "feather" in schemas["RunIn"]["properties"]
    assert "HTTPValidationError" not in schemas
    body = document["paths"]["/api/v1/run"]["post"]["requestBody"]["content"]
    assert set(body) == {"application/json", "multipart/form-data"}


def test_every_field_of_a_request_can_be_asked_for():
    flat = {"images", "references", "mask"} | set(RunIn.model_fields)
    assert {field.name for field in dataclasses.fields(Request)} <= flat
