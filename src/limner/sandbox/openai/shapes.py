"""Replies in OpenAI's own form: the error envelope, the images response, the stream events."""

import json
from collections.abc import AsyncIterator
from datetime import datetime

from starlette.responses import JSONResponse, Response

from limner.core.ids import new_id
from limner.sandbox.openai.fields import Complaint
from limner.sandbox.openai.painting import svg_tokens
from limner.sandbox.openai.prices import Usage
from limner.sandbox.openai.rules import Ask

Event = dict[str, object]


def error(complaint: Complaint) -> dict[str, object]:
    """The error envelope: all four keys are always there."""
    body: dict[str, object] = {
        "message": complaint.message,
        "type": complaint.type,
        "param": complaint.param,
        "code": complaint.code,
    }
    if complaint.details is not None:
        body["moderation_details"] = dict(complaint.details)
    return {"error": body}


def failure(status: int, message: str) -> Response:
    """An error of the endpoint as a whole."""
    types = {429: ("requests", "rate_limit_exceeded"), 404: ("invalid_request_error", None)}
    type_, code = types.get(status, ("server_error" if status >= 500 else "invalid_request_error", None))  # noqa: PLR2004 - server errors
    body = error(Complaint(message, status=status, type=type_, code=code))
    return JSONResponse(body, status, {"x-request-id": new_id("req")})


def blocked(categories: tuple[str, ...], stage: str, request_id: str) -> Complaint:
    """The safety system's refusal.

    Args:
        categories: what it saw.
        stage: `input` or `output`.
        request_id: named in the message.
    """
    return Complaint(
        "Your request was rejected by the safety system. If you believe this is an error, contact us at "
        f"help.openai.com and include the request ID {request_id}. "
        f"safety_violations=[{', '.join(categories)}].",
        type="image_generation_user_error",
        code="moderation_blocked",
        details={"moderation_stage": stage, "categories": list(categories)},
    )


def usage(used: Usage, *, details: bool = True) -> dict[str, object]:
    """The `usage` of a reply.

    Args:
        used: the tokens.
        details: whether to break the output down, as the images response does and the stream does not.
    """
    body: dict[str, object] = {
        "input_tokens": used.text_in + used.image_in,
        "input_tokens_details": {"text_tokens": used.text_in, "image_tokens": used.image_in},
        "output_tokens": used.image_out,
        "total_tokens": used.total,
    }
    if details:
        body["output_tokens_details"] = {"image_tokens": used.image_out, "text_tokens": 0}
    return body


def images(ask: Ask, pictures: list[str], used: Usage, now: datetime) -> dict[str, object]:
    """The images response."""
    body: dict[str, object] = {
        "created": int(now.timestamp()),
        "data": [{"b64_json": picture} for picture in pictures],
        "background": ask.background,
        "output_format": ask.form,
        "quality": ask.quality,
        "size": f"{ask.width}x{ask.height}",
        "usage": usage(used),
    }
    if ask.safety_identifier is not None:
        body["safety_identifier"] = ask.safety_identifier
    if ask.svg_model is not None:
        tokens_in, tokens_out = svg_tokens(ask)
        body["svg_usage"] = {
            "model": ask.svg_model,
            "input_tokens": tokens_in,
            "output_tokens": tokens_out,
            "reasoning_tokens": 0,
            "total_tokens": tokens_in + tokens_out,
        }
    return body


def event(ask: Ask, kind: str, picture: str, now: datetime, **rest: object) -> Event:
    """One event of a stream.

    Args:
        ask: the request.
        kind: `image_generation.partial_image` and the like.
        picture: base64.
        now: when it was made.
        rest: what this kind has besides.
    """
    return {
        "type": kind,
        "b64_json": picture,
        "created_at": int(now.timestamp()),
        "size": f"{ask.width}x{ask.height}",
        "quality": ask.quality,
        "background": ask.background,
        "output_format": ask.form,
        **rest,
    }


async def frames(events: AsyncIterator[Event]) -> AsyncIterator[str]:
    """Events as `text/event-stream`; one without a type is the error that ends the stream."""
    async for one in events:
        yield f"event: {one.get('type', 'error')}\ndata: {json.dumps(one)}\n\n"
