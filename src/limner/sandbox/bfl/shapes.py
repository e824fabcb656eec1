"""Answers in BFL's own forms."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from limner.sandbox.bfl.models import Cost
from limner.sandbox.schema import Flaw

_TYPES: Final[Mapping[str, str]] = {
    "required": "missing",
    "enum": "enum",
    "minimum": "greater_than_equal",
    "maximum": "less_than_equal",
    "multipleOf": "multiple_of",
    "minLength": "string_too_short",
    "maxLength": "string_too_long",
    "type": "type_error",
}


def error(status: int, text: str) -> Response:
    """An error that is no validation error."""
    return JSONResponse({"detail": text}, status)


def failure(status: int, message: str) -> Response:
    """An error of the service as a whole."""
    return error(status, message)


def invalid(*found: Flaw) -> Response:
    """What is wrong with a body; a flaw of none of the published rules is a `value_error`."""
    entries = [
        {
            "type": _TYPES.get(flaw.rule, "value_error"),
            "loc": ["body", *(step for step in flaw.path.split(".") if step)],
            "msg": f"Input {flaw.reason}",
        }
        for flaw in found
    ]
    return JSONResponse({"detail": entries}, 422)


def costs(cost: Cost) -> dict[str, float]:
    """The price, as submit answers say it."""
    return {
        "cost": float(cost.credits),
        "input_mp": float(cost.input_mp),
        "output_mp": float(cost.output_mp),
    }


def state(
    id_: str,
    status: str,
    *,
    result: Mapping[str, Any] | None = None,
    progress: float | None = None,
    details: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Where a task stands."""
    return {
        "id": id_,
        "status": status,
        "result": result,
        "progress": progress,
        "details": details,
        "preview": None,
    }


def key_of(request: Request) -> str:
    """The key as it was sent; empty where none was."""
    return request.headers.get("x-key", "")
