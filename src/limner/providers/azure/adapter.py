"""Azure's adapter: OpenAI's wire under the operator's own address, with a key in `api-key`."""

from dataclasses import replace
from typing import NoReturn

from limner.core.adapter import AuthScheme, Done, Order, Partial, Profile, Ticket
from limner.core.errors import ProviderError, Refused
from limner.core.http import Frame, HttpCall, HttpReply
from limner.providers._shared.openai import faults, receive, send
from limner.providers.azure import wire
from limner.providers.azure.options import Options


class Azure:
    """Translates orders into the words of an Azure deployment."""

    profile = Profile(
        slug="azure",
        title="Azure OpenAI",
        base_url="",
        auth=AuthScheme(header="api-key", prefix=""),
        key_names=("AZURE_OPENAI_API_KEY",),
        base_url_name="AZURE_OPENAI_ENDPOINT",
        concurrency=4,
        homepage="https://ai.azure.com",
    )
    options: type[object] = Options

    def submit(self, order: Order) -> HttpCall:
        """Describe the call: JSON to generate, multipart with pictures.

        Raises:
            UserError: an option does not go with the model.
        """
        values = wire.parameters(order, send.fields(order, wire.DIALECT))
        url, query = wire.address(order)
        return send.call(order, url, values, query)

    def read(self, reply: HttpReply, order: Order, ticket: Ticket | None) -> Done:
        """Read the pictures; there are no tickets."""
        if ticket is not None:
            self.check(ticket)
        return self._noted(receive.read(reply, order, wire.DIALECT), order)

    def _noted(self, done: Done, order: Order) -> Done:
        if wire.untaken(order) is None:
            return done
        note = "Azure OpenAI's edits take no compression: it is encoded as Azure does by default."
        return replace(done, artifacts=tuple(replace(one, note=note) for one in done.artifacts))

    def event(self, frame: Frame, order: Order) -> Partial | Done | None:
        """Read a preview, or one finished picture of a stream."""
        said = receive.event(frame, order, wire.DIALECT)
        return self._noted(said, order) if isinstance(said, Done) else said

    def check(self, ticket: Ticket) -> NoReturn:
        """Refuse: Azure answers on the same connection and gives no tickets."""
        raise TypeError(f"Azure gives no tickets: {ticket.task}")

    def cancel(self, ticket: Ticket) -> None:
        """Nothing can be cancelled."""

    def diagnose(
        self, reply: HttpReply, order: Order | None, ticket: Ticket | None = None
    ) -> ProviderError | Refused:
        """Turn an answer that is not 2xx into facts; there are no tickets."""
        return faults.diagnose(reply, order, wire.DIALECT)
