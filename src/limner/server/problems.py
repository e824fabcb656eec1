"""Every error on the wire: one table from the error tree to statuses, one function a shape.

Limner's own interface answers `application/problem+json` (RFC 9457), the paths under `/v1/` answer
OpenAI's envelope. Both say what happened, whether anything was billed, and what to do next.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pybase64 import b64encode
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from limner.core.errors import (
    Again,
    AllFailed,
    BadRequest,
    Billed,
    Cancelled,
    Error,
    ImageProcessing,
    Malformed,
    OutcomeUnknown,
    OutOfCredit,
    ProviderError,
    RateLimited,
    Refused,
    Stage,
    StoreFailed,
    TimedOut,
    Unauthorized,
    Unavailable,
    UserError,
)

DIALECT: Final = "/v1/"
"""Paths that speak as OpenAI does."""


class Busy(Error):
    """The server has as much in hand as its memory allows."""

    def __init__(self, message: str, *, retry_after: int) -> None:
        """Say when to come back.

        Args:
            message: what is full.
            retry_after: whole seconds.
        """
        super().__init__(message, code="server_busy", remedy="Try again in a moment.")
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of error looks from outside."""

    status: int
    openai_type: str
    openai_status: int | None = None
    """Where OpenAI's clients expect another one. Absent: the same."""
    openai_code: str | None = None
    """The code OpenAI's clients know. Absent: Limner's."""


_INVALID: Final = "invalid_request_error"
_SERVER: Final = "server_error"
_QUOTA: Final = "insufficient_quota"

_BY_CODE: Final[Mapping[str, Kind]] = {
    "unknown_model": Kind(404, _INVALID, openai_code="model_not_found"),
    "retired_model": Kind(404, _INVALID, openai_code="model_not_found"),
    "not_found": Kind(404, _INVALID),
    "method_not_allowed": Kind(405, _INVALID),
    "body_too_large": Kind(413, _INVALID),
    "unsupported_media_type": Kind(415, _INVALID),
    "unknown_run": Kind(404, _INVALID),
    "unknown_attempt": Kind(404, _INVALID),
    "unknown_budget": Kind(404, _INVALID),
    "idempotency_conflict": Kind(409, _INVALID),
    "run_in_progress": Kind(409, _INVALID),
    "no_store": Kind(501, _INVALID),
}

_BY_STAGE: Final[Mapping[Stage, Kind]] = {
    Stage.MODERATION: Kind(400, "image_generation_user_error", openai_code="moderation_blocked"),
    Stage.QUOTA: Kind(429, "requests", openai_code="rate_limit_exceeded"),
    Stage.BUDGET: Kind(402, _QUOTA, openai_status=429, openai_code=_QUOTA),
    Stage.PERMISSION: Kind(403, _INVALID),
    Stage.CLASSIFICATION: Kind(403, _INVALID),
}

# The first class that fits counts.
_BY_CLASS: Final[tuple[tuple[type[Error], Kind], ...]] = (
    (UserError, Kind(400, _INVALID)),
    (BadRequest, Kind(400, _INVALID)),
    # The key is the operator's, not the caller's; OpenAI's clients still know a bad key by 401.
    (Unauthorized, Kind(502, _INVALID, openai_status=401, openai_code="invalid_api_key")),
    (OutOfCredit, Kind(402, _QUOTA, openai_status=429, openai_code=_QUOTA)),
    (RateLimited, Kind(429, "requests", openai_code="rate_limit_exceeded")),
    (Unavailable, Kind(503, _SERVER)),
    (TimedOut, Kind(504, _SERVER)),
    (Malformed, Kind(502, _SERVER)),
    (ProviderError, Kind(502, _SERVER)),
    (OutcomeUnknown, Kind(502, _SERVER)),
    (StoreFailed, Kind(503, _SERVER)),
    (Busy, Kind(503, _SERVER)),
    (Cancelled, Kind(499, _INVALID)),
)
_UNKNOWN: Final = Kind(500, _SERVER)
# What came in could not be read, or what was made could not be finished.
_PICTURE_IN: Final = Kind(422, _INVALID, openai_status=400, openai_code="invalid_image_file")


