"""OpenRouter's endpoints for pictures. Chat, and keys of one's own at a provider, are not emulated."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from limner.core.ids import new_seed
from limner.sandbox.accounts import Balances
from limner.sandbox.codecs import MEDIA_TYPES
from limner.sandbox.desk import Desk, Rejection, Route, Vendor
from limner.sandbox.ids import hex_id
from limner.sandbox.keys import Account, account_of
from limner.sandbox.limits import Windows
from limner.sandbox.openrouter import shapes
from limner.sandbox.openrouter.models import SOURCES, models
from limner.sandbox.openrouter.rules import Job, find, plan
from limner.sandbox.pictures import base64_of, picture
from limner.sandbox.words import breaks, refused_after, refused_before

_START: Final = Decimal(100)
_PER_MINUTE: Final = 600  # no number is published for paid models: the emulator's own
_MANAGEMENT: Final = "management"
_SHOWN_OF_PROMPT: Final = 100
_MILLISECONDS: Final = 8400
_BROKEN: Final = "Provider returned error"
_POLICY: Final = "The provider refused the content of this request."


@dataclass(frozen=True, slots=True)
class Done:
    """A request that was billed, as it is looked up later."""

    key: str
    job: Job
    time: datetime


class OpenRouter:
    """The emulator."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._balances = Balances(_START)
        self._windows = Windows(desk.clock)
        self._done: dict[str, Done] = {}

    def routes(self) -> Sequence[Route]:
        """Its addresses."""
        return (
            Route("POST", "/api/v1/images", self.generate),
            Route("GET", "/api/v1/images/models", self.listed),
            Route("GET", "/api/v1/images/models/{author}/{slug}/endpoints", self.endpoints),
            Route("GET", "/api/v1/generation", self.generation),
            Route("GET", "/api/v1/credits", self.credits),
            Route("GET", "/api/v1/key", self.key),
        )

    async def listed(self, request: Request) -> Response:
        """Every model; no key is asked for."""
        return JSONResponse({"data": [shapes.listed(model) for model in models().values()]})

    async def endpoints(self, request: Request) -> Response:
        """Who serves a model; no key is asked for."""
        model = find(f"{request.path_params['author']}/{request.path_params['slug']}")
        if model is None:
            return shapes.error(404, "Model not found")
        return JSONResponse({"id": model.id, "endpoints": [shapes.endpoint(model)]})

    async def generate(self, request: Request) -> Response:
        """Paint, in one piece or as a stream."""
        key = self._enter(request)
        self._count(key)
        if account_of(key) is Account.EMPTY:
            raise Rejection(_no_credit())
        job = plan(await _object_of(request))
        self._judge(job)
        if job.stream and refused_after(job.prompt):
            return _streamed([_preview(job), _failed()])
        if refused_after(job.prompt):
            return shapes.error(400, _POLICY, {"error_type": "content_policy_violation"})
        if not self._balances.spend(key, job.usage.cost):
            raise Rejection(_no_credit())
        self._desk.charge(
            request,
            model=job.model.id,
            operation="edits" if job.source else "generations",
            images=job.n,
            amount=job.usage.cost,
        )
        now = self._desk.clock.now()
        id_ = f"gen-{int(now.timestamp())}-{hex_id(20)}"
        self._done[id_] = Done(key, job, now)
        pictures = [_painted(job, number) for number in range(job.n)]
        headers = {"x-generation-id": id_}
        if job.stream:
            return _streamed(self._events(job, pictures), headers)
        items = [{"b64_json": text, "media_type": MEDIA_TYPES[job.form]} for text in pictures]
        body = {"created": int(now.timestamp()), "data": items, "usage": shapes.used(job.usage)}
        return JSONResponse(body, headers=headers)

    async def generation(self, request: Request) -> Response:
        """What became of a request."""
        key = self._enter(request)
        id_ = request.query_params.get("id", "")
        done = self._done.get(id_)
        if done is None or done.key != key:
            return shapes.error(404, f"Generation {id_[:100]} not found")
        return JSONResponse({"data": _recorded(id_, done)})

    async def credits(self, request: Request) -> Response:
        """What was bought and used; only management keys may see it."""
        key = self._enter(request)
        if _MANAGEMENT not in key:
            return shapes.error(403, "Only management keys can perform this operation")
        used = _START - self._balances.left(key)
        return JSONResponse({"data": {"total_credits": float(_START), "total_usage": float(used)}})

    async def key(self, request: Request) -> Response:
        """How a key stands; any key may see its own."""
        key = self._enter(request)
        left = self._balances.left(key)
        now = self._desk.clock.now()
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        monday = today - timedelta(days=today.weekday())
        nothing = dict.fromkeys(("byok_usage", *(f"byok_usage_{span}" for span in _SPANS)), 0)
        return JSONResponse(
            {
                "data": {
                    "label": f"sk-or-v1-...{key[-3:]}",
                    "limit": float(_START),
                    "limit_remaining": float(left),
                    "limit_reset": None,
                    "usage": self._used(key, None),
                    "usage_daily": self._used(key, today),
                    "usage_weekly": self._used(key, monday),
                    "usage_monthly": self._used(key, today.replace(day=1)),
                    **nothing,
                    "include_byok_in_limit": False,
                    "is_free_tier": False,
                    "is_management_key": _MANAGEMENT in key,
                    "is_provisioning_key": _MANAGEMENT in key,
                    "creator_user_id": "user_sandbox",
                    "rate_limit": {"requests": -1, "interval": "10s", "note": "This field is deprecated."},
                }
            }
        )

    def _used(self, key: str, since: datetime | None) -> float:
        return float(
            sum(
                done.job.usage.cost
                for done in self._done.values()
                if done.key == key and (since is None or done.time >= since)
            )
        )

    def _judge(self, job: Job) -> None:
        reasons = refused_before(job.prompt)
        if reasons:
            told = {
                "reasons": list(reasons),
                "flagged_input": job.prompt[:_SHOWN_OF_PROMPT],
                "provider_name": job.model.provider[0],
                "model_slug": job.model.id,
            }
            message = f"{job.model.id} requires moderation. Your input was flagged."
            raise Rejection(shapes.error(403, message, told))
        if breaks(job.prompt):
            told = {"provider_name": job.model.provider[0], "error_type": "provider_unavailable"}
            raise Rejection(shapes.error(502, _BROKEN, told))

    def _events(self, job: Job, pictures: Sequence[str]) -> Iterator[dict[str, Any]]:
        yield _preview(job)
        now = int(self._desk.clock.now().timestamp())
        for number, text in enumerate(pictures):
            event: dict[str, Any] = {
                "type": "image_generation.completed",
                "b64_json": text,
                "media_type": MEDIA_TYPES[job.form],
                "created": now,
            }
            last = number == len(pictures) - 1
            yield event | ({"usage": shapes.used(job.usage)} if last else {})

    def _enter(self, request: Request) -> str:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if not key:
            raise Rejection(shapes.error(401, "No auth credentials found"))
        account = account_of(key)
        if scheme != "Bearer" or account is Account.INVALID:
            raise Rejection(shapes.error(401, "User not found."))
        if account is Account.FORBIDDEN:
            raise Rejection(
                shapes.error(403, "This key may not do this", {"error_type": "permission_denied"})
            )
        return key

    def _count(self, key: str) -> None:
        limit = self._desk.rate or _PER_MINUTE
        standing = self._windows.take(key, limit)
        if standing.exceeded:
            reply = shapes.error(429, "Rate limit exceeded", {"error_type": "rate_limit_exceeded"})
            wait = max(1, round(standing.resets_in))
            resets = self._desk.clock.now().timestamp() + standing.resets_in
            reply.headers["retry-after"] = str(wait)
            reply.headers["x-ratelimit-limit"] = str(limit)
            reply.headers["x-ratelimit-remaining"] = "0"
            reply.headers["x-ratelimit-reset"] = str(round(resets * 1000))
            raise Rejection(reply)


