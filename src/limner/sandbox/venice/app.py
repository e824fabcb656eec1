"""Venice's endpoints for pictures: all of them answer on the same connection."""

from collections.abc import Callable, Sequence
from typing import Any, Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from limner.core.ids import new_seed
from limner.sandbox.codecs import MEDIA_TYPES
from limner.sandbox.desk import Desk, Handler, Rejection, Route, Vendor
from limner.sandbox.ids import hex_id
from limner.sandbox.paint import Mood
from limner.sandbox.pictures import base64_of, picture
from limner.sandbox.venice import rules, shapes
from limner.sandbox.venice.account import AccountDesk
from limner.sandbox.venice.front import Caller, Front
from limner.sandbox.venice.inputs import Given, read_any, read_json
from limner.sandbox.venice.models import DEFAULT, SOURCES, STYLES, bodies, models
from limner.sandbox.venice.rules import Job
from limner.sandbox.words import breaks, refused_after, refused_before

_ADULT: Final = frozenset({"sexual", "adult", "nudity"})
_MINOR: Final = "minor"
_TIMING: Final = {"inferenceDuration": 1840, "inferencePreprocessingTime": 22, "inferenceQueueTime": 31}
_FOREIGN: Final = {"dall-e-2": DEFAULT, "dall-e-3": DEFAULT}
_BROKEN: Final = {
    "upscale": "Image upscaling failed",
    "edit": "Image edit failed",
    "multi-edit": "Image edit failed",
}


class Venice:
    """The emulator."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._front = Front(desk)
        self._account = AccountDesk(desk, self._front)

    def routes(self) -> Sequence[Route]:
        """Its addresses."""
        own = (
            Route("POST", "/api/v1/image/generate", self.generate),
            Route("POST", "/api/v1/images/generations", self.generations),
            Route("POST", "/api/v1/image/edit", self.edit),
            Route("POST", "/api/v1/image/multi-edit", self.multi_edit),
            Route("POST", "/api/v1/image/upscale", self._on_pictures("upscale", rules.upscale)),
            Route(
                "POST",
                "/api/v1/image/background-remove",
                self._on_pictures("background-remove", rules.remove_background),
            ),
            Route("GET", "/api/v1/image/styles", self.styles),
            Route("GET", "/api/v1/models", self.models),
            Route("GET", "/api/v1/models/traits", self.traits),
            Route("GET", "/api/v1/models/compatibility_mapping", self.foreign),
        )
        all_ = (*own, *self._account.routes())
        return [Route(one.method, one.path, self._front.guarded(one.handler)) for one in all_]

    async def styles(self, request: Request) -> Response:
        """The names of all styles."""
        return JSONResponse({"object": "list", "data": list(STYLES)})

    async def models(self, request: Request) -> Response:
        """The models of a kind; texts where no kind is given, and there are none here."""
        kind = request.query_params.get("type", "text")
        data = [model.shown() for model in models().values() if kind in {"all", model.kind}]
        return JSONResponse({"object": "list", "type": kind, "data": data})

    async def traits(self, request: Request) -> Response:
        """Which model a trait stands for."""
        kind = request.query_params.get("type", "text")
        return JSONResponse(
            {"object": "list", "type": kind, "data": rules.traits() if kind == "image" else {}}
        )

    async def foreign(self, request: Request) -> Response:
        """Which model another company's name stands for."""
        kind = request.query_params.get("type", "text")
        return JSONResponse({"object": "list", "type": kind, "data": _FOREIGN if kind == "image" else {}})

    async def generate(self, request: Request) -> Response:
        """Paint, in Venice's own form."""
        caller = self._front.enter(request)
        given = await read_json(request, bodies()["generate"])
        job = rules.generate(given)
        pictures, headers = self._work(request, caller, job)
        if given.get("return_binary"):
            return Response(pictures[0], headers=headers, media_type=MEDIA_TYPES[job.form])
        body: dict[str, Any] = {
            "id": f"generate-image-{hex_id(10)}",
            "images": [base64_of(data) for data in pictures],
            "request": dict(given.values),
            "timing": _TIMING | {"total": sum(_TIMING.values())},
        }
        return JSONResponse(body, headers=headers)

    async def generations(self, request: Request) -> Response:
        """Paint, in OpenAI's form."""
        caller = self._front.enter(request)
        given = await read_json(request, bodies()["generations"])
        job = rules.generations(given)
        [data], headers = self._work(request, caller, job)
        text = base64_of(data)
        item = {"b64_json": text}
        if given.get("response_format") == "url":
            item = {"url": f"data:{MEDIA_TYPES[job.form]};base64,{text}"}
        now = int(self._desk.clock.now().timestamp())
        return JSONResponse({"created": now, "data": [item]}, headers=headers)

    async def edit(self, request: Request) -> Response:
        """Work on one picture."""
        caller = self._front.enter(request)
        given = await read_any(request, bodies()["edit"])
        return self._delivered(request, caller, rules.edit(given, "edit"))

    async def multi_edit(self, request: Request) -> Response:
        """Work on several pictures; a form is not as strict as JSON."""
        caller = self._front.enter(request)
        form = request.headers.get("content-type", "").startswith("multipart/")
        given = await read_any(request, bodies()["multi-edit-form" if form else "multi-edit"])
        return self._delivered(request, caller, rules.edit(given, "multi-edit"))

    def _on_pictures(self, operation: str, plan: Callable[[Given], Job]) -> Handler:
        async def handler(request: Request) -> Response:
            caller = self._front.enter(request)
            return self._delivered(request, caller, plan(await read_any(request, bodies()[operation])))

        return handler

    def _delivered(self, request: Request, caller: Caller, job: Job) -> Response:
        [data], headers = self._work(request, caller, job)
        return Response(data, headers=headers, media_type=MEDIA_TYPES[job.form])

    def _work(self, request: Request, caller: Caller, job: Job) -> tuple[list[bytes], dict[str, str]]:
        """Count, judge, charge and paint; the pictures, and the headers of the answer."""
        standing = self._front.count(caller, job.model.id)
        headers = self._front.standing(standing) | self._front.balance(caller) | _told(job)
        before, after = set(refused_before(job.prompt)), set(refused_after(job.prompt))
        editing = job.source is not None
        if editing and before - _ADULT:
            raise Rejection(shapes.refused("A calm scene"))
        if breaks(job.prompt):
            raise Rejection(shapes.error(500, _BROKEN.get(job.operation, "Inference processing failed")))
        self._front.pay(caller, job.model, job.amount)
        charge = self._desk.charge(
            request, model=job.model.id, operation=job.operation, images=job.count, amount=job.amount
        )
        if after - _ADULT and not job.model.private:
            self._front.give_back(caller, job.amount)
            self._desk.bill.give_back([charge.id])
            raise Rejection(shapes.refused_by_provider(DEFAULT))
        mood, verdicts = _judged(job, before | after)
        return [_painted(job, number, mood) for number in range(job.count)], headers | verdicts