def kind_of(error: Error) -> Kind:
    """Find how an error looks from outside.

    Example:
        >>> kind_of(UserError("No prompt.", code="empty_prompt", remedy="Say what to paint.")).status
        400
    """
    if error.code in _BY_CODE:
        return _BY_CODE[error.code]
    if isinstance(error, Refused):
        return _BY_STAGE[error.stage]
    if isinstance(error, ImageProcessing):
        return _PICTURE_IN if error.billed is Billed.NO else _UNKNOWN
    if isinstance(error, AllFailed):
        return kind_of(error.errors[-1])
    return next((kind for cls, kind in _BY_CLASS if isinstance(error, cls)), _UNKNOWN)


def problem(error: Error, request_id: str) -> dict[str, object]:
    """An error as a problem document, without the members that have nothing to say.

    Args:
        error: what went wrong.
        request_id: this HTTP request's, for logs.
    """
    kind = kind_of(error)
    document: dict[str, object] = {
        "type": f"urn:limner:error:{error.code}",
        "title": _title(error),
        "status": kind.status,
        "detail": error.message,
        "code": error.code,
        "billed": error.billed.value,
        "remedy": error.remedy,
        "request_id": request_id,
    }
    document |= {name: value for name, value in _facts(error).items() if value not in {None, ()}}
    if isinstance(error, ImageProcessing | StoreFailed) and error.kept:
        # Paid for, and perhaps nowhere else any more.
        document["kept"] = [b64encode(data).decode() for data in error.kept]
    if isinstance(error, AllFailed):
        document["errors"] = [problem(inner, request_id) for inner in error.errors]
    return document


def envelope(error: Error, request_id: str) -> dict[str, object]:
    """An error as OpenAI's clients read it; what they do not know stands beside it, under `limner`."""
    kind = kind_of(error)
    inner: dict[str, object] = {
        "message": str(error),
        "type": kind.openai_type,
        "param": getattr(error, "field", None),
        "code": kind.openai_code or error.code,
        "limner": problem(error, request_id),
    }
    if isinstance(error, Refused) and error.stage is Stage.MODERATION:
        inner["moderation_details"] = {"moderation_stage": "unknown", "categories": list(error.categories)}
    return {"error": inner}


def response(error: Error, path: str, request_id: str) -> Response:
    """The answer to a request that failed.

    Args:
        error: what went wrong.
        path: of the request; it decides the shape.
        request_id: this HTTP request's.
    """
    kind = kind_of(error)
    if path.startswith(DIALECT):
        status, media_type, body = (
            kind.openai_status or kind.status,
            "application/json",
            envelope(error, request_id),
        )
    else:
        status, media_type, body = kind.status, "application/problem+json", problem(error, request_id)
    return Response(
        json.dumps(body, ensure_ascii=False), status, media_type=media_type, headers=headers(error)
    )


def headers(error: Error) -> dict[str, str]:
    """What a client's retry logic reads.

    OpenAI's SDK repeats 408, 409, 429 and everything from 500 on by itself, unless `x-should-retry`
    forbids it (openai 2.54.0, `_base_client.py`, read 2026-11-21). It may only repeat what was surely
    not billed and may succeed.
    """
    facts = error.errors[-1] if isinstance(error, AllFailed) else error
    again = isinstance(facts, Busy) or (isinstance(facts, ProviderError) and facts.again is Again.SAME)
    found = {"x-should-retry": "true" if again and error.billed is Billed.NO else "false"}
    pause = getattr(facts, "retry_after", None)
    if pause is not None:
        found["retry-after"] = str(max(1, round(pause)))
    return found


def unexpected() -> Error:
    """What is told of a defect: that there is one, and nothing of its insides."""
    return Error(
        "Limner has a defect here.",
        code="internal_error",
        remedy="Look up the request id in the server's log, and report what it says.",
        billed=Billed.UNKNOWN,
    )


async def respond(error: Error, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer from outside the routes."""
    await response(error, scope["path"], request_id(scope))(scope, receive, send)


def request_id(scope: Scope) -> str:
    """The id that the outermost layer gave this request."""
    return str(scope.get("state", {}).get("request_id", ""))


def _title(error: Error) -> str:
    return error.code.replace("_", " ").capitalize()


def _facts(error: Error) -> dict[str, object]:
    """What programs may want besides, where the error knows it."""
    names = (
        "field",
        "suggestions",
        "stage",
        "categories",
        "provider",
        "model",
        "again",
        "retry_after",
        "vendor_code",
    )
    return {name: getattr(error, name, None) for name in names}
