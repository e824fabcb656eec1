"""WaveSpeed's adapter: work is queued and polled, or waited for on the connection."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from limner.core.adapter import Done, Order, Outcome, Pending, Profile, Ticket
from limner.core.errors import Billed, ProviderError, Refused
from limner.core.http import HttpCall, HttpReply, JsonBody, Timeout
from limner.core.money import USD, Money
from limner.core.optional import Account, Hook, Listed
from limner.core.pictures import Picture
from limner.providers._shared.named import spoken
from limner.providers._shared.reading import text
from limner.providers._shared.voice import Voice
from limner.providers.wavespeed import faults, hooks, wire
from limner.providers.wavespeed.options import Options

_POLL: Final = 1.0
"""Seconds between two questions, as the official client asks."""


class WaveSpeed:
    """Translates orders into inputs of WaveSpeed's models."""

    profile = Profile(
        slug="wavespeed",
        title="WaveSpeed",
        base_url="https://api.wavespeed.ai",
        key_names=("WAVESPEED_API_KEY",),
        base_url_name="WAVESPEED_BASE_URL",
        homepage="https://wavespeed.ai/accesskey",
    )
    options: type[object] = Options

    def submit(self, order: Order) -> HttpCall:
        """Describe the call that queues the work, or waits for it where that is asked.

        Raises:
            UserError: an option does not go with the model.
        """
        body = wire.inputs(order)
        return HttpCall(
            "POST",
            f"{wire.ROOT}/{spoken(order)['model']}",
            query=(("webhook", order.hook),) if order.hook else (),
            body=JsonBody(body),
            timeout=Timeout.PAINT if body.get(wire.SYNC) else Timeout.TRANSFER,
        )

    def read(self, reply: HttpReply, order: Order, ticket: Ticket | None) -> Outcome:
        """Read where the work stands, or its pictures.

        A wait that ended first comes as 200 with `processing` and the code 5004: the work goes on.

        Raises:
            ProviderError: it failed, or the answer cannot be read.
            Refused: moderation said no.
        """
        try:
            document = wire.data(reply)
        except ValueError:
            raise _VOICE.malformed("it is not JSON, or cut off", reply, order) from None
        task = ticket.task if ticket else text(document.get("id"))
        if task is None:
            raise _VOICE.malformed("it names no task", reply, order)
        match document.get("status"):
            case "created" | "processing":
                return Pending(Ticket(task, wire.result(task)), delay=_POLL, request_id=task)
            case "completed":
                return self._done(document, reply, order, task)
            case "failed" | "cancelled" | "timeout" | "deleted" as status:
                raise faults.of_task(_VOICE, str(status), document, reply, order)
            case _:
                raise _VOICE.malformed("its status is not documented", reply, order)

    def _done(self, document: Mapping[str, object], reply: HttpReply, order: Order, task: str) -> Done:
        artifacts = wire.pictures(document)
        if not artifacts:
            raise _VOICE.malformed("no picture is in it", reply, order)
        missing = ("WaveSpeed does not say why.",) * (order.request.n - len(artifacts))
        return Done(artifacts, missing, request_id=task)

    def check(self, ticket: Ticket) -> HttpCall:
        """Describe the free call that asks how far it is."""
        return HttpCall("GET", ticket.check)

    def cancel(self, ticket: Ticket) -> None:
        """Nothing can be cancelled."""

    def diagnose(
        self, reply: HttpReply, order: Order | None, ticket: Ticket | None = None
    ) -> ProviderError | Refused:
        """Turn an answer that is not 2xx into facts: its status, then its code."""
        return faults.of_reply(_VOICE, reply, order, ticket)

    # What WaveSpeed has besides

    def hosts(self, order: Order) -> tuple[Picture, ...]:
        """Which pictures lie at WaveSpeed first: all."""
        return wire.hosted(order)

    def upload(self, picture: Picture) -> HttpCall:
        """Describe the call that opens a place for a picture."""
        return HttpCall("POST", wire.UPLOADS, body=JsonBody(wire.upload(picture)))

    def uploaded(self, picture: Picture, replies: tuple[HttpReply, ...]) -> HttpCall | str:
        """Describe the call that moves the bytes; after it, say where they lie.

        Raises:
            Malformed: WaveSpeed does not say where.
        """
        place = self._free(replies[0])
        move, url = wire.moved(picture, place), text(place.get("download_url"))
        if move is None or url is None:
            raise _VOICE.malformed("it names no place for the picture", replies[0], None, Billed.NO)
        return url if len(replies) > 1 else move

    def _free(self, reply: HttpReply) -> Mapping[str, object]:
        """The data of a free call's answer. Empty: it has none."""
        try:
            return wire.data(reply)
        except ValueError:
            return {}

    def hook_keys(self) -> HttpCall:
        """Describe the free call that fetches the account's secret."""
        return HttpCall("GET", wire.SECRET)

    def verify(self, hook: Hook, keys: HttpReply, now: datetime) -> str:
        """Check that WaveSpeed is calling, and say about which task.

        Raises:
            Refused: it is not WaveSpeed, or its call is too old.
        """
        return hooks.task(hook, keys, now, self.profile)

    def balance(self) -> HttpCall:
        """Describe the free call that says how many dollars are left."""
        return HttpCall("GET", wire.BALANCE)

    def read_balance(self, reply: HttpReply) -> Account:
        """Read the balance.

        Raises:
            Malformed: it does not say.
        """
        left = wire.amount(self._free(reply).get("balance"))
        if left is None:
            raise _VOICE.malformed("it names no balance", reply, None, Billed.NO)
        return Account(left, USD)

    def price(self, order: Order) -> HttpCall:
        """Describe the free call that says what an order will cost.

        Raises:
            UserError: an option does not go with the model.
        """
        return HttpCall("POST", wire.PRICE, body=JsonBody(wire.priced(order)))

    def read_price(self, reply: HttpReply) -> Money:
        """Read the price, with the account's discount.

        Raises:
            Malformed: it names none.
        """
        told = self._free(reply)
        listed, less = wire.amount(told.get("price")), wire.amount(told.get("discounted_price"))
        if listed is None:
            raise _VOICE.malformed("it names no price", reply, None, Billed.NO)
        return Money(listed if less is None else less, text(told.get("currency")) or USD)

    def list_models(self) -> HttpCall:
        """Describe the free call that lists all models."""
        return HttpCall("GET", wire.MODELS, timeout=Timeout.TRANSFER)

    def read_models(self, reply: HttpReply) -> tuple[Listed, ...]:
        """Read those that paint.

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
    WaveSpeed.profile,
    kinds=faults.KINDS,
    waits={429: faults.MINUTE},
    remedies={
        401: "Check WAVESPEED_API_KEY with `limner doctor`; it works only after the first top-up.",
        403: "Give the key a role that may do this.",
        404: "Choose another model: WaveSpeed does not know this one.",
    },
)
