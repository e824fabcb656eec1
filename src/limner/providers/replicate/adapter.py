"""Replicate's adapter: a prediction is made, polled, and its pictures lie at addresses for an hour."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from limner.core.adapter import Done, Order, Outcome, Pending, Profile, Ticket
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
from limner.core.optional import Hook
from limner.core.pictures import Picture
from limner.providers._shared.reading import mapping, parse, text
from limner.providers._shared.voice import Kind, Voice
from limner.providers.replicate import hooks, lately, wire
from limner.providers.replicate.options import Options

_POLL: Final = 1.0
"""Seconds between two questions. The clients ask twice as often; an account has 3,000 a minute."""
_UNBILLED: Final = (Again.ANOTHER, Billed.NO)
_LATER: Final[Kind] = (Unavailable, Again.NEVER, Billed.UNKNOWN)
"""Whether the prediction was made before it broke down is not known."""
_KINDS: Final[Mapping[int, Kind]] = {
    400: (BadRequest, *_UNBILLED),
    401: (Unauthorized, *_UNBILLED),
    402: (OutOfCredit, *_UNBILLED),
    403: (Unauthorized, *_UNBILLED),
    404: (BadRequest, *_UNBILLED),
    413: (BadRequest, *_UNBILLED),
    422: (BadRequest, *_UNBILLED),
    429: (RateLimited, Again.SAME, Billed.NO),
    500: _LATER,
    502: _LATER,
    503: _LATER,
    504: _LATER,
}


class Replicate:
    """Translates orders into predictions."""

    profile = Profile(
        slug="replicate",
        title="Replicate",
        base_url="https://api.replicate.com/v1",
        key_names=("REPLICATE_API_TOKEN",),
        base_url_name="REPLICATE_BASE_URL",
        cancellable=True,
        homepage="https://replicate.com/account/api-tokens",
    )
    options: type[object] = Options

    def submit(self, order: Order) -> HttpCall:
        """Describe the call that makes the prediction.

        Raises:
            UserError: an option does not go with the model.
        """
        path, body, headers = wire.prediction(order)
        timeout = Timeout.PAINT if "prefer" in headers else Timeout.TRANSFER
        return HttpCall("POST", path, headers=headers, body=JsonBody(body), timeout=timeout)

    def read(self, reply: HttpReply, order: Order, ticket: Ticket | None) -> Outcome:
        """Read where a prediction stands, or its pictures.

        Raises:
            ProviderError: it failed, or the answer cannot be read.
            Refused: the model's filter said no.
        """
        try:
            document = mapping(parse(reply.body))
        except ValueError:
            raise _VOICE.malformed("it is not JSON, or cut off", reply, order) from None
        ticket = ticket or wire.ticket(document)
        if ticket is None:
            raise _VOICE.malformed("it names no prediction", reply, order)
        match document.get("status"):
            case "starting" | "processing":
                return Pending(ticket, delay=_POLL, request_id=ticket.task)
            case "succeeded":
                return self._done(document, reply, order, ticket)
            case "failed" | "canceled" | "aborted" as status:
                raise self._ended(str(status), document, reply, order)
            case _:
                raise _VOICE.malformed("its status is not documented", reply, order)

    def _done(self, document: Mapping[str, object], reply: HttpReply, order: Order, ticket: Ticket) -> Done:
        artifacts = wire.outputs(document)
        if not artifacts and document.get("data_removed") is True:
            raise _VOICE.malformed("its pictures were deleted after an hour", reply, order, Billed.YES)
        if not artifacts:
            raise _VOICE.malformed("no picture is in it", reply, order)
        missing = ("Replicate does not say why.",) * (order.request.n - len(artifacts))
        return Done(artifacts, missing, request_id=ticket.task)

    def _ended(
        self, status: str, document: Mapping[str, object], reply: HttpReply, order: Order
    ) -> ProviderError | Refused:
        """Failures are not documented to be free, and models that are paid by the second are not."""
        why = text(document.get("error")) or "it does not say why."
        if status == "failed" and wire.filtered(why):
            return _VOICE.refused(why, Billed.UNKNOWN, reply, order)
        return _VOICE.ended(status, why, reply, order)

    def check(self, ticket: Ticket) -> HttpCall:
        """Describe the free call that asks how far it is."""
        return HttpCall("GET", ticket.check)

    def cancel(self, ticket: Ticket) -> HttpCall | None:
        """Describe the call that stops it."""
        return HttpCall("POST", ticket.cancel) if ticket.cancel else None

    def lately(self, order: Order) -> HttpCall:
        """Describe the free call that lists the account's predictions, the newest first."""
        del order
        return HttpCall("GET", wire.PREDICTIONS)

    def alike(self, reply: HttpReply, order: Order, seconds: float) -> tuple[Ticket, ...]:
        """Find the predictions that can be an order's.

        Raises:
            Malformed: it is no list.
        """
        try:
            return lately.alike(reply, order, seconds)
        except ValueError:
            raise _VOICE.malformed("it is not a list of predictions", reply, order) from None

    def diagnose(
        self, reply: HttpReply, order: Order | None, ticket: Ticket | None = None
    ) -> ProviderError | Refused:
        """Turn an answer that is not 2xx into facts, by its status."""
        said = wire.complaint(reply)
        error = _VOICE.failed(reply, order, said, ticket)
        if isinstance(error, RateLimited) and error.retry_after is None:
            error.retry_after = wire.wait(said)
        return error

    def hosts(self, order: Order) -> tuple[Picture, ...]:
        """Which pictures lie at Replicate first: the large ones."""
        return wire.hosted(order)

    def upload(self, picture: Picture) -> HttpCall:
        """Describe the call that moves a picture there."""
        return HttpCall("POST", wire.FILES, body=wire.upload(picture), timeout=Timeout.TRANSFER)

    def uploaded(self, picture: Picture, replies: tuple[HttpReply, ...]) -> str:
        """Say where it lies.

        Raises:
            Malformed: Replicate does not say where.
        """
        url = wire.address(replies[0])
        if url is None:
            raise _VOICE.malformed("it names no place for the picture", replies[0], None, Billed.NO)
        return url

    def hook_keys(self) -> HttpCall:
        """Describe the free call that fetches the account's secret."""
        return HttpCall("GET", wire.HOOK_KEYS)

    def verify(self, hook: Hook, keys: HttpReply, now: datetime) -> str:
        """Check that Replicate is calling, and say about which prediction.

        Raises:
            Refused: it is not Replicate, or its call is too old.
        """
        return hooks.task(hook, keys, now, self.profile)


_VOICE: Final = Voice(
    Replicate.profile,
    kinds=_KINDS,
    remedies={
        401: "Check REPLICATE_API_TOKEN with `limner doctor`.",
        403: "Give the token access to the model, or raise the account's spending limit.",
        404: "Choose another model: Replicate does not know this one, or not this version.",
    },
)
