"""Replicate's list of recent predictions, where one is looked for whose answer was lost."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

from limner.core.adapter import Order, Ticket
from limner.core.http import HttpReply
from limner.providers._shared.reading import items, mapping, parse, text
from limner.providers.replicate import wire

_SLACK: Final = 2.0
"""Seconds: the `Date` of an answer is given in whole ones."""


def alike(reply: HttpReply, order: Order, seconds: float) -> tuple[Ticket, ...]:
    """The predictions of a list that can be an order's: of its model and inputs, made since it was sent.

    Pictures are not compared: they come back as other addresses. Inputs are deleted after an hour.

    Raises:
        ValueError: it is no JSON.
    """
    now = parsedate_to_datetime(reply.headers.get("date", "")).timestamp()  # Replicate's own clock
    path, body, _ = wire.prediction(order)
    said = mapping(body["input"])
    asked = {name: value for name, value in said.items() if not _is_picture(value)}
    model = path.removeprefix("/models/").removesuffix(wire.PREDICTIONS) or None
    version = str(body.get("version", "")).rpartition(":")[2]

    def is_it(one: Mapping[str, object]) -> bool:
        made, inputs = wire.moment(one.get("created_at")), mapping(one.get("input"))
        same = one.get("version") == version if version else one.get("model") == model
        since = now - seconds - _SLACK
        return same and made is not None and made >= since and asked.items() <= inputs.items()

    found = (mapping(one) for one in items(mapping(parse(reply.body)).get("results")))
    return tuple(named for named in map(wire.ticket, filter(is_it, found)) if named is not None)


def _is_picture(value: object) -> bool:
    first = (items(value) or [value])[0]
    return (text(first) or "").startswith(("data:", "https://", "http://"))
