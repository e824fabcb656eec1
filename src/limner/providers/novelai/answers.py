"""NovelAI's answers: archives, documents, and frames of a stream."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, cast

import msgpack  # pyright: ignore[reportMissingTypeStubs] -- untyped

from limner.core.adapter import Artifact, Order, Partial
from limner.core.http import Frame, HttpReply
from limner.core.operations import Operation
from limner.core.optional import Account
from limner.providers._shared.archive import MAGIC, members
from limner.providers._shared.reading import items, mapping, parse, picture, text, whole
from limner.providers._shared.voice import Said

_TIERS: Final = ("Paper", "Tablet", "Scroll", "Opus")
_STEPS: Final = 28


def pictures(reply: HttpReply) -> tuple[bytes, ...]:
    """The pictures of an answer: an archive, a document, or one alone.

    Raises:
        ValueError: it is none of them, or is damaged.
    """
    if reply.body.startswith(MAGIC):
        return members(reply.body)
    if reply.media_type.startswith("image/"):
        return (reply.body,)
    document = mapping(parse(reply.body))
    entries = items(document.get("images")) or [document]
    found = [picture(entry if isinstance(entry, str) else mapping(entry).get("image")) for entry in entries]
    return tuple(one for one in found if one is not None)


def artifacts(found: tuple[bytes, ...], order: Order) -> tuple[Artifact, ...]:
    """What was made.

    Cutting out gives the subject, the picture behind it and both blended (novelai-sdk 0.14.1): only the first
    is what was asked for, unless the tool was called by its name.
    """
    if order.request.operation is Operation.REMOVE_BACKGROUND:
        found = found[:1]
    seed = order.request.seed if len(found) == 1 else None
    return tuple(Artifact(one, seed=seed) for one in found)


def tags(document: object) -> tuple[str, ...] | None:
    """Suggested tags, the likeliest first. `None`: it is no list of them."""
    if isinstance(document, list):  # as it answers in Japanese
        return _named(items(cast("object", document)), "en_tag")
    entries = mapping(document)
    return _named(items(entries["tags"]), "tag") if "tags" in entries else None


def _named(entries: list[object], name: str) -> tuple[str, ...]:
    found = (text(mapping(entry).get(name)) for entry in entries)
    return tuple(tag for tag in found if tag)


def complaint(body: bytes) -> Said | None:
    """Read `{"statusCode", "message"}`. `None`: it is none."""
    try:
        document = mapping(parse(body))
    except ValueError:
        return None
    message = text(document.get("message"))
    return Said(message) if message else None


def account(document: object) -> Account | None:
    """Read a subscription. `None`: it is none."""
    known = mapping(document)
    left = mapping(known.get("trainingStepsLeft"))
    fixed, bought = whole(left.get("fixedTrainingStepsLeft")), whole(left.get("purchasedTrainingSteps"))
    tier = whole(known.get("tier"))
    if fixed is None or bought is None or tier is None:
        return None
    usage = mapping(known.get("usage"))
    percent = usage.get("percent")
    wait = whole(usage.get("timeUntilNextPercent"))
    facts = {"included anlas": str(fixed), "bought anlas": str(bought)}
    return Account(
        Decimal(fixed + bought),
        "anlas",
        plan=_TIERS[tier] if 0 <= tier < len(_TIERS) else f"tier {tier}",
        active=known.get("active") is True,
        allowance=Decimal(str(percent)) / 100 if isinstance(percent, int | float) else None,
        facts=facts if wait is None else {**facts, "seconds until the next percent": str(wait)},
    )


def message(frame: Frame) -> Mapping[str, object]:
    """A frame's map, from either of the two framings.

    Raises:
        ValueError: it is none.
    """
    if frame.data.lstrip()[:1] == b"{":
        return mapping(parse(frame.data))
    try:
        return mapping(cast("object", msgpack.unpackb(frame.data)))  # pyright: ignore[reportUnknownMemberType]
    except (msgpack.UnpackException, ValueError, TypeError):
        raise ValueError("it is no message") from None


def image(said: Mapping[str, object]) -> bytes | None:
    """The picture of a message: bytes, or base64. `None`: it has none."""
    value = said.get("image")
    return (value or None) if isinstance(value, bytes) else picture(value)


def preview(said: Mapping[str, object], order: Order) -> Partial:
    """A preview where one is due, else only how far it is: NovelAI sends one for every step."""
    steps = order.request.steps or _STEPS
    step = min(max(whole(said.get("step_ix")) or 0, 0), steps - 1) + 1
    wanted = order.request.partial_images
    due = {round(steps * (place + 1) / (wanted + 1)): place for place in range(wanted)}
    if step in due:
        return Partial(image(said), due[step], step / steps)
    return Partial(None, progress=step / steps)
