"""`POST /v1/images/generations` and `/v1/images/edits`, whole or streamed."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from limner.core.errors import Error, UserError
from limner.engine.events import Previewed
from limner.server import problems, streams
from limner.server.answers import cost_header, dumps
from limner.server.gateway import caller, gateway, lease
from limner.server.links import no_links
from limner.server.openai.answers import completed, images_response, partial
from limner.server.openai.options import with_options
from limner.server.openai.requests import Asked, edit, generation
from limner.server.runs import Follower, result_of

router = APIRouter(tags=["openai"])


def _body(media: dict[str, str]) -> dict[str, Any]:
    content = {kind: {"schema": {"$ref": f"#/components/schemas/{name}"}} for kind, name in media.items()}
    return {"requestBody": {"required": True, "content": content}}


@router.post(
    "/images/generations",
    summary="Generate as OpenAI's Images API does",
    response_model=None,
    openapi_extra=_body({"application/json": "Generation"}),
)
async def generations(http: HttpRequest) -> Response:
    """Paint from words."""
    return await _answer(http, await generation(http), "image_generation")


@router.post(
    "/images/edits",
    summary="Edit as OpenAI's Images API does",
    response_model=None,
    openapi_extra=_body({"multipart/form-data": "Edit", "application/json": "EditJson"}),
)
async def edits(http: HttpRequest) -> Response:
    """Change pictures."""
    return await _answer(http, await edit(http, gateway(http).assembly.engine.fetch), "image_edit")


@router.post("/images/variations", summary="Retired by OpenAI", response_model=None)
async def variations() -> Response:
    """OpenAI takes no more of these; Limner offers the operation under its own name."""
    raise UserError(
        "Image variations were retired with the models that made them.",
        code="unsupported_operation",
        remedy="Use /v1/images/edits, or `variation` at /api/v1/run.",
    )


async def _answer(http: HttpRequest, asked: Asked, kind: str) -> Response:
    here = gateway(http)
    linker = here.linker if asked.fields.response_format == "url" and not asked.fields.stream else None
    asked = _noted(with_options(asked, here), linked=linker is not None)
    if asked.fields.stream:
        follower = Follower(lambda listen: here.runs.start(asked.request, caller(http), lease(http), listen))
        return streams.answer(_told(follower, asked, kind, http))
    result = await result_of(here.runs.start(asked.request, caller(http), lease(http)), http)
    links = [] if linker is None else await linker.all(caller(http).tenant, result, http)
    return Response(
        await images_response(result, asked, here.assembly.clock.now(), links),
        media_type="application/json",
        headers={"x-limner-cost": cost_header(result.cost)},
    )


def _noted(asked: Asked, *, linked: bool) -> Asked:
    """Say so where addresses were asked for and bytes come, as they always do in a stream."""
    if linked or asked.fields.response_format != "url":
        return asked
    return replace(asked, notes=(*asked.notes, no_links("response_format")))


async def _told(follower: Follower, asked: Asked, kind: str, http: HttpRequest) -> AsyncIterator[bytes]:
    clock = gateway(http).assembly.clock
    name = f"{kind}.partial_image"
    async for said in follower.events():
        if said is None:
            yield streams.ALIVE
        elif isinstance(said, Previewed):
            yield streams.event(name, await partial(asked, said.data, said.index, name, clock.now()))
    name = f"{kind}.completed"
    identity = problems.request_id(http.scope)
    try:
        result = follower.result()
        for image in result.images:
            yield streams.event(name, await completed(result, image, asked, name, clock.now()))
    except Error as error:
        yield streams.event("error", dumps(problems.envelope(error, identity)))
    except Exception:
        yield streams.event("error", dumps(problems.envelope(problems.unexpected(), identity)))
        raise
