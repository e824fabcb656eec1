"""The Interactions API: the same work in other words, at once, streamed, or in the background."""

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from limner.sandbox.codecs import MEDIA_TYPES
from limner.sandbox.desk import Desk, Rejection, Route
from limner.sandbox.gemini import shapes
from limner.sandbox.gemini.models import Model, price, schema
from limner.sandbox.gemini.rules import Ask, Wrong, check, source_of, wrong
from limner.sandbox.gemini.work import Outcome, work
from limner.sandbox.ids import hex_id
from limner.sandbox.pictures import Source, Unreachable, Unreadable, read_source
from limner.sandbox.schema import Flaw, flaws
from limner.sandbox.shelf import Shelf
from limner.sandbox.tasks import Stage, Task, Tasks
from limner.sandbox.words import breaks

_DOCUMENT: Final = schema("interactions")
_REQUEST: Final = _DOCUMENT["$defs"]["CreateModelInteraction"]
_KNOWN: Final = {*_REQUEST["properties"], "tools", "webhook_config"}
_FORMAT: Final = {"type", "aspect_ratio", "image_size", "mime_type", "delivery"}
_STATUSES: Final = {
    Stage.QUEUED: "queued",
    Stage.RUNNING: "in_progress",
    Stage.CANCELLED: "cancelled",
}

Enter = Callable[[Request, str], tuple[str, Model]]
"""Authenticates a caller and finds a model."""


@dataclass(frozen=True, slots=True)
class Interaction:
    """One interaction, and how it is delivered."""

    outcome: Outcome
    url: str | None
    """Where its picture lies. Absent: it comes inline."""
    failed: bool


