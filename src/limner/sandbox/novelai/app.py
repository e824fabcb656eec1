"""NovelAI's endpoints on the image host."""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from decimal import Decimal
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from limner.sandbox.desk import Desk, Rejection, Route, Vendor
from limner.sandbox.forms import UnreadableForm, media_type_of, read_parts
from limner.sandbox.keys import Account, account_of
from limner.sandbox.novelai import prices, shapes, tools
from limner.sandbox.novelai.account import Accounts
from limner.sandbox.novelai.models import SOURCES, models
from limner.sandbox.novelai.rules import Job, Refusal, find_model, job, picture, require

_MOST_JSON_BYTES: Final = 8 * 1024 * 1024  # 413 is observed, its limit is not published: the emulator's own
_CORRELATION: Final = re.compile(r"[A-Za-z0-9]{6}")
_UNIT: Final = "anlas"

Answer = Callable[[Request, str], Awaitable[Response]]


class NovelAI:
    """The emulator."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._accounts = Accounts(desk.clock)
        self._busy: set[str] = set()
        self._generations = 6_214_151

    def routes(self) -> Sequence[Route]:
        """Its addresses."""
        return (
            Route("POST", "/ai/generate-image", self._paid(self.generate)),
            Route("POST", "/ai/generate-image-stream", self._paid(self.stream)),
            Route("POST", "/ai/augment-image", self._paid(self.augment)),
            Route("POST", "/ai/upscale", self._paid(self.upscale)),
            Route("POST", "/ai/encode-vibe", self._paid(self.encode_vibe)),
            Route("GET", "/ai/generate-image/suggest-tags", self._door(self.suggest_tags)),
            Route("GET", "/user/subscription", self._door(self.subscription)),
            Route("GET", "/user/data", self._door(self.data)),
            Route("GET", "/oa/v1/models", self._door(self.models)),
        )

    async def generate(self, request: Request, key: str) -> Response:
        """Pictures in a ZIP."""
        wanted = job(await body_of(request))
        self._charge_job(request, key, wanted)
        names = (f"image_{number}.{wanted.form}" for number in range(wanted.samples))
        return shapes.archive([(name, shapes.finished(wanted, number)) for number, name in enumerate(names)])

    async def stream(self, request: Request, key: str) -> Response:
        """The same, told step by step."""
        wanted = job(await body_of(request))
        form = wanted.parameters.get("stream")
        if form is None:
            raise Refusal(400, "parameters.stream is required")
        self._charge_job(request, key, wanted)
        self._generations += 1
        broken = "Generation failed" if "broken-stream" in wanted.prompt else None
        told = shapes.events(wanted, self._generations, broken)
        write = shapes.sse if form == "sse" else shapes.frame

        async def frames() -> AsyncIterator[bytes]:
            for event in told:
                yield write(event)

        media_type = "text/event-stream" if form == "sse" else "application/msgpack"
        return StreamingResponse(frames(), media_type=media_type)

    async def augment(self, request: Request, key: str) -> Response:
        """A director tool."""
        body = require(await body_of(request), "AugmentImageRequest")
        data, found = tools.check_tool(body)
        kind: str = body["req_type"]
        price = prices.tool(kind, found.pixels, opus=self._accounts.is_opus(key))
        count = 3 if kind == "bg-removal" else 1
        self._charge(request, key, price, model=kind, operation="augment-image", images=count)
        results = [tools.worked(f"{kind}.{place}", data, found.width, found.height) for place in range(count)]
        return shapes.archive([(f"image_{place}.png", result) for place, result in enumerate(results)])

    async def upscale(self, request: Request, key: str) -> Response:
        """Twice the size."""
        body = require(await body_of(request), "UpscaleRequest")
        model = find_model(body["model"])
        data, found = picture(body["image"], "image")
        price = prices.upscale(found.pixels, opus=self._accounts.is_opus(key))
        self._charge(request, key, price, model=model.id, operation="upscale", images=1)
        result = tools.worked("upscale", data, found.width * 2, found.height * 2)
        return shapes.archive([("image_0.png", result)])

    async def encode_vibe(self, request: Request, key: str) -> Response:
        """A picture as a vibe."""
        body = require(await body_of(request), "EncodeVibeRequest")
        model = find_model(body["model"])
        if not model.vibe or model.family == "v3":
            raise Refusal(400, "vibe encoding is not supported by this model")
        data, _ = picture(body["image"], "image")
        self._charge(request, key, prices.VIBE, model=model.id, operation="encode-vibe", images=0)
        encoded = tools.vibe(model.id, data, body["information_extracted"])
        return Response(encoded, media_type="application/octet-stream")

    async def suggest_tags(self, request: Request, key: str) -> Response:
        """Tags that complete a prompt."""
        query = request.query_params
        if "model" not in query or "prompt" not in query:
            raise Refusal(400, "model and prompt are required")
        find_model(query["model"])
        if query.get("lang", "en") == "jp":
            return JSONResponse(tools.suggest_japanese(query["prompt"]))
        return JSONResponse(tools.suggest(query["prompt"]))

    async def subscription(self, request: Request, key: str) -> Response:
        """The subscription."""
        return JSONResponse(self._accounts.subscription(key))

    async def data(self, request: Request, key: str) -> Response:
        """The account, with the subscription in it."""
        return JSONResponse({"subscription": self._accounts.subscription(key)})

    async def models(self, request: Request, key: str) -> Response:
        """The models; the published text does not say in which shape."""
        return JSONResponse({"object": "list", "data": [{"id": id_, "object": "model"} for id_ in models()]})

    def _price(self, wanted: Job, key: str) -> Decimal:
        area = wanted.width * wanted.height
        each = prices.one_picture(area, wanted.steps, wanted.factor, wanted.strength)
        small = area <= prices.FREE_AREA and wanted.steps <= prices.FREE_STEPS
        free = int(self._accounts.is_opus(key) and small)
        if free and wanted.model.family == "v5":
            free = int(self._accounts.may_draw(key))
            self._accounts.draw(key)
        return prices.generation(
            each, wanted.samples, free=free, references=wanted.references, vibes=wanted.vibes
        )

    def _charge_job(self, request: Request, key: str, wanted: Job) -> None:
        price = self._price(wanted, key)
        self._charge(
            request, key, price, model=wanted.model.id, operation=wanted.action, images=wanted.samples
        )

    def _charge(
        self, request: Request, key: str, price: Decimal, *, model: str, operation: str, images: int
    ) -> None:
        if not self._accounts.anlas.spend(key, price):
            raise Refusal(402, "Anlas depletion")
        self._desk.charge(request, model=model, operation=operation, images=images, amount=price, unit=_UNIT)

    def _door(self, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        async def handler(request: Request) -> Response:
            try:
                return await answer(request, authenticated(request))
            except Refusal as refusal:
                raise Rejection(shapes.error(refusal.status, refusal.message)) from refusal

        return handler

    def _paid(self, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        """One at a time for an account, until the answer has left."""

        async def alone(request: Request, key: str) -> Response:
            if key in self._busy:
                raise Refusal(429, "Concurrent generation is locked")
            self._busy.add(key)
            self._desk.when_over(request, lambda: self._busy.discard(key))
            return await answer(request, key)

        return self._door(alone)


def authenticated(request: Request) -> str:
    """The caller's token.

    Raises:
        Refusal: it is missing, wrong or not allowed.
    """
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    account = account_of(key)
    persistent, login = key.startswith("pst-"), key.count(".") == 2  # noqa: PLR2004 - three parts of a JWT
    if scheme != "Bearer" or account is Account.INVALID or not (persistent or login):
        raise Refusal(401, "Invalid accessToken.")
    if account is Account.FORBIDDEN:
        raise Refusal(403, "Forbidden")
    correlation = request.headers.get("x-correlation-id")
    if correlation is not None and not _CORRELATION.fullmatch(correlation):
        raise Refusal(400, "x-correlation-id must be six alphanumeric characters")
    return key


async def body_of(request: Request) -> object:
    """The JSON that was sent, alone or as the part `request` of a form.

    Raises:
        Refusal: it is too large, or no JSON.
    """
    media_type = media_type_of(request)
    try:
        if media_type == "multipart/form-data":
            parts = {part.name: part for part in await read_parts(request)}
            part = parts["request"]
            return json.loads(part.data if part.text is None else part.text)
        body = await request.body()
        if len(body) > _MOST_JSON_BYTES:
            raise Refusal(413, "Payload Too Large")
        if media_type != "application/json":
            raise Refusal(400, "Content-Type must be application/json")
        return json.loads(body)
    except (ValueError, KeyError, UnreadableForm) as error:
        raise Refusal(400, "The body is not JSON") from error


NOVELAI: Final = Vendor(
    slug="novelai",
    base="",
    key="pst-sandbox",
    sources=SOURCES,
    open=lambda desk: NovelAI(desk).routes(),
    failure=shapes.error,
    hints=(
        "a key with opus: small pictures are free",
        "broken-stream: a stream ends with an error",
    ),
)
"""NovelAI's emulator."""
