"""The adapter of servers that speak OpenAI's Images API: synchronous, free, no tickets."""

from collections.abc import Mapping
from typing import Final, NoReturn

from limner.core.adapter import Done, Order, Profile, Ticket
from limner.core.errors import (
    Again,
    BadRequest,
    Billed,
    ProviderError,
    RateLimited,
    Refused,
    Unauthorized,
    Unavailable,
)
from limner.core.http import HttpCall, HttpReply, Timeout
from limner.core.optional import Listed
from limner.providers._shared.openai import receive
from limner.providers._shared.reading import parse
from limner.providers._shared.voice import Kind, Voice
from limner.providers.openai_compatible import wire
from limner.providers.openai_compatible.options import Options

_UNBILLED: Final = (Again.ANOTHER, Billed.NO)
_BUSY: Final[Kind] = (Unavailable, Again.SAME, Billed.NO)
_BROKEN: Final[Kind] = (Unavailable, *_UNBILLED)
_KINDS: Final[Mapping[int, Kind]] = {
    400: (BadRequest, *_UNBILLED),
    401: (Unauthorized, *_UNBILLED),
    403: (Unauthorized, *_UNBILLED),
    404: (BadRequest, *_UNBILLED),
    405: (BadRequest, *_UNBILLED),
    413: (BadRequest, *_UNBILLED),
    422: (BadRequest, *_UNBILLED),
    429: (RateLimited, Again.SAME, Billed.NO),
    500: _BROKEN,
    501: _BROKEN,
    502: _BROKEN,
    503: _BUSY,
    504: _BROKEN,
}
"""Nothing costs anything there, so nothing is billed. 503: the engine starts, or a model is being loaded."""


class OpenAICompatible:
    """Translates orders for a server whose address the operator has set."""

    profile = Profile(
        slug="openai-compatible",
        title="OpenAI-compatible server",
        base_url="",
        key_names=("OPENAI_COMPATIBLE_API_KEY",),
        key_optional=True,
        base_url_name="OPENAI_COMPATIBLE_BASE_URL",
        concurrency=4,
    )
    options: type[object] = Options

    def submit(self, order: Order) -> HttpCall:
        """Describe the call that paints.

        Raises:
            UserError: an option does not go with the kind of server.
        """
        path, body = wire.painting(order)
        return HttpCall("POST", path, body=body, timeout=Timeout.PAINT)

    def read(self, reply: HttpReply, order: Order, ticket: Ticket | None) -> Done:
        """Read the pictures; there are no tickets."""
        if ticket is not None:
            self.check(ticket)
        return receive.read(reply, order, wire.DIALECT)

    def check(self, ticket: Ticket) -> NoReturn:
        """Refuse: these servers answer on the same connection and give no tickets."""
        raise TypeError(f"OpenAI-compatible servers give no tickets: {ticket.task}")

    def cancel(self, ticket: Ticket) -> None:
        """Nothing can be cancelled."""

    def diagnose(
        self, reply: HttpReply, order: Order | None, ticket: Ticket | None = None
    ) -> ProviderError | Refused:
        """Turn an answer that is not 2xx into facts, by its status."""
        return _VOICE.failed(reply, order, wire.complaint(reply), ticket)

    def list_models(self) -> HttpCall:
        """Describe the free call that lists what the server serves."""
        return HttpCall("GET", wire.MODELS)

    def read_models(self, reply: HttpReply) -> tuple[Listed, ...]:
        """Read it.

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
    OpenAICompatible.profile,
    request_ids=wire.DIALECT.request_id,
    kinds=_KINDS,
    remedies={
        401: "Set OPENAI_COMPATIBLE_API_KEY to the server's key.",
        404: "The server has no such route or model: check OPENAI_COMPATIBLE_BASE_URL, which ends in /v1, "
        "and the model's kind in limner.toml.",
        405: "The server has no such route: check the model's kind in limner.toml.",
    },
)
