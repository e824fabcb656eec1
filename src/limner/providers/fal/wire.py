"""fal's documents: inputs out; queue states, pictures and complaints in."""

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

from limner.core.adapter import Artifact, Fetch, Order
from limner.core.http import HttpCall, HttpReply, Timeout
from limner.core.pictures import Picture
from limner.providers._shared import detail
from limner.providers._shared.inline import large, placed
from limner.providers._shared.named import values
from limner.providers._shared.reading import items, mapping, parse, picture, text, whole
from limner.providers._shared.voice import Said

INLINE: Final = 64 * 1024
"""Bytes up to which a picture goes into the call itself: "avoid it for large files" (fal docs, 2026)."""
UPLOAD: Final = "/storage/upload/initiate"
_QUEUE: Final = ("queue_priority", "store_io", "expiration_duration_seconds")


def inputs(order: Order) -> tuple[dict[str, object], dict[str, str]]:
    """The body of a submit, and the headers beside it.

    Raises:
        UserError: an option does not go with the endpoint.
    """
    found = values(order)
    asked = {name: found.pop(name) for name in _QUEUE if name in found}
    return {name: placed(value, order.hosted) for name, value in found.items()}, _headers(asked)


def _headers(asked: Mapping[str, object]) -> dict[str, str]:
    headers: dict[str, str] = {}
    if "queue_priority" in asked:
        headers["x-fal-queue-priority"] = str(asked["queue_priority"])
    if asked.get("store_io") is False:
        headers["x-fal-store-io"] = "0"
    if "expiration_duration_seconds" in asked:
        kept = {"expiration_duration_seconds": asked["expiration_duration_seconds"]}
        headers["x-fal-object-lifecycle-preference"] = json.dumps(kept)
    return headers


def hosted(order: Order) -> tuple[Picture, ...]:
    """The pictures of an order that are too large to go inline, each once."""
    return large(values(order).values(), INLINE)


def place(reply: HttpReply) -> tuple[str | None, str | None]:
    """Where a picture's bytes go, and where they lie then. Absent: fal does not say."""
    try:
        document = mapping(parse(reply.body))
    except ValueError:
        return None, None
    return text(document.get("upload_url")), text(document.get("file_url"))


def pictures(document: Mapping[str, object]) -> tuple[Artifact, ...]:
    """What an endpoint made: `images`, or one `image` and perhaps its mask."""
    entries = items(document.get("images")) or [document.get("image"), document.get("mask_image")]
    struck = items(document.get("has_nsfw_concepts"))
    seed = whole(document.get("seed"))
    found = (
        _artifact(mapping(entry), seed, place < len(struck) and struck[place] is True)
        for place, entry in enumerate(entries)
    )
    return tuple(artifact for artifact in found if artifact is not None)


def _artifact(entry: Mapping[str, object], seed: int | None, flagged: bool) -> Artifact | None:
    url = text(entry.get("url"))
    if url is None:
        return None
    inline = picture(url) if url.startswith("data:") else None
    if inline is None and not url.startswith(("https://", "http://")):
        return None
    source = inline or Fetch(HttpCall("GET", url, timeout=Timeout.TRANSFER, auth="none"))
    note = "fal's safety checker blackened it." if flagged else None
    return Artifact(source, text(entry.get("content_type")), seed=seed, flagged=flagged, note=note)


def units(reply: HttpReply) -> Decimal | None:
    """How many units of the endpoint's price were billed. `None`: the answer does not say."""
    try:
        billed = Decimal(reply.headers.get("x-fal-billable-units", ""))
    except InvalidOperation:
        return None
    return billed if billed.is_finite() and billed >= 0 else None


def complaint(reply: HttpReply) -> Said | None:
    """Read either of the two shapes of errors. `None`: it is neither."""
    try:
        document = mapping(parse(reply.body))
    except ValueError:
        return None
    message, kind = detail.complaint(document)
    code = text(document.get("error_type")) or kind
    code = code or reply.headers.get("x-fal-error-type") or text(document.get("status"))
    return Said(message or code or "", code) if message or code else None
