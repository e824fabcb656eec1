"""Easel's adapter: an order is queued, polled, and its pictures are listed by a second call."""

from collections.abc import Mapping
from typing import Final

from limner.core.adapter import Done, Order, Outcome, Pending, Profile, Ticket
from limner.core.errors import (
    Again,
    BadRequest,
    Billed,
    Malformed,
    OutOfCredit,
    ProviderError,
    RateLimited,
    Refused,
    Stage,
    Unauthorized,
    Unavailable,
)
from limner.core.http import HttpCall, HttpReply, JsonBody, Timeout
from limner.providers._shared.reading import mapping, parse, redact, request_id, retry_after, text
from limner.providers._template import wire
from limner.providers._template.options import Options

_KINDS: Final[Mapping[int, tuple[type[ProviderError], Again, Billed]]] = {
    400: (BadRequest, Again.ANOTHER, Billed.NO),
    401: (Unauthorized, Again.ANOTHER, Billed.NO),
    402: (OutOfCredit, Again.ANOTHER, Billed.NO),
    404: (BadRequest, Again.ANOTHER, Billed.NO),
    429: (RateLimited, Again.SAME, Billed.NO),
    500: (Unavailable, Again.SAME, Billed.NO),
}
"""The statuses of Easel's documents. Any other is `ProviderError`: unknown, and not tried again."""


class Easel:
    """Translates orders into Easel's words."""

    profile = Profile(
        slug="_template",
        title="Easel",
        base_url="https://api.easel.example",
        key_names=("EASEL_API_KEY",),
        concurrency=4,
        cancellable=True,
        billed_when_cancelled="no",
        homepage="https://easel.example/keys",
    )
    options: type[object] = Options

    def submit(self, order: Order) -> HttpCall:
        """Describe the call that queues the work.

        Raises:
            UserError: the model does not take one of the options.
        """
        return HttpCall(
            "POST", "/v1/paintings", body=JsonBody(wire.painting(order)), timeout=Timeout.TRANSFER
        )

    def read(self, reply: HttpReply, order: Order, ticket: Ticket | None) -> Outcome:
        """Read where the work stands, or its pictures.

        Raises:
            ProviderError: it failed, or the answer cannot be read.
            Refused: moderation said no.
        """
        try:
            document = mapping(parse(reply.body))
        except ValueError:
            raise self._malformed("it is not JSON, or cut off", reply, order) from None
        if ticket and ticket.stage == "pictures":
            return self._finished(document, reply, order)
        task, status = text(document.get("id")), text(document.get("status"))
        if task is None:
            raise self._malformed("it names no painting", reply, order)
        return self._standing(task, status, document, reply, order)

    def _standing(
        self,
        task: str,
        status: str | None,
        document: Mapping[str, object],
        reply: HttpReply,
        order: Order,
    ) -> Pending:
        path = f"/v1/paintings/{task}"
        work = Ticket(task, check=path, cancel=path)
        known = request_id(reply, "x-request-id")
        match status:
            case "queued" | "painting":
                return Pending(work, delay=2.0, progress=wire.progress(document), request_id=known)
            case "dry":
                pictures = Ticket(task, check=path, result=f"{path}/pictures", stage="pictures")
                return Pending(pictures, delay=0.0, progress=1.0, request_id=known)
            case "failed":
                said = wire.complaint(document)
                raise Unavailable(
                    f"Easel could not paint it: {said.message if said else 'it does not say why.'}",
                    provider=self.profile.slug,
                    model=order.model.id,
                    vendor_code=said.code if said else None,
                    request_id=known,
                    again=Again.ANOTHER,
                    billed=Billed.NO,  # "a painting that fails is free"
                )
            case "refused":
                raise self._refused("its filter struck while it painted", Billed.YES, reply, order)
            case _:
                raise self._malformed(f"its status is {redact(repr(status))}", reply, order)

    def _finished(self, document: Mapping[str, object], reply: HttpReply, order: Order) -> Done:
        artifacts = wire.pictures(document)
        if not artifacts:
            raise self._malformed("no picture is in it", reply, order)
        missing = ("Easel did not say why.",) * (order.request.n - len(artifacts))
        return Done(
            artifacts,
            missing,
            stated_cost=wire.credits_charged(document),
            request_id=request_id(reply, "x-request-id"),
        )

    def check(self, ticket: Ticket) -> HttpCall:
        """Describe the free call that asks how far it is, or lists the pictures."""
        return HttpCall("GET", ticket.result or ticket.check)

    def cancel(self, ticket: Ticket) -> HttpCall | None:
        """Describe the call that stops it. `None`: it is finished already."""
        return HttpCall("DELETE", ticket.cancel) if ticket.cancel else None

    def diagnose(
        self, reply: HttpReply, order: Order | None, ticket: Ticket | None = None
    ) -> ProviderError | Refused:
        """Turn an answer that is not 2xx into facts: status first, code second."""
        try:
            said = wire.complaint(parse(reply.body))
        except ValueError:
            said = None
        if said and said.code == "indecent":
            return self._refused(said.message, Billed.NO, reply, order)
        kind, again, billed = _KINDS.get(reply.status, (ProviderError, Again.NEVER, Billed.UNKNOWN))
        if ticket or (said is None and kind is Unavailable):
            # The work goes on behind a poll that fails, and perhaps behind a proxy that gave up.
            again, billed = Again.NEVER, Billed.UNKNOWN
        return kind(
            f"Easel answered {reply.status}: {said.message if said else 'it does not say why.'}",
            provider=self.profile.slug,
            model=order.model.id if order else None,
            status=reply.status,
            vendor_code=said.code if said else None,
            request_id=request_id(reply, "x-request-id"),
            retry_after=retry_after(reply.headers),
            again=again,
            billed=billed,
        )

    def _refused(self, why: str, billed: Billed, reply: HttpReply, order: Order | None) -> Refused:
        return Refused(
            f"Easel refused: {why}",
            stage=Stage.MODERATION,
            provider=self.profile.slug,
            model=order.model.id if order else None,
            status=reply.status,
            request_id=request_id(reply, "x-request-id"),
            billed=billed,
            remedy="Change the prompt or the pictures: unchanged, they are refused again.",
        )

    def _malformed(self, why: str, reply: HttpReply, order: Order) -> Malformed:
        return Malformed(
            f"Easel answered, but {why}.",
            provider=self.profile.slug,
            model=order.model.id,
            status=reply.status,
            request_id=request_id(reply, "x-request-id"),
        )
