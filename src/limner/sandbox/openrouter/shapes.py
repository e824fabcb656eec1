"""Answers in OpenRouter's own forms."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

from limner.sandbox.openrouter.models import Model, Usage


def error(
    status: int,
    message: str,
    metadata: Mapping[str, Any] | None = None,
    availability: Mapping[str, Any] | None = None,
) -> Response:
    """The error envelope.

    Args:
        status: the HTTP status, which is the code too.
        message: for people.
        metadata: facts for programs.
        availability: why no model or provider was found.
    """
    body: dict[str, Any] = {"code": status, "message": message}
    if metadata:
        body["metadata"] = dict(metadata)
    if availability:
        body["availability"] = dict(availability)
    return JSONResponse({"error": body, "user_id": "user_sandbox"}, status)


def failure(status: int, message: str) -> Response:
    """An error of the service as a whole."""
    return error(status, message)


def used(usage: Usage) -> dict[str, Any]:
    """What a request used."""
    cost = float(usage.cost)
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.images,
        "total_tokens": usage.prompt + usage.images,
        "completion_tokens_details": {"image_tokens": usage.images},
        "cost": cost,
        "is_byok": False,
        "cost_details": {
            "upstream_inference_cost": None,
            "upstream_inference_prompt_cost": 0,
            "upstream_inference_completions_cost": cost,
        },
    }


def listed(model: Model) -> dict[str, Any]:
    """A model in the discovery list."""
    takes_pictures = "input_references" in model.parameters
    return {
        "id": model.id,
        "name": model.name,
        "description": f"{model.name} by {model.provider[0]}",
        "created": 0,
        "architecture": {
            "input_modalities": ["text", "image"] if takes_pictures else ["text"],
            "output_modalities": ["image"],
        },
        "supported_parameters": model.parameters,
        "supports_streaming": model.streams,
        "endpoints": f"/api/v1/images/models/{model.id}/endpoints",
    }


def endpoint(model: Model) -> dict[str, Any]:
    """The record of who serves a model, and for how much."""
    name, slug = model.provider
    return {
        "provider_name": name,
        "provider_slug": slug,
        "provider_tag": slug,
        "supported_parameters": model.parameters,
        "allowed_passthrough_parameters": list(model.passthrough),
        "supports_streaming": model.streams,
        "pricing": [{**line, "cost_usd": float(line["cost_usd"])} for line in model.pricing],
    }
