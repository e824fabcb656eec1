"""Gemini's two ways of asking: contents of parts, and interactions."""

from collections.abc import Mapping
from typing import Final

from limner.core.adapter import Order
from limner.core.http import Inline
from limner.core.optional import Listed
from limner.core.pictures import Picture
from limner.providers._shared.named import spoken, values
from limner.providers._shared.options import refuse
from limner.providers._shared.reading import items, mapping, text

INTERACTIONS: Final = "/interactions"
MODELS: Final = "/models"
_CONFIG: Final = {"seed": "seed", "temperature": "temperature", "top_p": "topP"}
_PREFIX: Final = "models/"


def interacts(order: Order) -> bool:
    """Whether the model is asked by interactions."""
    return spoken(order).get("api") == "interactions"


def name(order: Order) -> str:
    """What Google calls the model."""
    return str(spoken(order)["model"])


def _pictures(order: Order) -> tuple[Picture, ...]:
    request = order.request
    return (*request.images, *(one.picture for one in request.references))


def contents(order: Order) -> dict[str, object]:
    """The body of generateContent.

    Raises:
        UserError: an option does not go with the model.
    """
    found = values(order)
    parts: list[object] = [{"text": order.request.prompt}]
    parts += [
        {"inlineData": {"mimeType": one.media_type or "image/png", "data": Inline(one.data)}}
        for one in _pictures(order)
    ]
    image = {key: found[key] for key in ("aspectRatio", "imageSize") if key in found}
    config: dict[str, object] = {"responseModalities": ["IMAGE"]}
    config |= {"imageConfig": image} if image else {}
    config |= {told: found[key] for key, told in _CONFIG.items() if key in found}
    if "thinking_level" in found:
        config["thinkingConfig"] = {"thinkingLevel": str(found["thinking_level"]).upper()}
    body: dict[str, object] = {"contents": [{"role": "user", "parts": parts}], "generationConfig": config}
    settings = [mapping(one) for one in items(found.get("safety_settings"))]
    if settings:
        body["safetySettings"] = [
            {
                "category": f"HARM_CATEGORY_{one['type']}".upper(),
                "threshold": str(one["threshold"]).upper(),
            }
            for one in settings
        ]
    return body


def interaction(order: Order) -> dict[str, object]:
    """The body of an interaction. Nothing is kept unless it has to be, or is asked for.

    Raises:
        UserError: an option does not go with the model, or with another.
    """
    found = values(order)
    background = found.get("background") is True
    if background and found.get("store") is False:
        raise refuse(order, "store", "What goes on in the background is kept until it is fetched.")
    shown: list[object] = [{"type": "text", "text": order.request.prompt}]
    shown += [
        {"type": "image", "mime_type": one.media_type or "image/png", "data": Inline(one.data)}
        for one in _pictures(order)
    ]
    image = {key: found[key] for key in ("aspect_ratio", "image_size") if key in found}
    config = {key: found[key] for key in (*_CONFIG, "thinking_level") if key in found}
    body: dict[str, object] = {
        "model": name(order),
        "input": shown,
        "response_format": {"type": "image", **image},
        "store": found.get("store", background),
    }
    body |= {"generation_config": config} if config else {}
    body |= {"background": True} if background else {}
    body |= {key: found[key] for key in ("safety_settings",) if key in found}
    return body


def models(document: object) -> tuple[Listed, ...] | None:
    """Read the list of models, without the prefix of their names. `None`: it is none."""
    listed: Mapping[str, object] = mapping(document)
    if not isinstance(listed.get("models"), list):
        return None
    names = (text(mapping(entry).get("name")) for entry in items(listed.get("models")))
    return tuple(Listed(one.removeprefix(_PREFIX)) for one in names if one)
