"""`POST /moderations`: free, and judges by words alone."""

from collections.abc import Mapping
from typing import Final, cast

from limner.core.ids import new_id
from limner.sandbox.openai.fields import Complaint, invalid, missing
from limner.sandbox.openai.models import MODERATION_MODELS
from limner.sandbox.words import refused_before

CATEGORIES: Final = (
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/intent",
    "self-harm/instructions",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
)
_OF_IMAGES: Final = {
    "sexual",
    "violence",
    "violence/graphic",
    "self-harm",
    "self-harm/intent",
    "self-harm/instructions",
}
_CERTAIN, _ABSENT = 0.97, 0.0001

Parts = tuple[tuple[str, str], ...]
"""Kind (`text` or `image`) and content, judged together."""


def moderate(values: Mapping[str, object]) -> dict[str, object]:
    """Judge the input: `forbidden-violence` in a text is violence; a picture is always fine.

    Args:
        values: the JSON body.

    Raises:
        Complaint: the body is not what the endpoint takes.
    """
    unknown = next((name for name in values if name not in {"input", "model"}), None)
    if unknown is not None:
        raise Complaint(f"Unknown parameter: '{unknown}'.", param=unknown, code="unknown_parameter")
    model = values.get("model", MODERATION_MODELS[0])
    if model not in MODERATION_MODELS:
        raise invalid("model", model, MODERATION_MODELS)
    if values.get("input") is None:
        raise missing("input")
    results = [_result(parts) for parts in _inputs(values["input"])]
    return {"id": new_id("modr"), "model": model, "results": results}


def _inputs(value: object) -> list[Parts]:
    if isinstance(value, str):
        return [(("text", value),)]
    items = cast("list[object]", value) if isinstance(value, list) else []
    if items and all(isinstance(item, str) for item in items):
        return [(("text", str(item)),) for item in items]
    if items and all(isinstance(item, dict) for item in items):
        return [tuple(_part(cast("dict[str, object]", item)) for item in items)]
    raise Complaint(
        "Invalid type for 'input': expected a string, an array of strings, or an array of objects.",
        param="input",
        code="invalid_type",
    )


def _part(item: Mapping[str, object]) -> tuple[str, str]:
    if item.get("type") == "text" and isinstance(item.get("text"), str):
        return "text", str(item["text"])
    image = item.get("image_url")
    url = cast("dict[str, object]", image).get("url") if isinstance(image, dict) else None
    if item.get("type") == "image_url" and isinstance(url, str):
        return "image", url
    raise Complaint("Invalid value in 'input'.", param="input", code="invalid_value")


def _result(parts: Parts) -> dict[str, object]:
    kinds = dict.fromkeys(kind for kind, _ in parts)
    text = " ".join(content for kind, content in parts if kind == "text")
    words = refused_before(text)
    seen = {name for name in CATEGORIES if name.replace("/", "-") in words or name.partition("/")[0] in words}
    return {
        "flagged": bool(seen),
        "categories": {name: name in seen for name in CATEGORIES},
        "category_scores": {name: _CERTAIN if name in seen else _ABSENT for name in CATEGORIES},
        "category_applied_input_types": {
            name: [kind for kind in kinds if kind == "text" or name in _OF_IMAGES] for name in CATEGORIES
        },
    }
