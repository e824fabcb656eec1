"""What LiteLLM's exceptions mean: for money, and for whether the work may be sent again.

The classes are LiteLLM's, the status is the answer's own as it came through our door: LiteLLM gives a status
to what never got an answer, too (`APIConnectionError` has 500). Read in 1.103.7
and 1.106.2, 2026-11-21.
"""

import json
import re
from collections.abc import Mapping
from typing import Final, TypedDict, cast

from limner.core.adapter import Order
from limner.core.errors import (
    Again,
    BadRequest,
    Billed,
    Error,
    Malformed,
    OutcomeUnknown,
    OutOfCredit,
    ProviderError,
    RateLimited,
    Refused,
    Stage,
    Unauthorized,
    Unavailable,
)
from limner.core.secret import MASKED, Secret
from limner.painters.litellm.visit import SUCCESS, Broken, Reply, Visit

SLUG: Final = "litellm"
_BEFORE_WORK: Final[Mapping[int, tuple[type[ProviderError], Again]]] = {
    400: (BadRequest, Again.ANOTHER),
    401: (Unauthorized, Again.ANOTHER),
    402: (OutOfCredit, Again.ANOTHER),
    403: (Unauthorized, Again.ANOTHER),
    404: (BadRequest, Again.ANOTHER),
    405: (BadRequest, Again.ANOTHER),
    413: (BadRequest, Again.ANOTHER),
    415: (BadRequest, Again.ANOTHER),
    422: (BadRequest, Again.ANOTHER),
    429: (RateLimited, Again.SAME),
}
"""Refusals before any work. Not billed, whoever says so."""
_NO_CREDIT: Final = ("insufficient_quota", "billing_hard_limit_reached", "payment_required")
_UNSAFE: Final = (
    "moderation_blocked",  # LiteLLM takes it for an ordinary BadRequestError
    "content_policy_violation",
    "safety system",
    "ResponsibleAIPolicyViolation",
    "content_moderation",
)
_FROM_500: Final = 500
_MOST_WORDS: Final = 500
_OF_ITS_OWN_ACCORD: Final = frozenset({"UnsupportedParamsError", "LiteLLMUnknownProvider"})
"""What LiteLLM raises before it sends anything."""
_CLASSES: Final = re.compile(r"^(litellm\.)?(\w+Error: )*")
"""The names of classes that LiteLLM puts before the provider's words."""


class Facts(TypedDict):
    """What every error of one call shares."""

    provider: str
    model: str
    request_id: str | None


def facts(order: Order, visit: Visit) -> Facts:
    """Gather what every error of a call shares."""
    names = ("x-request-id", "request-id", "apim-request-id") if visit.reply else ()
    found = (visit.reply.headers.get(name) for name in names if visit.reply)
    return Facts(provider=SLUG, model=order.model.id, request_id=next(filter(None, found), None))


def broken(fault: Broken, order: Order, visit: Visit) -> Error:
    """A call that got no whole answer."""
    known, why = facts(order, visit), fault.why.rstrip(".")
    if not fault.sent:
        return Unavailable(
            f"{order.model.label} could not be reached through LiteLLM: {why}.",
            **known,
            code="provider_unreachable",
            again=Again.SAME,
            billed=Billed.NO,
        )
    if fault.status in SUCCESS:
        # It answers 200 when the picture is made: the work is done, and paid for.
        return Malformed(f"The answer of {order.model.label} broke off: {why}.", **known, billed=Billed.YES)
    return OutcomeUnknown(
        f"Whether {order.model.label} did the work is not known: {why}.",
        provider=SLUG,
        model=order.model.id,
        request_id=known["request_id"],
    )


def diagnose(fault: Exception, order: Order, visit: Visit, keys: Mapping[str, Secret]) -> Error:
    """Turn what LiteLLM raised into facts.

    Args:
        fault: what it raised.
        order: what was asked.
        visit: what left, and what was answered.
        keys: taken out of its words.
    """
    known = facts(order, visit)
    words = _words(fault, keys)
    if (visit.watched and not visit.sent) or type(fault).__name__ in _OF_ITS_OWN_ACCORD:
        return BadRequest(words, **known, again=Again.ANOTHER, billed=Billed.NO)
    if visit.delivered:
        return Malformed(f"LiteLLM could not read the answer. {words}", **known, billed=Billed.UNKNOWN)
    status = visit.reply.status if visit.reply else _status(fault)
    said = visit.reply.body.decode("utf-8", "replace") if visit.reply else str(fault)
    if status is None:
        return OutcomeUnknown(words, provider=SLUG, model=order.model.id)
    return _answered(status, said, words, known, visit.reply)


def _answered(status: int, said: str, words: str, known: Facts, reply: Reply | None) -> Error:
    code = _code(said)
    if status in {400, 403, 422} and any(sign in said for sign in _UNSAFE):
        return Refused(
            words,
            **known,
            status=status,
            stage=Stage.MODERATION,
            billed=Billed.NO if '"input"' in said else Billed.UNKNOWN,
            remedy="Change the prompt or the pictures: unchanged, they are refused again.",
        )
    if status in {400, 402, 403, 429} and any(sign in said for sign in _NO_CREDIT):
        return OutOfCredit(
            words, **known, status=status, vendor_code=code, again=Again.ANOTHER, billed=Billed.NO
        )
    if status in _BEFORE_WORK:
        kind, again = _BEFORE_WORK[status]
        wait = _retry_after(reply)
        return kind(
            words, **known, status=status, vendor_code=code, retry_after=wait, again=again, billed=Billed.NO
        )
    # LiteLLM does not say whether a 5xx is the provider's or a proxy's before it: what was done is not known.
    kind = Unavailable if status >= _FROM_500 else ProviderError
    return kind(words, **known, status=status, vendor_code=code)


def _words(fault: Exception, keys: Mapping[str, Secret]) -> str:
    text = _CLASSES.sub("", str(getattr(fault, "message", "") or fault))[:_MOST_WORDS]
    for key in keys.values():
        if len(key.reveal()) > len("none"):
            text = text.replace(key.reveal(), MASKED)
    return f"{text.rstrip('.')}."


def _status(fault: Exception) -> int | None:
    """Of the answer it speaks of. `None`: it had none, whatever `status_code` says."""
    if type(fault).__name__ in {"APIConnectionError", "Timeout"}:
        return None
    status = getattr(fault, "status_code", None)
    return status if isinstance(status, int) else None


def _code(said: str) -> str | None:
    """The provider's own code, where its words have the usual form."""
    try:
        document: object = json.loads(said)
    except ValueError:
        return None
    error = cast("dict[str, object]", document).get("error") if isinstance(document, dict) else None
    if not isinstance(error, dict):
        return None
    named = cast("dict[str, object]", error)
    code = named.get("code") or named.get("type")
    return None if code is None else str(code)


def _retry_after(reply: Reply | None) -> float | None:
    text = reply.headers.get("retry-after", "") if reply else ""
    return float(text) if text.replace(".", "", 1).isdigit() else None
