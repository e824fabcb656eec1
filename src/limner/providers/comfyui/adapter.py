"""The adapter of ComfyUI: a workflow is queued, its outputs are asked for; free.

A poll is two calls. The history tells of what is done, and is empty for what is not and for what the server
has forgotten alike; so then the queue is looked at. That look also says how to cancel: what waits is taken
out of the queue, and only what was just seen to run is interrupted, by its name.

Where the answer to a submission was lost, the workflow is looked for in both, by what it saves pictures as.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from limner.core.adapter import Done, Order, Outcome, Pending, Profile, Ticket
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
from limner.core.optional import Listed
from limner.core.pictures import Picture
from limner.providers._shared.reading import mapping, parse, text
from limner.providers._shared.voice import Kind, Voice
from limner.providers.comfyui import graph, wire
from limner.providers.comfyui.options import Options

_POLL: Final = 1.0
"""Seconds between two polls: every half to whole second is usual."""
_HISTORY: Final = "history"
_QUEUE: Final = "queue"
_LAST: Final = "last"
"""Stages of a ticket. What is in no queue any more is in the history now, or forgotten."""
_SOUGHT: Final = "sought"
_SOUGHT_DONE: Final = "sought-done"
"""Stages of work of which only the name is known. It is looked for twice: it may just be queued."""
_PLACE: Final = "place"
_ROUND: Final = "round"
_SEEN: Final = "seen"
_UNBILLED: Final = (Again.ANOTHER, Billed.NO)
_BROKEN: Final[Kind] = (Unavailable, *_UNBILLED)
_KINDS: Final[Mapping[int, Kind]] = {
    400: (BadRequest, *_UNBILLED),  # the workflow does not fit what is installed
    401: (Unauthorized, *_UNBILLED),
    403: (Unauthorized, *_UNBILLED),
    404: (BadRequest, *_UNBILLED),
    405: (BadRequest, *_UNBILLED),
    413: (BadRequest, *_UNBILLED),
    429: (RateLimited, Again.SAME, Billed.NO),  # never its own: it has one queue
    500: _BROKEN,
    502: _BROKEN,
    503: (Unavailable, Again.SAME, Billed.NO),
    504: _BROKEN,
}
"""Nothing costs anything there, so nothing is billed."""


class ComfyUI:
    """Translates orders for a ComfyUI whose address the operator has set."""

    profile = Profile(
        slug="comfyui",
        title="ComfyUI",
        base_url="",
        base_url_name="COMFYUI_BASE_URL",
        cancellable=True,
        billed_when_cancelled="no",
    )
    options: type[object] = Options

    def submit(self, order: Order) -> HttpCall:
        """Describe the call that queues the workflow.

        Raises:
            UserError: the workflow or one of the slots does not do.
        """
        return HttpCall(
            "POST", wire.SUBMIT, body=JsonBody({"prompt": graph.filled(order)}), timeout=Timeout.TRANSFER
        )

    def read(self, reply: HttpReply, order: Order, ticket: Ticket | None) -> Outcome:
        """Read where the workflow stands, or where its pictures lie.

        Raises:
            ProviderError: it failed, or the answer cannot be read.
        """
        try:
            document = parse(reply.body)
        except ValueError:
            raise _VOICE.malformed("it is not JSON, or cut off", reply, order) from None
        if ticket is None:
            return self._queued(mapping(document), reply, order)
        if ticket.stage in {_SOUGHT, _SOUGHT_DONE}:
            return self._sought(document, reply, order, ticket)
        if ticket.stage == _QUEUE:
            return self._waiting(document, reply, order, ticket)
        return self._finished(document, reply, order, ticket)

    def _queued(self, document: Mapping[str, object], reply: HttpReply, order: Order) -> Pending:
        task = text(document.get("prompt_id"))
        if task is None:
            raise _VOICE.malformed("it names no task", reply, order)
        return Pending(Ticket(task, wire.history(task), stage=_HISTORY), _POLL, request_id=task)

    def trace(self, order: Order) -> Ticket | None:
        """Look for the workflow by the name that it saves under. `None`: it has no place for one."""
        place = graph.place_of_name(order)
        if place is None or order.task is None:
            return None
        return Ticket(order.task, wire.QUEUE, stage=_SOUGHT, extra={_PLACE: place})

    def _sought(self, document: object, reply: HttpReply, order: Order, ticket: Ticket) -> Pending:
        queue = ticket.stage == _SOUGHT
        entries = wire.queued(document) if queue else wire.done(document)
        if entries is None:
            raise _VOICE.malformed("it is no queue" if queue else "it is no history", reply, order)
        task = wire.bearing(entries, ticket.extra[_PLACE], ticket.task)
        if task is not None:
            return Pending(Ticket(task, wire.history(task), stage=_HISTORY), 0, request_id=task)
        if queue:
            return Pending(replace(ticket, check=wire.LATELY, stage=_SOUGHT_DONE), 0)
        if _ROUND in ticket.extra:
            raise self._never_queued(reply, order)
        anew = replace(ticket, check=wire.QUEUE, stage=_SOUGHT, extra={**ticket.extra, _ROUND: "2"})
        return Pending(anew, _POLL)

    def _never_queued(self, reply: HttpReply, order: Order) -> ProviderError:
        return ProviderError(
            "No answer came from ComfyUI, and the workflow is neither in its queue nor in its history.",
            **_VOICE.facts(reply, order),
            again=Again.SAME,
            billed=Billed.NO,
        )

    def _waiting(self, document: object, reply: HttpReply, order: Order, ticket: Ticket) -> Pending:
        match wire.standing(document, ticket.task):
            case "running" | "waiting" as seen:
                found = replace(ticket, check=wire.history(ticket.task), stage=_HISTORY, extra={_SEEN: seen})
                return Pending(found, _POLL, request_id=ticket.task)
            case "gone":
                last = replace(ticket, check=wire.history(ticket.task), stage=_LAST)
                return Pending(last, 0, request_id=ticket.task)
            case _:
                raise _VOICE.malformed("it is no queue", reply, order)

    def _finished(self, document: object, reply: HttpReply, order: Order, ticket: Ticket) -> Outcome:
        entry = mapping(mapping(document).get(ticket.task))
        if document == {} and ticket.stage == _HISTORY:
            return Pending(replace(ticket, check=wire.QUEUE, stage=_QUEUE), 0, request_id=ticket.task)
        if document == {}:
            why = "the server was started anew, or its history was cleared."
            raise _VOICE.ended("forgotten", why, reply, order, billed=Billed.NO)
        status = mapping(entry.get("status"))
        match status.get("status_str"):
            case "success":
                return self._done(entry, reply, order, ticket)
            case "error":
                raise _VOICE.ended("error", wire.why(status), reply, order, billed=Billed.NO)
            case _:
                raise _VOICE.malformed("its status is not documented", reply, order)

    def _done(self, entry: Mapping[str, object], reply: HttpReply, order: Order, ticket: Ticket) -> Done:
        artifacts = wire.pictures(entry)
        if not artifacts:
            raise _VOICE.malformed("the workflow made no picture", reply, order)
        missing = ("The workflow made fewer.",) * (order.request.n - len(artifacts))
        return Done(artifacts, missing, request_id=ticket.task)

    def check(self, ticket: Ticket) -> HttpCall:
        """Describe the free call that asks for the outputs, or how the queue stands."""
        return HttpCall("GET", ticket.check)

    def cancel(self, ticket: Ticket) -> HttpCall | None:
        """Describe the call that stops it; see above. `None`: it is not found yet.

        One that begins between the look and this call is still taken out of the queue in vain: it paints on
        for nobody.
        """
        if ticket.stage in {_SOUGHT, _SOUGHT_DONE}:
            return None
        if ticket.extra.get(_SEEN) == "running":
            return HttpCall("POST", wire.STOP, body=JsonBody({"prompt_id": ticket.task}))
        return HttpCall("POST", wire.QUEUE, body=JsonBody({"delete": [ticket.task]}))

    def diagnose(
        self, reply: HttpReply, order: Order | None, ticket: Ticket | None = None
    ) -> ProviderError | Refused:
        """Turn an answer that is not 2xx into facts, by its status."""
        return _VOICE.failed(reply, order, wire.complaint(reply), ticket)

    def hosts(self, order: Order) -> tuple[Picture, ...]:
        """Which pictures lie at the server first: all that the workflow loads."""
        return graph.shown(order)

    def upload(self, picture: Picture) -> HttpCall:
        """Describe the call that hosts a picture."""
        return wire.upload(picture)

    def uploaded(self, picture: Picture, replies: tuple[HttpReply, ...]) -> str:
        """Say what a node loads it by.

        Raises:
            Malformed: the answer does not say.
        """
        name = wire.uploaded(self._free(replies[-1]))
        if name is None:
            raise _VOICE.malformed("it does not say where the picture lies", replies[-1], None, Billed.NO)
        return name

    def list_models(self) -> HttpCall:
        """Describe the free call that lists the checkpoints."""
        return HttpCall("GET", wire.MODELS)

    def read_models(self, reply: HttpReply) -> tuple[Listed, ...]:
        """Read it.

        Raises:
            Malformed: it is no list.
        """
        listed = wire.models(self._free(reply))
        if listed is None:
            raise _VOICE.malformed("it is no list of models", reply, None, Billed.NO)
        return listed

    def _free(self, reply: HttpReply) -> object:
        """A free call's answer. `None`: it is no JSON."""
        try:
            return parse(reply.body)
        except ValueError:
            return None


_VOICE: Final = Voice(
    ComfyUI.profile,
    kinds=_KINDS,
    remedies={
        400: "Check that the server has the nodes and models that the workflow names.",
        401: "ComfyUI itself asks for no key: check COMFYUI_BASE_URL, and what stands before the server.",
        404: "Check COMFYUI_BASE_URL.",
    },
)
