"""Answers in WaveSpeed's own forms: one envelope for everything."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from starlette.responses import JSONResponse, Response

from limner.sandbox.schema import Flaw


def done(data: Any) -> Response:
    """The envelope of what went well.

    Args:
        data: what was asked for.
    """
    return JSONResponse({"code": 200, "message": "success", "data": data})


def error(status: int, message: str, error_code: str | None = None) -> Response:
    """The envelope of what did not.

    Args:
        status: the HTTP status, which is the code too.
        message: for people.
        error_code: for programs, where the key may not. Absent: none.
    """
    body: dict[str, Any] = {"code": status, "message": message}
    if error_code is not None:
        body["error_code"] = error_code
    return JSONResponse(body, status)


def failure(status: int, message: str) -> Response:
    """An error of the service as a whole."""
    return error(status, message)


def invalid(found: Sequence[Flaw]) -> Response:
    """What does not fit a model's schema; the first flaw is the answer."""
    flaw = found[0]
    if flaw.rule == "required":
        return error(400, f'property "{flaw.path}" is missing')
    return error(400, f'property "{flaw.path}" {flaw.reason}'.replace('property ""', "the body"))


def stamp(time: datetime) -> str:
    """A time as this service writes it."""
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
