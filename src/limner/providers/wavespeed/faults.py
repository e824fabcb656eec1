"""What WaveSpeed's refusals mean for money: of a call, and of a task it had accepted (docs, error-codes)."""

import re
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
from limner.providers._shared.reading import mapping, parse, text, whole
from limner.providers._shared.voice import Kind, Said, Voice

MINUTE: Final = 60.0
"""Limits are reset each minute, and how long is left of it is not said."""
_MODERATED: Final = "1200"
_UNBILLED: Final = (Again.ANOTHER, Billed.NO)
_LATER: Final[Kind] = (Unavailable, Again.NEVER, Billed.UNKNOWN)
"""A lost answer may already be a paid task; the official client never sends it again either."""
_WRONG: Final[Kind] = (BadRequest, *_UNBILLED)
KINDS: Final[Mapping[int, Kind]] = {
    400: _WRONG,
    401: (Unauthorized, *_UNBILLED),
    402: (OutOfCredit, *_UNBILLED),
    403: (Unauthorized, *_UNBILLED),
    404: _WRONG,
    413: _WRONG,
    429: (RateLimited, Again.SAME, Billed.NO),
    500: _LATER,
    502: _LATER,
    503: _LATER,
    504: _LATER,
}
_ENDS: Final[Mapping[str, type[ProviderError]]] = {
    "1400": BadRequest,
    "1401": BadRequest,
    "1402": BadRequest,
    "5000": Unavailable,
    "5003": Unavailable,
}
"""What became of a failed task, by its code."""
_CREDIT: Final = re.compile(r"credit|balance|top.?up", re.IGNORECASE)
_REFUNDED: Final = "What was held for it is paid back within about three hours. Choose another model."


def of_reply(
    voice: Voice, reply: HttpReply, order: Order | None, ticket: Ticket | None
) -> ProviderError | Refused:
    """What an answer that is not 2xx means: by its status, then by its code.

    Args:
        voice: WaveSpeed's.
        reply: the answer.
        order: what it is about. Absent: a free call.
        ticket: what was asked for. Absent: it answers a submit, or a free call.
    """
    said = _complaint(reply)
    if ticket is None and said and said.code == _MODERATED:
        return voice.refused(said.message, Billed.NO, reply, order)
    kind: Kind | None = None
    if ticket is None and KINDS.get(reply.status) is _WRONG and said and _CREDIT.search(said.message):
        kind = (OutOfCredit, *_UNBILLED)  # some accounts are told so with a 400
    return voice.failed(reply, order, said, ticket, kind=kind)


def of_task(
    voice: Voice, status: str, document: Mapping[str, object], reply: HttpReply, order: Order
) -> ProviderError | Refused:
    """What became of a task that ended without a picture.

    "Failed runs are refunded within about 3 hours"; of what was cancelled, timed out or was deleted that is
    not said.

    Args:
        voice: WaveSpeed's.
        status: how it ended.
        document: the answer's data.
        reply: the answer.
        order: what it is about.
    """
    why, code = text(document.get("error")) or "it does not say why.", _code(document)
    if status != "failed":
        return voice.ended(status, why, reply, order)
    if code == _MODERATED:
        return voice.refused(why, Billed.NO, reply, order)
    told = voice.ended(status, why, reply, order)
    return _ENDS.get(code or "", ProviderError)(
        told.message,
        **voice.facts(reply, order),
        vendor_code=code,
        again=Again.ANOTHER,
        billed=Billed.NO,
        remedy=_REFUNDED,
    )


def _complaint(reply: HttpReply) -> Said | None:
    """Read `{"code", "message", "error_code"?}`. `None`: it says nothing."""
    try:
        document = mapping(parse(reply.body))
    except ValueError:
        return None
    code = text(document.get("error_code")) or _code(document)
    message = text(document.get("message"))
    return Said(message or code or "", code) if message or code else None


def _code(document: Mapping[str, object]) -> str | None:
    number = whole(document.get("code"))
    return None if number is None else str(number)
