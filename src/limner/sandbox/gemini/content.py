"""generateContent: what an outcome looks like, whole and as a stream."""

from collections.abc import Iterator
from typing import Any

from limner.sandbox.gemini import shapes
from limner.sandbox.gemini.work import Outcome
from limner.sandbox.ids import hex_id
from limner.sandbox.pictures import base64_of


def whole(outcome: Outcome) -> dict[str, Any]:
    """The answer in one piece."""
    body: dict[str, Any] = {
        "usageMetadata": shapes.usage(outcome.usage),
        "modelVersion": outcome.ask.model.id,
        "responseId": hex_id(16),
    }
    if outcome.block is not None:
        return {"promptFeedback": {"blockReason": outcome.block}, **body}
    candidate: dict[str, Any] = {"finishReason": outcome.finish, "index": 0}
    parts = list(_parts(outcome))
    if parts:
        candidate = {"content": {"role": "model", "parts": parts}, **candidate}
    else:
        candidate["finishMessage"] = "Unable to show the generated image."
    return {"candidates": [candidate], **body}


def chunks(outcome: Outcome) -> Iterator[dict[str, Any]]:
    """The answer in pieces: a part each, the picture whole, the reason to finish last."""
    body = whole(outcome)
    candidates = body.get("candidates", [])
    parts: list[Any] = candidates[0].get("content", {}).get("parts", []) if candidates else []
    for part in parts[:-1]:
        early = {name: body[name] for name in ("modelVersion", "responseId")}
        yield {"candidates": [{"content": {"role": "model", "parts": [part]}, "index": 0}], **early}
    if parts:
        candidates[0]["content"]["parts"] = parts[-1:]
    yield body


def _parts(outcome: Outcome) -> Iterator[dict[str, Any]]:
    if outcome.draft:
        draft = {"mimeType": outcome.media_type, "data": base64_of(outcome.draft)}
        yield {"inlineData": draft, "thought": True}
    if outcome.text:
        yield {"text": outcome.text}
    if outcome.data:
        part: dict[str, Any] = {"inlineData": {"mimeType": outcome.media_type, "data": outcome.inline}}
        signed = outcome.ask.model.levels is not None
        yield part | ({"thoughtSignature": shapes.signature()} if signed else {})
