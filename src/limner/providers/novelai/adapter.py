"""NovelAI's adapter: one call at a time, archives or streams back, style references encoded first."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, NoReturn, TypeVar

from limner.core.adapter import Artifact, Done, Order, Partial, Profile, Ticket
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
from limner.core.http import Frame, HttpCall, HttpReply, Timeout
from limner.core.operations import Operation
from limner.core.optional import Account
from limner.core.pictures import Picture, Role
from limner.providers._shared.reading import parse, redact, text, whole
from limner.providers._shared.voice import UNLISTED, Kind, Voice
from limner.providers.novelai import answers, references, wire
from limner.providers.novelai.options import Options

_Read = TypeVar("_Read")

_UNBILLED: Final = (Again.ANOTHER, Billed.NO)
_TROUBLE: Final[Kind] = (Unavailable, Again.NEVER, Billed.UNKNOWN)
"""What stands in front of the painters: whether they painted is not known."""
_KINDS: Final[Mapping[int, Kind]] = {
    400: (BadRequest, *_UNBILLED),
    401: (Unauthorized, *_UNBILLED),
    402: (OutOfCredit, *_UNBILLED),
    403: (Unauthorized, *_UNBILLED),
    404: (BadRequest, *_UNBILLED),
    409: (BadRequest, Again.NEVER, Billed.UNKNOWN),
    413: (BadRequest, *_UNBILLED),
    429: (RateLimited, Again.SAME, Billed.NO),
    **dict.fromkeys((500, 502, 503, 520, 521, 522, 523, 524), _TROUBLE),
}


class NovelAI:
    """Translates orders into NovelAI's words."""

    profile = Profile(
        slug="novelai",
        title="NovelAI",
        base_url="https://image.novelai.net",
        key_names=("NOVELAI_API_KEY", "NOVELAI_TOKEN"),
        base_url_name="NOVELAI_BASE_URL",
        concurrency=1,
        homepage="https://novelai.net",
    )
    options: type[object] = Options

    def submit(self, order: Order) -> HttpCall:
        """Describe the call that paints, enlarges, changes, or suggests tags.

        Raises:
            UserError: an option or reference does not go with the model or the request.
        """
        match order.request.operation:
            case Operation.SUGGEST_TAGS:
                return HttpCall("GET", wire.TAGS, query=wire.tags(order))
            case Operation.UPSCALE:
                return HttpCall("POST", wire.UPSCALE, body=wire.upscaling(order), timeout=Timeout.PAINT)
            case operation if operation in wire.TOOLS:
                return HttpCall("POST", wire.AUGMENT, body=wire.tool(order), timeout=Timeout.PAINT)
            case _:
                framing = wire.framing(order)
                url = wire.STREAM if framing else wire.GENERATE
                body = wire.generation(order)
                return HttpCall("POST", url, body=body, timeout=Timeout.PAINT, stream=framing)

    def read(self, reply: HttpReply, order: Order, ticket: Ticket | None) -> Done:
        """Read the pictures or the tags; there are no tickets.

        Raises:
            Malformed: there are none in it.
        """
        if ticket is not None:
            self.check(ticket)
        known = _VOICE.request_id(reply)
        if order.request.operation is Operation.SUGGEST_TAGS:
            return Done(
                (), tags=self._free(reply, answers.tags, "it suggests nothing", order), request_id=known
            )
        try:
            found = answers.artifacts(answers.pictures(reply), order)
        except ValueError as error:
            raise _VOICE.malformed(f"it cannot be read: {error}", reply, order) from None
        if not found:
            raise _VOICE.malformed("no picture is in it", reply, order)
        missing = ("NovelAI does not say why.",) * (order.request.n - len(found))
        return Done(found, missing, request_id=known)

    def event(self, frame: Frame, order: Order) -> Partial | Done | None:
        """Read one frame of a stream.

        Raises:
            ProviderError: it says that the work failed, or cannot be read.
        """
        try:
            said = answers.message(frame)
        except ValueError:
            raise _VOICE.malformed("a message of its stream cannot be read", None, order) from None
        match said.get("event_type"):
            case "intermediate":
                return answers.preview(said, order)
            case "final":
                image = answers.image(said)
                if image is None:
                    raise _VOICE.malformed("its picture cannot be decoded", None, order, Billed.YES)
                return Done((Artifact(image, seed=order.request.seed if order.request.n == 1 else None),))
            case "retry":
                return None
            case "error":
                raise self._interrupted(said, order)
            case _:
                raise _VOICE.malformed("its stream says something that is not documented", None, order)

    def _interrupted(self, said: Mapping[str, object], order: Order) -> ProviderError:
        """An error after a 200: work had begun, so billing is open."""
        code = whole(said.get("code")) or 0
        kind, _, _ = _KINDS.get(code, UNLISTED)
        return kind(
            f"NovelAI stopped: {redact(text(said.get('message')) or 'it does not say why.')}",
            **_VOICE.facts(None, order),
            vendor_code=str(code) if code else None,
            again=Again.NEVER,
            billed=Billed.UNKNOWN,
        )

    def prepare(self, order: Order) -> tuple[HttpCall, ...]:
        """Describe the paid calls that encode style references, for models that want them encoded."""
        return references.encodings(order)

    def prepared(self, order: Order, replies: tuple[HttpReply, ...]) -> Order:
        """Put the encoded references in the place of the pictures.

        Raises:
            Malformed: an answer is empty, or a document.
        """
        encoded = iter(replies)
        shown = tuple(
            replace(one, picture=self._encoded(next(encoded), order))
            if replies and one.role is Role.STYLE
            else one
            for one in order.request.references
        )
        return replace(order, request=order.request.replace(references=shown))

    def _encoded(self, reply: HttpReply, order: Order) -> Picture:
        if not reply.body or reply.media_type in {"application/json", "text/html"}:
            raise _VOICE.malformed("it is no encoded reference", reply, order, Billed.YES)
        return Picture(reply.body, references.ENCODED)

    def check(self, ticket: Ticket) -> NoReturn:
        """Refuse: NovelAI answers on the same connection and gives no tickets."""
        raise TypeError(f"NovelAI gives no tickets: {ticket.task}")

    def cancel(self, ticket: Ticket) -> None:
        """Nothing can be cancelled."""

    def diagnose(
        self, reply: HttpReply, order: Order | None, ticket: Ticket | None = None
    ) -> ProviderError | Refused:
        """Turn an answer that is not 2xx into facts: by its status alone, NovelAI has no other codes."""
        return _VOICE.failed(reply, order, answers.complaint(reply.body), ticket)

    def balance(self) -> HttpCall:
        """Describe the free call that asks for the subscription."""
        return HttpCall("GET", wire.SUBSCRIPTION)

    def read_balance(self, reply: HttpReply) -> Account:
        """Read plan, Anlas and allowance.

        Raises:
            Malformed: it is no subscription.
        """
        return self._free(reply, answers.account, "it is no subscription", None)

    def _free(
        self, reply: HttpReply, reader: Callable[[object], _Read | None], why: str, order: Order | None
    ) -> _Read:
        try:
            answer = reader(parse(reply.body))
        except ValueError:
            answer = None
        if answer is None:
            raise _VOICE.malformed(why, reply, order, Billed.NO)
        return answer


_VOICE: Final = Voice(
    NovelAI.profile,
    request_ids=("x-correlation-id", "cf-ray"),
    kinds=_KINDS,
    waits={429: 8.0},  # no Retry-After was observed; clients wait 5 to 12 s (public issues, 2024 to 2026)
    remedies={
        401: "Make a persistent API token in NovelAI's account settings and set NOVELAI_API_KEY.",
        402: "Buy Anlas or a subscription at NovelAI, or ask for a smaller picture with fewer steps.",
        403: "NovelAI's bot filter may have struck: wait, or call from another address.",
        413: "Send smaller pictures, or fewer references.",
        429: "NovelAI makes one picture at a time for an account: wait until the other is done.",
    },
)