def _judged(job: Job, categories: set[str]) -> tuple[Mood, dict[str, str]]:
    violates = bool(categories - _ADULT)
    blurred = job.safe and bool(categories & _ADULT)
    said = {"is_blurred": blurred, "is_content_violation": violates}
    if _MINOR in categories:
        said |= {"contains_minor": True, "is_adult_model_content_violation": True}
    mood: Mood = "black" if violates else "blurred" if blurred else "clear"
    return mood, dict(shapes.verdicts(**said))


def _told(job: Job) -> dict[str, str]:
    headers = {"x-venice-model-id": job.model.id, "x-venice-model-name": job.model.name}
    if job.enhanced is not None:
        headers["x-venice-enhanced-prompt"] = quote(job.enhanced)
    if job.deprecated is not None:
        headers["x-venice-deprecated"] = "true"
        headers["x-venice-deprecated-replacement"] = job.model.id
    return headers


def _painted(job: Job, number: int, mood: Mood) -> bytes:
    seed = job.seed or new_seed()
    subject = f"{job.model.id}|{job.prompt}|{seed}.{number}"
    return picture(subject, job.size, job.form, source=job.source, mood=mood, transparent=job.transparent)


VENICE: Final = Vendor(
    slug="venice",
    base="/api/v1",
    key="sandbox-key",
    sources=SOURCES,
    open=lambda desk: Venice(desk).routes(),
    failure=shapes.failure,
    hints=(
        "forbidden-sexual: blurred, unless safe_mode is off; other forbidden-…: black, and a header says so",
        "edits: forbidden-…: 422; forbidden-output-… of other companies' models: 422, and given back",
        "broken-run: 500",
    ),
)
"""Venice's emulator."""
