"""Answers in Google's own forms: `google.rpc.Status`, and what generateContent says."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.responses import JSONResponse, Response

from limner.sandbox.gemini.models import Model, Usage
from limner.sandbox.ids import hex_id
from limner.sandbox.pictures import base64_of
from limner.sandbox.schema import Flaw

_STATUSES: Final = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_TYPE: Final = "type.googleapis.com/google.rpc."


def error(
    code: int, message: str, *, status: str | None = None, details: Sequence[Mapping[str, Any]] = ()
) -> Response:
    """The error envelope.

    Args:
        code: the HTTP status.
        message: for people.
        status: what it is called. Absent: as this code usually is.
        details: facts for programs.
    """
    body: dict[str, Any] = {
        "code": code,
        "message": message,
        "status": status or _STATUSES.get(code, "UNKNOWN"),
    }
    if details:
        body["details"] = list(details)
    return JSONResponse({"error": body}, code)


def failure(status: int, message: str) -> Response:
    """An error of the service as a whole."""
    return error(status, message)


def bad_key() -> Response:
    """A key that is none. It is a 400 here, not a 401."""
    info = {
        "@type": f"{_TYPE}ErrorInfo",
        "reason": "API_KEY_INVALID",
        "domain": "googleapis.com",
        "metadata": {"service": "generativelanguage.googleapis.com"},
    }
    return error(400, "API key not valid. Please pass a valid API key.", details=[info])


def exhausted(model: str, seconds: float, limit: int) -> Response:
    """Too many requests, or none allowed at all, which waiting does not mend.

    Args:
        model: what was asked for.
        seconds: until there is room again.
        limit: how many are allowed; 0 on the free tier.
    """
    metric = "generativelanguage.googleapis.com/generate_content_free_tier_requests"
    violation = {
        "quotaMetric": metric,
        "quotaId": "GenerateRequestsPerMinutePerProjectPerModel-FreeTier",
        "quotaDimensions": {"location": "global", "model": model},
    }
    message = (
        "You exceeded your current quota, please check your plan and billing details.\n"
        f"* Quota exceeded for metric: {metric}, limit: {limit}, model: {model}\n"
        f"Please retry in {seconds:.2f}s."
    )
    details = [
        {"@type": f"{_TYPE}QuotaFailure", "violations": [violation]},
        {"@type": f"{_TYPE}RetryInfo", "retryDelay": f"{max(1, round(seconds))}s"},
    ]
    return error(429, message, details=details)


def invalid(flaw: Flaw) -> Response:
    """A body that does not fit."""
    where, _, name = flaw.path.rpartition(".")
    if flaw.rule == "additionalProperties":
        at = f" at '{where}'" if where else ""
        text = f'Unknown name "{name}"{at}: Cannot find field.'
    else:
        text = f"{flaw.path}: {flaw.reason}" if flaw.path else flaw.reason
    violation = {"field": flaw.path, "description": text}
    details = [{"@type": f"{_TYPE}BadRequest", "fieldViolations": [violation]}]
    prefix = "Invalid JSON payload received. " if flaw.rule == "additionalProperties" else ""
    return error(400, f"{prefix}{text}", details=details)


def usage(used: Usage) -> dict[str, Any]:
    """Token counts; what is zero is left out."""
    given = {"TEXT": used.text_in, "IMAGE": used.image_in}
    made = {"TEXT": used.text_out, "IMAGE": used.image_out}
    body: dict[str, Any] = {"promptTokenCount": used.given, "totalTokenCount": used.total}
    if used.made:
        body["candidatesTokenCount"] = used.made
        body["candidatesTokensDetails"] = _by_modality(made)
    if used.thoughts:
        body["thoughtsTokenCount"] = used.thoughts
    return body | {"promptTokensDetails": _by_modality(given)}


def _by_modality(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"modality": name, "tokenCount": count} for name, count in counts.items() if count]


def model(one: Model) -> dict[str, Any]:
    """A model as the list shows it."""
    return {
        "name": f"models/{one.id}",
        "version": "001",
        "displayName": one.title,
        "description": one.title,
        "inputTokenLimit": 65_536,
        "outputTokenLimit": 32_768,
        "supportedGenerationMethods": ["generateContent"],
        "thinking": one.levels is not None,
    }


def signature() -> str:
    """What a model's thoughts are signed with: bytes that mean nothing to others."""
    return base64_of(hex_id(32).encode())
