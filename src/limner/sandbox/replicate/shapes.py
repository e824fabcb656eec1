"""Answers in Replicate's own forms: problem details, and predictions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from starlette.responses import JSONResponse, Response

from limner.sandbox.schema import Flaw

_TITLES = {
    400: "Bad request",
    401: "Unauthenticated",
    402: "Insufficient credit",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    413: "Content too large",
}
_KINDS = {
    "required": "required",
    "enum": "enum",
    "type": "invalid_type",
    "minimum": "number_gte",
    "maximum": "number_lte",
    "maxItems": "array_max_items",
    "additionalProperties": "additional_property_not_allowed",
}


def problem(status: int, detail: str, title: str | None = None, **more: Any) -> Response:
    """Problem details.

    Args:
        status: the HTTP status.
        detail: for people.
        title: what it is called. Absent: as this status usually is.
        more: further members.
    """
    named = title or _TITLES.get(status, "Internal server error")
    return JSONResponse(
        {"title": named, "detail": detail, "status": status, **more},
        status,
        media_type="application/problem+json",
    )


def throttled(seconds: float) -> Response:
    """Too many requests."""
    wait = max(1, round(seconds))
    text = f"Request was throttled. Your rate limit resets in ~{wait}s."
    return JSONResponse({"detail": text, "status": 429}, 429, {"retry-after": str(wait)})


def failure(status: int, message: str) -> Response:
    """An error of the service as a whole."""
    return JSONResponse({"detail": message, "status": status}, status)


def invalid(found: Sequence[Flaw], within: str) -> Response:
    """Everything that does not fit a schema.

    Args:
        found: the flaws.
        within: what they are in: `input`, or empty for the body.
    """
    fields = [
        {
            "type": _KINDS.get(flaw.rule, flaw.rule),
            "field": ".".join(part for part in (within, flaw.path) if part),
            "description": f"{flaw.path} {flaw.reason}".strip(),
        }
        for flaw in found
    ]
    detail = "".join(f"- {within or 'body'}: {one['description']}\n" for one in fields)
    return problem(422, detail, "Input validation failed", invalid_fields=fields)


def stamp(time: datetime) -> str:
    """A time as this service writes it."""
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
