"""Together's endpoints for pictures: all of them answer on the same connection."""

import json
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from limner.core.ids import new_seed
from limner.sandbox.codecs import MEDIA_TYPES
from limner.sandbox.desk import Desk, Rejection, Route, Vendor
from limner.sandbox.ids import hex_id
from limner.sandbox.keys import Account, account_of
from limner.sandbox.limits import Windows
from limner.sandbox.pictures import base64_of, picture
from limner.sandbox.schema import Flaw
from limner.sandbox.shelf import Shelf
from limner.sandbox.together import shapes
from limner.sandbox.together.models import SOURCES, Model, models, price
from limner.sandbox.together.rules import Job, model_flaws, plan, shape_flaws
from limner.sandbox.words import breaks, refused_after, refused_before

_PER_MINUTE: Final = 600  # adaptive, no number published: the emulator's own
_LINK_LIFE: Final = timedelta(hours=1)  # short-lived, no number published: the emulator's own
_NSFW: Final = "The request was flagged by the safety checker as not safe for work."


class Together:
    """The emulator."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._windows = Windows(desk.clock)
        self._shelf = Shelf(desk, "/imgproxy", wants_agent=True)

    def routes(self) -> Sequence[Route]:
        """Its addresses."""
        return (
            Route("POST", "/v1/images/generations", self.generate),
            Route("GET", "/v1/models", self.models),
            *self._shelf.routes(),
        )

    async def models(self, request: Request) -> Response:
        """Every model, in a bare array. Prices of pictures are not told."""
        self._enter(request)
        if request.query_params.get("dedicated") == "true":
            return JSONResponse([])
        return JSONResponse([_shown(model) for model in models().values() if model.listed])

    async def generate(self, request: Request) -> Response:
        """Paint."""
        key = self._enter(request)
        job = self._job(request, await _object_of(request))
        account = account_of(key)
        if account is Account.FORBIDDEN:
            message = "Your organization has not allowed sharing data with third parties."
            return shapes.error(403, message, code="third_party_data_sharing_blocked")
        if account is Account.EMPTY:
            return shapes.error(402, "Credit limit exceeded, please add credits to your account.")
        prompt: str = job.given["prompt"]
        checked = not job.given.get("disable_safety_checker", False)
        if checked and refused_before(prompt):
            return shapes.error(422, _NSFW, param="prompt", code="nsfw_content")
        if breaks(prompt):
            return shapes.error(500, "Internal server error")
        self._bill(request, job)
        if checked and refused_after(prompt):
            return shapes.error(400, _NSFW, param="prompt", code="nsfw_content")
        return JSONResponse(
            {
                "id": hex_id(24),
                "model": job.model.id,
                "object": "list",
                "data": [self._painted(request, job, number) for number in range(job.n)],
            }
        )

    def _job(self, request: Request, given: dict[str, Any]) -> Job:
        found = next(shape_flaws(given), None)
        if found is not None:
            raise _refusal(found)
        model = models().get(given["model"])
        if model is None or not model.listed:
            message = (
                f"Unable to access model {given['model'][:200]}. Please visit https://api.together.ai/models "
                "to view the list of supported models."
            )
            raise Rejection(shapes.error(404, message, code="model_not_available"))
        found = next(model_flaws(model, given), None)
        if found is not None:
            raise _refusal(found)
        job = plan(model, given, lambda url: self._shelf.load(request, url))
        if isinstance(job, Flaw):
            raise _refusal(job)
        return job

    def _bill(self, request: Request, job: Job) -> None:
        amount: Decimal = price(job.model, *job.size, job.n, job.given.get("steps"))
        self._desk.charge(request, model=job.model.id, operation="generations", images=job.n, amount=amount)

    def _painted(self, request: Request, job: Job, number: int) -> dict[str, Any]:
        seed = job.given.get("seed", new_seed())
        subject = f"{job.model.id}|{job.given['prompt']}|{seed}.{number}"
        data = picture(subject, job.size, job.form, source=job.source)
        if job.given.get("response_format") == "base64":
            return {"index": number, "type": "b64_json", "b64_json": base64_of(data)}
        name = f"image.{job.form}"
        url = self._shelf.put(request, data, MEDIA_TYPES[job.form], name, _LINK_LIFE)
        return {"index": number, "type": "url", "url": url}

    def _enter(self, request: Request) -> str:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or account_of(key) is Account.INVALID:
            message = (
                "Invalid API key provided. You can find your API key at https://api.together.ai/settings."
            )
            raise Rejection(shapes.error(401, message, code="invalid_api_key"))
        limit = self._desk.rate or _PER_MINUTE
        standing = self._windows.take(key, limit)
        if standing.exceeded:
            reply = shapes.error(429, "You have reached the rate limit of this model.")
            wait = f"{max(1, round(standing.resets_in))}"
            reply.headers["retry-after"] = wait
            reply.headers["x-ratelimit-limit"] = str(limit)
            reply.headers["x-ratelimit-remaining"] = "0"
            reply.headers["x-ratelimit-reset"] = wait
            raise Rejection(reply)
        return key


def _refusal(flaw: Flaw) -> Rejection:
    message = f"{flaw.path} {flaw.reason}".strip()
    return Rejection(shapes.error(400, message, param=flaw.path.partition("[")[0] or None))


def _shown(model: Model) -> dict[str, Any]:
    return {
        "id": model.id,
        "object": "model",
        "created": 0,
        "type": "image",
        "display_name": model.title,
        "organization": model.id.partition("/")[0],
        "pricing": {"hourly": 0, "input": 0, "output": 0, "base": 0, "finetune": 0},
    }


async def _object_of(request: Request) -> dict[str, Any]:
    try:
        body: object = json.loads(await request.body())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Rejection(shapes.error(400, "The body must be a JSON object"))
    return cast("dict[str, Any]", body)


TOGETHER: Final = Vendor(
    slug="together",
    base="/v1",
    key="sandbox-key",
    sources=SOURCES,
    open=lambda desk: Together(desk).routes(),
    failure=shapes.failure,
    hints=(
        "forbidden-…: 422; forbidden-output-…: 400, billed; neither where the checker is off",
        "broken-run: 500",
    ),
)
"""Together's emulator."""
