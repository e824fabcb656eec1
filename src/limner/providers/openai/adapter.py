"""OpenAI's adapter: synchronous calls, previews as server-sent events, no tickets."""

from collections.abc import Callable
from typing import NoReturn, TypeVar

from limner.core.adapter import Done, Order, Partial, Profile, Ticket
from limner.core.errors import Billed, ProviderError, Refused
from limner.core.http import Frame, HttpCall, HttpReply
from limner.core.optional import Listed, Verdict
from limner.core.pictures import Picture
from limner.providers._shared.openai import faults, receive, send
from limner.providers._shared.reading import parse
from limner.providers.openai import wire
from limner.providers.openai.options import Options

_Read = TypeVar("_Read")


class OpenAI:
    """Translates orders into OpenAI's words."""

    profile = Profile(
        slug="openai",
        title="OpenAI",
        base_url="https://api.openai.com/v1",
        key_names=("OPENAI_API_KEY",),
        base_url_name="OPENAI_BASE_URL",
        homepage="https://platform.openai.com/api-keys",
    )
    options: type[object] = Options

    def submit(self, order: Order) -> HttpCall:
        """Describe the call: JSON to generate, multipart with pictures.

        Raises:
            UserError: an option does not go with the model or the request.
        """
        values = send.fields(order, wire.DIALECT)
        wire.check(order, values)
        return send.call(order, send.path(order), values)

    def read(self, reply: HttpReply, order: Order, ticket: Ticket | None) -> Done:
        """Read the pictures; there are no tickets."""
        if ticket is not None:
            self.check(ticket)
        return receive.read(reply, order, wire.DIALECT)

    def event(self, frame: Frame, order: Order) -> Partial | Done | None:
        """Read a preview, or one finished picture of a stream."""
        return receive.event(frame, order, wire.DIALECT)

    def check(self, ticket: Ticket) -> NoReturn:
        """Refuse: OpenAI answers on the same connection and gives no tickets."""
        raise TypeError(f"OpenAI gives no tickets: {ticket.task}")

    def cancel(self, ticket: Ticket) -> None:
        """Nothing can be cancelled."""

    def diagnose(
        self, reply: HttpReply, order: Order | None, ticket: Ticket | None = None
    ) -> ProviderError | Refused:
        """Turn an answer that is not 2xx into facts; there are no tickets."""
        return faults.diagnose(reply, order, wire.DIALECT)

    def list_models(self) -> HttpCall:
        """Describe the free call that lists what the key may use."""
        return HttpCall("GET", wire.MODELS)

    def read_models(self, reply: HttpReply) -> tuple[Listed, ...]:
        """Read the list.

        Raises:
            Malformed: it is none.
        """
        return self._free(reply, wire.models, "it is no list of models")

    def moderate(self, text: str, pictures: tuple[Picture, ...]) -> HttpCall:
        """Describe the free call that has a prompt and pictures judged."""
        return HttpCall("POST", wire.MODERATIONS, body=wire.moderation(text, pictures))

    def read_verdict(self, reply: HttpReply) -> Verdict:
        """Read what moderation thinks.

        Raises:
            Malformed: it says nothing that can be read.
        """
        return self._free(reply, wire.verdict, "it judges nothing")

    def _free(self, reply: HttpReply, reader: Callable[[object], _Read | None], why: str) -> _Read:
        try:
            answer = reader(parse(reply.body))
        except ValueError:
            answer = None
        if answer is None:
            known = faults.facts(reply, None, wire.DIALECT)
            raise faults.malformed(why, known, wire.DIALECT, Billed.NO)
        return answer
