"""What Venice's refusals mean for money (docs, error-codes, 2026-08-22)."""

from collections.abc import Mapping
from http import HTTPStatus
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
from limner.providers._shared.reading import items, mapping, parse, text
from limner.providers._shared.voice import Kind, Said, Voice

_UNBILLED: Final = (Again.ANOTHER, Billed.NO)
_WRONG: Final[Kind] = (BadRequest, *_UNBILLED)
_LATER: Final[Kind] = (Unavailable, Again.NEVER, Billed.UNKNOWN)
"""Nothing makes a repeated call safe, and what a failure costs is not published."""
_FULL: Final[Kind] = (Unavailable, Again.SAME, Billed.NO)
"""In its own words, 503 says that the model is offline or has no room."""
KINDS: Final[Mapping[int, Kind]] = {
    400: _WRONG,
    401: (Unauthorized, *_UNBILLED),
    402: (OutOfCredit, *_UNBILLED),
    403: (Unauthorized, *_UNBILLED),
    404: _WRONG,
    410: _WRONG,
    413: _WRONG,
    415: _WRONG,
    422: _WRONG,
    429: (RateLimited, Again.SAME, Billed.NO),
    500: _LATER,
    502: _LATER,
    503: _LATER,
    504: _LATER,
}
_POLICY: Final = "provider_content_policy"
_MODERATED: Final = ("content polic", "content violation", "policy violation")
_RESET: Final = "x-ratelimit-reset-requests"


def of_reply(
    voice: Voice, reply: HttpReply, order: Order | None, ticket: Ticket | None
) -> ProviderError | Refused:
    """What an answer that is not 2xx means.

    Args:
        voice: Venice's.
        reply: the answer.
        order: what it is about. Absent: a free call.
        ticket: always absent: Venice gives none.
    """
    document = _document(reply)
    said = _complaint(document)
    if said and _refused(document, said):
        return voice.refused(said.message, _refunded(document), reply, order)
    own = said is not None and reply.status == HTTPStatus.SERVICE_UNAVAILABLE
    return voice.failed(reply, order, said, ticket, kind=_FULL if own else None)


def _document(reply: HttpReply) -> Mapping[str, object]:
    try:
        return mapping(parse(reply.body))
    except ValueError:
        return {}


def _complaint(document: Mapping[str, object]) -> Said | None:
    """Read `{"error": "…"}` or `{"error": {"message", "type"}}`, with the fields it is about."""
    error = mapping(document.get("error"))
    message = text(document.get("error")) or text(error.get("message"))
    code = text(document.get("code")) or text(error.get("type"))
    if not message and not code:
        return None
    fields = "; ".join(_details(mapping(document.get("details"))))
    return Said(f"{message or code}{f' ({fields})' if fields else ''}", code)


def _details(details: Mapping[str, object]) -> list[str]:
    return [
        f"{name}: {told}" if name != "_errors" else str(told)
        for name, entry in details.items()
        for told in (items(entry) if name == "_errors" else items(mapping(entry).get("_errors")))
    ]


def _refused(document: Mapping[str, object], said: Said) -> bool:
    """Whether moderation said no: by its type, by the prompt it suggests instead, or in words."""
    if said.code == _POLICY or "suggested_prompt" in document:
        return True
    return any(words in said.message.lower() for words in _MODERATED)


def _refunded(document: Mapping[str, object]) -> Billed:
    refunded = mapping(document.get("error")).get("credits_refunded")
    return Billed.NO if refunded is True or refunded is None else Billed.YES


def wait(reply: HttpReply, now: float | None) -> float | None:
    """Seconds until the limit of requests is reset. `None`: it does not say.

    Args:
        reply: its header names Unix seconds.
        now: Unix seconds of the answer's own date. Absent: it has none.
    """
    moment = reply.headers.get(_RESET, "")
    if now is None or not moment.isdigit():
        return None
    return max(0.0, float(moment) - now)
