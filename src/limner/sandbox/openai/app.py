"""OpenAI's endpoints."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, time
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from limner.core.ids import new_id
from limner.sandbox.desk import Desk, Route, Vendor
from limner.sandbox.forms import media_type_of
from limner.sandbox.keys import Account, account_of
from limner.sandbox.limits import Standing, Windows
from limner.sandbox.openai import fields, shapes, uploads
from limner.sandbox.openai.bodies import form_body, json_body
from limner.sandbox.openai.fields import Complaint
from limner.sandbox.openai.models import MODELS, Model
from limner.sandbox.openai.moderation import moderate
from limner.sandbox.openai.prices import RATES
from limner.sandbox.openai.rules import Ask, ask
from limner.sandbox.openai.uploads import Uploads
from limner.sandbox.openai.work import House, perform
from limner.sandbox.words import refused_before

_PER_MINUTE: Final = 5000
_FORMS: Final = ("png", "jpeg", "webp")

Answer = Callable[[Request, str], Awaitable[Response]]


class OpenAI:
    """The emulator."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._windows = Windows(desk.clock)
        self._house = House(desk, RATES, shapes.blocked, shapes.images)

    def routes(self) -> Sequence[Route]:
        """Its addresses."""
        return (
            Route("POST", "/v1/images/generations", self._door(self.generations)),
            Route("POST", "/v1/images/edits", self._door(self.edits)),
            Route("POST", "/v1/images/variations", self._door(self.variations)),
            Route("POST", "/v1/moderations", self._door(self.moderations)),
            Route("GET", "/v1/models", self._door(self.models)),
            Route("GET", "/v1/models/{model}", self._door(self.model)),
        )

    async def generations(self, request: Request, request_id: str) -> Response:
        """Make pictures from a prompt."""
        body = fields.checked(await json_body(request), fields.COMMON)
        model = self._find(body.get("model"), "dall-e-2")
        return self._work(request, request_id, ask(model, body, Uploads()), "generations")

    async def edits(self, request: Request, request_id: str) -> Response:
        """Make pictures from pictures and a prompt."""
        if media_type_of(request) == "multipart/form-data":
            body, pictures = await form_body(request, fields.EDITS, _FORMS)
        else:
            values = await json_body(request)
            body = fields.checked(values, fields.EDITS, uploads.JSON_NAMES)
            pictures = uploads.from_json(values, _FORMS)
        model = self._find(body.get("model"), "gpt-image-1.5")
        return self._work(request, request_id, ask(model, body, pictures), "edits")

    async def variations(self, request: Request, request_id: str) -> Response:
        """Retired with the one model that made them."""
        await request.body()
        raise no_such_model("dall-e-2")

    async def moderations(self, request: Request, request_id: str) -> Response:
        """Judge texts, free of charge."""
        return JSONResponse(moderate(await json_body(request)))

    async def models(self, request: Request, request_id: str) -> Response:
        """The models that answer today."""
        return JSONResponse({"object": "list", "data": [_shown(model) for model in self._live()]})

    async def model(self, request: Request, request_id: str) -> Response:
        """One model."""
        return JSONResponse(_shown(self._find(request.path_params["model"], "")))

    def _live(self) -> list[Model]:
        today = self._desk.clock.now().date()
        return [model for model in MODELS.values() if not model.retired(today)]

    def _find(self, name: object, default: str) -> Model:
        wanted = default if name is None else str(name)
        found = next((model for model in self._live() if model.id == wanted), None)
        if found is None:
            raise no_such_model(wanted)
        return found

    def _work(self, request: Request, request_id: str, wanted: Ask, operation: str) -> Response:
        words = refused_before(wanted.prompt)
        if words:
            raise shapes.blocked(words, "input", request_id)
        return perform(self._house, request, wanted, operation, request_id)

    def _door(self, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        async def handler(request: Request) -> Response:
            request_id = new_id("req")
            headers = {
                "x-request-id": request_id,
                "openai-version": "2020-10-01",
                "openai-processing-ms": "12",
            }
            try:
                key = authenticated(request)
                headers["openai-organization"] = "sandbox"
                standing = self._windows.take(key, self._desk.rate or _PER_MINUTE)
                headers |= rate_headers(standing)
                refuse_crowd(standing)
                response = await answer(request, request_id)
            except Complaint as complaint:
                response = JSONResponse(shapes.error(complaint), complaint.status)
                if complaint.type == "requests":
                    headers["retry-after"] = headers["x-ratelimit-reset-requests"].removesuffix("s")
            response.headers.update(headers)
            return response

        return handler


def authenticated(request: Request) -> str:
    """The caller's key.

    Raises:
        Complaint: it is missing, wrong, out of credit or not allowed.
    """
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise Complaint(
            "You didn't provide an API key. You need to provide your API key in an Authorization header "
            "using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
            status=401,
            code="invalid_api_key",
        )
    account = account_of(key)
    if account is Account.INVALID or not key.startswith("sk-"):
        shown = f"{key[:3]}***{key[-4:]}" if len(key) > 12 else "***"  # noqa: PLR2004 - short keys are not shown
        raise Complaint(f"Incorrect API key provided: {shown}.", status=401, code="invalid_api_key")
    if account is Account.EMPTY:
        raise Complaint(
            "You exceeded your current quota, please check your plan and billing details.",
            status=429,
            type="insufficient_quota",
            code="insufficient_quota",
        )
    if account is Account.FORBIDDEN:
        raise Complaint("Your organization must be verified to use this model.", status=403)
    return key


def rate_headers(standing: Standing) -> dict[str, str]:
    """What every answer says about the limit."""
    return {
        "x-ratelimit-limit-requests": str(standing.limit),
        "x-ratelimit-remaining-requests": str(standing.remaining),
        "x-ratelimit-reset-requests": f"{standing.resets_in:g}s",
    }


def refuse_crowd(standing: Standing) -> None:
    """Refuse the request that was one too many.

    Raises:
        Complaint: it was.
    """
    if standing.exceeded:
        raise Complaint(
            f"Rate limit reached: limit {standing.limit} requests per min. "
            f"Please try again in {standing.resets_in:g}s.",
            status=429,
            type="requests",
            code="rate_limit_exceeded",
        )


def no_such_model(name: str) -> Complaint:
    """The model is unknown or its day has come."""
    return Complaint(
        f"The model '{name}' does not exist or you do not have access to it.",
        status=404,
        param="model",
        code="model_not_found",
    )


def _shown(model: Model) -> dict[str, object]:
    created = datetime.combine(model.released, time(), UTC)
    return {
        "id": model.id,
        "object": "model",
        "created": int(created.timestamp()),
        "owned_by": "system",
        "shutdown_date": model.shutdown.isoformat() if model.shutdown else None,
    }


OPENAI: Final = Vendor(
    slug="openai",
    base="/v1",
    key="sk-sandbox",
    sources=("openai-openapi 2.3.0 (2026-08-21), amended to SDK 3.52.0", "facts sheet of 2026-11-21"),
    open=lambda desk: OpenAI(desk).routes(),
    failure=shapes.failure,
)
"""OpenAI's emulator."""
