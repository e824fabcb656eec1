"""The adapter of AUTOMATIC1111's web UI: calls that block, looked at and stopped beside them; free."""

from collections.abc import Mapping
from typing import Final, NoReturn

from limner.core.adapter import AuthScheme, Done, Order, Profile, Ticket
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
from limner.core.http import HttpCall, HttpReply, JsonBody, Timeout
from limner.core.optional import Listed, Sight
from limner.providers._shared.reading import parse
from limner.providers._shared.voice import Kind, Voice
from limner.providers.a1111 import wire
from limner.providers.a1111.options import Options

_UNBILLED: Final = (Again.ANOTHER, Billed.NO)
_BROKEN: Final[Kind] = (Unavailable, *_UNBILLED)
_KINDS: Final[Mapping[int, Kind]] = {
    400: (BadRequest, *_UNBILLED),  # no such sampler
    401: (Unauthorized, *_UNBILLED),
    403: (Unauthorized, *_UNBILLED),
    404: (BadRequest, *_UNBILLED),  # no such checkpoint, or the API is switched off
    405: (BadRequest, *_UNBILLED),
    413: (BadRequest, *_UNBILLED),
    422: (BadRequest, *_UNBILLED),
    429: (RateLimited, Again.SAME, Billed.NO),  # never its own: work waits for the one lock
    500: _BROKEN,  # whatever nobody caught, CUDA's memory too
    502: _BROKEN,
    503: (Unavailable, Again.SAME, Billed.NO),
    504: _BROKEN,
}
"""Nothing costs anything there, so nothing is billed."""


class A1111:
    """Translates orders for a web UI whose address the operator has set."""

    profile = Profile(
        slug="a1111",
        title="AUTOMATIC1111",
        base_url="",
        auth=AuthScheme(prefix="Basic "),
        key_names=("A1111_API_KEY",),
        key_optional=True,
        base_url_name="A1111_BASE_URL",
        concurrency=4,
        billed_when_cancelled="no",
    )
    options: type[object] = Options

    def submit(self, order: Order) -> HttpCall:
        """Describe the call that paints.

        Raises:
            UserError: an option does not go with the operation.
        """
        path, body = wire.painting(order)
        return HttpCall("POST", path, body=JsonBody(body), timeout=Timeout.PAINT)

    def read(self, reply: HttpReply, order: Order, ticket: Ticket | None) -> Done:
        """Read the pictures; there are no tickets.

        Raises:
            Malformed: there is none in it.
        """
        if ticket is not None:
            self.check(ticket)
        try:
            document = parse(reply.body)
        except ValueError:
            raise _VOICE.malformed("it is not JSON, or cut off", reply, order) from None
        n = order.request.n
        artifacts = wire.pictures(document, n)
        if artifacts is None:
            raise _VOICE.malformed("there is no picture in it", reply, order)
        return Done(artifacts, missing=("The server sent fewer.",) * (n - len(artifacts)))

    def check(self, ticket: Ticket) -> NoReturn:
        """Refuse: the server answers on the same connection and gives no tickets."""
        raise TypeError(f"AUTOMATIC1111 gives no tickets: {ticket.task}")

    def cancel(self, ticket: Ticket) -> None:
        """Nothing can be cancelled by a ticket; see `stop`."""

    def diagnose(
        self, reply: HttpReply, order: Order | None, ticket: Ticket | None = None
    ) -> ProviderError | Refused:
        """Turn an answer that is not 2xx into facts, by its status."""
        return _VOICE.failed(reply, order, wire.complaint(reply), ticket)

    def watch(self, order: Order) -> HttpCall | None:
        """Describe the call that asks how this very work stands. `None`: an enlargement has no name."""
        task = wire.task(order)
        return None if task is None else HttpCall("POST", wire.STANDING, body=JsonBody({"id_task": task}))

    def watched(self, reply: HttpReply) -> Sight:
        """Read its answer.

        Raises:
            Malformed: it does not say.
        """
        try:
            sight = wire.sight(parse(reply.body))
        except ValueError:
            sight = None
        if sight is None:
            raise _VOICE.malformed("it does not say how the work stands", reply, None, Billed.NO)
        return sight

    def stop(self, order: Order) -> HttpCall:
        """Describe the call that stops what the server is doing: ours, when it was just seen to be ours."""
        return HttpCall("POST", wire.STOP)

    def list_models(self) -> HttpCall:
        """Describe the free call that lists the checkpoints."""
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
    A1111.profile,
    kinds=_KINDS,
    remedies={
        401: "Set A1111_API_KEY to the user and password of --api-auth, as user:password.",
        404: "Check A1111_BASE_URL, that the server runs with --api, and the model's name in limner.toml.",
    },
)
