"""Google's endpoints for pictures on the Gemini API. Vertex, batches and the Files API are not emulated."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from limner.sandbox.desk import Desk, Rejection, Route, Vendor
from limner.sandbox.gemini import shapes
from limner.sandbox.gemini.content import chunks, whole
from limner.sandbox.gemini.interactions import Interactions
from limner.sandbox.gemini.models import SOURCES, Model, models, price
from limner.sandbox.gemini.rules import Wrong, read
from limner.sandbox.gemini.work import Outcome, work
from limner.sandbox.keys import Account, account_of
from limner.sandbox.limits import Windows
from limner.sandbox.words import breaks

_PER_MINUTE: Final = 300  # depends on the tier: the emulator's own
_UNBILLED: Final = "unbilled"


class Gemini:
    """The emulator."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._windows = Windows(desk.clock)
        self._interactions = Interactions(desk, self._enter, _authenticated)

    def routes(self) -> Sequence[Route]:
        """Its addresses."""
        return (
            Route("POST", "/v1beta/models/{model}:generateContent", self.generate),
            Route("POST", "/v1beta/models/{model}:streamGenerateContent", self.stream),
            Route("GET", "/v1beta/models", self.list),
            Route("GET", "/v1beta/models/{model}", self.get),
            *self._interactions.routes(),
        )

    async def list(self, request: Request) -> Response:
        """Every model that is alive."""
        _authenticated(request)
        return JSONResponse({"models": [shapes.model(one) for one in models().values() if self._alive(one)]})

    async def get(self, request: Request) -> Response:
        """What is known of a model."""
        _authenticated(request)
        return JSONResponse(shapes.model(self._model(request.path_params["model"])))

    async def generate(self, request: Request) -> Response:
        """Paint, or say why not: with 200 in both cases."""
        return JSONResponse(whole(await self._work(request)))

    async def stream(self, request: Request) -> Response:
        """The same in pieces: as events, or as one array where those are not asked for."""
        pieces = [*chunks(await self._work(request))]
        if request.query_params.get("alt") != "sse":
            return JSONResponse(pieces)

        def events() -> Iterator[str]:
            for piece in pieces:
                yield f"data: {json.dumps(piece)}\r\n\r\n"

        return StreamingResponse(events(), media_type="text/event-stream")

    async def _work(self, request: Request) -> Outcome:
        _, model = self._enter(request, request.path_params["model"])
        raw = await request.body()
        try:
            body: object = json.loads(raw)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise Rejection(shapes.error(400, "Invalid JSON payload received."))
        try:
            ask = read(model, cast("dict[str, Any]", body), len(raw))
        except Wrong as error:
            raise Rejection(shapes.invalid(error.flaw)) from error
        if breaks(ask.text):
            raise Rejection(shapes.error(500, "An internal error has occurred."))
        outcome = work(ask)
        self._desk.charge(
            request,
            model=model.id,
            operation="generateContent",
            images=int(bool(outcome.data)),
            amount=price(model, outcome.usage),
        )
        return outcome

    def _enter(self, request: Request, name: str) -> tuple[str, Model]:
        key = _authenticated(request)
        model = self._model(name)
        if account_of(key) is Account.EMPTY:  # the free tier paints nothing
            raise Rejection(shapes.exhausted(name, 55.57, 0))
        if _UNBILLED in key:
            message = "Billing is not enabled for this project, or your region is not supported."
            raise Rejection(shapes.error(400, message, status="FAILED_PRECONDITION"))
        limit = self._desk.rate or _PER_MINUTE
        standing = self._windows.take(f"{key}|{name}", limit)
        if standing.exceeded:
            raise Rejection(shapes.exhausted(name, standing.resets_in, limit))
        return key, model

    def _model(self, name: str) -> Model:
        found = models().get(name)
        if found is None or not self._alive(found):
            message = (
                f"models/{name[:100]} is not found for API version v1beta, or is not supported for "
                "generateContent. Call ListModels to see the list of available models."
            )
            raise Rejection(shapes.error(404, message))
        return found

    def _alive(self, model: Model) -> bool:
        return model.ends is None or self._desk.clock.now().date() < model.ends


def _authenticated(request: Request) -> str:
    key = request.headers.get("x-goog-api-key") or request.query_params.get("key") or ""
    if not key:
        message = (
            "Method doesn't allow unregistered callers (callers without established identity). "
            "Please use API Key or other form of API consumer identity to call this API."
        )
        raise Rejection(shapes.error(403, message))
    account = account_of(key)
    if account is Account.INVALID:
        raise Rejection(shapes.bad_key())
    if account is Account.FORBIDDEN:
        raise Rejection(shapes.error(403, "The caller does not have permission."))
    return key


GEMINI: Final = Vendor(
    slug="gemini",
    base="/v1beta",
    key="AIza-sandbox",
    sources=SOURCES,
    open=lambda desk: Gemini(desk).routes(),
    failure=shapes.failure,
    hints=(
        "forbidden-…: 200 with a blockReason; forbidden-output-…: 200 with IMAGE_SAFETY",
        "words-only, no-image: 200 without a picture; thinks-aloud: with a draft; broken-run: 500",
        "a key with unbilled: FAILED_PRECONDITION",
    ),
)
"""Google's emulator."""
