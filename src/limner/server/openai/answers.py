"""Results as OpenAI's clients read them, with what only Limner knows beside it, under `limner`."""

from collections.abc import Sequence
from datetime import datetime

from limner.core.notes import Note
from limner.core.pictures import Format
from limner.core.requests import Tier
from limner.core.results import Image, Result
from limner.server import views
from limner.server.answers import dumps, with_pictures
from limner.server.links import Linked
from limner.server.openai.requests import Asked
from limner.server.pictures import encode

_QUALITIES = {Tier.DRAFT: "low", Tier.STANDARD: "medium", Tier.HIGH: "high", Tier.ULTRA: "max"}


async def images_response(result: Result, asked: Asked, at: datetime, links: Sequence[Linked] = ()) -> bytes:
    """The body of an answer that is not streamed.

    Args:
        result: of the run.
        asked: what the client wanted.
        at: now.
        links: addresses that stand for the pictures, one for each. Empty: the bytes are in the answer.
    """
    rest: dict[str, object] = {"created": int(at.timestamp())}
    if result.images:
        rest |= _shape(result.images[0])
    rest |= _quality(asked) | _background(asked)
    usage = usage_of(result)
    if usage is not None:
        rest["usage"] = usage
    rest["limner"] = extras(result, asked.notes)
    if links:
        data = [{"url": one.url} | _revised(image) for one, image in zip(links, result.images, strict=True)]
        return dumps({"data": data, **rest})
    pictures = [(image.picture.data, _revised(image)) for image in result.images]
    return await with_pictures(pictures, "data", rest)


async def partial(asked: Asked, data: bytes, index: int, name: str, at: datetime) -> bytes:
    """One preview, as an event's data."""
    members: dict[str, object] = {
        "type": name,
        "partial_image_index": index,
        "created_at": int(at.timestamp()),
        "size": str(asked.request.size or "auto"),
        "output_format": (asked.request.format or Format.PNG).value,
    }
    return await _picture_event(data, members | _always(asked))


async def completed(result: Result, image: Image, asked: Asked, name: str, at: datetime) -> bytes:
    """One finished picture, as an event's data."""
    members: dict[str, object] = {"type": name, "created_at": int(at.timestamp())}
    members |= _shape(image) | _always(asked)
    members["usage"] = usage_of(result)
    members["limner"] = extras(result, asked.notes)
    return await _picture_event(image.picture.data, members)


def usage_of(result: Result) -> dict[str, object] | None:
    """The tokens that were metered, over all attempts. `None`: nobody metered any."""
    metered = [attempt.usage for attempt in result.attempts if attempt.usage is not None]
    if not any(usage.text_in or usage.image_in or usage.image_out or usage.text_out for usage in metered):
        return None
    text_in = sum(usage.text_in or 0 for usage in metered)
    image_in = sum(usage.image_in or 0 for usage in metered)
    image_out = sum(usage.image_out or 0 for usage in metered)
    text_out = sum(usage.text_out or 0 for usage in metered)
    return {
        "input_tokens": text_in + image_in,
        "input_tokens_details": {"text_tokens": text_in, "image_tokens": image_in},
        "output_tokens": text_out + image_out,
        "output_tokens_details": {"text_tokens": text_out, "image_tokens": image_out},
        "total_tokens": text_in + image_in + image_out + text_out,
    }


def extras(result: Result, notes: tuple[Note, ...]) -> dict[str, object]:
    """What only Limner knows."""
    return {
        "id": result.id,
        "provider": result.provider,
        "model": result.model,
        "cost": views.price_of(result.cost).model_dump(),
        "quote": views.price_of(result.quote).model_dump(),
        "notes": [views.note_of(note).model_dump() for note in (*notes, *result.notes)],
        "measured": [views.measured_of(image.measured).model_dump() for image in result.images],
        "seeds": [image.seed for image in result.images],
        "fallback_used": result.fallback_used,
    }


def _shape(image: Image) -> dict[str, object]:
    kind = image.measured.media_type.removeprefix("image/").partition("+")[0]
    return {"size": str(image.measured.size), "output_format": kind}


def _quality(asked: Asked) -> dict[str, object]:
    tier = asked.request.quality
    return {} if tier is None else {"quality": _QUALITIES[tier]}


def _background(asked: Asked) -> dict[str, object]:
    return {} if asked.request.background is None else {"background": asked.request.background}


def _always(asked: Asked) -> dict[str, object]:
    """Members that every event has; what was left to the model is `auto`."""
    return {"quality": "auto", "background": "auto"} | _quality(asked) | _background(asked)


def _revised(image: Image) -> dict[str, object]:
    return {} if image.revised_prompt is None else {"revised_prompt": image.revised_prompt}


async def _picture_event(data: bytes, members: dict[str, object]) -> bytes:
    return b"".join((b'{"b64_json":"', await encode(data), b'",', dumps(members)[1:]))
