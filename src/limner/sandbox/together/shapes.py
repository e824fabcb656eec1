"""Answers in Together's own forms."""

from typing import Any, Final

from starlette.responses import JSONResponse, Response

from limner.sandbox.ids import hex_id

_TYPES: Final = {
    401: "invalid_request_error",
    402: "credit_limit",
    429: "rate_limit",
    500: "server_error",
    503: "service_unavailable",
}


def error(
    status: int, message: str, *, param: str | None = None, code: str | None = None, kind: str | None = None
) -> Response:
    """The error envelope.

    Args:
        status: the HTTP status.
        message: for people.
        param: the parameter it is about.
        code: what programs branch on.
        kind: its type. Absent: as this status usually is.
    """
    named = kind or _TYPES.get(status, "invalid_request_error")
    body: dict[str, Any] = {"message": message, "type": named, "param": param, "code": code}
    return JSONResponse({"id": hex_id(24), "error": body}, status)


def failure(status: int, message: str) -> Response:
    """An error of the service as a whole."""
    return error(status, message)
