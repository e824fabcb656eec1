"""WaveSpeed's documents: a model's inputs out; states, outputs, places and prices in."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from limner.core.adapter import Artifact, Fetch, Order
from limner.core.http import HttpCall, HttpReply, RawBody, Timeout
from limner.core.optional import Listed
from limner.core.pictures import Picture
from limner.providers._shared.inline import large, placed
from limner.providers._shared.named import many, spoken, values
from limner.providers._shared.reading import items, mapping, parse, picture, text, whole

ROOT: Final = "/api/v3"
UPLOADS: Final = f"{ROOT}/media/uploads"
BALANCE: Final = f"{ROOT}/balance"
MODELS: Final = f"{ROOT}/models"
PRICE: Final = f"{ROOT}/model/price"
SECRET: Final = f"{ROOT}/webhook/secret"
SYNC: Final = "enable_sync_mode"
_PAINT: Final = {"text-to-image", "image-to-image", "upscaler", "ai-remover"}
"""Kinds of models that make pictures. Others make videos, sounds, or change faces."""


def inputs(order: Order) -> dict[str, object]:
    """The body of a submit: the model's inputs, flat.

    Raises:
        UserError: an option does not go with the model.
    """
    return {name: placed(value, order.hosted) for name, value in _written(order).items()}


def priced(order: Order) -> dict[str, object]:
    """The body that asks for a price: the model and its inputs, without pictures, which cost nothing.

    Raises:
        UserError: an option does not go with the model.
    """
    plain = {name: value for name, value in _written(order).items() if not many(value)}
    return {"model_id": spoken(order)["model"], "inputs": plain}


def _written(order: Order) -> dict[str, object]:
    """The inputs as WaveSpeed writes them: sizes with an asterisk, some formats by another word."""
    told, found = spoken(order), values(order)
    fields, words = mapping(told["fields"]), mapping(told.get("words"))
    for field in ("size", "canvas", "format"):
        name = str(fields.get(field))
        if name in found:
            said = found[name]
            plain = "*".join(str(side) for side in items(said)) or str(said).replace("x", "*")
            found[name] = plain if field != "format" else words.get(str(said), said)
    return found


def result(task: str) -> str:
    """Where a task is asked for."""
    return f"{ROOT}/predictions/{task}/result"


def data(reply: HttpReply) -> Mapping[str, object]:
    """What the envelope holds.

    Raises:
        ValueError: it is no JSON, or cut off.
    """
    return mapping(mapping(parse(reply.body)).get("data"))


def pictures(document: Mapping[str, object]) -> tuple[Artifact, ...]:
    """The finished pictures: addresses, bare base64, or objects that name an address."""
    struck = items(document.get("has_nsfw_contents"))
    found = (
        _artifact(one, place < len(struck) and struck[place] is True)
        for place, one in enumerate(items(document.get("outputs")))
    )
    return tuple(one for one in found if one is not None)


def _artifact(output: object, flagged: bool) -> Artifact | None:
    said = text(output) or text(mapping(output).get("url")) or ""
    note = "WaveSpeed marked it as not safe for work." if flagged else None
    if said.startswith(("https://", "http://")):
        call = HttpCall("GET", said, timeout=Timeout.TRANSFER, auth="none")
        return Artifact(Fetch(call), flagged=flagged, note=note)
    bare = picture(said)
    return None if bare is None else Artifact(bare, flagged=flagged, note=note)


def hosted(order: Order) -> tuple[Picture, ...]:
    """The pictures of an order, each once. All of them: most models take addresses only."""
    return large(values(order).values(), 0)


def upload(one: Picture) -> dict[str, object]:
    """The body that opens a place for a picture."""
    media_type = one.media_type or "image/png"
    name = f"{one.digest[:16]}.{media_type.partition('/')[2]}"
    return {"filename": name, "size": len(one.data), "content_type": media_type}


def moved(one: Picture, place: Mapping[str, object]) -> HttpCall | None:
    """The call that moves a picture's bytes, with just the headers it names. `None`: it names no place."""
    told = mapping(place.get("upload"))
    url = text(told.get("url"))
    if url is None or told.get("method") != "PUT":
        return None
    named = {name.lower(): str(value) for name, value in mapping(told.get("headers")).items()}
    body = RawBody(one.data, named.pop("content-type", one.media_type or "image/png"))
    return HttpCall("PUT", url, headers=named, body=body, timeout=Timeout.TRANSFER, auth="none")


def amount(value: object) -> Decimal | None:
    """An amount of money. `None`: it is none."""
    number = value if isinstance(value, float) else whole(value)
    return None if number is None else Decimal(str(number))


def models(reply: HttpReply) -> tuple[Listed, ...] | None:
    """Read the models that paint, by their paths. `None`: it is no list."""
    document = mapping(parse(reply.body))
    if not isinstance(document.get("data"), list):
        return None
    entries = [mapping(one) for one in items(document.get("data"))]
    named = ((text(one.get("model_id")), one.get("type")) for one in entries)
    return tuple(Listed(name) for name, kind in named if name and kind in _PAINT)
