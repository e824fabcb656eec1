"""Answers in Venice's own forms."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from starlette.responses import JSONResponse, Response

from limner.sandbox.pictures import base64_of
from limner.sandbox.schema import Flaw

INVALID: Final = "Invalid request parameters"
UNAUTHENTICATED: Final = "Authentication failed"
NO_BALANCE: Final = (
    "Insufficient USD or Diem balance to complete request. "
    "Visit https://venice.ai/settings/api to add credits."
)
USD_LIMIT: Final = (
    "API key USD spend limit exceeded. Your account may still have USD balance, "
    "but this API key has reached its configured USD spending limit."
)
_USDC: Final = "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913"
_TOP_UP: Final = "10000000"  # base units of USDC, which has six decimals


def error(status: int, message: str, **more: Any) -> Response:
    """An error: the message, and what some of them add.

    Args:
        status: the HTTP status.
        message: for people.
        more: further members: `code`, `suggested_prompt`.
    """
    return JSONResponse({"error": message, **more}, status)


def failure(status: int, message: str) -> Response:
    """An error of the service as a whole."""
    return error(status, message)


def invalid(found: Iterable[Flaw]) -> Response:
    """What does not fit a body's schema.

    Unknown members are named together and first, as the published text shows them.
    """
    details: dict[str, Any] = {"_errors": []}
    issues: list[dict[str, Any]] = []
    unknown: list[str] = []
    for flaw in found:
        if flaw.rule == "additionalProperties":
            unknown.append(flaw.path)
            continue
        place = details
        for step in (step for step in flaw.path.replace("[", ".").replace("]", "").split(".") if step):
            place = place.setdefault(step, {"_errors": []})
        words = "Field is required" if flaw.rule == "required" else f"Input {flaw.reason}"
        place["_errors"].append(words)
        issues.append({"code": flaw.rule, "path": flaw.path, "message": words})
    if unknown:
        words = "Unrecognized key(s) in object: " + ", ".join(f"'{name}'" for name in unknown)
        details["_errors"].append(words)
        issues.insert(0, {"code": "unrecognized_keys", "keys": unknown, "path": "", "message": words})
    return error(400, INVALID, details=details, issues=issues)


def wrong(field: str, reason: str) -> Response:
    """One field that does not fit its model."""
    return error(400, INVALID, details={"_errors": [], field: {"_errors": [reason]}})


def refused(suggestion: str) -> Response:
    """A prompt that Venice itself refuses."""
    message = "Your prompt violates the content policy of Venice.ai or the model provider"
    return error(422, message, suggested_prompt=suggestion)


def refused_by_provider(instead: str) -> Response:
    """A picture that the company behind a model refuses. The charge is taken back."""
    message = (
        "The selected model provider rejected this request due to its content policies. "
        f"Credits have been refunded. Try using {instead} instead."
    )
    body = {
        "message": message,
        "type": "provider_content_policy",
        "recommended_model": instead,
        "credits_refunded": True,
    }
    return JSONResponse({"error": body}, 422)


def unpaid(url: str) -> Response:
    """Nobody says who pays: how to pay with a wallet, or where to get a key."""
    body: dict[str, Any] = {
        "x402Version": 2,
        "error": "Payment required",
        "resource": {"url": url, "description": "Venice API", "mimeType": "application/json"},
        "accepts": [
            {
                "scheme": "exact",
                "network": "eip155:8453",
                "asset": _USDC,
                "amount": _TOP_UP,
                "payTo": "0x0000000000000000000000000000000000000000",
                "maxTimeoutSeconds": 300,
                "extra": {"name": "USD Coin", "version": "2"},
            }
        ],
        "authOptions": {
            "apiKey": {
                "header": "Authorization: Bearer YOUR_API_KEY",
                "getKey": "https://venice.ai/settings/api",
                "docs": "https://docs.venice.ai/api-reference",
            },
            "x402Wallet": {
                "header": "SIGN-IN-WITH-X",
                "legacyHeader": "X-Sign-In-With-X",
                "topUp": "POST /api/v1/x402/top-up",
                "docs": "https://docs.venice.ai/api-reference/endpoint/x402/top-up",
            },
        },
    }
    return JSONResponse(body, 402, {"payment-required": base64_of(json.dumps(body).encode())})


def verdicts(**said: bool) -> Mapping[str, str]:
    """What moderation found, as headers: `is_blurred`, `is_content_violation`."""
    return {f"x-venice-{name.replace('_', '-')}": str(value).lower() for name, value in said.items()}
