"""What OpenRouter's refusals mean for money: "a failed image is not billed" (docs, 2026-08-22)."""

from collections.abc import Mapping
from typing import Final

from limner.core.adapter import Order, Ticket
from limner.core.errors import (
    Again,
    BadRequest,
    Billed,
    OutOfCredit,
    ProviderError,
    RateLimited,
    Refused,
    Unauthorized,
    Unavailable,
)
from limner.core.http import HttpReply
from limner.providers._shared.reading import items, mapping, parse, redact, text, whole
from limner.providers._shared.voice import Kind, Said, Voice

_UNBILLED: Final = (Again.ANOTHER, Billed.NO)
_WRONG: Final[Kind] = (BadRequest, *_UNBILLED)
_LATER: Final[Kind] = (Unavailable, Again.NEVER, Billed.UNKNOWN)
"""A connection that was cut may have been paid; only OpenRouter's own words say otherwise."""
_FAILED: Final[Kind] = (Unavailable, Again.SAME, Billed.NO)
KINDS: Final[Mapping[int, Kind]] = {
    400: _WRONG,
    401: (Unauthorized, *_UNBILLED),
    402: (OutOfCredit, *_UNBILLED),
    403: (Unauthorized, *_UNBILLED),
    404: _WRONG,
    408: _LATER,
    413: _WRONG,
    422: _WRONG,
    429: (RateLimited, Again.SAME, Billed.NO),
    500: _LATER,
    502: _LATER,
    503: _LATER,
    504: _LATER,
    524: _LATER,
    529: _LATER,
}
_IN_ITS_WORDS: Final = {500, 502, 503, 529}
"""Of these it is documented that they may be tried again."""
_REFUSALS: Final = {"content_policy_violation", "refusal", "moderation"}
_BY_TYPE: Final[Mapping[str, type[ProviderError]]] = {
    "payment_required": OutOfCredit,
    "rate_limit_exceeded": RateLimited,
    "invalid_request": BadRequest,
    "invalid_prompt": BadRequest,
}


def of_reply(
    voice: Voice, reply: HttpReply, order: Order | None, ticket: Ticket | None
) -> ProviderError | Refused:
    """What an answer that is not 2xx means.

    Args:
        voice: OpenRouter's.
        reply: the answer.
        order: what it is about. Absent: a free call.
        ticket: always absent: OpenRouter gives none.
    """
    error = _error(reply)
    said, reasons = _said(error), _reasons(error)
    if said and _moderated(said, error):
        return voice.refused(said.message, Billed.NO, reply, order, *reasons)
    own = said is not None and reply.status in _IN_ITS_WORDS
    return voice.failed(reply, order, said, ticket, kind=_FAILED if own else None)


def midway(
    voice: Voice, error: Mapping[str, object], reply: HttpReply | None, order: Order
) -> ProviderError | Refused:
    """What an error means that comes where a picture should: in a stream, or in an answer that says 200.

    Of streams it is documented that what fails is not billed; of such answers it is not.

    Args:
        voice: OpenRouter's.
        error: what it says.
        reply: the answer. Absent: it came as a stream.
        order: what it is about.
    """
    said = _said(error)
    free = reply is None and said is not None
    again, billed = _UNBILLED if free else (Again.NEVER, Billed.UNKNOWN)
    said = said or Said("it does not say why.")
    if _moderated(said, error):
        return voice.refused(said.message, billed, reply, order, *_reasons(error))
    by_status = KINDS.get(whole(error.get("code")) or 0, (ProviderError, again, billed))[0]
    return _BY_TYPE.get(said.code or "", by_status)(
        f"{voice.profile.title} stopped: {redact(said.message)}",
        **voice.facts(reply, order),
        vendor_code=said.code,
        again=again,
        billed=billed,
    )


def _error(reply: HttpReply) -> Mapping[str, object]:
    try:
        return mapping(mapping(parse(reply.body)).get("error"))
    except ValueError:
        return {}


def _moderated(said: Said, error: Mapping[str, object]) -> bool:
    return said.code in _REFUSALS or bool({"reasons", "flagged_input"} & set(mapping(error.get("metadata"))))


def _said(error: Mapping[str, object]) -> Said | None:
    """Its message, and the steadiest of the names it goes by; with the vendor behind it."""
    metadata = mapping(error.get("metadata"))
    code = (
        text(metadata.get("error_type"))
        or text(error.get("error_type"))
        or text(mapping(error.get("availability")).get("code"))
        or text(error.get("code"))
        or text(error.get("type"))
    )
    message = text(error.get("message"))
    behind = text(metadata.get("provider_name"))
    if message is None and code is None:
        return None
    return Said(f"{message or code}{f' ({behind})' if behind else ''}", code)


def _reasons(error: Mapping[str, object]) -> tuple[str, ...]:
    """What moderation saw. What it flagged is the caller's own words, which are not repeated."""
    return tuple(str(one) for one in items(mapping(error.get("metadata")).get("reasons")))