_SPANS: Final = ("daily", "weekly", "monthly")


def _no_credit() -> Response:
    return shapes.error(402, "Insufficient credits. Add more using https://openrouter.ai/credits")


def _painted(job: Job, number: int) -> str:
    seed = new_seed() if job.seed is None else job.seed
    subject = f"{job.model.id}|{job.prompt}|{seed}.{number}"
    return base64_of(picture(subject, job.size, job.form, source=job.source, transparent=job.transparent))


def _preview(job: Job) -> dict[str, Any]:
    """A preview: one, since how many cannot be set."""
    subject = f"preview|{job.model.id}|{job.prompt}"
    text = base64_of(picture(subject, job.size, job.form, source=job.source))
    return {"type": "image_generation.partial_image", "partial_image_index": 0, "b64_json": text}


def _failed() -> dict[str, Any]:
    error = {"message": _POLICY, "code": "content_policy_violation", "type": "image_generation_user_error"}
    return {"type": "error", "error": error | {"param": None}}


def _streamed(
    events: Iterator[dict[str, Any]] | list[dict[str, Any]], headers: Mapping[str, str] | None = None
) -> Response:
    def lines() -> Iterator[str]:
        for event in events:
            yield f"data: {json.dumps(event)}\n\n"
        yield "data: [DONE]\n\n"

    return StreamingResponse(lines(), headers=headers, media_type="text/event-stream")


