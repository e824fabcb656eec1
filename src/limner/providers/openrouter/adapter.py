"""OpenRouter's adapter: synchronous calls, previews where a vendor has them, no tickets."""

from typing import Final, NoReturn

from limner.core.adapter import Done, Order, Partial, Profile, Ticket
from limner.core.errors import Billed, ProviderError, Refused
from limner.core.http import Frame, HttpCall, HttpReply, JsonBody, Timeout
from limner.core.optional import Account, Listed
from limner.providers._shared.reading import items, mapping, parse, picture, whole
from limner.providers._shared.voice import Voice
from limner.providers.openrouter import faults, wire
from limner.providers.openrouter.options import Options


class OpenRouter:
    """Translates orders into OpenRouter's words."""

    profile = Profile(
        slug="openrouter",
        title="OpenRouter",
        base_url="https://openrouter.ai/api/v1",
        key_names=("OPENROUTER_API_KEY",),
        base_url_name="OPENROUTER_BASE_URL",
        homepage="https://openrouter.ai/settings/keys",
    )
    options: type[object] = Options

    def submit(self, order: Order) -> HttpCall:
        """Describe the call that paints.

        Raises:
            UserError: an option does not go with the model.
        """
        body = JsonBody(wire.painting(order))
        stream = "sse" if order.stream else None
        return HttpCall("POST", wire.IMAGES, body=body, timeout=Timeout.PAINT, stream=stream)

    def read(self, reply: HttpReply, order: Order, ticket: Ticket | None) -> Done:
        """Read the pictures; there are no tickets.

        Raises:
            ProviderError: it says that it failed, or cannot be read.
            Refused: moderation said no.
        """
        if ticket is not None:
            self.check(ticket)
        try:
            document = mapping(parse(reply.body))
        except ValueError:
            raise _VOICE.malformed("it is not JSON, or cut off", reply, order) from None
        if mapping(document.get("error")):
            raise faults.midway(_VOICE, mapping(document.get("error")), reply, order)
        entries = [mapping(one) for one in items(document.get("data"))]
        artifacts = tuple(one for entry in entries if (one := wire.artifact(entry)))
        cost = wire.cost(document)
        if not artifacts:
            billed = Billed.YES if cost else Billed.UNKNOWN
            raise _VOICE.malformed("no picture is in it", reply, order, billed)
        missing = ("OpenRouter does not say why.",) * (order.request.n - len(artifacts))
        known = _VOICE.request_id(reply)
        return Done(artifacts, missing, wire.usage(document), cost, request_id=known)

    def event(self, frame: Frame, order: Order) -> Partial | Done | None:
        """Read a preview, or one finished picture of a stream.

        Raises:
            ProviderError: the stream says that it failed, or cannot be read.
            Refused: moderation said no.
        """
        data = frame.data.strip()
        if not data or data == b"[DONE]":
            return None
        try:
            document = wire.event(data)
        except ValueError:
            raise _VOICE.malformed("an event is not JSON, or cut off", None, order) from None
        if mapping(document.get("error")):
            raise faults.midway(_VOICE, mapping(document.get("error")), None, order)
        match document.get("type"):
            case "image_generation.partial_image":
                place = whole(document.get("partial_image_index")) or 0
                return Partial(picture(document.get("b64_json")), index=place)
            case "image_generation.completed":
                artifact = wire.artifact(document)
                if artifact is None:
                    raise _VOICE.malformed("the picture cannot be read", None, order, Billed.YES)
                return Done((artifact,), (), wire.usage(document), wire.cost(document))
            case _:
                return None

    def check(self, ticket: Ticket) -> NoReturn:
        """Refuse: OpenRouter answers on the same connection and gives no tickets."""
        raise TypeError(f"OpenRouter gives no tickets: {ticket.task}")

    def cancel(self, ticket: Ticket) -> None:
        """Nothing can be cancelled."""

    def diagnose(
        self, reply: HttpReply, order: Order | None, ticket: Ticket | None = None
    ) -> ProviderError | Refused:
        """Turn an answer that is not 2xx into facts: its status, and whose words it has."""
        return faults.of_reply(_VOICE, reply, order, ticket)

    def balance(self) -> HttpCall:
        """Describe the free call that says what the key may still spend."""
        return HttpCall("GET", wire.KEY)

    def read_balance(self, reply: HttpReply) -> Account:
        """Read what is left of the key's limit.

        Raises:
            Malformed: it is about no key.
        """
        try:
            found = wire.account(reply)
        except ValueError:
            found = None
        if found is None:
            raise _VOICE.malformed("it is about no key", reply, None, Billed.NO)
        return found

    def list_models(self) -> HttpCall:
        """Describe the free call that lists the models that paint."""
        return HttpCall("GET", wire.MODELS)

    def read_models(self, reply: HttpReply) -> tuple[Listed, ...]:
        """Read them.

        Raises:
            Malformed: it is no list.
        """
        try:
            listed = wire.models(reply)
        except ValueError:
            listed = None
        if listed is None:
            raise _VOICE.malformed("it is no list of models", reply, None, Billed.NO)
        return listed


_VOICE: Final = Voice(
    OpenRouter.profile,
    request_ids=("x-generation-id",),
    kinds=faults.KINDS,
    remedies={
        401: "Check OPENROUTER_API_KEY with `limner doctor`.",
        402: "Add credit at openrouter.ai/credits, or raise the key's limit.",
        404: "Choose another model, or allow more vendors: none is left that serves this one.",
    },
)