class Interactions:
    """All interactions of one emulator."""

    def __init__(self, desk: Desk, enter: Enter, key_of: Callable[[Request], str]) -> None:
        """Start with none.

        Args:
            desk: whose they are.
            enter: authenticates and finds the model.
            key_of: authenticates.
        """
        self._desk = desk
        self._enter = enter
        self._key_of = key_of
        self._tasks: Tasks[Interaction] = Tasks(desk.clock, desk.polls)
        self._shelf = Shelf(desk, "/media")

    def routes(self) -> tuple[Route, ...]:
        """The addresses."""
        return (
            Route("POST", "/v1beta/interactions", self.create),
            Route("GET", "/v1beta/interactions/{id}", self.get),
            Route("DELETE", "/v1beta/interactions/{id}", self.delete),
            Route("POST", "/v1beta/interactions/{id}/cancel", self.cancel),
            *self._shelf.routes(),
        )

    async def create(self, request: Request) -> Response:
        """Start one."""
        body = await _body_of(request)
        key, model = self._enter(request, str(body.get("model")))
        ask, uri = self._read(request, key, model, body)
        failed = breaks(ask.text)
        background: bool = body.get("background", False)
        if failed and not background:
            return shapes.error(500, "An internal error has occurred.")
        outcome = work(ask)
        charge = self._desk.bill.add(
            self._desk.slug,
            model.id,
            "interactions",
            images=int(bool(outcome.data) and not failed),
            amount=price(model, outcome.usage) * (not failed),
            unit="USD",
        )
        form = model.form
        url = self._shelf.put(request, outcome.data, MEDIA_TYPES[form], f"image.{form}") if uri else None
        task = self._tasks.start(f"v1_{hex_id(40)}", key, Interaction(outcome, url, failed), charge.id)
        if not background:
            self._tasks.finish(task)
            self._desk.carry(request, charge.id)
        if body.get("store") is False:
            task.expires = task.started
        if body.get("stream"):
            return StreamingResponse(_frames(self._events(task)), media_type="text/event-stream")
        return JSONResponse(self._shown(task, task.stage))

    async def get(self, request: Request) -> Response:
        """Where one stands."""
        task = self._task(request)
        stage = self._tasks.look(task)
        if stage is Stage.DONE and task.charge_id is not None:
            self._desk.carry(request, task.charge_id)
        return JSONResponse(self._shown(task, stage))

    async def cancel(self, request: Request) -> Response:
        """Stop one; what still waits is not billed."""
        task = self._task(request)
        if task.stage not in _STATUSES:
            return shapes.error(400, "The interaction is not running.", status="FAILED_PRECONDITION")
        if task.stage is Stage.QUEUED and task.charge_id is not None:
            self._desk.bill.give_back([task.charge_id])
        task.cancelled = True
        return JSONResponse(self._shown(task, task.stage))

    async def delete(self, request: Request) -> Response:
        """Forget one."""
        task = self._task(request)
        task.expires = task.started
        return JSONResponse({})

    def _task(self, request: Request) -> Task[Interaction]:
        task = self._tasks.find(request.path_params["id"], self._key_of(request))
        if task is None:
            raise Rejection(shapes.error(404, "Requested entity was not found."))
        return task

    def _read(self, request: Request, key: str, model: Model, body: Mapping[str, Any]) -> tuple[Ask, bool]:
        try:
            return self._asked(request, key, model, body)
        except Wrong as error:
            raise Rejection(shapes.invalid(error.flaw)) from error

    def _asked(self, request: Request, key: str, model: Model, body: Mapping[str, Any]) -> tuple[Ask, bool]:
        for flaw in (*flaws(dict(body), _REQUEST, _DOCUMENT), *_unknown(body)):
            raise Wrong(flaw)
        if body.get("background") and body.get("store") is False:
            raise wrong("background", "background needs store")
        form = _format_of(body)
        config: dict[str, Any] = body.get("generation_config") or {}
        content = [*_content(body.get("input"))]
        level = config.get("thinking_level")
        ask = Ask(
            model,
            " ".join(one.get("text", "") for one in content if one.get("type", "text") == "text"),
            [self._source(request, one) for one in content if one.get("type") == "image"],
            form.get("aspect_ratio"),
            form.get("image_size"),
            words=not form,
            level=level.upper() if level else None,
            seed=config.get("seed"),
            searches=bool(body.get("tools")),
        )
        check(ask)
        return self._continued(key, ask, body.get("previous_interaction_id")), form.get("delivery") == "uri"

    def _continued(self, key: str, ask: Ask, previous: str | None) -> Ask:
        """With the picture of the turn before, where none is given."""
        if previous is None:
            return ask
        task = self._tasks.find(previous, key)
        if task is None:
            raise Rejection(shapes.error(404, "Requested entity was not found."))
        data = task.work.outcome.data
        if ask.sources or not data:
            return ask
        return dataclasses.replace(ask, sources=[read_source(task.work.outcome.inline, lambda url: None)])

    def _source(self, request: Request, one: Mapping[str, Any]) -> Source:
        if one.get("uri") is None:
            return source_of(one.get("data") or "", one.get("mime_type"))
        try:
            return read_source(one["uri"], lambda url: self._shelf.load(request, url))
        except (Unreachable, Unreadable) as error:
            raise wrong("input", "Cannot fetch content from the provided URL.") from error

    def _shown(self, task: Task[Interaction], stage: Stage) -> dict[str, Any]:
        time = task.started.isoformat().replace("+00:00", "Z")
        body: dict[str, Any] = {
            "id": task.id,
            "status": _STATUSES.get(stage, "completed"),
            "model": task.work.outcome.ask.model.id,
            "created": time,
            "updated": self._desk.clock.now().isoformat().replace("+00:00", "Z"),
        }
        return body | (_ending(task.work) if stage is Stage.DONE else {})

    def _events(self, task: Task[Interaction]) -> Iterator[dict[str, Any]]:
        whole = self._shown(task, Stage.DONE)
        early = {name: whole[name] for name in ("id", "model", "created", "updated")}
        yield {"event_type": "interaction.created", "interaction": early | {"status": "in_progress"}}
        yield {"event_type": "interaction.status_update", "interaction_id": task.id, "status": "in_progress"}
        for index, step in enumerate(whole.get("steps", ())):
            yield {"event_type": "step.start", "index": index, "step": {"type": step["type"]}}
            for content in step.get("content", ()):
                yield {"event_type": "step.delta", "index": index, "delta": content}
            yield {"event_type": "step.stop", "index": index}
        late = {name: value for name, value in whole.items() if name != "steps"}
        yield {"event_type": "interaction.completed", "interaction": late}