def _recorded(id_: str, done: Done) -> dict[str, Any]:
    usage, cost = done.job.usage, float(done.job.usage.cost)
    tokens = {
        "tokens_prompt": usage.prompt,
        "tokens_completion": usage.images,
        "native_tokens_prompt": usage.prompt,
        "native_tokens_completion": usage.images,
        "native_tokens_completion_images": usage.images,
        "native_tokens_reasoning": 0,
        "native_tokens_cached": 0,
    }
    unknown = (
        *("upstream_id", "cache_discount", "app_id", "moderation_latency", "num_input_audio_prompt"),
        *("num_search_results", "native_finish_reason", "external_user", "http_referer", "user_agent"),
        *("router", "web_search_engine", "num_fetches", "preset_id", "request_id", "session_id"),
        *("response_cache_source_id", "service_tier", "workspace_id"),
    )
    return {
        **dict.fromkeys(unknown),
        **tokens,
        "id": id_,
        "api_type": "image",
        "model": done.job.model.id,
        "provider_name": done.job.model.provider[0],
        "provider_responses": [],
        "total_cost": cost,
        "usage": cost,
        "upstream_inference_cost": 0,
        "is_byok": False,
        "latency": _MILLISECONDS,
        "generation_time": _MILLISECONDS,
        "num_media_prompt": done.job.inputs,
        "num_media_completion": done.job.n,
        "cancelled": False,
        "streamed": done.job.stream,
        "finish_reason": "stop",
        "created_at": done.time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "origin": "",
        "data_region": "global",
    }


async def _object_of(request: Request) -> dict[str, Any]:
    try:
        body: object = json.loads(await request.body())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Rejection(shapes.error(400, "The body must be a JSON object"))
    return cast("dict[str, Any]", body)


OPENROUTER: Final = Vendor(
    slug="openrouter",
    base="/api/v1",
    key="sk-or-v1-sandbox",
    sources=SOURCES,
    open=lambda desk: OpenRouter(desk).routes(),
    failure=shapes.failure,
    hints=(
        "forbidden-…: 403 by its moderation; forbidden-output-…: 400 by the provider, an error in a stream",
        "broken-run: 502, not billed; management in the key: /credits may be seen",
    ),
)
"""OpenRouter's emulator."""
