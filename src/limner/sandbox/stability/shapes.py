"""Answers in Stability's own form."""

import pybase64
from starlette.responses import JSONResponse, Response

from limner.sandbox.codecs import MEDIA_TYPES
from limner.sandbox.ids import hex_id

_NAMES = {
    400: "bad_request",
    401: "unauthorized",
    402: "payment_required",
    403: "content_moderation",
    404: "not_found",
    405: "not_found",
    413: "payload_too_large",
    429: "rate_limit_exceeded",
}
MODERATED = (
    "Your request was flagged by our content moderation system, as a result your request was denied and you "
    "were not charged."
)
BUSY = (
    "You have exceeded the rate limit of 150 requests within a 10 second period, and have been timed out for "
    "60 seconds."
)


def error(status: int, *reasons: str, name: str | None = None) -> Response:
    """The error envelope.

    Args:
        status: the HTTP status.
        reasons: each `field: reason`, or a sentence.
        name: what it is called. Absent: as this status usually is.
    """
    named = name or _NAMES.get(status, "internal_error")
    id_ = named if status == 429 else hex_id()  # noqa: PLR2004 - published: this one has its name for an id
    return JSONResponse(
        {"id": id_, "name": named, "errors": list(reasons)}, status, {"x-request-id": hex_id()}
    )


def old_error(status: int, name: str, message: str) -> Response:
    """The envelope of the v1 paths."""
    return JSONResponse({"id": hex_id(), "name": name, "message": message}, status)


def failure(status: int, message: str) -> Response:
    """An error of the service as a whole."""
    return error(status, message)


def picture(data: bytes, form: str, seed: int, *, filtered: bool, as_json: bool) -> Response:
    """A finished picture.

    Args:
        data: encoded.
        form: `png`, `jpeg`, `webp`.
        seed: what it was made with.
        filtered: whether it was blurred.
        as_json: base64 in JSON, where seed and reason are in the body and not in headers.
    """
    reason = "CONTENT_FILTERED" if filtered else "SUCCESS"
    headers = {"x-request-id": hex_id()}
    if not as_json:
        headers |= {"seed": str(seed), "finish-reason": reason}
        return Response(data, headers=headers, media_type=MEDIA_TYPES[form])
    body = {"image": pybase64.b64encode(data).decode(), "seed": seed, "finish_reason": reason}
    headers["content-type"] = f"application/json; type={MEDIA_TYPES[form]}"
    return JSONResponse(body, headers=headers)
