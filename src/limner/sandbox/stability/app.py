"""Stability's endpoints. The order of checks is the service's: parameters first, then the key."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from limner.sandbox.accounts import Balances
from limner.sandbox.codecs import encode
from limner.sandbox.desk import Desk, Rejection, Route, Vendor
from limner.sandbox.forms import Part, UnreadableForm, media_type_of, read_parts
from limner.sandbox.ids import hex_id
from limner.sandbox.keys import Account, account_of
from limner.sandbox.limits import Windows
from limner.sandbox.paint import Mood, paint, repaint
from limner.sandbox.stability import shapes
from limner.sandbox.stability.endpoints import ENDPOINTS, Endpoint
from limner.sandbox.stability.rules import Job, check, job
from limner.sandbox.tasks import Stage, Tasks
from limner.sandbox.words import refused_after, refused_before

_MOST_BYTES: Final = 10 * 1024 * 1024
_PER_TEN_SECONDS: Final = 150
_LATIN: Final = 0x250
_LIFETIME: Final = timedelta(hours=24)
_START: Final = Decimal(1000)


class Stability:
    """The emulator."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._balances = Balances(_START)
        self._tasks: Tasks[Job] = Tasks(desk.clock, desk.polls)
        self._windows = Windows(desk.clock, seconds=10, lockout=60)

    def routes(self) -> Sequence[Route]:
        """Its addresses."""
        work = (
            Route("POST", f"/v2beta/stable-image/{path}", self._endpoint(endpoint))
            for path, endpoint in ENDPOINTS.items()
        )
        return (
            *work,
            Route("GET", "/v2beta/results/{id}", self.result),
            Route("GET", "/v2beta/stable-image/upscale/creative/result/{id}", self.result),
            Route("GET", "/v1/user/balance", self.balance),
        )

    async def balance(self, request: Request) -> Response:
        """Credits left."""
        key = key_of(request)
        if account_of(key) is Account.INVALID:
            return shapes.old_error(401, "unauthorized", f"Incorrect API key provided: {key}")
        return JSONResponse({"credits": float(self._balances.left(key))})

    async def result(self, request: Request) -> Response:
        """The result of a ticket, once it is there."""
        as_json = accepts_json(request, ("*/*", "image/*"))
        key = self._authenticated(request)
        task = self._tasks.find(request.path_params["id"], key)
        if task is None:
            reason = "id: the generation either does not exist or has expired."
            raise Rejection(shapes.error(404, reason, name="generation_not_found"))
        if self._tasks.look(task) is not Stage.DONE:
            return JSONResponse({"id": task.id, "status": "in-progress"}, 202)
        if task.charge_id is not None:
            self._desk.carry(request, task.charge_id)
        return _painted(task.work, as_json=as_json)

    def _endpoint(self, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def handler(request: Request) -> Response:
            parts = await body_of(request)
            form, complaints = check(endpoint, parts)
            # Where a ticket is the answer, the document has no such header: a client's own default passes.
            as_json = not endpoint.later and accepts_json(request, ("image/*", None))
            if complaints:
                raise Rejection(shapes.error(400, *complaints))
            key = self._authenticated(request)
            wanted = job(endpoint, form)
            refuse(wanted.prompt)
            if not self._balances.spend(key, wanted.credits):
                raise Rejection(shapes.error(402, "You lack sufficient balance to make this request."))
            return self._work(request, wanted, key, as_json=as_json)

        return handler

    def _work(self, request: Request, wanted: Job, key: str, *, as_json: bool) -> Response:
        charge = self._desk.bill.add(
            self._desk.slug,
            wanted.model,
            wanted.endpoint.path,
            images=1,
            amount=wanted.credits,
            unit="credits",
        )
        if wanted.endpoint.later:
            task = self._tasks.start(hex_id(64), key, wanted, charge.id, _LIFETIME)
            return JSONResponse({"id": task.id})
        self._desk.carry(request, charge.id)
        return _painted(wanted, as_json=as_json)

    def _authenticated(self, request: Request) -> str:
        key = key_of(request)
        if account_of(key) in {Account.INVALID, Account.FORBIDDEN} or not key.startswith("sk-"):
            reason = "authorization: invalid or missing header value"
            raise Rejection(shapes.error(401, reason))
        if self._windows.take(key, self._desk.rate or _PER_TEN_SECONDS).exceeded:
            raise Rejection(shapes.error(429, shapes.BUSY))
        return key


def key_of(request: Request) -> str:
    """The key as it was sent: bare, or after `Bearer`."""
    return request.headers.get("authorization", "").removeprefix("Bearer ").strip()


def accepts_json(request: Request, others: tuple[str | None, ...]) -> bool:
    """Whether the picture goes into JSON.

    Args:
        request: whose `Accept` is read.
        others: values that ask for bytes; None for no header at all.

    Raises:
        Rejection: the header has a value that is not published.
    """
    accept = request.headers.get("accept")
    if accept not in {"application/json", None, *others}:
        raise Rejection(shapes.error(400, f"accept: must be one of {others[0]}, application/json"))
    return accept == "application/json"


async def body_of(request: Request) -> list[Part]:
    """The form.

    Raises:
        Rejection: it is larger than 10 MiB, or no multipart form.
    """
    if len(await request.body()) > _MOST_BYTES:
        reason = "body: payloads cannot be larger than 10MiB in size"
        raise Rejection(shapes.error(413, reason))
    if media_type_of(request) != "multipart/form-data":
        raise Rejection(shapes.error(400, "content-type: must be multipart/form-data"))
    try:
        return await read_parts(request)
    except UnreadableForm as error:
        raise Rejection(shapes.error(400, "body: must be multipart/form-data")) from error


def refuse(prompt: str) -> None:
    """Refuse what is moderated, not English, or about a public figure.

    Raises:
        Rejection: it is one of these.
    """
    if refused_before(prompt):
        raise Rejection(shapes.error(403, shapes.MODERATED))
    if any(letter.isalpha() and ord(letter) >= _LATIN for letter in prompt):
        reason = "English is the only supported language for this service."
        raise Rejection(shapes.error(422, reason, name="invalid_language"))
    if "public-figure" in prompt:
        reason = (
            "Our system detected the likeness of a public figure in your image. To comply with our "
            "guidelines, this request cannot be processed. Please upload a different image."
        )
        raise Rejection(shapes.error(422, reason, name="public_figure"))


def _painted(wanted: Job, *, as_json: bool) -> Response:
    filtered = bool(refused_after(wanted.prompt))
    subject = f"{wanted.model}|{wanted.prompt}|{wanted.seed}"
    if wanted.source is not None and not filtered:
        painting = repaint(
            subject, wanted.source, wanted.width, wanted.height, transparent=wanted.endpoint.alpha
        )
    else:
        mood: Mood = "blurred" if filtered else "clear"
        painting = paint(subject, wanted.width, wanted.height, mood=mood)
    data = encode(painting, wanted.form)
    return shapes.picture(data, wanted.form, wanted.seed, filtered=filtered, as_json=as_json)


STABILITY: Final = Vendor(
    slug="stability",
    base="",
    key="sk-sandbox",
    sources=("api.stability.ai v2beta OpenAPI (2026-09-22)", "facts sheet of 2026-11-21"),
    open=lambda desk: Stability(desk).routes(),
    failure=shapes.failure,
    hints=(
        "forbidden-output-…: a blurred picture, billed",
        "public-figure, or letters that are not Latin: 422",
    ),
)
"""Stability's emulator."""