def _frames(events: Iterator[dict[str, Any]]) -> Iterator[str]:
    for event in events:
        yield f"event: {event['event_type']}\ndata: {json.dumps(event)}\n\n"


def _ending(one: Interaction) -> dict[str, Any]:
    outcome = one.outcome
    if one.failed:
        return {"status": "failed", "errors": [{"code": "INTERNAL", "message": "The run failed."}]}
    used = outcome.usage
    ending: dict[str, Any] = {"usage": _usage(outcome), "steps": []}
    if used.thoughts:
        ending["steps"].append({"type": "thought", "signature": shapes.signature()})
    if outcome.block is not None or not (outcome.data or outcome.text):
        code = outcome.block or outcome.finish
        error = {"code": code, "message": f"The request was refused: {code}."}
        step: dict[str, Any] = {
            "type": "model_output",
            "content": [],
            "error": {"code": 3, "message": error["message"]},
        }
        return ending | {"status": "failed", "steps": [step], "errors": [error]}
    content: list[dict[str, Any]] = []
    if outcome.text:
        content.append({"type": "text", "text": outcome.text})
    if outcome.data:
        where = {"data": outcome.inline} if one.url is None else {"uri": one.url}
        content.append({"type": "image", "mime_type": outcome.media_type, **where})
    ending["steps"].append({"type": "model_output", "content": content})
    return ending


def _usage(outcome: Outcome) -> dict[str, Any]:
    used = outcome.usage
    made = {"text": used.text_out, "image": used.image_out}
    return {
        "total_input_tokens": used.given,
        "total_output_tokens": used.made,
        "total_thought_tokens": used.thoughts,
        "total_tokens": used.total,
        "output_tokens_by_modality": [
            {"modality": name, "tokens": count} for name, count in made.items() if count
        ],
    }


def _unknown(body: Mapping[str, Any]) -> Iterator[Flaw]:
    for name in body:
        if name not in _KNOWN:
            yield Flaw(name, "additionalProperties", "is not allowed", None)


def _format_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """The picture's format, among those that are asked for; empty where none is."""
    given: Any = body.get("response_format") or []
    listed = cast("list[dict[str, Any]]", given if isinstance(given, list) else [given])
    form = next((one for one in listed if one.get("type") == "image"), dict[str, Any]())
    for name in form:
        if name not in _FORMAT:
            raise Wrong(Flaw(f"response_format.{name}", "additionalProperties", "is not allowed", None))
    if form.get("delivery") not in {None, "inline", "uri"}:
        raise wrong("response_format.delivery", "must be inline or uri")
    if form.get("mime_type") not in {None, "image/jpeg"}:
        raise wrong("response_format.mime_type", "must be image/jpeg")
    return {name: value for name, value in form.items() if value is not None}


def _content(given: object) -> Iterator[dict[str, Any]]:
    """Everything that was said, whether as a text, a content, contents or steps; the last step first."""
    if isinstance(given, str):
        yield {"type": "text", "text": given}
        return
    listed = cast("list[dict[str, Any]]", given if isinstance(given, list) else [given or {}])
    for one in reversed(listed) if any("content" in one for one in listed) else listed:
        yield from cast("list[dict[str, Any]]", one.get("content") or []) if "content" in one else [one]


async def _body_of(request: Request) -> dict[str, Any]:
    try:
        body: object = json.loads(await request.body())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Rejection(shapes.error(400, "Invalid JSON payload received."))
    return cast("dict[str, Any]", body)
