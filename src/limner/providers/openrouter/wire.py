"""OpenRouter's documents: what is sent; pictures, events, costs and models in."""

from collections.abc import Mapping
from decimal import Decimal
from math import isfinite
from typing import Final

from limner.core.adapter import Artifact, Order, Usage
from limner.core.http import HttpReply
from limner.core.money import USD
from limner.core.optional import Account, Listed
from limner.providers._shared.inline import placed
from limner.providers._shared.named import many, spoken, values
from limner.providers._shared.reading import items, mapping, parse, picture, text, whole

IMAGES: Final = "/images"
MODELS: Final = "/images/models"
KEY: Final = "/key"
_SHOWN: Final = "input_references"


def painting(order: Order) -> dict[str, object]:
    """The body that orders pictures. Those that go along are references all alike.

    Raises:
        UserError: an option does not go with the model.
    """
    told, found = spoken(order), values(order)
    word = found.get("resolution")
    if word is not None:
        found |= mapping(mapping(told.get("qualities")).get(str(word)))
    shown = many(found.get(_SHOWN))
    if shown:
        found[_SHOWN] = [
            {"type": "image_url", "image_url": {"url": placed(one, order.hosted)}} for one in shown
        ]
    if order.stream:
        found["stream"] = True
    return {"model": told["model"], **found}


def event(data: bytes) -> Mapping[str, object]:
    """One event of a stream, bare or in `{"data": …}`: the document has one, the guide the other.

    Raises:
        ValueError: it is no JSON.
    """
    document = mapping(parse(data))
    return mapping(document.get("data")) or document


def artifact(entry: Mapping[str, object]) -> Artifact | None:
    """A picture. `None`: what came is none."""
    data = picture(entry.get("b64_json"))
    return None if data is None else Artifact(data, text(entry.get("media_type")))


def usage(document: Mapping[str, object]) -> Usage | None:
    """What was metered, in tokens. `None`: nothing was."""
    total = mapping(document.get("usage"))
    if not total:
        return None
    out = mapping(total.get("completion_tokens_details"))
    painted = whole(out.get("image_tokens"))
    return Usage(
        image_in=whole(total.get("prompt_tokens")),
        image_out=whole(total.get("completion_tokens")) if painted is None else painted,
    )


def cost(document: Mapping[str, object]) -> Decimal | None:
    """What it cost, in dollars. `None`: it does not say, which is not nothing.

    With a key of one's own for the vendor, OpenRouter takes a fee, and the vendor its price.
    """
    total = mapping(document.get("usage"))
    charged = amount(total.get("cost"))
    if charged is None or total.get("is_byok") is not True:
        return charged
    theirs = amount(mapping(total.get("cost_details")).get("upstream_inference_cost"))
    return None if theirs is None else charged + theirs


def amount(value: object) -> Decimal | None:
    """A number as an amount. `None`: it is none."""
    number = value if isinstance(value, float) and isfinite(value) else whole(value)
    return None if number is None else Decimal(str(number))


def account(reply: HttpReply) -> Account | None:
    """What the key may still spend. `None`: the answer is about no key.

    Raises:
        ValueError: it is no JSON.
    """
    told = mapping(mapping(parse(reply.body)).get("data"))
    spent = amount(told.get("usage"))
    if spent is None:
        return None
    facts = {"spent": f"{spent} USD", "limit is reset": text(told.get("limit_reset"))}
    return Account(
        amount(told.get("limit_remaining")),
        USD,
        plan="free" if told.get("is_free_tier") is True else None,
        facts={name: said for name, said in facts.items() if said},
    )


def models(reply: HttpReply) -> tuple[Listed, ...] | None:
    """Read the models that paint. `None`: it is no list.

    Raises:
        ValueError: it is no JSON.
    """
    document = mapping(parse(reply.body))
    if not isinstance(document.get("data"), list):
        return None
    named = (text(mapping(one).get("id")) for one in items(document.get("data")))
    return tuple(Listed(name) for name in named if name)
