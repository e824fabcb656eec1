"""fal's adapter: an order is queued, polled, and its result lies behind a third call."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Final

from limner.core.adapter import AuthScheme, Done, Order, Outcome, Pending, Profile, Ticket, Usage
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
from limner.core.http import HttpCall, HttpReply, JsonBody, RawBody, Timeout
from limner.core.optional import Hook
from limner.core.pictures import Picture
from limner.providers._shared.named import spoken
from limner.providers._shared.reading import mapping, parse, text
from limner.providers._shared.voice import Kind, Said, Voice
from limner.providers.fal import hooks, wire
from limner.providers.fal.options import Options

_POLL: Final = 1.0
"""Seconds between two questions: "0.5 to 1 s is a good choice"."""
_RESULT: Final = "result"
_POLICY: Final = "content_policy_violation"
_UNBILLED: Final = (Again.ANOTHER, Billed.NO)
_LATER: Final[Kind] = (Unavailable, Again.NEVER, Billed.UNKNOWN)
_KINDS: Final[Mapping[int, Kind]] = {
    400: (BadRequest, *_UNBILLED),
    401: (Unauthorized, *_UNBILLED),
    403: (Unauthorized, *_UNBILLED),
    404: (BadRequest, *_UNBILLED),
    413: (BadRequest, *_UNBILLED),
    422: (BadRequest, *_UNBILLED),
    429: (RateLimited, Again.SAME, Billed.NO),
    499: (ProviderError, Again.NEVER, Billed.UNKNOWN),
    500: (Unavailable, *_UNBILLED),  # "5xx is not billed", and the queue itself has tried again
    502: (Unavailable, *_UNBILLED),
    503: (Unavailable, *_UNBILLED),
    504: (Unavailable, *_UNBILLED),
}
"""What a status means in fal's own words; without them it may be a proxy's."""
_MODELS_OWN: Final = frozenset({400, 422})
"""What a model says of its inputs."""


class Fal:
    """Translates orders into inputs of fal's endpoints."""

    profile = Profile(
        slug="fal",
        title="fal",
        base_url="https://queue.fal.run",
        auth=AuthScheme(prefix="Key "),
        key_names=("FAL_KEY",),
        base_url_name="FAL_BASE_URL",
        sites={"rest": "https://rest.fal.ai"},
        trusted_hosts=("queue.fal.run", "queue.falrun.com", "rest.fal.ai"),
        cancellable=True,
        homepage="https://fal.ai/dashboard/keys",
    )
    options: type[object] = Options

    def submit(self, order: Order) -> HttpCall:
        """Describe the call that queues the work.

        Raises:
            UserError: an option does not go with the endpoint.
        """
        body, headers = wire.inputs(order)
        return HttpCall(
            "POST",
            f"/{spoken(order)['model']}",
            query=(("fal_webhook", order.hook),) if order.hook else (),
            headers=headers,
            body=JsonBody(body),
            timeout=Timeout.TRANSFER,
        )

    def read(self, reply: HttpReply, order: Order, ticket: Ticket | None) -> Outcome:
        """Read where the work stands, or its result.

        Raises:
            Malformed: it cannot be read, or says something that is not documented.
        """
        try:
            document = mapping(parse(reply.body))
        except ValueError:
            raise _VOICE.malformed("it is not JSON, or cut off", reply, order) from None
        if ticket is not None and ticket.stage == _RESULT:
            return self._done(document, reply, order)
        if ticket is None:
            ticket, document = self._ticket(document, reply, order), {"status": "IN_QUEUE", **document}
        return self._standing(document, reply, order, ticket)

    def _ticket(self, document: Mapping[str, object], reply: HttpReply, order: Order) -> Ticket:
        names = ("request_id", "status_url", "response_url")
        task, check, result = (text(document.get(name)) for name in names)
        if task is None or check is None or result is None:
            raise _VOICE.malformed("it does not say where to ask", reply, order)
        return Ticket(task, check=check, result=result, cancel=text(document.get("cancel_url")))

    def _standing(
        self, document: Mapping[str, object], reply: HttpReply, order: Order, ticket: Ticket
    ) -> Pending:
        known = ticket.task
        match document.get("status"):
            case "IN_QUEUE" | "IN_PROGRESS":
                return Pending(ticket, delay=_POLL, request_id=known)
            case "COMPLETED":
                said = {name: text(document.get(name)) for name in ("error", "error_type")}
                extra = {name: value for name, value in said.items() if value}
                ready = replace(ticket, stage=_RESULT, cancel=None, extra=extra)
                return Pending(ready, delay=0.0, progress=1.0, request_id=known)
            case _:
                raise _VOICE.malformed("its status is not documented", reply, order)

    def _done(self, document: Mapping[str, object], reply: HttpReply, order: Order) -> Done:
        artifacts = wire.pictures(document)
        if not artifacts:
            raise _VOICE.malformed("no picture is in it", reply, order)
        units = wire.units(reply)
        missing = ("fal does not say why.",) * (order.request.n - len(artifacts))
        usage = None if units is None else Usage(units=units)
        return Done(artifacts, missing, usage, request_id=_VOICE.request_id(reply))

    def check(self, ticket: Ticket) -> HttpCall:
        """Describe the free call that asks how far it is, or fetches the result."""
        if ticket.stage == _RESULT and ticket.result:
            return HttpCall("GET", ticket.result, timeout=Timeout.TRANSFER)
        return HttpCall("GET", ticket.check, query=(("logs", "0"),))

    def cancel(self, ticket: Ticket) -> HttpCall | None:
        """Describe the call that stops it. `None`: it is finished already."""
        return HttpCall("PUT", ticket.cancel) if ticket.cancel else None

    def diagnose(
        self, reply: HttpReply, order: Order | None, ticket: Ticket | None = None
    ) -> ProviderError | Refused:
        """Turn an answer that is not 2xx into facts: of the call, of a poll, or of the work itself."""
        said = wire.complaint(reply)
        if ticket is not None and ticket.stage == _RESULT:
            return self._ended(reply, order, ticket, said)
        if ticket is not None:
            return _VOICE.failed(reply, order, said, ticket)
        return self._judged(reply, order, said)

    def _ended(
        self, reply: HttpReply, order: Order | None, ticket: Ticket, said: Said | None
    ) -> ProviderError | Refused:
        """The work was over before its result was asked for, so what the model says of it is final.

        Where its status told no error it went well: then an answer of the queue's own, which would be the
        caller's or the moment's fault, says nothing of it.
        """
        told = ticket.extra.get("error")
        if not told and reply.status not in _MODELS_OWN and wire.units(reply) is None:
            return _VOICE.failed(reply, order, said, ticket, kind=_LATER)
        if said is None and told:
            said = Said(told, ticket.extra.get("error_type"))
        if said is None or (said.code is None and not told):
            return _VOICE.failed(reply, order, said, ticket, kind=_LATER)
        return self._judged(reply, order, said)

    def _judged(self, reply: HttpReply, order: Order | None, said: Said | None) -> ProviderError | Refused:
        units = wire.units(reply)
        if said and said.code == _POLICY:
            billed = Billed.UNKNOWN if units is None else Billed.YES if units else Billed.NO
            return _VOICE.refused(said.message, billed, reply, order, _POLICY)
        kind: Kind | None = None
        if said and reply.status == HTTPStatus.FORBIDDEN and "balance" in said.message.lower():
            kind = (OutOfCredit, *_UNBILLED)
        if units:
            kind = (_KINDS.get(reply.status, _LATER)[0], Again.NEVER, Billed.YES)
        elif said is None and _KINDS.get(reply.status, _LATER)[0] is Unavailable:
            kind = _LATER
        return _VOICE.failed(reply, order, said, kind=kind)

    def hosts(self, order: Order) -> tuple[Picture, ...]:
        """Which pictures lie at fal first: the large ones."""
        return wire.hosted(order)

    def upload(self, picture: Picture) -> HttpCall:
        """Describe the call that opens a place for a picture."""
        media_type = picture.media_type or "image/png"
        name = f"{picture.digest[:16]}.{media_type.partition('/')[2]}"
        body = JsonBody({"file_name": name, "content_type": media_type})
        query = (("storage_type", "fal-cdn-v3"),)
        return HttpCall("POST", wire.UPLOAD, site="rest", query=query, body=body)

    def uploaded(self, picture: Picture, replies: tuple[HttpReply, ...]) -> HttpCall | str:
        """Describe the call that moves the bytes; after it, say where they lie.

        Raises:
            Malformed: fal does not say where.
        """
        target, url = wire.place(replies[0])
        if target is None or url is None:
            raise _VOICE.malformed("it names no place for the picture", replies[0], None, Billed.NO)
        if len(replies) > 1:
            return url
        body = RawBody(picture.data, picture.media_type or "image/png")
        return HttpCall("PUT", target, body=body, timeout=Timeout.TRANSFER, auth="none")

    def hook_keys(self) -> HttpCall:
        """Describe the free call that fetches fal's public keys."""
        return HttpCall("GET", "/.well-known/jwks.json", site="rest", auth="none")

    def verify(self, hook: Hook, keys: HttpReply, now: datetime) -> str:
        """Check that fal is calling, and say about which request.

        Raises:
            Refused: it is not fal, or its call is too old.
        """
        return hooks.task(hook, keys, now, self.profile)


_VOICE: Final = Voice(
    Fal.profile,
    request_ids=("x-fal-request-id", "x-request-id"),
    kinds=_KINDS,
    remedies={
        401: "Check FAL_KEY with `limner doctor`.",
        404: "Choose another model: fal does not know this endpoint.",
    },
)
