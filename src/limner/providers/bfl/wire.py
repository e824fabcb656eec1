"""Black Forest Labs' documents: inputs out; states, samples and complaints in."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, cast

from limner.core.adapter import Artifact, Fetch, Order
from limner.core.http import HttpCall, HttpReply, Inline, Timeout
from limner.core.pictures import Picture
from limner.providers._shared import detail
from limner.providers._shared.named import values
from limner.providers._shared.reading import items, mapping, parse, redact, text, whole
from limner.providers._shared.voice import Said

CREDITS: Final = "/v1/credits"
FORGOTTEN: Final = "Task not found"


def inputs(order: Order) -> dict[str, object]:
    """The body of a submit.

    Raises:
        UserError: an option does not go with the model.
    """
    body: dict[str, object] = {}
    for name, value in values(order).items():
        body |= _placed(name, value)
    return body


def _placed(name: str, value: object) -> dict[str, object]:
    """A parameter; several pictures go as `name`, `name_2`, `name_3` and so on."""
    if isinstance(value, Picture):
        return {name: Inline(value.data)}
    if not isinstance(value, tuple):
        return {name: value}
    shown = cast("tuple[Picture, ...]", value)
    return {f"{name}_{at}" if at > 1 else name: Inline(one.data) for at, one in enumerate(shown, 1)}


def sample(document: Mapping[str, object]) -> Artifact | None:
    """The finished picture. It lies at a signed URL that must not see the key. `None`: there is none."""
    result = mapping(document.get("result"))
    url = text(result.get("sample"))
    if url is None or not url.startswith(("https://", "http://")):
        return None
    call = HttpCall("GET", url, timeout=Timeout.TRANSFER, auth="none")
    return Artifact(Fetch(call), seed=whole(result.get("seed")))


def amount(value: object) -> Decimal | None:
    """A number of credits. `None`: it is none."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    exact = Decimal(str(value))
    return exact if exact.is_finite() and exact >= 0 else None


def progress(document: Mapping[str, object]) -> float | None:
    """How far it is, 0..1. `None`: it does not say."""
    part = document.get("progress")
    if not isinstance(part, int | float) or isinstance(part, bool):
        return None
    return min(max(float(part), 0.0), 1.0)


def reasons(document: Mapping[str, object]) -> tuple[str, ...]:
    """What moderation saw: any words in `details`, whatever they stand under (nobody has published it)."""
    found = [
        reason
        for value in mapping(document.get("details")).values()
        for reason in (*map(text, items(value)), text(value))
    ]
    return tuple(redact(reason) for reason in found if reason)


def complaint(reply: HttpReply) -> Said | None:
    """Read an error; a task that is not known says so in its status. `None`: it says nothing."""
    try:
        document = mapping(parse(reply.body))
    except ValueError:
        return None
    message, kind = detail.complaint(document)
    message = message or text(document.get("status")) or text(document.get("message"))
    return Said(message, kind) if message else None
