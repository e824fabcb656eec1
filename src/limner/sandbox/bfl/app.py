"""BFL's endpoints. A result is asked for where the submit answer says: the region that has the task.

The global host knows no task, as the published text warns; its answer is `Task not found`.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from limner.core.ids import new_seed
from limner.sandbox.accounts import Balances
from limner.sandbox.bfl import shapes
from limner.sandbox.bfl.models import SOURCES, Model, cost, models
from limner.sandbox.bfl.rules import Job, check
from limner.sandbox.codecs import MEDIA_TYPES
from limner.sandbox.desk import Desk, Rejection, Route, Vendor
from limner.sandbox.hooks import Hooks, Message
from limner.sandbox.ids import uuid_id
from limner.sandbox.keys import Account, account_of
from limner.sandbox.pictures import picture
from limner.sandbox.schema import Flaw
from limner.sandbox.shelf import Shelf
from limner.sandbox.tasks import Stage, Task, Tasks
from limner.sandbox.words import breaks, refused_after, refused_before

_START: Final = Decimal(1000)
_ACTIVE: Final = 24
_ACTIVE_KONTEXT: Final = 6
_LINK_LIFE: Final = timedelta(minutes=10)
_TRIES_AGAIN_AFTER: Final = (1, 5, 30)
_UNKNOWN: Final = "Task not found"
_LATE: Final = "late-task"


@dataclass(slots=True)
class Run:
    """What was asked, and where its picture lies."""

    job: Job
    seed: int
    link: str | None = None
    ended: datetime | None = None

    @property
    def prompt(self) -> str:
        """Its prompt, empty where there is none."""
        return self.job.given.get("prompt") or ""


class Bfl:
    """The emulator."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._balances = Balances(_START)
        self._tasks: Tasks[Run] = Tasks(desk.clock, desk.polls)
        self._kontext: Tasks[Run] = Tasks(desk.clock, desk.polls)
        self._shelf = Shelf(desk, "/delivery-eu1/results", signed=True)
        self._hooks = Hooks(desk.clock, _TRIES_AGAIN_AFTER)

    def routes(self) -> Sequence[Route]:
        """Its addresses."""
        return (
            Route("GET", "/v1/credits", self.credits),
            Route("GET", "/v1/get_result", self.unknown),
            Route("GET", "/eu2/v1/get_result", self.result),
            Route("POST", "/v1/{model}", self.submit),
            *self._shelf.routes(),
        )

    async def credits(self, request: Request) -> Response:
        """Credits left."""
        return JSONResponse({"credits": float(self._balances.left(_authenticated(request)))})

    async def submit(self, request: Request) -> Response:
        """Take a run on."""
        model = models().get(request.path_params["model"])
        if model is None:
            return shapes.error(404, "Not Found")
        key = _authenticated(request)
        job = check(model, await _object_of(request), lambda url: self._shelf.load(request, url))
        if not isinstance(job, Job):
            return shapes.invalid(*job)
        tasks = self._room(key, model)
        price = cost(model, job.size[0] * job.size[1], job.input_pixels)
        if not self._balances.spend(key, price.credits):
            return shapes.error(402, "Insufficient credits. Add more at https://api.bfl.ai.")
        run = Run(job, new_seed() if job.given.get("seed") is None else job.given["seed"])
        refused = bool(refused_before(run.prompt))
        charge = self._desk.bill.add(
            self._desk.slug,
            model.name,
            model.operation,
            images=0 if refused else 1,
            amount=price.credits,
            unit="credits",
        )
        if refused:  # found out before the run, which then costs nothing
            self._balances.spend(key, -price.credits)
            self._desk.bill.give_back([charge.id])
        task = tasks.start(uuid_id(), key, run, charge.id)
        hook = job.given.get("webhook_url")
        if hook:
            self._desk.when_over(request, lambda: self._call(request, task, hook))
            told = {"id": task.id, "status": "Pending", "webhook_url": hook}
            return JSONResponse(told | shapes.costs(price))
        link = f"{self._desk.root(request)}/eu2/v1/get_result?id={task.id}"
        return JSONResponse({"id": task.id, "polling_url": link} | shapes.costs(price))

    async def unknown(self, request: Request) -> Response:
        """The global host: it does not have the task."""
        _authenticated(request)
        return JSONResponse(shapes.state(_id_of(request), _UNKNOWN))

    async def result(self, request: Request) -> Response:
        """Where a task stands, and its picture once there is one."""
        key, id_ = _authenticated(request), _id_of(request)
        tasks = self._tasks if self._tasks.find(id_, key) else self._kontext
        task = tasks.find(id_, key)
        if task is None or task.work.job.given.get("webhook_url"):
            return JSONResponse(shapes.state(id_, _UNKNOWN))
        first = task.looks == 0
        stage = tasks.look(task)
        if first and _LATE in task.work.prompt:
            return JSONResponse(shapes.state(id_, _UNKNOWN))
        if stage is not Stage.DONE:
            progress = 0.5 if stage is Stage.RUNNING else None
            return JSONResponse(shapes.state(id_, "Pending", progress=progress))
        return JSONResponse(self._ended(request, task))

    def _ended(self, request: Request, task: Task[Run]) -> dict[str, Any]:
        run = task.work
        before, after = refused_before(run.prompt), refused_after(run.prompt)
        if before:
            reasons = {"Moderation Reasons": list(before)}
            return shapes.state(task.id, "Request Moderated", details=reasons)
        if breaks(run.prompt):
            if task.charge_id is not None:
                self._desk.bill.give_back([task.charge_id])
            return shapes.state(task.id, "Error", details={"error": "The run failed."})
        if task.charge_id is not None:
            self._desk.carry(request, task.charge_id)
        if after:
            return shapes.state(task.id, "Content Moderated", details={"Moderation Reasons": list(after)})
        return shapes.state(task.id, "Ready", result=self._result(request, task))

    def _result(self, request: Request, task: Task[Run]) -> dict[str, Any]:
        run = task.work
        if run.link is None or run.ended is None:
            job = run.job
            subject = f"{job.model.name}|{run.prompt}|{run.seed}"
            data = picture(subject, job.size, job.form, source=job.first)
            name = f"sample.{job.form}"
            run.link = self._shelf.put(request, data, MEDIA_TYPES[job.form], name, _LINK_LIFE)
            run.ended = self._desk.clock.now()
        return {
            "sample": run.link,
            "prompt": run.prompt,
            "seed": run.seed,
            "start_time": task.started.timestamp(),
            "end_time": run.ended.timestamp(),
            "duration": (run.ended - task.started).total_seconds(),
        }

    def _call(self, request: Request, task: Task[Run], hook: str) -> None:
        self._tasks.finish(task)
        state = self._ended(request, task)
        body = json.dumps({name: state[name] for name in ("id", "status", "result")}).encode()
        secret = task.work.job.given.get("webhook_secret")
        headers: dict[str, str] = {}
        if secret:
            digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
            headers = {"x-bfl-signature": f"sha256={digest}"}
        self._hooks.send(hook, Message(body, headers))

    def _room(self, key: str, model: Model) -> Tasks[Run]:
        kontext = "kontext" in model.name
        tasks, most = (self._kontext, _ACTIVE_KONTEXT) if kontext else (self._tasks, _ACTIVE)
        if tasks.unfinished(key) >= (self._desk.rate or most):
            raise Rejection(shapes.error(429, f"Too many active tasks: at most {most}."))
        return tasks


