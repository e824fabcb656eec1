"""Replicate's endpoints. There are no deployments, and no model streams."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from limner.core.ids import new_seed
from limner.sandbox.desk import Desk, Rejection, Route, Vendor
from limner.sandbox.hooks import Hooks, Message, is_welcome
from limner.sandbox.ids import hex_id
from limner.sandbox.keys import Account, account_of
from limner.sandbox.limits import Windows
from limner.sandbox.replicate import shapes
from limner.sandbox.replicate.headers import time_limit, waits
from limner.sandbox.replicate.models import SOURCES, Model, document, models, of_version
from limner.sandbox.replicate.predictions import Predictions, Run
from limner.sandbox.replicate.rules import Failed, check, plan
from limner.sandbox.replicate.uploads import Uploads
from limner.sandbox.schema import Flaw, flaws
from limner.sandbox.tasks import Stage, Task

_CREATIONS: Final = 600
_OTHERS: Final = 3000
_PAGE: Final = 100
_SLOW: Final = "slow-run"
_SECRET: Final = "whsec_" + base64.b64encode(b"the sandbox signs webhooks").decode()
_TRIES_AGAIN_AFTER: Final = (1, 2, 4)
_USUAL_EVENTS: Final = ("output", "completed")
_EVENTS: Final = {"start": Stage.RUNNING, "output": Stage.RUNNING, "completed": Stage.DONE}


class Replicate:
    """The emulator."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._predictions = Predictions(desk)
        self._uploads = Uploads(desk, self._enter)
        self._windows = Windows(desk.clock)
        self._hooks = Hooks(desk.clock, _TRIES_AGAIN_AFTER)

    def routes(self) -> Sequence[Route]:
        """Its addresses."""
        return (
            Route("GET", "/v1/account", self.account),
            Route("GET", "/v1/webhooks/default/secret", self.secret),
            Route("GET", "/v1/predictions", self.list),
            Route("POST", "/v1/predictions", self.create),
            Route("GET", "/v1/predictions/{id}", self.get),
            Route("POST", "/v1/predictions/{id}/cancel", self.cancel),
            Route("GET", "/v1/models/{owner}/{name}", self.model),
            Route("POST", "/v1/models/{owner}/{name}/predictions", self.create_official),
            Route("GET", "/v1/models/{owner}/{name}/versions", self.versions),
            Route("GET", "/v1/models/{owner}/{name}/versions/{version}", self.version),
            *self._uploads.routes(),
            *self._predictions.shelf.routes(),
        )

    async def account(self, request: Request) -> Response:
        """Whose key it is."""
        self._enter(request)
        return JSONResponse({"type": "user", "username": "sandbox", "name": "Sandbox"})

    async def secret(self, request: Request) -> Response:
        """What webhooks are signed with."""
        self._enter(request)
        return JSONResponse({"key": _SECRET})

    async def list(self, request: Request) -> Response:
        """Predictions, the newest first."""
        tasks = self._predictions.all(self._enter(request))
        cursor = request.query_params.get("cursor", "0")
        start = int(cursor) if cursor.isdecimal() else 0
        url = f"{self._desk.root(request)}/v1/predictions?cursor="
        return JSONResponse(
            {
                "next": f"{url}{start + _PAGE}" if start + _PAGE < len(tasks) else None,
                "previous": f"{url}{max(0, start - _PAGE)}" if start else None,
                "results": [self._predictions.shown(request, task) for task in tasks[start : start + _PAGE]],
            }
        )

    async def create(self, request: Request) -> Response:
        """Take on a run of a version."""
        key = self._enter(request, _CREATIONS)
        body = await _body_of(request, "schemas_version_prediction_request")
        model = of_version(body["version"])
        if model is None:
            detail = "The specified version does not exist (or perhaps you don't have permission to use it?)"
            return shapes.problem(422, detail, "Invalid version or not permitted")
        return self._create(request, key, model, body)

    async def create_official(self, request: Request) -> Response:
        """Take on a run of an official model."""
        key = self._enter(request, _CREATIONS)
        model = _model_of(request)
        if not model.official:
            raise Rejection(_nowhere())
        return self._create(request, key, model, await _body_of(request, "schemas_prediction_request"))

    async def get(self, request: Request) -> Response:
        """Where a prediction stands."""
        return JSONResponse(self._predictions.look(request, self._task(request)))

    async def cancel(self, request: Request) -> Response:
        """Stop a prediction."""
        task = self._task(request)
        self._predictions.give_up(task, "canceled")
        return JSONResponse(self._predictions.shown(request, task))

    async def model(self, request: Request) -> Response:
        """What is known of a model."""
        self._enter(request)
        model = _model_of(request)
        owner, _, name = model.id.partition("/")
        return JSONResponse(
            {
                "url": f"https://replicate.com/{model.id}",
                "owner": owner,
                "name": name,
                "description": model.operation,
                "visibility": "public",
                "is_official": model.official,
                "github_url": None,
                "paper_url": None,
                "license_url": None,
                "run_count": 1,
                "cover_image_url": None,
                "default_example": None,
                "latest_version": _version(model),
            }
        )

    async def versions(self, request: Request) -> Response:
        """The versions of a model: one."""
        self._enter(request)
        return JSONResponse({"next": None, "previous": None, "results": [_version(_model_of(request))]})

    async def version(self, request: Request) -> Response:
        """One version of a model."""
        self._enter(request)
        version = _version(_model_of(request))
        if version["id"] != request.path_params["version"]:
            raise Rejection(_nowhere())
        return JSONResponse(version)

    def _create(self, request: Request, key: str, model: Model, body: Mapping[str, Any]) -> Response:
        given: dict[str, Any] = body["input"]
        waiting, limit = waits(request), time_limit(request)
        found = check(model, given)
        if found:
            return shapes.invalid(found, "input")
        hook = body.get("webhook")
        if hook is not None and not is_welcome(hook):
            return shapes.invalid([Flaw("webhook", "format", "must be an HTTPS address", hook)], "")
        if account_of(key) is Account.EMPTY:
            detail = (
                "You have insufficient credit to run this model. Go to https://replicate.com/account/billing."
            )
            return shapes.problem(402, detail)
        run = self._run(request, model, given)
        run.deadline = None if limit is None else self._desk.clock.now() + limit
        task = self._predictions.start(key, run)
        if hook is not None:
            events = body.get("webhook_events_filter") or _USUAL_EVENTS
            self._desk.when_over(request, lambda: self._call(request, task, hook, events))
        if not waiting:
            return JSONResponse(self._predictions.shown(request, task), 201)
        if _SLOW in str(given.get("prompt", "")):  # the wait ends first
            return JSONResponse(self._predictions.shown(request, task), 202)
        self._predictions.finish(task)
        return JSONResponse(self._predictions.shown(request, task), 201)

    def _run(self, request: Request, model: Model, given: dict[str, Any]) -> Run:
        seed = new_seed() if given.get("seed") is None else given["seed"]
        try:
            job = plan(model, given, lambda url: self._load(request, url))
        except Failed as failed:
            return Run(model, given, failed, seed)
        return Run(model, given, job, seed)

    def _load(self, request: Request, url: str) -> bytes | None:
        found = self._uploads.load(request, url)
        return self._predictions.shelf.load(request, url) if found is None else found

    def _call(self, request: Request, task: Task[Run], hook: str, events: Sequence[str]) -> None:
        self._predictions.finish(task)
        final = self._predictions.shown(request, task)
        messages: list[Message] = []
        for event, stage in _EVENTS.items():
            if event not in events or (event == "output" and final["output"] is None):
                continue
            shown = final if event == "completed" else self._predictions.shown(request, task, stage)
            if event == "output":
                shown |= {"output": final["output"]}
            messages.append(self._signed(json.dumps(shown)))
        self._hooks.send(hook, *messages)

    def _signed(self, body: str) -> Message:
        id_, time = f"msg_{hex_id(24)}", str(int(self._desk.clock.now().timestamp()))
        secret = base64.b64decode(_SECRET.removeprefix("whsec_"))
        digest = hmac.new(secret, f"{id_}.{time}.{body}".encode(), hashlib.sha256).digest()
        signature = f"v1,{base64.b64encode(digest).decode()}"
        headers = {"webhook-id": id_, "webhook-timestamp": time, "webhook-signature": signature}
        return Message(body.encode(), headers)

    def _task(self, request: Request) -> Task[Run]:
        task = self._predictions.find(self._enter(request), request.path_params["id"])
        if task is None:
            raise Rejection(_nowhere())
        return task

    def _enter(self, request: Request, limit: int = _OTHERS) -> str:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        account = account_of(key)
        if scheme not in {"Bearer", "Token"} or account is Account.INVALID:
            raise Rejection(shapes.problem(401, "You did not pass a valid authentication token"))
        if account is Account.FORBIDDEN:
            raise Rejection(shapes.problem(403, "You do not have permission to perform this action."))
        most = self._desk.rate or limit
        standing = self._windows.take(f"{key}|{limit}", most)
        if standing.exceeded:
            raise Rejection(shapes.throttled(standing.resets_in))
        return key


