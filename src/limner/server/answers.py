"""Writes results: bytes joined to bytes, so that no picture is ever a text or a model on the way out."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Final

from limner.core.money import Cost
from limner.core.notes import Note
from limner.core.results import Image, Result
from limner.server import views
from limner.server.links import Linked
from limner.server.pictures import encode

_SMALL: Final = 1024 * 1024
"""Bytes that are joined on the event loop."""


def dumps(value: object) -> bytes:
    """JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


async def with_pictures(
    pictures: Sequence[tuple[bytes, Mapping[str, object]]], name: str, rest: Mapping[str, object]
) -> bytes:
    """A JSON object that holds a list of pictures and other members.

    Args:
        pictures: the bytes of each one, and what else stands beside its `b64_json`.
        name: of the list.
        rest: the other members.

    Returns:
        `{"<name>":[{"b64_json":"…",…},…],…}`.
    """
    pieces: list[bytes] = [b'{"', name.encode(), b'":[']
    for place, (data, beside) in enumerate(pictures):
        pieces += [
            b',{"b64_json":"' if place else b'{"b64_json":"',
            await encode(data),
            b'"',
            _inside(beside),
            b"}",
        ]
    pieces += [b"]", _inside(rest), b"}"]
    if sum(map(len, pieces)) <= _SMALL:
        return b"".join(pieces)
    return await asyncio.to_thread(b"".join, pieces)


def _inside(members: Mapping[str, object]) -> bytes:
    """The members of an object as they follow another member."""
    return b"," + dumps(members)[1:-1] if members else b""


async def run_answer(
    result: Result, request_id: str, *, notes: Sequence[Note] = (), links: Sequence[Linked] = ()
) -> bytes:
    """The answer of `POST /api/v1/run`, shaped as `views.RunOut`.

    Args:
        result: of the run.
        request_id: of the call.
        notes: about the answer itself.
        links: addresses that stand for the pictures, one for each. Empty: the bytes are in the answer.
    """
    rest = {
        "id": result.id,
        "provider": result.provider,
        "model": result.model,
        "cost": views.price_of(result.cost).model_dump(),
        "quote": views.price_of(result.quote).model_dump(),
        "notes": [views.note_of(note).model_dump() for note in (*notes, *result.notes)],
        "attempts": [views.attempt_of(attempt).model_dump() for attempt in result.attempts],
        "fallback_used": result.fallback_used,
        "tags": list(result.tags),
        "request_id": request_id,
    }
    if links:
        images = [_linked(link) | beside(image) for link, image in zip(links, result.images, strict=True)]
        return dumps({"images": images, **rest})
    pictures = [(image.picture.data, beside(image)) for image in result.images]
    return await with_pictures(pictures, "images", rest)


def _linked(link: Linked) -> dict[str, object]:
    return {"url": link.url, "url_expires_at": link.expires_at.isoformat()}


def beside(image: Image) -> dict[str, object]:
    """What stands beside a picture's bytes."""
    measured = views.measured_of(image.measured)
    return {
        "media_type": measured.media_type,
        "width": measured.width,
        "height": measured.height,
        "seed": image.seed,
        "revised_prompt": image.revised_prompt,
        "attempt": image.attempt,
        "measured": measured.model_dump(),
    }


def cost_header(cost: Cost) -> str:
    """`x-limner-cost`: US dollars, or `unknown`."""
    return "unknown" if cost.usd is None else f"{cost.usd:f}"