def _authenticated(request: Request) -> str:
    key = shapes.key_of(request)
    if not key:
        raise Rejection(shapes.error(403, "Not authenticated"))
    account = account_of(key)
    if account is Account.INVALID:
        raise Rejection(shapes.error(403, "Not authenticated - Invalid Authentication"))
    if account is Account.FORBIDDEN:
        raise Rejection(shapes.error(403, "This key may not use this endpoint"))
    return key


def _id_of(request: Request) -> str:
    id_ = request.query_params.get("id")
    if id_ is None:
        flaw = {"type": "missing", "loc": ["query", "id"], "msg": "Field required"}
        raise Rejection(JSONResponse({"detail": [flaw]}, 422))
    return id_


async def _object_of(request: Request) -> dict[str, Any]:
    try:
        body: object = json.loads(await request.body())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Rejection(shapes.invalid(Flaw("", "json", "should be a JSON object", None)))
    return cast("dict[str, Any]", body)


BFL: Final = Vendor(
    slug="bfl",
    base="",
    key="sandbox-key",
    sources=SOURCES,
    open=lambda desk: Bfl(desk).routes(),
    failure=shapes.failure,
    hints=(
        "forbidden-output-…: Content Moderated, billed",
        "late-task: the first look finds no task; broken-run: it ends in Error",
    ),
)
"""BFL's emulator."""
