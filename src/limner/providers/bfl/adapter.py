"""Black Forest Labs' adapter: an order is queued, and polled where the answer says."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from http import HTTPStatus
from typing import Final

from limner.core.adapter import AuthScheme, Done, Order, Outcome, Pending, Profile, Ticket
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
from limner.core.http import HttpCall, HttpReply, JsonBody, Timeout
from limner.core.optional import Account
from limner.providers._shared.named import spoken
from limner.providers._shared.reading import mapping, parse, text
from limner.providers._shared.voice import Kind, Voice
from limner.providers.bfl import wire
from limner.providers.bfl.options import Options

_POLL: Final = 2.0
"""Seconds between two questions (github black-forest-labs/skills, 2026-02-03)."""
_FRESH: Final = "queued"
_KNOWN: Final = "painting"
"""Stages of a ticket. A task that was never seen may not be known yet; one that was seen is forgotten."""
_COST: Final = "cost"
_UNBILLED: Final = (Again.ANOTHER, Billed.NO)
_LATER: Final[Kind] = (Unavailable, Again.NEVER, Billed.UNKNOWN)
"""Whether what broke down there is charged is not published."""
_KINDS: Final[Mapping[int, Kind]] = {
    400: (BadRequest, *_UNBILLED),
    401: (Unauthorized, *_UNBILLED),
    402: (OutOfCredit, *_UNBILLED),
    403: (Unauthorized, *_UNBILLED),
    404: (BadRequest, *_UNBILLED),
    405: (BadRequest, *_UNBILLED),
    413: (BadRequest, *_UNBILLED),
    422: (BadRequest, *_UNBILLED),
    429: (RateLimited, Again.SAME, Billed.NO),  # "too many active tasks"
    500: _LATER,
    502: _LATER,
    503: _LATER,
    504: _LATER,
}


class Bfl:
    """Translates orders into inputs of the FLUX endpoints."""

    profile = Profile(
        slug="bfl",
        title="Black Forest Labs",
        base_url="https://api.bfl.ai",
        auth=AuthScheme("x-key", ""),
        key_names=("BFL_API_KEY",),
        base_url_name="BFL_BASE_URL",
        trusted_hosts=("*.bfl.ai",),
        homepage="https://dashboard.bfl.ai",
    )
    options: type[object] = Options

    def submit(self, order: Order) -> HttpCall:
        """Describe the call that queues the work. It names no webhook: with one, there is nothing to poll.

        Raises:
            UserError: an option does not go with the model.
        """
        body = JsonBody(wire.inputs(order))
        return HttpCall("POST", f"/v1/{spoken(order)['model']}", body=body, timeout=Timeout.TRANSFER)

    def read(self, reply: HttpReply, order: Order, ticket: Ticket | None) -> Outcome:
        """Read where the work stands, or its picture.

        Raises:
            ProviderError: it failed, or the answer cannot be read.
            Refused: moderation said no.
        """
        try:
            document = mapping(parse(reply.body))
        except ValueError:
            raise _VOICE.malformed("it is not JSON, or cut off", reply, order) from None
        if ticket is None:
            return self._queued(document, reply, order)
        return self._standing(document, reply, order, ticket)

    def _queued(self, document: Mapping[str, object], reply: HttpReply, order: Order) -> Pending:
        task, check = text(document.get("id")), text(document.get("polling_url"))
        if task is None or check is None:
            raise _VOICE.malformed("it does not say where to ask", reply, order)
        cost = wire.amount(document.get(_COST))
        extra = {} if cost is None else {_COST: str(cost)}
        return Pending(Ticket(task, check, stage=_FRESH, extra=extra), delay=_POLL, request_id=task)

    def _standing(
        self, document: Mapping[str, object], reply: HttpReply, order: Order, ticket: Ticket
    ) -> Outcome:
        status = text(document.get("status")) or ""
        match status:
            case "Pending":
                seen = replace(ticket, stage=_KNOWN)
                return Pending(seen, _POLL, wire.progress(document), ticket.task)
            case wire.FORGOTTEN if ticket.stage == _FRESH:
                return Pending(ticket, _POLL, request_id=ticket.task)
            case "Ready":
                return self._done(document, reply, order, ticket)
            case "Request Moderated" | "Content Moderated":
                reasons = wire.reasons(document)
                why = f"{status}{': ' if reasons else ''}{', '.join(reasons)}."
                raise _VOICE.refused(why, Billed.UNKNOWN, reply, order, *reasons)
            case wire.FORGOTTEN | "Error":
                why = ", ".join(wire.reasons(document)) or "it does not say why."
                raise _VOICE.ended(status, why, reply, order)
            case _:
                raise _VOICE.malformed("its status is not documented", reply, order)

    def _done(self, document: Mapping[str, object], reply: HttpReply, order: Order, ticket: Ticket) -> Done:
        artifact = wire.sample(document)
        if artifact is None:
            raise _VOICE.malformed("no picture is in it", reply, order)
        cost = ticket.extra.get(_COST)
        return Done((artifact,), stated_cost=Decimal(cost) if cost else None, request_id=ticket.task)

    def check(self, ticket: Ticket) -> HttpCall:
        """Describe the free call that asks how far it is, at the cluster that has the work."""
        return HttpCall("GET", ticket.check)

    def cancel(self, ticket: Ticket) -> None:
        """Nothing can be cancelled."""

    def diagnose(
        self, reply: HttpReply, order: Order | None, ticket: Ticket | None = None
    ) -> ProviderError | Refused:
        """Turn an answer that is not 2xx into facts, by its status."""
        said = wire.complaint(reply)
        early = ticket is not None and ticket.stage == _FRESH and reply.status == HTTPStatus.NOT_FOUND
        return _VOICE.failed(reply, order, said, ticket, kind=_LATER if early else None)

    def balance(self) -> HttpCall:
        """Describe the free call that says how many credits are left."""
        return HttpCall("GET", wire.CREDITS)

    def read_balance(self, reply: HttpReply) -> Account:
        """Read the credits.

        Raises:
            Malformed: it does not say.
        """
        try:
            left = wire.amount(mapping(parse(reply.body)).get("credits"))
        except ValueError:
            left = None
        if left is None:
            raise _VOICE.malformed("it names no credits", reply, None, Billed.NO)
        return Account(left, "credits")


_VOICE: Final = Voice(
    Bfl.profile,
    kinds=_KINDS,
    remedies={
        401: "Check BFL_API_KEY with `limner doctor`.",
        403: "Check BFL_API_KEY with `limner doctor`.",
        404: "Choose another model: Black Forest Labs does not know this endpoint.",
    },
)
