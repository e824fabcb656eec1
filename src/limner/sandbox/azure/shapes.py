"""Errors and replies in Azure's own form."""

from collections.abc import Mapping
from datetime import datetime

from starlette.responses import JSONResponse, Response

from limner.sandbox.openai import shapes
from limner.sandbox.openai.fields import Complaint
from limner.sandbox.openai.prices import Usage
from limner.sandbox.openai.rules import Ask

_SAFETY = (
    "Your request was rejected as a result of our safety system. Your prompt may contain text that is not "
    "allowed by our safety system."
)
_KINDS = ("sexual", "violence", "hate", "self_harm")


class Filtered(Complaint):
    """A refusal whose body is not the usual envelope."""

    def __init__(self, message: str, body: Mapping[str, object]) -> None:
        super().__init__(message)
        self.body = body


def error(complaint: Complaint) -> dict[str, object]:
    """The error envelope. Absent facts are left out."""
    if isinstance(complaint, Filtered):
        return dict(complaint.body)
    body = {
        "code": complaint.code or str(complaint.status),
        "message": complaint.message,
        "param": complaint.param,
        "type": complaint.type,
    }
    return {"error": {name: value for name, value in body.items() if value is not None}}


def plain(status: int, code: str, message: str) -> Response:
    """An error of the gateway in front of the models: code and message alone."""
    return JSONResponse({"error": {"code": code, "message": message}}, status)


def failure(status: int, message: str) -> Response:
    """An error of the endpoint as a whole."""
    if status in {404, 405}:
        return plain(404, "404", "Resource not found")
    return plain(status, str(status), message)


def blocked(categories: tuple[str, ...], stage: str, request_id: str) -> Complaint:
    """A refusal in one of the four spellings that are seen on Azure.

    `forbidden-violence` gives the model's own, `forbidden-policy-violence` the content policy's,
    `forbidden-filter-violence` the image filter's, `forbidden-generic-violence` the general filter's.

    Args:
        categories: what was seen, with the spelling in front.
        stage: `input` or `output`.
        request_id: named in the message.
    """
    spelling, _, category = categories[0].partition("-")
    if spelling == "policy":
        return _policy(category)
    if spelling == "filter":
        what = "Generated image was filtered" if stage == "output" else "Your task failed"
        message = f"{what} as a result of our safety system."
        return Filtered(
            message, {"created": 1698435368, "error": {"code": "contentFilter", "message": message}}
        )
    if spelling == "generic":
        return Complaint(
            "The response was filtered due to the prompt triggering the content management policy.",
            code="content_filter",
        )
    return Complaint(
        "Your request was rejected by the safety system. If you believe this is an error, contact us at "
        f"Azure support ticket and include the request ID {request_id}. "
        f"safety_violations=[{', '.join(categories)}].",
        type="image_generation_user_error",
        code="moderation_blocked",
    )


def _policy(category: str) -> Filtered:
    seen = category.replace("-", "_")
    results: dict[str, object] = {
        kind: {"filtered": kind == seen, "severity": "high" if kind == seen else "safe"} for kind in _KINDS
    }
    results["jailbreak"] = {"detected": False, "filtered": False}
    inner = {"code": "ResponsibleAIPolicyViolation", "content_filter_results": results}
    body = {
        "code": "content_policy_violation",
        "inner_error": inner,
        "message": _SAFETY,
        "type": "invalid_request_error",
    }
    return Filtered(_SAFETY, {"error": body})


def images(ask: Ask, pictures: list[str], used: Usage, now: datetime) -> dict[str, object]:
    """The reply: `created`, `data` and `usage`, and none of OpenAI's echoes."""
    return {
        "created": int(now.timestamp()),
        "data": [{"b64_json": picture} for picture in pictures],
        "usage": shapes.usage(used, details=False),
    }
