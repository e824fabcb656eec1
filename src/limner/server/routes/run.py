"""`POST /api/v1/run`: carry a request out. Below `/api/v1/runs/{id}`: carry it on, and stop it."""

from collections.abc import AsyncIterator, Callable
from typing import Any, Final, Literal

from fastapi import APIRouter
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from limner.core.errors import Error, UserError
from limner.core.results import Result
from limner.engine.events import (
    BudgetReached,
    Event,
    FellBack,
    Listener,
    Previewed,
    Progressed,
    Quoted,
    Retrying,
    Sending,
    ignore,
)
from limner.server import problems, streams
from limner.server.answers import cost_header, dumps, run_answer, with_pictures
from limner.server.gateway import caller, gateway, lease
from limner.server.links import no_links
from limner.server.requests import run_request
from limner.server.runs import Follower, Run, result_of
from limner.server.views import RunOut, price_of

router = APIRouter(tags=["run"])

_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/RunIn"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "description": "The fields of RunIn; pictures as files.",
                    "properties": {
                        "image": {"type": "array", "items": {"type": "string", "format": "binary"}},
                        "mask": {"type": "string", "format": "binary"},
                        "reference": {"type": "array", "items": {"type": "string", "format": "binary"}},
                    },
                }
            },
        },
    }
}


@router.post(
    "/run",
    summary="Make or edit pictures",
    description="With `Accept: text/event-stream` it tells what happens: `quoted`, `sending`, `progress`, "
    "`preview`, `retrying`, `fallback`, and at last `result` or `error`.",
    response_model=None,
    responses={200: {"model": RunOut}},
    openapi_extra=_BODY,
)
async def run(http: HttpRequest) -> Response:
    """Carry a request out."""
    here = gateway(http)
    request, asked = await run_request(http, here.assembly.engine.fetch)
    answer = _Answer(http, linked=asked.response == "url")
    return await answer.to(lambda listen: here.runs.start(request, caller(http), lease(http), listen))


@router.post(
    "/runs/{run_id}/resume",
    summary="Carry a run on",
    description="What has a ticket is polled, what was kept is finished; nothing that may have been paid for "
    "is sent again. A run that is finished gives its result. Answers as `POST /api/v1/run`.",
    response_model=None,
    responses={200: {"model": RunOut}},
)
async def resume(run_id: str, http: HttpRequest, response: Literal["b64", "url"] = "b64") -> Response:
    """Carry on what a process left that is gone."""
    here = gateway(http)
    answer = _Answer(http, linked=response == "url")
    return await answer.to(lambda listen: here.runs.resume(run_id, lease(http), listen))


class _Answer:
    """What a client that waits for a run gets: the result, or first what happens."""

    def __init__(self, http: HttpRequest, *, linked: bool) -> None:
        self._http = http
        self._linked = linked
        self._id = problems.request_id(http.scope)

    async def to(self, start: Callable[[Listener], Run]) -> Response:
        """Start a run and answer."""
        if "text/event-stream" in self._http.headers.get("accept", ""):
            return streams.answer(self._told(Follower(start)))
        result = await result_of(start(ignore), self._http)
        cost = {"x-limner-cost": cost_header(result.cost)}
        return Response(await self._whole(result), media_type="application/json", headers=cost)

    async def _whole(self, result: Result) -> bytes:
        linker = gateway(self._http).linker
        if not self._linked:
            return await run_answer(result, self._id)
        if linker is None:
            return await run_answer(result, self._id, notes=[no_links("response")])
        links = await linker.all(caller(self._http).tenant, result, self._http)
        return await run_answer(result, self._id, links=links)

    async def _told(self, follower: Follower) -> AsyncIterator[bytes]:
        async for said in follower.events():
            yield streams.ALIVE if said is None else await _frame(said)
        try:
            yield streams.event("result", await self._whole(follower.result()))
        except Error as error:
            yield streams.event("error", dumps(problems.problem(error, self._id)))
        except Exception:
            yield streams.event("error", dumps(problems.problem(problems.unexpected(), self._id)))
            raise


async def _frame(said: Event) -> bytes:
    if isinstance(said, Previewed):
        rest = {"run": said.run, "index": said.index}
        return streams.event("preview", await with_pictures([(said.data, {})], "images", rest))
    name, facts = _facts(said)
    return streams.event(name, dumps({"run": said.run, **facts}))


def _facts(
    said: Quoted | Sending | Progressed | BudgetReached | FellBack | Retrying,
) -> tuple[str, dict[str, object]]:
    match said:
        case Quoted():
            price = price_of(said.price).model_dump()
            return "quoted", {"model": said.model, "price": price, "calls": said.calls}
        case Sending():
            return "sending", {"attempt": said.attempt, "model": said.model}
        case Progressed():
            return "progress", {"fraction": said.fraction}
        case BudgetReached():
            reached = said.threshold
            return "budget", {"owner": reached.budget.owner, "share": str(reached.share)}
        case FellBack():
            return "fallback", {"instead_of": said.instead_of, "model": said.model, "why": said.why}
        case Retrying():
            return "retrying", {"why": said.why, "pause": said.pause}


@router.delete(
    "/runs/{run_id}",
    summary="Stop a run",
    status_code=202,
)
async def stop(run_id: str, http: HttpRequest) -> dict[str, str]:
    """Ask a run to stop. What a provider has already made is still paid for, and delivered.

    One that a process which is gone left before anything was sent is let go of.
    """
    engine = gateway(http).assembly.engine
    if engine.stop(run_id):
        return {"id": run_id, "state": "stopping"}
    try:
        await engine.drop(run_id)
    except Error as error:
        raise UserError(
            "There is no such run under way, and none that was left before anything was sent.",
            code="not_found",
            field="run_id",
            remedy=f"`GET /api/v1/runs/{run_id}` tells how it stands.",
        ) from error
    return {"id": run_id, "state": "dropped"}
