"""OpenAI's other endpoints, and which options go with what."""

from collections.abc import Mapping
from typing import Final

from limner.core.adapter import Order
from limner.core.http import Inline, JsonBody
from limner.core.optional import Listed, Verdict
from limner.core.pictures import Format, Picture
from limner.providers._shared.openai.dialect import Dialect
from limner.providers._shared.options import refuse
from limner.providers._shared.reading import items, mapping, text

MODELS: Final = "/models"
MODERATIONS: Final = "/moderations"

DIALECT: Final = Dialect(
    provider="openai",
    title="OpenAI",
    user="safety_identifier",
    request_id=("x-request-id",),
    url_seconds=3600,  # "valid for 60 minutes" (Images API reference, 2026-08-21)
    remedies={
        401: "Check OPENAI_API_KEY with `limner doctor`.",
        403: "Verify the organisation at OpenAI, or give the key's project access to the model.",
        404: "Choose another model: `limner models openai` lists what the key may use.",
        413: "Send smaller pictures, or fewer.",
    },
)

_ONLY_WITH: Final[Mapping[str, Format]] = {
    "frame_count": Format.GIF,
    "frame_duration_ms": Format.GIF,
    "svg": Format.SVG,
}


def check(order: Order, values: Mapping[str, object]) -> None:
    """Refuse options that OpenAI would refuse, before anything is sent.

    Args:
        order: what is asked.
        values: the parameters made from it.

    Raises:
        UserError: an option does not go with the rest.
    """
    for name, needed in _ONLY_WITH.items():
        if name in values and order.request.format is not needed:
            raise refuse(order, name, f"It needs the format {needed.value}; else leave it out.")


def moderation(prompt: str, shown: tuple[Picture, ...]) -> JsonBody:
    """The body that has words and pictures judged, by the vendor's default model.

    Args:
        prompt: the words. Empty: only the pictures are judged.
        shown: the pictures, probed.
    """
    parts: list[object] = [{"type": "text", "text": prompt}] if prompt else []
    for picture in shown:
        inline = Inline(picture.data, prefix=f"data:{picture.media_type};base64,")
        parts.append({"type": "image_url", "image_url": {"url": inline}})
    return JsonBody({"input": parts})


def verdict(document: object) -> Verdict | None:
    """Read what moderation thinks. `None`: it says nothing."""
    results = [mapping(result) for result in items(mapping(document).get("results"))]
    if not results or not all(isinstance(result.get("flagged"), bool) for result in results):
        return None
    struck = [
        name for result in results for name, hit in mapping(result.get("categories")).items() if hit is True
    ]
    return Verdict(any(result["flagged"] for result in results), tuple(dict.fromkeys(struck)))


def models(document: object) -> tuple[Listed, ...] | None:
    """Read the list of models, with the day each is shut down. `None`: it is no list."""
    data = mapping(document).get("data")
    if not isinstance(data, list):
        return None
    entries = [mapping(entry) for entry in items(mapping(document).get("data"))]
    return tuple(
        Listed(name, shutdown_on=text(entry.get("shutdown_date")))
        for entry in entries
        if (name := text(entry.get("id")))
    )
