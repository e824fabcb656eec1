"""The servers' endpoints. None asks for money, none refuses a prompt, and a key is only checked if sent."""

import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from limner.core.ids import new_seed
from limner.sandbox.codecs import MEDIA_TYPES
from limner.sandbox.desk import Desk, Rejection, Route, Vendor
from limner.sandbox.forms import Part, UnreadableForm, media_type_of, read_parts
from limner.sandbox.ids import uuid_id
from limner.sandbox.keys import Account, account_of
from limner.sandbox.limits import Windows
from limner.sandbox.openai_compatible.localai import (
    INPAINTING,
    UPSCALE,
    Fields,
    Given,
    NotAllowed,
    read_given,
)
from limner.sandbox.openai_compatible.servers import BARE, SERVERS, SOURCES, Server, error, failure, invalid
from limner.sandbox.pictures import Source, Unreachable, Unreadable, base64_of, picture, read_source
from limner.sandbox.probe import probe
from limner.sandbox.schema import flaws
from limner.sandbox.shelf import Shelf
from limner.sandbox.sizes import Size
from limner.sandbox.words import breaks

_SIZE: Final = re.compile(r"(\d{2,4})x(\d{2,4})")
_LEAST, _MOST = 64, 4096
_NOTHING: Final = Decimal(0)

