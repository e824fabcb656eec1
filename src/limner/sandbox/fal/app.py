"""fal's queue and synchronous endpoints. Its hosts are folders here: queue, run, rest, cdn, api.

A request with a webhook is done when that is sent, without being looked at.
"""

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from limner.sandbox.desk import Desk, Rejection, Route, Vendor
from limner.sandbox.fal import platform, shapes
from limner.sandbox.fal.auth import authenticated
from limner.sandbox.fal.endpoints import SOURCES, Endpoint, endpoints
from limner.sandbox.fal.storage import Storage, object_of
from limner.sandbox.fal.webhooks import Webhooks
from limner.sandbox.fal.work import Outcome, run
from limner.sandbox.files import Files
from limner.sandbox.ids import uuid_id
from limner.sandbox.limits import Windows
from limner.sandbox.tasks import Stage, Task, Tasks

_PER_MINUTE: Final = 1000
_FINISHED: Final = {Stage.DONE, Stage.CANCELLED}


class Fal:
    """The emulator."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._tasks: Tasks[Outcome] = Tasks(desk.clock, desk.polls)
        self._apps: dict[str, str] = {}
        self._windows = Windows(desk.clock)
        self._storage = Storage(desk, Files(desk.clock))
        self._webhooks = Webhooks(desk)

    def routes(self) -> Sequence[Route]:
        """Its addresses."""
        request_path = "/queue/{owner}/{app}/requests/{request_id}"
        return (
            Route("GET", f"{request_path}/status", self.status),
            Route("GET", f"{request_path}/status/stream", self.stream),
            Route("PUT", f"{request_path}/cancel", self.cancel),
            Route("GET", request_path, self.result),
            Route("POST", "/queue/{endpoint:path}", self.submit),
            Route("POST", "/run/{endpoint:path}", self.run),
            *self._storage.routes(),
            *self._webhooks.routes(),
            *platform.routes(),
        )

    async def submit(self, request: Request) -> Response:
        """Take a run on. Whether its input is right is found out by the run, not here."""
        key, endpoint = self._enter(request)
        given = await object_of(request)
        self._check_options(request, key)
        request_id = uuid_id()
        outcome = self._run(request, endpoint, given)
        charge_id = self._bill(endpoint, outcome)
        task = self._tasks.start(request_id, key, outcome, charge_id)
        self._apps[request_id] = endpoint.app
        if hook := request.query_params.get("fal_webhook"):
            self._tasks.finish(task)
            self._webhooks.send(hook, request_id, outcome)
        body = {"status": "IN_QUEUE", "request_id": request_id, "queue_position": 0}
        links = shapes.urls(request, endpoint.app, request_id)
        return JSONResponse(body | links, headers={"x-fal-request-id": request_id})

    async def run(self, request: Request) -> Response:
        """Run and answer on the same connection."""
        _, endpoint = self._enter(request)
        outcome = self._run(request, endpoint, await object_of(request))
        charge_id = self._bill(endpoint, outcome)
        if charge_id is not None:
            self._desk.carry(request, charge_id)
        return shapes.outcome(outcome, uuid_id())

    async def status(self, request: Request) -> Response:
        """Where a request stands."""
        task, app = self._task(request)
        logs = request.query_params.get("logs", "0").lower() in {"1", "true"}
        stage = self._tasks.look(task)
        body = shapes.status(request, app, task, stage, logs=logs)
        return JSONResponse(body, 200 if stage in _FINISHED else 202)

    async def stream(self, request: Request) -> Response:
        """Every stage until it is completed."""
        task, app = self._task(request)

        async def events() -> AsyncIterator[str]:
            stage = None
            while stage not in _FINISHED:
                stage = self._tasks.look(task)
                yield f"data: {json.dumps(shapes.status(request, app, task, stage, logs=True))}\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")

    async def result(self, request: Request) -> Response:
        """The model's answer, once there is one."""
        task, _ = self._task(request)
        if task.stage is Stage.CANCELLED:
            return shapes.platform_error(499, "Request was cancelled", "client_cancelled")
        if task.stage is not Stage.DONE:
            return shapes.platform_error(400, "Request is still in progress")
        if task.charge_id is not None:
            self._desk.carry(request, task.charge_id)
        return shapes.outcome(task.work, task.id)

    async def cancel(self, request: Request) -> Response:
        """Stop a request; what still waits in the queue is not billed."""
        task, _ = self._task(request)
        if task.stage in _FINISHED:
            return JSONResponse({"status": "ALREADY_COMPLETED"}, 400)
        if task.stage is Stage.QUEUED and task.charge_id is not None:
            self._desk.bill.give_back([task.charge_id])
        task.cancelled = True
        return JSONResponse({"status": "CANCELLATION_REQUESTED"}, 202)

    def _enter(self, request: Request) -> tuple[str, Endpoint]:
        key = authenticated(request)
        if self._windows.take(key, self._desk.rate or _PER_MINUTE).exceeded:
            raise Rejection(shapes.failure(429, "Too many concurrent requests."))
        endpoint = endpoints().get(request.path_params["endpoint"].strip("/"))
        if endpoint is None:
            raise Rejection(shapes.platform_error(404, "Application not found"))
        return key, endpoint

    def _check_options(self, request: Request, key: str) -> None:
        longest = request.query_params.get("fal_max_queue_length")
        if longest is not None and self._tasks.unfinished(key) > int(longest):
            raise Rejection(shapes.platform_error(429, "The queue is longer than allowed"))
        if request.headers.get("x-fal-queue-priority", "normal") not in {"normal", "low"}:
            message = "X-Fal-Queue-Priority must be normal or low"
            raise Rejection(shapes.platform_error(400, message, "bad_request"))

    def _run(self, request: Request, endpoint: Endpoint, given: dict[str, Any]) -> Outcome:
        return run(
            endpoint,
            given,
            lambda url: self._storage.load(request, url),
            lambda data, media_type, name: self._storage.host(request, data, media_type, name),
        )

    def _bill(self, endpoint: Endpoint, outcome: Outcome) -> str | None:
        if not outcome.amount:
            return None
        return self._desk.bill.add(
            self._desk.slug,
            endpoint.id,
            endpoint.operation,
            images=outcome.images,
            amount=outcome.amount,
            unit="USD",
        ).id

    def _task(self, request: Request) -> tuple[Task[Outcome], str]:
        key = authenticated(request)
        app = f"{request.path_params['owner']}/{request.path_params['app']}"
        task = self._tasks.find(request.path_params["request_id"], key)
        if task is None or self._apps[task.id] != app:
            raise Rejection(shapes.not_found())
        return task, app


FAL: Final = Vendor(
    slug="fal",
    base="/queue",
    key="sandbox:sandbox",
    sources=SOURCES,
    open=lambda desk: Fal(desk).routes(),
    failure=shapes.failure,
    hints=("forbidden-output-…: a black picture where there is a safety checker, else refused",),
)
"""fal's emulator."""
