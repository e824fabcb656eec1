"""WaveSpeed's endpoints. Nothing cancels a run, and no run waits for others of its account."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, cast

from starlette.requests import Request
from starlette.responses import Response

from limner.core.ids import new_seed
from limner.sandbox.accounts import Balances
from limner.sandbox.desk import Desk, Rejection, Route, Vendor
from limner.sandbox.hooks import Hooks, Message, is_welcome
from limner.sandbox.ids import uuid_id
from limner.sandbox.keys import Account, account_of
from limner.sandbox.limits import Windows
from limner.sandbox.tasks import Task
from limner.sandbox.wavespeed import shapes
from limner.sandbox.wavespeed.models import SOURCES, Model, models, price
from limner.sandbox.wavespeed.predictions import Predictions, Run
from limner.sandbox.wavespeed.rules import Failed, check, plan
from limner.sandbox.wavespeed.uploads import Uploads, object_of

_START: Final = Decimal(100)
_LEVELS: Final = {"bronze": 2, "gold": 3000, "ultra": 5000}
_SILVER: Final = 500
_SLOW: Final = "slow-run"
_SECRET: Final = "whsec_the-sandbox-signs-webhooks"  # noqa: S105 - it guards nothing
_TRIES_AGAIN_AFTER: Final = (1, 5, 30)
_PAGE: Final = 20
_DAY: Final = timedelta(days=1)


class WaveSpeed:
    """The emulator."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._balances = Balances(_START)
        self._predictions = Predictions(desk)
        self._uploads = Uploads(desk, self._enter)
        self._windows = Windows(desk.clock)
        self._hooks = Hooks(desk.clock, _TRIES_AGAIN_AFTER)

    def routes(self) -> Sequence[Route]:
        """Its addresses; the models' come last, since any path could be one."""
        return (
            Route("GET", "/api/v3/balance", self.balance),
            Route("GET", "/api/v3/models", self.models),
            Route("POST", "/api/v3/model/price", self.price),
            Route("POST", "/api/v3/model/pricing", self.price),
            Route("GET", "/api/v3/webhook/secret", self.secret),
            Route("POST", "/api/v3/predictions", self.history),
            Route("POST", "/api/v3/predictions/delete", self.delete),
            Route("GET", "/api/v3/predictions/{id}/result", self.result),
            Route("GET", "/api/v3/predictions/{id}", self.result),
            Route("POST", "/api/v3/billings/search", self.billings),
            *self._uploads.routes(),
            *self._predictions.shelf.routes(),
            Route("POST", "/api/v3/{model:path}", self.submit),
        )

    async def balance(self, request: Request) -> Response:
        """US dollars left."""
        return shapes.done({"balance": float(self._balances.left(self._enter(request)))})

    async def models(self, request: Request) -> Response:
        """The catalogue."""
        self._enter(request)
        return shapes.done([model.shown() for model in models().values() if model.listed])

    async def price(self, request: Request) -> Response:
        """What a run would cost; nobody has a discount here."""
        self._enter(request)
        body = await object_of(request)
        model, inputs = models().get(str(body.get("model_id"))), body.get("inputs", {})
        if model is None or not isinstance(inputs, dict):
            raise Rejection(shapes.error(400, "model_id must be a model, and inputs an object"))
        named = cast("dict[str, Any]", inputs)
        known = {name: value for name, value in named.items() if name in model.inputs}
        fits = {name: value for name, value in known.items() if not check_one(model, name, value)}
        usd = float(price(model, fits))
        told = {"model_id": model.path, "price": usd, "discounted_price": usd}
        return shapes.done(told | {"discount_rate": 0, "currency": "USD"})

    async def secret(self, request: Request) -> Response:
        """The secret that webhooks are signed with."""
        self._enter(request)
        return shapes.done({"secret": _SECRET})

    async def submit(self, request: Request) -> Response:
        """Take a run on, and wait for it where that is wished."""
        key = self._enter(request)
        self._count(key)
        model = models().get(request.path_params["model"])
        if model is None:
            raise Rejection(shapes.error(400, f"model not found: {request.path_params['model'][:100]}"))
        given = await object_of(request)
        found = check(model, given)
        if found:
            raise Rejection(shapes.invalid(found))
        hook = request.query_params.get("webhook")
        if hook is not None and not is_welcome(hook):
            raise Rejection(shapes.error(400, "webhook must be an HTTPS address"))
        task = self._started(request, key, model, given)
        if hook is not None:
            self._desk.when_over(request, lambda: self._call(request, task, hook))
        if not given.get("enable_sync_mode"):
            return shapes.done(self._predictions.shown(request, task))
        if _SLOW in task.work.prompt:  # the wait ends first
            return shapes.done(self._predictions.timed_out(request, task))
        self._predictions.finish(task)
        return shapes.done(self._predictions.shown(request, task))

    async def result(self, request: Request) -> Response:
        """Where a prediction stands."""
        task = self._predictions.find(self._enter(request), request.path_params["id"])
        if task is None:
            raise Rejection(shapes.error(404, "prediction not found"))
        return shapes.done(self._predictions.look(request, task))

    async def history(self, request: Request) -> Response:
        """Predictions of a span of time, by page."""
        key = self._enter(request)
        body = await object_of(request)
        now = self._desk.clock.now()
        since, until = _time(body, "created_after", now - _DAY), _time(body, "created_before", now)
        wanted = [
            task
            for task in self._predictions.all(key, since, until)
            if body.get("model") in {None, task.work.model.path}
            and body.get("status") in {None, self._predictions.status(task)}
        ]
        page = _paged(body, [self._predictions.shown(request, task) for task in wanted])
        return shapes.done(page)

    async def delete(self, request: Request) -> Response:
        """Forget predictions."""
        key = self._enter(request)
        ids = (await object_of(request)).get("ids")
        if not isinstance(ids, list):
            raise Rejection(shapes.error(400, "ids is required"))
        for id_ in map(str, cast("list[Any]", ids)):
            task = self._predictions.find(key, id_)
            if task is not None:
                task.work.deleted = True
        return shapes.done(None)

    async def billings(self, request: Request) -> Response:
        """What was deducted, by prediction."""
        key = self._enter(request)
        body = await object_of(request)
        wanted = body.get("prediction_uuids")
        now = self._desk.clock.now()
        items = [
            self._billed(task)
            for task in self._predictions.all(key, datetime.min.replace(tzinfo=UTC), now)
            if not isinstance(wanted, list) or task.id in wanted
        ]
        return shapes.done(_paged(body, items))

    def _billed(self, task: Task[Run]) -> dict[str, Any]:
        usd = float(task.work.amount)
        refunded = isinstance(task.work.outcome, Failed)
        return {
            "uuid": task.charge_id,
            "billing_type": "refund" if refunded else "deduct",
            "price": usd,
            "created_at": shapes.stamp(task.started),
            "order": {"uuid": task.charge_id, "state": "done", "price": usd, "origin_price": usd},
            "prediction": {
                "uuid": task.id,
                "model_uuid": task.work.model.path,
                "status": self._predictions.status(task),
            },
        }

    def _started(self, request: Request, key: str, model: Model, given: Mapping[str, Any]) -> Task[Run]:
        amount = price(model, given)
        if not self._balances.spend(key, amount):
            raise Rejection(shapes.error(402, "Insufficient credits. Please top up."))
        seed = given.get("seed")
        seed = new_seed() if seed is None or seed < 0 else seed
        try:
            outcome = plan(model, given, lambda url: self._load(request, url))
        except Failed as failed:
            self._balances.spend(key, -amount)
            outcome = failed
        return self._predictions.start(key, Run(model, given, outcome, seed, amount))

    def _load(self, request: Request, url: str) -> bytes | None:
        found = self._uploads.load(request, url)
        return self._predictions.shelf.load(request, url) if found is None else found

    def _call(self, request: Request, task: Task[Run], hook: str) -> None:
        self._predictions.finish(task)
        told = self._predictions.shown(request, task) | {"input": dict(task.work.given)}
        body, time, id_ = json.dumps(told), str(int(self._desk.clock.now().timestamp())), uuid_id()
        secret = _SECRET.removeprefix("whsec_").encode()
        digest = hmac.new(secret, f"{id_}.{time}.{body}".encode(), hashlib.sha256).hexdigest()
        headers = {"webhook-id": id_, "webhook-timestamp": time, "webhook-signature": f"v3,{digest}"}
        self._hooks.send(hook, Message(body.encode(), headers))

    def _enter(self, request: Request) -> str:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        account = account_of(key)
        if scheme != "Bearer" or account is Account.INVALID:
            raise Rejection(shapes.error(401, "Invalid API key"))
        if account is Account.FORBIDDEN:
            message = "The role of this key may not do this"
            raise Rejection(shapes.error(403, message, "ROLE_PERMISSION_DENIED"))
        return key

    def _count(self, key: str) -> None:
        level = next((most for name, most in _LEVELS.items() if name in key), _SILVER)
        if self._windows.take(key, self._desk.rate or level).exceeded:
            raise Rejection(shapes.error(429, "Too many requests: the limit of your level is reached"))


