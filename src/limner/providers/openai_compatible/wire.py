"""What is sent to servers of several kinds, and the three shapes in which they complain."""

from collections.abc import Mapping
from typing import Final

from limner.core.adapter import Order
from limner.core.errors import UserError
from limner.core.http import Body, HttpReply, Inline, JsonBody, MultipartBody, Part
from limner.core.optional import Listed
from limner.core.pictures import Picture
from limner.providers._shared import detail
from limner.providers._shared.named import many, spoken, text_of, values
from limner.providers._shared.openai.dialect import Dialect
from limner.providers._shared.reading import items, mapping, parse, text, whole
from limner.providers._shared.voice import Said

MODELS: Final = "/models"
DIALECT: Final = Dialect(
    provider="openai-compatible",
    title="The server",
    user="user",
    request_id=("x-request-id",),
    url_seconds=None,
    remedies={},
)


def painting(order: Order) -> tuple[str, Body]:
    """Where an order goes, and its body: JSON, or a form where the model's `wire` says `form`.

    Raises:
        UserError: an option does not go with the model, or the call needs a name that nobody gave.
    """
    told, found = spoken(order), values(order)
    if told["model"]:
        found = {"model": told["model"], **found}
    elif told.get("named"):
        raise UserError(
            f"{order.model.title} does this only with a model that is named, and none is.",
            code="model_not_named",
            field="model",
            remedy=f"Name it in limner.toml, as wire.model of a model that is like {order.model.id}.",
        )
    return str(told["path"]), _form(found) if told.get("form") else JsonBody(_json(found))


def _json(found: Mapping[str, object]) -> dict[str, object]:
    """Pictures as bare base64."""
    return {
        name: Inline(value.data)
        if isinstance(value, Picture)
        else [Inline(one.data) for one in many(value)] or value
        for name, value in found.items()
    }


def _form(found: Mapping[str, object]) -> MultipartBody:
    """Pictures as files; several of one name get brackets behind it, as OpenAI's clients write them."""
    parts: list[Part] = []
    for name, value in found.items():
        shown = many(value)
        if not shown:
            parts.append(Part(name, text_of(value).encode()))
        for place, one in enumerate(shown, 1):
            parts.append(_file(f"{name}[]" if len(shown) > 1 else name, f"{name}-{place}", one))
    return MultipartBody(tuple(parts))


def _file(name: str, stem: str, one: Picture) -> Part:
    media_type = one.media_type or "image/png"
    return Part(name, one.data, f"{stem}.{media_type.partition('/')[2]}", media_type)


def complaint(reply: HttpReply) -> Said | None:
    """Read `{"error": {…}}`, `{"error": "…"}` or `{"detail": …}`. `None`: it is none of them."""
    try:
        document = mapping(parse(reply.body))
    except ValueError:
        return None
    error = mapping(document.get("error"))
    told, kind = detail.complaint(document)
    message = text(error.get("message")) or text(document.get("error")) or told
    number = whole(error.get("code"))
    code = text(error.get("code")) or text(error.get("type")) or (str(number) if number else None) or kind
    return Said(message or code or "", code) if message or code else None


def models(document: object) -> tuple[Listed, ...] | None:
    """Read a list of models, or the one that SGLang serves. `None`: it is neither."""
    only = text(mapping(document).get("model_path"))
    if only is not None:
        return (Listed(only),)
    if not isinstance(mapping(document).get("data"), list):
        return None
    named = (text(mapping(one).get("id")) for one in items(mapping(document).get("data")))
    return tuple(Listed(name) for name in named if name)
