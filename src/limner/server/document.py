"""The OpenAPI document: what FastAPI finds, and the shapes of bodies that routes read themselves."""

from collections.abc import Sequence
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from limner.server.openai.fields import Edit, EditJson, Generation
from limner.server.schema import CompareIn, LineupIn, QuoteIn, RouteIn, RunIn
from limner.server.views import ProblemOut

SHAPES: Final[Sequence[type[BaseModel]]] = (
    RunIn,
    QuoteIn,
    RouteIn,
    CompareIn,
    LineupIn,
    Generation,
    Edit,
    EditJson,
    ProblemOut,
)
_REF: Final = "#/components/schemas/{model}"
_VALIDATION: Final = {"HTTPValidationError", "ValidationError"}
"""FastAPI's own answer to a wrong parameter; ours is a problem like any other."""


def document(app: FastAPI) -> dict[str, Any]:
    """The document of an application, made once.

    Args:
        app: with all its routes.
    """
    if app.openapi_schema is None:
        found = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        _name(found)
        _answer(found)
        app.openapi_schema = found
    return app.openapi_schema


def _name(found: dict[str, Any]) -> None:
    """Add the shapes under their names."""
    schemas = found["components"]["schemas"]
    for name in _VALIDATION:
        schemas.pop(name, None)
    for shape in SHAPES:
        schema = shape.model_json_schema(ref_template=_REF)
        schemas.update(schema.pop("$defs", {}))
        schemas[shape.__name__] = schema


def _answer(found: dict[str, Any]) -> None:
    """Every route answers problems as problems."""
    problem = {"schema": {"$ref": _REF.format(model="ProblemOut")}}
    for path, methods in found["paths"].items():
        for operation in methods.values():
            answers = operation["responses"]
            answers.pop("422", None)
            if path.startswith("/api/"):
                answers["default"] = {
                    "description": "What went wrong, what was billed, what to do.",
                    "content": {"application/problem+json": problem},
                }