Handler = Callable[[Server, Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Job:
    """Work that passed every rule."""

    model: str
    operation: str
    prompt: str
    size: Size
    n: int = 1
    seed: int | None = None
    form: str = "png"
    source: Source | None = None


class Servers:
    """The emulator."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._windows = Windows(desk.clock)
        self._shelf = Shelf(desk, "/generated-images")

    def routes(self) -> Sequence[Route]:
        """The addresses of every server."""
        found: list[Route] = []
        for server in SERVERS:
            found += self._routes(server)
        return (*found, *self._shelf.routes())

    def _routes(self, server: Server) -> Iterator[Route]:
        base = f"{server.place}/v1"
        yield Route("POST", f"{base}/images/generations", self._bound(server, self.generate))
        yield Route("GET", f"{base}/models", self._bound(server, self.models))
        if server.edits:
            yield Route("POST", f"{base}/images/edits", self._bound(server, self.edit))
        if server.inpainting:
            yield Route("POST", f"{base}/images/inpainting", self._bound(server, self.inpaint))
            yield Route("POST", f"{base}/images/upscale", self._bound(server, self.upscale))

    def _bound(self, server: Server, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def bound(request: Request) -> Response:
            self._enter(server, request)
            return await handler(server, request)

        return bound

    async def models(self, server: Server, request: Request) -> Response:
        """What it serves."""
        data = [{"id": id_, "object": "model", "owned_by": "local"} for id_ in server.models]
        return JSONResponse({"object": "list", "data": data})

    async def generate(self, server: Server, request: Request) -> Response:
        """Paint."""
        given = await _object_of(server, request)
        found = next(flaws(given, server.schema, {}), None)
        if found is not None:
            raise Rejection(invalid(server, found))
        prompt: str = given["prompt"].partition("|")[0] if server.piped else given["prompt"]
        start = given.get("file") if "file" in server.properties else None
        job = Job(
            _model(server, given.get("model")),
            "generations",
            prompt,
            _size(server, given.get("size")) or _pixels(server.default_size),
            given.get("n") or 1,
            given.get("seed", server.default_seed),
            given.get("output_format") or "png",
            _source(server, start) if start else None,
        )
        asked = given.get("response_format") or server.default_format
        return self._answer(server, request, job, as_url=asked == "url" and server is not BARE)

    async def edit(self, server: Server, request: Request) -> Response:
        """Work on pictures; the first is the one that counts."""
        texts, files = await _form_of(server, request)
        pictures = files.get("image[]", []) + files.get("image", [])
        if "prompt" not in texts:
            raise Rejection(error(server, 400, "prompt required"))
        if not pictures:
            raise Rejection(error(server, 400, "image required"))
        found = next(flaws(_numbers(texts), server.schema, {}), None)
        if found is not None:
            raise Rejection(invalid(server, found))
        sources = [_opened(server, data) for data in pictures]
        masks = [_opened(server, data) for data in files.get("mask", [])]
        if masks and masks[0].size != sources[0].size:
            raise Rejection(error(server, 400, "mask must have the size of image"))
        given = _numbers(texts)
        job = Job(
            _model(server, texts.get("model")),
            "edits",
            texts["prompt"],
            _size(server, texts.get("size")) or sources[0].size,
            given.get("n", 1),
            given.get("seed", server.default_seed),
            texts.get("output_format", "png"),
            sources[0],
        )
        asked = texts.get("response_format", server.default_format)
        return self._answer(server, request, job, as_url=asked == "url" and server is not BARE)

    async def inpaint(self, server: Server, request: Request) -> Response:
        """Repaint what is white in the mask."""
        given = await self._form(server, request, INPAINTING)
        source, mask = given.files["image"], given.files["mask"]
        if mask.size != source.size:
            raise Rejection(error(server, 400, "mask must have the size of image"))
        job = Job(given.texts["model"], "inpainting", given.texts["prompt"], source.size, source=source)
        return self._answer(server, request, job, as_url=True)

    async def upscale(self, server: Server, request: Request) -> Response:
        """Enlarge a picture."""
        given = await self._form(server, request, UPSCALE)
        source, scale = given.files["image"], int(given.texts.get("scale", "2"))
        size = (source.probe.width * scale, source.probe.height * scale)
        if max(size) > _MOST:
            raise Rejection(error(server, 500, "the picture is too large"))
        job = Job(given.texts["model"], "upscale", "", size, source=source)
        return self._answer(server, request, job, as_url=True)

    async def _form(self, server: Server, request: Request, allowed: Fields) -> Given:
        """A form that has what the document names, and nothing else."""
        try:
            return read_given(await _parts_of(server, request), allowed)
        except NotAllowed as flaw:
            raise Rejection(error(server, 400, str(flaw))) from None

    def _answer(self, server: Server, request: Request, job: Job, *, as_url: bool) -> Response:
        if breaks(job.prompt):
            raise Rejection(error(server, 500, "generation failed"))
        self._desk.charge(request, model=job.model, operation=job.operation, images=job.n, amount=_NOTHING)
        now = int(self._desk.clock.now().timestamp())
        items = [self._item(request, job, number, as_url=as_url) for number in range(job.n)]
        more = {"id": uuid_id()} if as_url else {"output_format": job.form}
        return JSONResponse({"created": now, **more, "data": items})

    def _item(self, request: Request, job: Job, number: int, *, as_url: bool) -> dict[str, Any]:
        seed = new_seed() if job.seed is None or job.seed < 0 else job.seed
        subject = f"{job.model}|{job.prompt}|{seed}.{number}"
        data = picture(subject, job.size, job.form, source=job.source)
        if not as_url:
            return {"b64_json": base64_of(data)}
        name = f"b64.{job.form}"
        return {"url": self._shelf.put(request, data, MEDIA_TYPES[job.form], name), "b64_json": ""}

    def _enter(self, server: Server, request: Request) -> None:
        key = request.headers.get("authorization", "").partition(" ")[2]
        if key and account_of(key) is not Account.GOOD:
            raise Rejection(error(server, 401, "Unauthorized"))
        if self._desk.rate and self._windows.take(key, self._desk.rate).exceeded:
            raise Rejection(error(server, 503, "busy"))


def _model(server: Server, asked: str | None) -> str:
    if server.must_match and asked not in {None, *server.models}:
        raise Rejection(error(server, 400, f"The model {asked!r} is not served here"))
    return asked or server.models[0]


def _size(server: Server, text: str | None) -> Size | None:
    """The size that is asked for; None where none is."""
    if text is None or (text == "auto" and server is not BARE):
        return None
    size = _pixels(text) if _SIZE.fullmatch(text) else (0, 0)
    if min(size) < _LEAST or max(size) > _MOST:
        if server.lenient_size:
            return _pixels(server.default_size)
        raise Rejection(error(server, 400, "size must be WxH"))
    return size


def _pixels(text: str) -> Size:
    width, _, height = text.partition("x")
    return int(width), int(height)


def _source(server: Server, text: str) -> Source:
    try:
        return read_source(text, lambda _: None)
    except (Unreachable, Unreadable):
        raise Rejection(error(server, 400, "the picture cannot be read")) from None


def _opened(server: Server, data: bytes) -> Source:
    found = probe(data)
    if found is None:
        raise Rejection(error(server, 400, "the picture cannot be read"))
    return Source(data, found)


async def _object_of(server: Server, request: Request) -> dict[str, Any]:
    try:
        body: object = json.loads(await request.body())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Rejection(error(server, 400, "the body must be a JSON object"))
    return cast("dict[str, Any]", body)


async def _parts_of(server: Server, request: Request) -> Sequence[Part]:
    parts: Sequence[Part] = ()
    if media_type_of(request) == "multipart/form-data":
        try:
            parts = await read_parts(request)
        except UnreadableForm:
            parts = ()
    if not parts:
        raise Rejection(error(server, 400, "the body must be multipart/form-data"))
    return parts


async def _form_of(server: Server, request: Request) -> tuple[dict[str, str], dict[str, list[bytes]]]:
    texts: dict[str, str] = {}
    files: dict[str, list[bytes]] = {}
    for part in await _parts_of(server, request):
        if part.text is None:
            files.setdefault(part.name, []).append(part.data)
        else:
            texts[part.name] = part.text
    return texts, files


def _numbers(texts: Mapping[str, str]) -> dict[str, Any]:
    """A form's texts, with what should be numbers as numbers."""
    named = {name: int(text) for name, text in texts.items() if name in {"n", "seed"} and _is_int(text)}
    return {**texts, **named}


def _is_int(text: str) -> bool:
    return text.removeprefix("-").isdecimal()


OPENAI_COMPATIBLE: Final = Vendor(
    slug="openai-compatible",
    base="/v1",
    key="sandbox-key",
    sources=SOURCES,
    open=lambda desk: Servers(desk).routes(),
    failure=failure,
    hints=(
        "/v1 is like stable-diffusion.cpp; /localai/v1, /vllm/v1 and /sglang/v1 are like those",
        "no key is asked for; broken-run: 500; nothing is refused, and nothing costs",
    ),
)
"""The emulator of servers on one's own machine."""
