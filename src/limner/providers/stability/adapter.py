"""Stability's adapter: forms out; a picture in the answer, or by a ticket."""

from collections.abc import Mapping
from typing import Final

from limner.core.adapter import Artifact, Done, Order, Outcome, Pending, Profile, Ticket
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
from limner.core.http import HttpCall, HttpReply, MultipartBody, Timeout
from limner.core.optional import Account
from limner.providers._shared.named import spoken
from limner.providers._shared.reading import mapping, parse, text
from limner.providers._shared.voice import Kind, Voice
from limner.providers.stability import wire
from limner.providers.stability.options import Options

_POLL: Final = 10.0
"""Seconds between two questions: "no faster than every 10 seconds" (v2beta document, 2026-09-22)."""
_REFUSALS: Final = {"content_moderation", "public_figure"}
_UNBILLED: Final = (Again.ANOTHER, Billed.NO)
_PROXY: Final[Kind] = (Unavailable, Again.NEVER, Billed.UNKNOWN)
"""What stands in front of the vendor cannot say whether it painted."""
_KINDS: Final[Mapping[int, Kind]] = {
    400: (BadRequest, *_UNBILLED),
    401: (Unauthorized, *_UNBILLED),
    402: (OutOfCredit, *_UNBILLED),
    403: (Unauthorized, *_UNBILLED),
    404: (BadRequest, *_UNBILLED),
    413: (BadRequest, *_UNBILLED),
    422: (BadRequest, *_UNBILLED),
    429: (RateLimited, Again.SAME, Billed.NO),
    500: (Unavailable, Again.SAME, Billed.NO),  # "failed generations are free"
    502: _PROXY,
    503: _PROXY,
    504: _PROXY,
}


class Stability:
    """Translates orders into Stability's words."""

    profile = Profile(
        slug="stability",
        title="Stability AI",
        base_url="https://api.stability.ai",
        key_names=("STABILITY_API_KEY",),
        base_url_name="STABILITY_BASE_URL",
        homepage="https://platform.stability.ai/account/keys",
    )
    options: type[object] = Options

    def submit(self, order: Order) -> HttpCall:
        """Describe the call of one service.

        Raises:
            UserError: an option does not go with the service or the request.
        """
        service = spoken(order)
        return HttpCall(
            "POST",
            f"{wire.ROOT}/{service['path']}",
            headers={"accept": "application/json", **wire.user(order)},
            body=MultipartBody(wire.form(order)),
            timeout=Timeout.TRANSFER if service.get("ticket") else Timeout.PAINT,
        )

    def read(self, reply: HttpReply, order: Order, ticket: Ticket | None) -> Outcome:
        """Read the picture, or where the work stands.

        Raises:
            Malformed: it cannot be read, or says something that is not documented.
        """
        if reply.media_type.startswith("image/"):
            reason = self._reason(reply.headers.get("finish-reason", wire.SUCCESS), reply, order)
            return self._done(wire.raw(reply, reason), reply)
        try:
            document = mapping(parse(reply.body))
        except ValueError:
            raise _VOICE.malformed("it is neither a picture nor JSON", reply, order) from None
        if "image" in document:
            reason = self._reason(document.get("finish_reason"), reply, order)
            artifact = wire.inline(document, reply, reason)
            if artifact is None:
                raise _VOICE.malformed("its picture cannot be decoded", reply, order, Billed.YES)
            return self._done(artifact, reply)
        return self._pending(document, reply, order, ticket)

    def _reason(self, reason: object, reply: HttpReply, order: Order) -> str:
        if isinstance(reason, str) and reason in wire.REASONS:
            return reason
        raise _VOICE.malformed("how it finished is not documented", reply, order)

    def _done(self, artifact: Artifact, reply: HttpReply) -> Done:
        return Done((artifact,), request_id=_VOICE.request_id(reply))

    def _pending(
        self, document: Mapping[str, object], reply: HttpReply, order: Order, ticket: Ticket | None
    ) -> Pending:
        task, status = text(document.get("id")), document.get("status")
        if task is None:
            raise _VOICE.malformed("no picture is in it", reply, order)
        match (ticket, status):
            case (None, None):
                ticket = Ticket(task, check=f"{wire.RESULTS}/{task}")
            case (Ticket(), "in-progress"):
                pass
            case _:
                raise _VOICE.malformed("its status is not documented", reply, order)
        return Pending(ticket, delay=_POLL, request_id=_VOICE.request_id(reply))

    def check(self, ticket: Ticket) -> HttpCall:
        """Describe the free call that asks for the picture; it is kept for 24 hours."""
        return HttpCall("GET", ticket.check, headers={"accept": "application/json"}, timeout=Timeout.TRANSFER)

    def cancel(self, ticket: Ticket) -> None:
        """Nothing can be cancelled."""

    def diagnose(
        self, reply: HttpReply, order: Order | None, ticket: Ticket | None = None
    ) -> ProviderError | Refused:
        """Turn an answer that is not 2xx into facts: status first, name second."""
        said = wire.complaint(reply)
        if said and said.code in _REFUSALS:
            billed = Billed.NO if ticket is None else Billed.UNKNOWN
            return _VOICE.refused(said.message, billed, reply, order, said.code or "")
        kind = _PROXY if said is None and _KINDS.get(reply.status) == _KINDS[500] else None
        return _VOICE.failed(reply, order, said, ticket, kind=kind)

    def balance(self) -> HttpCall:
        """Describe the free call that says how many credits are left."""
        return HttpCall("GET", wire.BALANCE)

    def read_balance(self, reply: HttpReply) -> Account:
        """Read the credits.

        Raises:
            Malformed: it does not say.
        """
        try:
            left = wire.balance(parse(reply.body))
        except ValueError:
            left = None
        if left is None:
            raise _VOICE.malformed("it names no credits", reply, None, Billed.NO)
        return Account(left, "credits")


_VOICE: Final = Voice(
    Stability.profile,
    kinds=_KINDS,
    waits={429: 60.0},  # a key that asks too often is shut out for so long (v2beta document, 2026-09-22)
    remedies={
        401: "Check STABILITY_API_KEY with `limner doctor`.",
        413: "Send smaller pictures: all together may have 10 MiB.",
    },
)
