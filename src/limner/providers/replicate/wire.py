"""Replicate's documents: predictions out; their states, outputs and problems in."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from limner.core.adapter import Artifact, Fetch, Order, Ticket
from limner.core.http import HttpCall, HttpReply, MultipartBody, Part, Timeout
from limner.core.pictures import Format, Picture
from limner.providers._shared.inline import large, placed
from limner.providers._shared.named import spoken, values
from limner.providers._shared.reading import items, mapping, parse, picture, text
from limner.providers._shared.voice import Said

FILES: Final = "/files"
PREDICTIONS: Final = "/predictions"
HOOK_KEYS: Final = "/webhooks/default/secret"
INLINE: Final = 180_000
"""Bytes of a picture that as a data URI stays within 256 KB."""
KEPT: Final = 3600.0
"""Seconds after which outputs are deleted (docs page data-retention)."""
_WORDS: Final = {Format.JPEG.value: "jpg"}
_HEADERS: Final = {"prefer_wait": ("prefer", "wait={}"), "cancel_after": ("cancel-after", "{}")}
_FILTER: Final = re.compile(r"E005|sensitive|NSFW", re.IGNORECASE)
_RESETS: Final = re.compile(r"resets in ~?(\d{1,6})s")


def prediction(order: Order) -> tuple[str, dict[str, object], dict[str, str]]:
    """Where a prediction is made, its body, and the headers beside it.

    Raises:
        UserError: an option does not go with the model.
    """
    told, found = spoken(order), values(order)
    asked = {name: found.pop(name) for name in _HEADERS if name in found}
    headers = {name: form.format(asked[key]) for key, (name, form) in _HEADERS.items() if key in asked}
    if order.request.size:
        found |= mapping(told.get("sized"))
    worded = str(mapping(told["fields"]).get("format"))
    if worded in found:
        found[worded] = _WORDS.get(str(found[worded]), found[worded])
    body: dict[str, object] = {"input": {name: placed(value, order.hosted) for name, value in found.items()}}
    if order.hook:
        body |= {"webhook": order.hook, "webhook_events_filter": ["completed"]}
    if "version" in told:
        return PREDICTIONS, {"version": told["version"], **body}, headers
    return f"/models/{told['model']}{PREDICTIONS}", body, headers


def hosted(order: Order) -> tuple[Picture, ...]:
    """The pictures of an order that are too large to go inline, each once."""
    return large(values(order).values(), INLINE)


def upload(one: Picture) -> MultipartBody:
    """A picture as a file."""
    media_type = one.media_type or "image/png"
    name = f"{one.digest[:16]}.{media_type.partition('/')[2]}"
    return MultipartBody((Part("content", one.data, name, media_type),))


def address(reply: HttpReply) -> str | None:
    """Where a file lies. `None`: it does not say."""
    try:
        document = mapping(parse(reply.body))
    except ValueError:
        return None
    return text(mapping(document.get("urls")).get("get"))


def ticket(document: Mapping[str, object]) -> Ticket | None:
    """How to ask for a prediction. `None`: it has no id."""
    task, urls = text(document.get("id")), mapping(document.get("urls"))
    if task is None:
        return None
    path = f"{PREDICTIONS}/{task}"
    return Ticket(
        task,
        check=text(urls.get("get")) or path,
        cancel=text(urls.get("cancel")) or f"{path}/cancel",
    )


def outputs(document: Mapping[str, object]) -> tuple[Artifact, ...]:
    """The finished pictures, of one address or of a list. They must not see the key."""
    made = document.get("output")
    found = (_artifact(url, document) for url in (items(made) or [made]))
    return tuple(one for one in found if one is not None)


def _artifact(place: object, document: Mapping[str, object]) -> Artifact | None:
    url = text(place) or ""
    if url.startswith("data:"):
        data = picture(url)
        return None if data is None else Artifact(data)
    if not url.startswith(("https://", "http://")):
        return None
    ended = moment(document.get("completed_at"))
    call = HttpCall("GET", url, timeout=Timeout.TRANSFER, auth="none")
    return Artifact(Fetch(call, None if ended is None else ended + KEPT))


def moment(value: object) -> float | None:
    """Unix seconds of a date in ISO's form. `None`: it is none."""
    try:
        parsed = datetime.fromisoformat(text(value) or "")
    except ValueError:
        return None
    return parsed.timestamp() if parsed.tzinfo else None


def filtered(why: str) -> bool:
    """Whether a failure is the filter's: only its text says so."""
    return _FILTER.search(why) is not None


def complaint(reply: HttpReply) -> Said | None:
    """Read `{"title", "detail", "status"}`. `None`: it says nothing."""
    try:
        document = mapping(parse(reply.body))
    except ValueError:
        return None
    message, title = text(document.get("detail")), text(document.get("title"))
    return Said(message or title or "", title) if message or title else None


def wait(said: Said | None) -> float | None:
    """Seconds to wait, where only the words of a problem say so. `None`: they do not."""
    told = _RESETS.search(said.message) if said else None
    return float(told[1]) if told else None
