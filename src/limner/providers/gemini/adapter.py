"""Gemini's adapter: pictures in the answer, or by a ticket; refusals inside answers that say 200."""

from collections.abc import Mapping
from typing import Final

from limner.core.adapter import AuthScheme, Done, Order, Outcome, Pending, Profile, Ticket
from limner.core.errors import Billed, ProviderError, Refused
from limner.core.http import HttpCall, HttpReply, JsonBody, Timeout
from limner.core.optional import Listed
from limner.providers._shared.reading import mapping, parse, text
from limner.providers._shared.voice import Voice
from limner.providers.gemini import faults, replies, wire
from limner.providers.gemini.options import Options

_POLL: Final = 2.0
"""Seconds between two questions; a picture takes 15 to 40."""
_MOST_LISTED: Final = 1000
"""Models on one page (ai.google.dev/api/models)."""


class Gemini:
    """Translates orders into contents or interactions."""

    profile = Profile(
        slug="gemini",
        title="Gemini",
        base_url="https://generativelanguage.googleapis.com/v1beta",
        auth=AuthScheme("x-goog-api-key", ""),
        key_names=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        base_url_name="GEMINI_BASE_URL",
        cancellable=True,
        homepage="https://aistudio.google.com/apikey",
    )
    options: type[object] = Options

    def submit(self, order: Order) -> HttpCall:
        """Describe the call that paints, or queues the work.

        Raises:
            UserError: an option does not go with the model, or with another.
        """
        if not wire.interacts(order):
            path = f"{wire.MODELS}/{wire.name(order)}:generateContent"
            return HttpCall("POST", path, body=JsonBody(wire.contents(order)), timeout=Timeout.PAINT)
        body = wire.interaction(order)
        timeout = Timeout.TRANSFER if "background" in body else Timeout.PAINT
        return HttpCall("POST", wire.INTERACTIONS, body=JsonBody(body), timeout=timeout)

    def read(self, reply: HttpReply, order: Order, ticket: Ticket | None) -> Outcome:
        """Read the picture, or where the work stands.

        Raises:
            ProviderError: there is no picture, or the answer cannot be read.
            Refused: the filter struck.
        """
        try:
            document = mapping(parse(reply.body))
        except ValueError:
            raise _VOICE.malformed("it is not JSON, or cut off", reply, order) from None
        if ticket is None and not wire.interacts(order):
            return self._done(replies.of_contents(document), text(document.get("responseId")), reply, order)
        return self._standing(document, reply, order, ticket)

    def _standing(
        self, document: Mapping[str, object], reply: HttpReply, order: Order, ticket: Ticket | None
    ) -> Outcome:
        task = text(document.get("id"))
        match document.get("status"):
            case "queued" | "in_progress":
                if ticket is None and task is None:
                    raise _VOICE.malformed("it names no interaction", reply, order)
                path = f"{wire.INTERACTIONS}/{task}"
                known = ticket or Ticket(str(task), check=path, cancel=f"{path}/cancel")
                return Pending(known, delay=_POLL, request_id=known.task)
            case (
                "completed"
                | "failed"
                | "cancelled"
                | "incomplete"
                | "budget_exceeded"
                | "requires_action"
                | "requires_continuation"
            ):
                return self._done(replies.of_interaction(document), task, reply, order)
            case _:
                raise _VOICE.malformed("its status is not documented", reply, order)

    def _done(self, answer: replies.Answer, task: str | None, reply: HttpReply, order: Order) -> Done:
        if not answer.artifacts:
            raise self._nothing(answer, reply, order)
        missing = ("Gemini does not say why.",) * (order.request.n - len(answer.artifacts))
        return Done(answer.artifacts, missing, answer.usage, request_id=task)

    def _nothing(self, answer: replies.Answer, reply: HttpReply, order: Order) -> ProviderError | Refused:
        """Why an answer that says 200 holds no picture. Its tokens are metered, so it may be billed."""
        billed = Billed.YES if answer.painted else Billed.UNKNOWN
        if answer.blocked:
            why = f"{', '.join(answer.blocked)}: {answer.told}"
            return _VOICE.refused(why, billed, reply, order, *answer.blocked)
        if answer.broken:
            return _VOICE.malformed("its picture cannot be decoded", reply, order, Billed.YES)
        if answer.end is None and not answer.words:
            return _VOICE.malformed("no picture is in it", reply, order, billed)
        ask = "Say in the prompt that a picture is wanted, and try again."
        return _VOICE.ended(answer.end or "", answer.told, reply, order, billed=billed, remedy=ask)

    def check(self, ticket: Ticket) -> HttpCall:
        """Describe the free call that asks how far an interaction is."""
        return HttpCall("GET", ticket.check, timeout=Timeout.TRANSFER)

    def cancel(self, ticket: Ticket) -> HttpCall | None:
        """Describe the call that stops it."""
        return HttpCall("POST", ticket.cancel) if ticket.cancel else None

    def diagnose(
        self, reply: HttpReply, order: Order | None, ticket: Ticket | None = None
    ) -> ProviderError | Refused:
        """Turn an answer that is not 2xx into facts: its status, then its words."""
        fault = faults.read(reply)
        kind = None if ticket else faults.kind(fault, reply.status)
        error = _VOICE.failed(reply, order, fault, ticket, kind=kind)
        if fault and error.retry_after is None:
            error.retry_after = fault.delay
        error.remedy = faults.remedy(fault) or error.remedy
        return error

    def list_models(self) -> HttpCall:
        """Describe the free call that lists all models."""
        return HttpCall("GET", wire.MODELS, query=(("pageSize", str(_MOST_LISTED)),))

    def read_models(self, reply: HttpReply) -> tuple[Listed, ...]:
        """Read the list.

        Raises:
            Malformed: it is none.
        """
        try:
            listed = wire.models(parse(reply.body))
        except ValueError:
            listed = None
        if listed is None:
            raise _VOICE.malformed("it is no list of models", reply, None, Billed.NO)
        return listed


_VOICE: Final = Voice(
    Gemini.profile,
    kinds=faults.KINDS,
    remedies={
        401: "Check GEMINI_API_KEY with `limner doctor`.",
        403: "Check GEMINI_API_KEY with `limner doctor`: the key lacks access, or was found leaked.",
        404: "Choose another model: `limner models gemini` lists what lives.",
    },
)
