"""Stability's documents: forms out, pictures, ids and complaints in."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from limner.core.adapter import Artifact, Order
from limner.core.errors import UserError
from limner.core.http import HttpReply, Part
from limner.core.operations import Operation
from limner.core.pictures import Picture, Role
from limner.providers._shared.named import many, text_of, values
from limner.providers._shared.options import refuse
from limner.providers._shared.reading import items, mapping, parse, picture, text, whole
from limner.providers._shared.voice import Said

ROOT: Final = "/v2beta/stable-image"
RESULTS: Final = "/v2beta/results"
BALANCE: Final = "/v1/user/balance"
LONGEST_USER: Final = 256
"""Characters of an end user's name."""
_GROWN: Final = 20
"""Most pixels a mask grows, except to inpaint."""
_EXTENSIONS: Final = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}


def form(order: Order) -> tuple[Part, ...]:
    """The parts of a call: texts, then files.

    Raises:
        UserError: an option does not go with the rest.
    """
    found = values(order)
    _check(order, found)
    texts = [Part(name, text_of(value).encode()) for name, value in found.items() if not many(value)]
    files = [_file(name, one) for name, value in found.items() for one in many(value)]
    return (*texts, *files)


def _file(name: str, one: Picture) -> Part:
    media_type = one.media_type or "image/png"
    return Part(name, one.data, f"{name}.{_EXTENSIONS.get(media_type, 'bin')}", media_type)


def _check(order: Order, found: Mapping[str, object]) -> None:
    request = order.request
    bare = not (request.prompt or request.references)
    if request.operation is Operation.REPLACE_BACKGROUND and bare:
        raise UserError(
            f"{order.model.label} has to be told what to put behind the subject.",
            code="empty_prompt",
            field="prompt",
            remedy="Describe the background, or show it as a reference.",
        )
    grown = found.get("grow_mask")
    if request.operation is not Operation.INPAINT and isinstance(grown, float) and grown > _GROWN:
        raise refuse(order, "grow_mask", f"It is {_GROWN} at most, except to inpaint.")
    lit = "light_source_direction" in found or any(one.role is Role.STYLE for one in request.references)
    if "light_source_strength" in found and not lit:
        raise refuse(order, "light_source_strength", "It needs a light: give `light_source_direction`.")


def user(order: Order) -> Mapping[str, str]:
    """The header that names the end user, cut where it is too long."""
    name = order.request.user
    return {"stability-client-user-id": name[:LONGEST_USER]} if name else {}


def complaint(reply: HttpReply) -> Said | None:
    """Read `{"name", "errors": […]}`, or `message` as older paths say it. `None`: it is neither."""
    try:
        document = mapping(parse(reply.body))
    except ValueError:
        return None
    reasons = [reason for reason in map(text, items(document.get("errors"))) if reason]
    message = "; ".join(reasons) or text(document.get("message"))
    name = text(document.get("name"))
    return Said(message or name or "", name) if message or name else None


def raw(reply: HttpReply, reason: str) -> Artifact:
    """A picture that is the whole answer.

    Args:
        reply: the answer.
        reason: how it ended.
    """
    seed = reply.headers.get("seed", "")
    return _artifact(reply.body, reply.media_type, int(seed) if seed.isdecimal() else None, reason)


def inline(document: Mapping[str, object], reply: HttpReply, reason: str) -> Artifact | None:
    """A picture inside a document. `None`: what stands there is none."""
    data = picture(document.get("image"))
    claimed = reply.headers.get("content-type", "").partition("type=")[2].strip() or None
    return None if data is None else _artifact(data, claimed, whole(document.get("seed")), reason)


def _artifact(data: bytes, media_type: str | None, seed: int | None, reason: str) -> Artifact:
    filtered = reason == FILTERED
    note = "Stability's filter blurred it, and charges for it." if filtered else None
    return Artifact(data, media_type, seed=seed, flagged=filtered, note=note)


SUCCESS: Final = "SUCCESS"
FILTERED: Final = "CONTENT_FILTERED"
REASONS: Final = frozenset({SUCCESS, FILTERED})
"""How a picture may end."""


def balance(document: object) -> Decimal | None:
    """The credits that are left. `None`: it does not say."""
    left = mapping(document).get("credits")
    return Decimal(str(left)) if isinstance(left, int | float) and not isinstance(left, bool) else None