def check_one(model: Model, name: str, value: Any) -> bool:
    """Whether one input by itself does not fit its model."""
    return any(flaw.path.partition("[")[0] == name for flaw in check(model, {name: value}))


def _time(body: Mapping[str, Any], name: str, otherwise: datetime) -> datetime:
    try:
        text = body.get(name)
        time = otherwise if text is None else datetime.fromisoformat(str(text))
    except ValueError:
        raise Rejection(shapes.error(400, f"{name} must be a time")) from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _paged(body: Mapping[str, Any], items: list[dict[str, Any]]) -> dict[str, Any]:
    page, size = body.get("page", 1), body.get("page_size", _PAGE)
    if not isinstance(page, int) or not isinstance(size, int) or page < 1 or size < 1:
        raise Rejection(shapes.error(400, "page and page_size must be positive"))
    start = (page - 1) * size
    more = start + size < len(items)
    return {"page": page, "total": len(items), "has_more": more, "items": items[start : start + size]}


WAVESPEED: Final = Vendor(
    slug="wavespeed",
    base="",
    key="sandbox-key",
    sources=SOURCES,
    open=lambda desk: WaveSpeed(desk).routes(),
    failure=shapes.failure,
    hints=(
        "forbidden-…: the run fails with 1200; broken-run: with 5000; both are given back",
        "slow-run: a wait ends before the run does, with 5004; nsfw-output: delivered and flagged",
        "bronze, gold or ultra in the key: the limits of that level, else those of silver",
    ),
)
"""WaveSpeed's emulator."""
