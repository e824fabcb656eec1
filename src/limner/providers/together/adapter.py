"""Together's adapter: synchronous calls, no tickets, no previews."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final, NoReturn

from limner.core.adapter import Done, Order, Profile, Ticket
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
from limner.core.optional import Listed
from limner.providers._shared.openai import receive
from limner.providers._shared.reading import parse
from limner.providers._shared.voice import Kind, Voice
from limner.providers.together import wire
from limner.providers.together.options import Options

_UNBILLED: Final = (Again.ANOTHER, Billed.NO)
_LATER: Final[Kind] = (Unavailable, Again.NEVER, Billed.UNKNOWN)
"""Nothing makes a repeated call safe: "a retried POST can bill twice" (sheet of 2026-11-21)."""
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
    520: _LATER,
    524: _LATER,
    529: _LATER,
}
_OVERLOADED: Final[Kind] = (Unavailable, Again.SAME, Billed.NO)
"""In its own words, 503 says that no engine was free."""
_REFUSALS: Final = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}
"""Both were reported of the filter."""


class Together:
    """Translates orders into Together's words."""

    profile = Profile(
        slug="together",
        title="Together AI",
        base_url="https://api.together.ai/v1",
        key_names=("TOGETHER_API_KEY",),
        base_url_name="TOGETHER_BASE_URL",
        homepage="https://api.together.ai/settings/api-keys",
    )
    options: type[object] = Options

    def submit(self, order: Order) -> HttpCall:
        """Describe the call that paints.

        Raises:
            UserError: an option does not go with the model.
        """
        body = JsonBody(wire.painting(order))
        return HttpCall("POST", wire.GENERATIONS, body=body, timeout=Timeout.PAINT)

    def read(self, reply: HttpReply, order: Order, ticket: Ticket | None) -> Done:
        """Read the pictures; there are no tickets."""
        if ticket is not None:
            self.check(ticket)
        return receive.read(reply, order, wire.DIALECT)

    def check(self, ticket: Ticket) -> NoReturn:
        """Refuse: Together answers on the same connection and gives no tickets."""
        raise TypeError(f"Together gives no tickets: {ticket.task}")

    def cancel(self, ticket: Ticket) -> None:
        """Nothing can be cancelled."""

    def diagnose(
        self, reply: HttpReply, order: Order | None, ticket: Ticket | None = None
    ) -> ProviderError | Refused:
        """Turn an answer that is not 2xx into facts: its status, then its words."""
        said = wire.complaint(reply)
        if said and reply.status in _REFUSALS and wire.filtered(said):
            return _VOICE.refused(said.message, Billed.NO, reply, order)
        own = said is not None and reply.status == HTTPStatus.SERVICE_UNAVAILABLE
        return _VOICE.failed(reply, order, said, ticket, kind=_OVERLOADED if own else None)

    def list_models(self) -> HttpCall:
        """Describe the free call that lists all models."""
        return HttpCall("GET", wire.MODELS)

    def read_models(self, reply: HttpReply) -> tuple[Listed, ...]:
        """Read those that paint.

        Raises:
            Malformed: it is no list.
        """
        try:
            listed = wire.models(parse(reply.body))
        except ValueError:
            listed = None
        if listed is None:
            raise _VOICE.malformed("it is no list of models", reply, None, Billed.NO)
        return listed


_VOICE: Final = Voice(
    Together.profile,
    request_ids=wire.DIALECT.request_id,
    kinds=_KINDS,
    remedies={
        401: "Check TOGETHER_API_KEY with `limner doctor`.",
        403: "Allow the organisation at Together to share data with the vendors of partner models.",
        404: "Choose another model: `limner models together` lists them.",
    },
)
