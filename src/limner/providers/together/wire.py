"""Together's documents: what is sent, its list of models, and its errors. Pictures come as at OpenAI."""

import re
from collections.abc import Mapping
from typing import Final

from limner.core.adapter import Order
from limner.core.http import HttpReply
from limner.core.optional import Listed
from limner.providers._shared.inline import placed
from limner.providers._shared.named import spoken, values
from limner.providers._shared.openai.dialect import Dialect
from limner.providers._shared.reading import items, mapping, parse, text
from limner.providers._shared.voice import Said

GENERATIONS: Final = "/images/generations"
MODELS: Final = "/models"
DIALECT: Final = Dialect(
    provider="together",
    title="Together AI",
    user="user",
    request_id=("x-request-id", "x-together-request-id"),
    url_seconds=None,
    remedies={},
)
_FILTER: Final = re.compile(
    r"NSFW|content policy|moderation|flagged|unsafe|safety (?:filter|policy|system)", re.IGNORECASE
)


def painting(order: Order) -> dict[str, object]:
    """The body that orders pictures. Sources and references are pictures all alike.

    Raises:
        UserError: an option does not go with the model.
    """
    named: dict[str, object] = {"model": spoken(order)["model"], **values(order)}
    return {name: placed(value, order.hosted) for name, value in named.items()}


def models(document: object) -> tuple[Listed, ...] | None:
    """Read the models that paint, from the bare list or from one in an envelope. `None`: it is none."""
    if not isinstance(mapping(document).get("data", document), list):
        return None
    entries = [mapping(entry) for entry in items(mapping(document).get("data", document))]
    return tuple(
        Listed(name) for one in entries if (name := text(one.get("id"))) and one.get("type") == "image"
    )


def complaint(reply: HttpReply) -> Said | None:
    """Read `{"error": {"message", "type", "param", "code"}}`. `None`: it is none."""
    try:
        error: Mapping[str, object] = mapping(mapping(parse(reply.body)).get("error"))
    except ValueError:
        return None
    message = text(error.get("message"))
    code = text(error.get("code")) or text(error.get("type"))
    return Said(message or code or "", code) if message or code else None


def filtered(said: Said | None) -> bool:
    """Whether an error is the filter's: only its text says so."""
    return said is not None and _FILTER.search(f"{said.code} {said.message}") is not None