def _nowhere() -> Response:
    return shapes.problem(404, "The requested resource could not be found.")


def _model_of(request: Request) -> Model:
    found = models().get(f"{request.path_params['owner']}/{request.path_params['name']}")
    if found is None:
        raise Rejection(_nowhere())
    return found


def _version(model: Model) -> dict[str, Any]:
    output = {**model.output, "title": "Output"}
    schemas = {"Input": {**model.schema, "title": "Input"}, "Output": output}
    return {
        "id": model.version or hashlib.sha256(model.id.encode()).hexdigest(),
        "created_at": "2026-11-21T00:00:00.000Z",
        "cog_version": "0.16.0",
        "openapi_schema": {
            "openapi": "3.0.2",
            "info": {"title": "Cog", "version": "0.1.0"},
            "paths": {},
            "components": {"schemas": json.loads(json.dumps(schemas, default=_number))},
        },
    }


def _number(value: object) -> float:
    return float(cast("Decimal", value))


async def _body_of(request: Request, schema: str) -> dict[str, Any]:
    try:
        body: object = json.loads(await request.body())
    except ValueError:
        raise Rejection(shapes.problem(400, "The body is no JSON")) from None
    found = [*flaws(body, document()["components"]["schemas"][schema], document())]
    if found or not isinstance(body, dict):
        raise Rejection(shapes.invalid(found, ""))
    return cast("dict[str, Any]", body)


REPLICATE: Final = Vendor(
    slug="replicate",
    base="/v1",
    key="r8_sandbox",
    sources=SOURCES,
    open=lambda desk: Replicate(desk).routes(),
    failure=shapes.failure,
    hints=(
        "slow-run: Prefer: wait ends before the run does; broken-run: it fails",
        "forbidden-…: it fails with E005, or NSFW where a model is not official",
    ),
)
"""Replicate's emulator."""
